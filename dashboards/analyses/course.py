"""The course from month to month, told with the icons of Making Data Count."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.analyses.told import Told, percent, table
from dashboards.figures.chart import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    Chart,
    axis,
    layout,
    middle,
    months_axis,
    named,
)
from dashboards.figures.markings import Pin, pin_lines
from dashboards.pages.shown import sentence_case, words

VARIATIONS = {
    "common": "common cause", "improving": "special cause, improving", "concerning": "special cause, concerning",
    "high": "special cause, high", "low": "special cause, low",
}  # fmt: skip
ASSURANCES = {"passes": "P passes", "fails": "F fails", "hit_or_miss": "? hit or miss"}
_COLOURS = {"common": GREY, "improving": BLUE, "concerning": ORANGE, "high": PURPLE, "low": PURPLE}


def tell(said: Mapping[str, Any]) -> Told:
    """Each series with its two icons, and its XmR chart."""
    few = said["least_months"]
    short = any(len(s["months"]) < few for s in said["series"])
    sentences = [
        "A special cause is a point beyond the limits, seven on one side of the centre, seven rising or falling, or two of three near a "
        "limit. These charts are for boards; whether to act is decided by the charts of the monitoring plan, which state how often they ring for nothing."
    ]
    if said["changes"]:
        sentences.append(
            "Recorded changes are pinned: "
            + ", ".join(f"{pin.number} {pin.label} ({pin.day})" for pin in _pins(said))
            + ". Limits are drawn once over all months and not anew after a change, which would make what came of it the new usual."
        )
    sentences += [
        f"{sentence_case(s['series'])} has no one level: {_levels(s)}. Its limits over all months mean little."
        for s in said["series"]
        if len(s["levels"]) > 1
    ]
    if short:
        sentences.append(f"Fewer than {few} months: limits are drawn and no icon is given.")
    return Told(
        key="course",
        title="Course from month to month",
        question="Is a month different from the others, or is it chance?",
        sentences=tuple(sentences),
        tables=(
            table(
                "course",
                "XmR charts with the icons of Making Data Count; limits are three sigmas from mean moving ranges, those of the p chart from the number of cases",
                {"series": "Monthly share", "months": "Months", "last": "Last", "centre": "Centre", "limits": "Limits",
                 "variation": "Variation", "beyond": "Beyond the p chart", "target": "Claim", "assurance": "Against the claim"},
                [_row(s) for s in said["series"]],
            ),
        ),
        charts=tuple(_chart(s, _pins(said)) for s in said["series"]),
    )  # fmt: skip


def _row(s: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        s["series"],
        len(s["months"]),
        percent(s["values"][-1]),
        percent(s["centre"][-1]),
        f"{percent(max(0, s['lower'][-1]))} to {percent(min(1, s['upper'][-1]))}",
        VARIATIONS.get(s["variation"], "–"),
        ", ".join(_beyond(s)) or "–",
        percent(s["target"]),
        ASSURANCES.get(s["assurance"], "–"),
    )


def _levels(s: Mapping[str, Any]) -> str:
    """The mean before the first step and from each step on."""
    first, *later = s["levels"]
    since = ", ".join(f"{percent(level['mean'])} from {level['from']} on" for level in later)
    return f"{percent(first['mean'])} up to {first['to']}, {since}"


def _beyond(s: Mapping[str, Any]) -> list[str]:
    """The months that differ from all by more than their number of cases explains."""
    limits = zip(s["months"], s["values"], s["p_lower"], s["p_upper"], strict=True)
    return [month for month, value, lower, upper in limits if not lower <= value <= upper]


def _pins(said: Mapping[str, Any]) -> list[Pin]:
    return [
        Pin(number=number, day=change["day"], label=words(change["kind"]))
        for number, change in enumerate(said["changes"], start=1)
    ]


def _chart(s: Mapping[str, Any], pins: Sequence[Pin]) -> Chart:
    months, percents = s["months"], [100 * value for value in s["values"]]
    days = [middle(month) for month in months]
    pinned, labels = pin_lines(pins, months)
    lines = [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": days, "y": [min(100, max(0, 100 * v)) for v in s[side]],
            "line": {"color": INK if side == "centre" else GREY, "width": 1.2, "dash": "solid" if side == "centre" else "dash"}, "showlegend": False,
            "hoverinfo": "skip",
        }
        for side, name in (("centre", "centre"), ("lower", "limit"), ("upper", "limit"))
    ]  # fmt: skip
    points = {
        "type": "scatter", "mode": "lines+markers", "name": s["series"], "x": days, "y": percents,
        "line": {"color": GREY, "width": 1.2},
        "marker": {"size": 9, "color": [_COLOURS[v] for v in s["variations"]],
                   "symbol": ["circle" if v == "common" else "diamond" for v in s["variations"]]},
        "text": [f"{m}: {v:.1f} %, {VARIATIONS[kind]}" for m, v, kind in zip(months, percents, s["variations"], strict=True)],
        "hoverinfo": "text", "showlegend": False,
    }  # fmt: skip
    special = [m for m, v in zip(months, s["variations"], strict=True) if v != "common"]
    told = (
        f"on no one level: {_levels(s)}" if len(s["levels"]) > 1
        else f"special causes in {', '.join(special)}" if special
        else "common cause throughout"
    )  # fmt: skip
    return Chart(
        key=f"course-{s['series'].replace(' ', '-')}",
        title=f"{sentence_case(s['series'])} by month (XmR)",
        summary=f"{len(months)} whole months, {told}. Diamonds are special causes; dashed lines are the limits.",
        heads=("Month", "Cases", "Share", "Variation", "Limits of the p chart"),
        rows=tuple(
            (m, n, percent(v), VARIATIONS[kind], f"{percent(low)} to {percent(high)}")
            for m, n, v, kind, low, high in zip(
                months,
                s["cases"],
                s["values"],
                s["variations"],
                s["p_lower"],
                s["p_upper"],
                strict=True,
            )
        ),
        plot={
            "data": [*lines, points],
            "layout": layout(
                300,
                xaxis=months_axis(months),
                yaxis=axis(title=named("%")),
                shapes=pinned,
                annotations=labels,
            ),
        },
    )
