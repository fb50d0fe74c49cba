"""Agreement around the clinical cut-offs, told."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from dashboards.analyses.told import Told, interval, table


def tell(said: Mapping[str, Any]) -> Told:
    """Which cases change side at a cut-off, and the whole table of categories."""
    unit, allowed = said["unit"], said["acceptable_difference"]
    names = _names(said["categories"]["edges"], unit)
    near = f" (within {allowed:g} {unit} of it)" if allowed is not None else ""
    return Told(
        key="quantification",
        title="Around the cut-offs",
        question="Would a patient be treated otherwise by the algorithm than by the reference?",
        sentences=(
            f"{said['cases']:,} cases were measured by both. Agreement over all categories: weighted kappa "
            f"{interval(said['categories']['weighted_kappa'])}.",
        ),
        tables=(
            table(
                "agreement_at_cut_offs",
                "Algorithm and reference at each cut-off",
                {"cut_off": "Cut-off", "both_above": "Both above", "only_algorithm": "Only algorithm", "only_reference":
                 "Only reference", "both_below": "Both below", "overall": "Overall agreement", "positive":
                 "Positive agreement", "negative": "Negative agreement", "kappa": "Kappa", "crossed": f"Changed side{near}"},
                [
                    (f"{c['cut_off']:g} {unit}", *c["counts"].values(), interval(c["overall"]), interval(c["positive"]),
                     interval(c["negative"]), interval(c["kappa"]),
                     f"{c['crossed']:,}" if c["near"] is None else f"{c['crossed']:,} ({c['near']:,})")
                    for c in said["cut_offs"]
                ],
            ),
            table(
                "categories",
                "Algorithm (rows) against reference (columns)",
                {"algorithm": "Algorithm", **{f"reference_{n}": name for n, name in enumerate(names)}},
                [(name, *row) for name, row in zip(names, said["categories"]["table"], strict=True)],
            ),
        ),
    )  # fmt: skip


def _names(edges: list[float], unit: str) -> list[str]:
    between = [f"{low:g} to below {high:g} {unit}" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g} {unit}", *between, f"{edges[-1]:g} {unit} or more"]
