"""Screening, told in the terms of the audit."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table
from dashboards.figures.chart import BLUE, ORANGE, Chart, axis, layout, named

LINES = (
    ("recall_rate", "Recall rate", 3),
    ("detection_per_1000", "Screen-detected cancers per 1,000", 1),
    ("interval_per_1000", "Interval cancers per 1,000", 1),
    ("sensitivity", "Sensitivity, screen-detected / (screen-detected + interval)", 3),
    ("specificity", "Specificity", 3),
    ("ppv1", "PPV1, cancers among recalls", 3),
)


def tell(said: Mapping[str, Any]) -> Told:
    """Programme beside algorithm, and the cohorts year by year."""
    who = {name: said[name] for name in ("programme", "algorithm") if said[name]}
    sentences = [
        f"{said['complete']:,} of {said['screens']:,} screens are complete: {said['censored']:,} are too young for their "
        f"interval cancers to be known, and {said['not_followed']:,} were not followed to a settled truth.",
        *(
            f"{name.capitalize()}: {part['screen_detected']:,} screen-detected and {part['interval_cancers']:,} interval "
            f"cancers within {said['interval_days']} days"
            f" ({', '.join(f'{n:,} in months {band}' for band, n in part['interval_by_months'].items())})."
            for name, part in who.items()
        ),
        *(_so_far(name, part) for name, part in said["so_far"].items()),
        "For the algorithm a negative call counts as not recalled, whatever the readers did: a cancer that they recalled "
        "and it passed counts from the day of their finding, so that its curve rises early.",
    ]
    return Told(
        key="screening",
        title="Screening",
        question="What did screening find, and what came to light between screens?",
        sentences=tuple(sentences),
        charts=(_arising(said),),
        tables=(
            table(
                "screening",
                "Complete cohorts, by who recalls",
                {"measure": "Measure", **{name: name.capitalize() for name in who}},
                [
                    *((head, *(interval(part[key], places) for part in who.values())) for key, head, places in LINES),
                    ("PPV2, cancers among biopsies recommended", interval(said["ppv2"]), *("" for _ in list(who)[1:])),
                    ("PPV3, cancers among biopsies done", interval(said["ppv3"]), *("" for _ in list(who)[1:])),
                ],
            ),
            table(
                "screening_cohorts",
                "The programme by year of the screen",
                {"year": "Year", "screens": "Screens", "recalled": "Recalled", "detected": "Screen-detected",
                 "interval": "Interval", "sensitivity": "Sensitivity"},
                [
                    (c["year"], c["screens"], c["recalled"], c["screen_detected"], c["interval_cancers"],
                     interval(c["sensitivity"]))
                    for c in said["cohorts"]
                ],
            ),
            table(
                "screening_so_far",
                "Interval cancers per 1,000 screens without recall, every screen followed as long as it is old",
                {"who": "By recall of", "month": "By month", "at_risk": "Still followed", "rate": "Per 1,000"},
                [
                    (name, m["month"], m["at_risk"], interval(m, 2))
                    for name, part in said["so_far"].items()
                    for m in part["by_month"]
                ],
            ),
        ),
    )  # fmt: skip


def _so_far(name: str, part: Mapping[str, Any]) -> str:
    expected = part["interval_cancers_expected"]
    told = (
        ""
        if expected is None
        else f"; {expected:,.1f} are to be expected once the interval is over for all"
    )
    return (
        f"{name.capitalize()}, with the {part['screens']:,} screens old enough for any outcome to be known: "
        f"{part['interval_cancers']:,} interval cancers so far{told}. Sensitivity {interval(part['sensitivity'])}."
    )


def _arising(said: Mapping[str, Any]) -> Chart:
    lines, rows = [], []
    for (name, part), colour in zip(said["so_far"].items(), (BLUE, ORANGE), strict=False):
        points = [m for m in part["by_month"] if m["estimate"] is not None]
        lines.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": f"by recall of the {name}", "line": {"color": colour},
                "x": [m["month"] for m in points], "y": [m["estimate"] for m in points],
                "error_y": {
                    "type": "data", "symmetric": False, "thickness": 1,
                    "array": [m["upper"] - m["estimate"] for m in points],
                    "arrayminus": [m["estimate"] - m["lower"] for m in points],
                },
            }
        )  # fmt: skip
        rows += [
            (name, str(m["month"]), f"{m['estimate']:.2f}", f"{m['lower']:.2f} to {m['upper']:.2f}")
            for m in points
        ]
    return Chart(
        key="interval_cancers",
        title="Interval cancers after a screen without recall",
        summary="Kaplan–Meier: a young screen counts for as long as it has been followed. Bars are 95 % intervals.",
        heads=("By recall of", "By month", "Per 1,000", "95 % interval"),
        rows=tuple(rows),
        plot={
            "data": lines,
            "layout": layout(
                320, xaxis=axis(title=named("months after the screen"), dtick=6),
                yaxis=axis(title=named("interval cancers per 1,000"), rangemode="tozero"),
            ),
        },
    )  # fmt: skip
