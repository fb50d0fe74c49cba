"""A measured value against the reference assay at the clinical cut-offs."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.agreement import (
    cohen_kappa,
    negative_agreement,
    overall_agreement,
    positive_agreement,
)


def analyse(material: Material) -> dict[str, Any] | None:
    """Agreement of algorithm and reference on which side of each cut-off a case lies.

    A value at the cut-off lies above it. `crossed` counts the cases that a reader would treat
    otherwise by the algorithm than by the reference, and `near` how many of them the reference puts
    within the acceptable difference of the cut-off.
    """
    cut_offs = material.protocol.cut_offs
    pairs = material.verified.dropna(subset=["measurement", "reference_measurement"])
    if not cut_offs or pairs.empty:
        return None
    return {
        "unit": str(pairs["measurement_unit"].iloc[0]),
        "cases": len(pairs),
        "acceptable_difference": material.protocol.acceptable_difference,
        "cut_offs": [_at(pairs, cut, material.protocol.acceptable_difference) for cut in cut_offs],
        "categories": _categories(pairs, cut_offs),
    }


def _at(pairs: pd.DataFrame, cut: float, acceptable: float | None) -> dict[str, Any]:
    above, truly = pairs["measurement"] >= cut, pairs["reference_measurement"] >= cut
    cells = {
        "both": int((above & truly).sum()),
        "only_first": int((above & ~truly).sum()),
        "only_second": int((~above & truly).sum()),
    }
    neither = len(pairs) - sum(cells.values())
    crossed = pairs[above != truly]
    return {
        "cut_off": cut,
        "counts": {"both_above": cells["both"], "only_algorithm_above": cells["only_first"],
                   "only_reference_above": cells["only_second"], "both_below": neither},
        "overall": as_json(overall_agreement(**cells, neither=neither)),
        "positive": as_json(positive_agreement(**cells)),
        "negative": as_json(
            negative_agreement(
                neither=neither, only_first=cells["only_first"], only_second=cells["only_second"]
            )
        ),
        "kappa": as_json(
            cohen_kappa(
                table=[[cells["both"], cells["only_first"]], [cells["only_second"], neither]]
            )
        ),
        "crossed": len(crossed),
        "near": None
        if acceptable is None
        else int(((crossed["reference_measurement"] - cut).abs() <= acceptable).sum()),
    }  # fmt: skip


def _categories(pairs: pd.DataFrame, cut_offs: tuple[float, ...]) -> dict[str, Any]:
    """The square table of categories between the cut-offs, with quadratically weighted kappa."""
    edges = np.sort(np.asarray(cut_offs))
    rows = np.searchsorted(edges, pairs["measurement"], side="right")
    columns = np.searchsorted(edges, pairs["reference_measurement"], side="right")
    size = len(edges) + 1
    counts = np.bincount(rows * size + columns, minlength=size * size).reshape(size, size)
    return {
        "edges": [float(edge) for edge in edges],
        "table": counts.tolist(),
        "weighted_kappa": as_json(cohen_kappa(table=counts, weights="quadratic")),
    }
