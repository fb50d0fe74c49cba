"""Triage in time, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, p_value, table
from dashboards.dossiers.content import Interval

STEPS = {
    "result": "output of the algorithm", "flag": "output first seen", "opening": "examination opened",
    "report": "report", "communication": "communication",
}  # fmt: skip


def tell(said: Mapping[str, Any]) -> Told:
    """Time to each step flagged against unflagged, and whether the unflagged were displaced."""
    moved = said["displacement"]
    sentences = []
    if moved:
        sentences.append(
            f"Unflagged examinations waited {_minutes(moved['shadow']['median'])} for their report in shadow and "
            f"{_minutes(moved['live']['median'])} in live use (log-rank p {p_value(moved['log_rank_p'])}). If the second is longer, "
            "the flagged went ahead at the cost of the others, or the work grew: compare the months."
        )
    else:
        sentences.append(
            "Whether the unflagged got slower cannot be told: too few of their examinations were reported in shadow use."
        )
    sentences += [
        f"Flagged examinations were opened after a median of {_minutes(step['flagged']['median'])}, the others after "
        f"{_minutes(step['unflagged']['median'])} (log-rank p {p_value(step['log_rank_p'])})."
        for step in said["steps"]
        if step["step"] == "opening"
        and step["flagged"]["happened"]
        and step["unflagged"]["happened"]
    ]
    odd = sum(step["out_of_order"] for step in said["steps"])
    if odd:
        sentences.append(
            f"{odd:,} steps lie before the examination and are left out: check the clocks."
        )
    return Told(
        key="turnaround",
        title="Turnaround",
        question="Are flagged examinations seen sooner, and do the others wait for it?",
        sentences=tuple(sentences),
        tables=(
            table(
                "turnaround",
                "Minutes from the examination in live use (Kaplan–Meier, 95 % limits)",
                {"step": "To", "group": "Output", "cases": "Cases", "happened": "Happened", "median": "Median",
                 "p90": "90 %", "p95": "95 %", "p": "p (log-rank)"},
                [
                    (STEPS.get(step["step"], step["step"]), group, part["cases"], part["happened"], _minutes(part["median"]), _minutes(part["p90"]),
                     _minutes(part["p95"]), p_value(step["log_rank_p"]))
                    for step in said["steps"]
                    for group, part in (("flagged", step["flagged"]), ("unflagged", step["unflagged"]))
                ],
            ),
            table(
                "turnaround_by_month",
                "Minutes to the report by month, those reported",
                {"month": "Month", "flagged": "Flagged", "flagged_median": "Median", "unflagged": "Unflagged",
                 "unflagged_median": "Median"},
                [
                    (m["month"], m["flagged"]["reports"], _minutes(m["flagged"]["median"]), m["unflagged"]["reports"],
                     _minutes(m["unflagged"]["median"]))
                    for m in said["by_month"]
                ],
            ),
        ),
    )  # fmt: skip


def _minutes(said: Mapping[str, Any] | None) -> Interval | str:
    if said is None:
        return "–"
    if said["estimate"] is None:
        return "not reached"
    upper = "open" if said["upper"] is None else f"{said['upper']:.0f}"
    return Interval(
        text=f"{said['estimate']:.0f} ({said['lower'] or 0:.0f} to {upper}) min",
        estimate=said["estimate"], lower=said["lower"], upper=said["upper"], n=said.get("n"),
    )  # fmt: skip
