"""Whom it serves worse, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table
from dashboards.pages.shown import words


def tell(said: Mapping[str, Any]) -> Told:
    """The gaps that hold, and each subgroup against everybody else."""
    clear = [row for row in said["groups"] if row["differs"]]
    sentences = [
        f"{row['metric'].capitalize()} where {words(row['by'])} is {words(row['level'])} is "
        f"{abs(row['gap']['estimate']):.3f} {'lower' if row['gap']['estimate'] < 0 else 'higher'} than elsewhere "
        f"({row['gap']['lower']:+.3f} to {row['gap']['upper']:+.3f})."
        for row in clear
    ] or ["No subgroup of enough cases is shown to differ from everybody else."]
    sentences.append(
        f"{said['gaps']:,} gaps are looked at, and their intervals hold together at 95 %: each is a {100 * said['level']:.2f} % interval. "
        f"Below {said['fewest']} verified cases on either side nothing is said. Shares are of verified cases, so a subgroup that is verified for other "
        "reasons than the rest may look different without being served differently."
    )
    return Told(
        key="subgroups",
        title="Subgroups",
        question="Whom does it serve worse?",
        sentences=tuple(sentences),
        tables=(
            table(
                "subgroups",
                "Each subgroup against everybody else; steadied: drawn towards the common share, the more the smaller it is",
                {"by": "By", "level": "Subgroup", "metric": "Metric", "own": "Its share", "gap": "Gap to everybody else",
                 "pooled": "Steadied (95 %)", "said": "Verdict"},
                [
                    (words(row["by"]), words(row["level"]), row["metric"], interval(row["subgroup"]), interval(row["gap"]),
                     interval(row["pooled"]) if row["pooled"] else "–", _verdict(row["differs"]))
                    for row in said["groups"]
                ],
            ),
        ),
    )  # fmt: skip


def _verdict(differs: bool | None) -> str:
    return "too few" if differs is None else "differs" if differs else "not shown to differ"
