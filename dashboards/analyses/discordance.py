"""Algorithm, report and outcome, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, errs, interval, p_value, table

FEW = 10
"""Cases below which reads of one kind are counted and not compared."""
SEEN = {
    "blind": "reader blind to the algorithm",
    "ai_visible": "reader had seen the algorithm",
    "unknown": "not known whether it was seen",
}


def tell(said: Mapping[str, Any]) -> Told:
    """The eight cells, who was right in the discordances, and the same apart by what the reader had seen."""
    parts = {
        "all reads": said,
        **{SEEN[name]: part for name, part in said["by_visibility"].items()},
    }
    sentences = [
        f"Of {said['discordant']:,} cases in which algorithm and report differed and the outcome is known, the "
        f"algorithm was right in {said['ai_right']:,} and the report in {said['report_right']:,}. The algorithm found "
        f"{said['found_by_ai_only']:,} that the report missed, the report {said['found_by_report_only']:,} that the "
        f"algorithm missed; {said['missed_by_both']:,} were missed by both.",
        "Where a patient came more than once, intervals and p are those of cases clustered by patient; else p is the mid-P.",
        *(
            []
            if said.get("complete")
            else [
                "Only verified cases are counted, so that misses of both are rare here by the way cases come to be verified."
            ]
        ),
        *errs(said.get("erring", ())),
    ]
    few = [name for name, part in parts.items() if part is not said and _cases(part) < FEW]
    sentences += [
        f"{name.capitalize()}: {_cases(parts[name]):,} such cases are too few to compare."
        for name in few
    ]
    if said["left_out"]:
        sentences.append(
            f"{said['left_out']:,} cases are left out, because algorithm, report or outcome was neither positive nor negative."
        )
    if said["by_visibility"].get("ai_visible"):
        sentences.append(
            "A report written with the algorithm in sight is not independent of it: the blind reads compare the two, "
            "the others describe the team."
        )
    return Told(
        key="discordance",
        title="Algorithm, report and outcome",
        question="Where they differed, who was right?",
        sentences=tuple(sentences),
        tables=(
            table(
                "eight_cells",
                "Verified cases by algorithm, report and outcome",
                {"ai": "Algorithm", "report": "Report", "outcome": "Outcome",
                 **{f"cases_{n}": name.capitalize() for n, name in enumerate(parts)}},
                [
                    (cell["ai"], cell["report"], cell["outcome"], *(p["cells"][place]["cases"] for p in parts.values()))
                    for place, cell in enumerate(said["cells"])
                ],
            ),
            table(
                "ai_against_report",
                "Algorithm and report against the outcome, on the same cases",
                {"reads": "Reads", "of": "Rate", "ai": "Algorithm", "report": "Report",
                 "difference": "Difference", "p": "p (McNemar)"},
                [
                    (name, metric, interval(p[metric]["ai"]), interval(p[metric]["report"]),
                     interval(p[metric]["difference"]), p_value(p[metric]["p"]))
                    for name, p in parts.items() if name not in few for metric in ("sensitivity", "specificity")
                ],
            ),
        ),
    )  # fmt: skip


def _cases(part: Mapping[str, Any]) -> int:
    return sum(cell["cases"] for cell in part["cells"])
