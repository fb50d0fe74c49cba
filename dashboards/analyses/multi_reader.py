"""Readers and algorithm on the same cases, told in areas under the curve."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, p_value, table

COMPARED = {
    "algorithm": ("Algorithm less blind readers", "algorithm", "mean of the readers",
                  "AUC without the algorithm"),
    "in_sight": ("With the algorithm in sight less without", "in sight", "blind",
                 "AUC gained with the algorithm in sight"),
}  # fmt: skip


def tell(said: Mapping[str, Any]) -> Told:
    """The comparison, what it rests on, and each reader."""
    given = {name: part for name, part in said.items() if part}
    return Told(
        key="multi_reader",
        title="Multi-reader comparison",
        question="Do readers rank the cases better with the algorithm, and does it rank them better than they do?",
        sentences=(
            "Area under the curve of ratings against what turned out to be true; Obuchowski–Rockette with random "
            "readers and cases: the interval is for readers and cases like these, not for these alone.",
            *(_sentence(name, part) for name, part in given.items()),
        ),
        tables=(
            table(
                "multi_reader",
                "Mean areas under the curve, over the cases that every reader rated",
                {"what": "Comparison", "cases": "Cases", "diseased": "Diseased", "readers": "Readers",
                 "first": "First", "second": "Second", "difference": "Difference", "p": "p"},
                [
                    (COMPARED[name][0], part["cases"], part["diseased"], len(part["readers"]), interval(part["first"]),
                     interval(part["second"]), interval(part["difference"]), p_value(part["p_value"]))
                    for name, part in given.items()
                ],
            ),
            *(
                table(
                    f"multi_reader_{name}",
                    f"{COMPARED[name][0]}: each reader",
                    {"reader": "Reader", "value": COMPARED[name][3]},
                    [(r["reader"], f"{r['value']:.3f}") for r in part["readers"]],
                )
                for name, part in given.items()
            ),
        ),
    )  # fmt: skip


def _sentence(name: str, part: Mapping[str, Any]) -> str:
    title, first, second, _ = COMPARED[name]
    lower, upper = part["difference"]["lower"], part["difference"]["upper"]
    if lower is None or upper is None:
        return f"{title}: {interval(part['difference'])}."
    verdict = (
        f"{first} is better than {second}" if lower > 0
        else f"{second} is better than {first}" if upper < 0
        else "no difference is shown, which does not show that there is none"
    )  # fmt: skip
    return f"{title}: {interval(part['difference'])}; {verdict}."
