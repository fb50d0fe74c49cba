"""The threshold explorer, told and drawn."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table
from dashboards.figures.chart import BLUE, GREY, INK, ORANGE, Chart, axis, layout, named
from surveillance.identifiability import ERRING

USED_FOR = {
    "triage": ("Flagged per 1,000", "each flag moves a study to the front of the list, and every other one back"),
    "second_reader": ("Called per 1,000", "each call asks a reader to look again"),
    "concurrent": ("Called per 1,000", "each call is seen while the reader reads"),
    "rule_out": ("Left to readers per 1,000", "what is not left to a reader is closed unseen, with what is missed in it"),
    "autonomous": ("Left to readers per 1,000", "what is not left to a reader is closed unseen, with what is missed in it"),
    "shadow": ("Called per 1,000", "nobody sees the calls yet"),
    "not_in_use": ("Called per 1,000", "it does not run now"),
}  # fmt: skip
"""By use: the head of the column of calls, and what a call means there."""


def tell(said: Mapping[str, Any]) -> Told:
    """What each threshold would have called, found and missed, with the one in force marked."""
    head, meaning = USED_FOR[said["use_mode"]]
    sentences = [
        f"Used as {said['use_mode'].replace('_', ' ')}: {meaning}.",
        f"In force is {said['in_force']:g}. Moving it is a decision of the clinical lead with a reason, and may leave "
        "the cleared operating point: see the label.",
    ]
    complete = said["verified"] == said["scored"] and not said.get("for")
    if said.get("for") == ERRING:
        sentences.append(
            "The reference itself errs: the figures are corrected for its errors; what was found and missed is counted by it."
        )
    elif complete:
        sentences.append("Every scored case is verified: nothing had to be corrected.")
    elif said["reason"]:
        sentences.append(f"Only raw figures can be given. {said['reason']}")
    else:
        sentences.append(
            "Verification followed the calls at the threshold in force: read the corrected figures, and trust them less "
            "the further away a threshold lies."
        )
    rows = [
        ("in force" if p["threshold"] == said["in_force"] else "", f"{p['threshold']:.3g}", f"{p['per_1000']:.0f}",
         interval((p["corrected"] or p)["sensitivity"]), interval((p["corrected"] or p)["specificity"]),
         p["counts"]["tp"], p["counts"]["fn"], p["counts"]["fp"], p["counts"]["tn"])
        for p in said["points"]
    ]  # fmt: skip
    kind = (
        "complete" if complete else "raw" if said["reason"] and not said.get("for") else "corrected"
    )
    return Told(
        key="operating_points",
        title="Other operating points",
        question="What would another threshold have done to the same cases?",
        sentences=tuple(sentences),
        charts=(_trade_off(said, kind),),
        tables=(
            table(
                "operating_points",
                f"Mature cases at other thresholds; {said['verified']:,} of {said['scored']:,} scored cases are verified",
                {"mark": "", "threshold": "Threshold", "per_1000": head,
                 "sensitivity": f"Sensitivity ({kind})", "specificity": f"Specificity ({kind})",
                 "tp": "Found", "fn": "Missed", "fp": "False alarms", "tn": "Rightly passed"},
                rows,
            ),
        ),
    )  # fmt: skip


def _trade_off(said: Mapping[str, Any], kind: str) -> Chart:
    points = [
        p
        for p in said["points"]
        if _rate(p, "sensitivity") is not None and _rate(p, "specificity") is not None
    ]
    thresholds = [p["threshold"] for p in points]
    lines = [
        {
            "type": "scatter", "mode": "lines+markers", "name": f"{metric} ({kind})", "x": thresholds,
            "y": [_rate(p, metric) for p in points], "line": {"color": colour, "dash": dash},
            "marker": {"symbol": symbol, "size": 6},
        }
        for metric, colour, dash, symbol in (
            ("sensitivity", BLUE, "solid", "circle"), ("specificity", ORANGE, "dash", "square"),
        )
    ]  # fmt: skip
    lines.append(
        {
            "type": "scatter", "mode": "lines", "name": "share called positive", "x": thresholds,
            "y": [p["per_1000"] / 1000 for p in points], "line": {"color": GREY, "dash": "dot"},
        }
    )  # fmt: skip
    rule = {"type": "line", "x0": said["in_force"], "x1": said["in_force"], "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": INK, "width": 1.5}}  # fmt: skip
    return Chart(
        key="operating_points",
        title="Sensitivity, specificity and calls by threshold",
        summary=f"The upright line is the threshold in force, {said['in_force']:g}. Figures are {kind}.",
        heads=("Threshold", "Sensitivity", "Specificity", "Called positive per 1,000"),
        rows=tuple(
            (f"{p['threshold']:.3g}", f"{_rate(p, 'sensitivity'):.3f}", f"{_rate(p, 'specificity'):.3f}", f"{p['per_1000']:.0f}")
            for p in points
        ),
        plot={
            "data": lines,
            "layout": layout(
                320, xaxis=axis(title=named("threshold")), yaxis=axis(title=named("rate"), range=[0, 1.02]), shapes=[rule],
            ),
        },
    )  # fmt: skip


def _rate(point: Mapping[str, Any], metric: str) -> float | None:
    found: float | None = (point["corrected"] or point)[metric]["estimate"]
    return found
