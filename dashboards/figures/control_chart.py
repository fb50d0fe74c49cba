"""A chart of the monitoring plan: how far the evidence for a change has come towards the limit, and what happened then."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.figures.chart import (
    BLUE,
    INK,
    ORANGE,
    PALE_ORANGE,
    PURPLE,
    Chart,
    axis,
    layout,
    named,
    start,
)
from dashboards.figures.markings import Pin, pin_lines
from dashboards.pages.shown import sentence_case, words
from surveillance.monitors.chart_record import DrawnChart

MOST_TICKS = 6
_COLOURS = {"lower": BLUE, "higher": PURPLE}


def control_chart(sides: Sequence[DrawnChart], *, pins: Sequence[Pin]) -> Chart:
    """The chart of one question, a line for each direction it is watched in; 1 is the limit at which it rings.

    After each alarm the line starts at 0 again.
    """
    first = sides[0]
    days = sorted({day for side in sides for day in side.content["days"]})
    alarms = [(alarm, side) for side in sides for alarm in side.content["alarms"]]
    first_day = min([days[0], *(alarm["earliest"] for alarm, _ in alarms)])
    months = [first_day[:7], days[-1][:7]]
    pinned, labels = pin_lines(pins, months)
    shown = 12 * (int(months[1][:4]) - int(months[0][:4])) + int(months[1][5:]) - int(months[0][5:]) + 1  # fmt: skip
    highest = max([1.0, *(value for side in sides for value in _heights(side))])
    limit = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": INK, "width": 1.4, "dash": "dash"},
    }  # fmt: skip
    return Chart(
        key=f"control-{first.watch}-{first.by}-{first.level}".replace(" ", "-"),
        title=f"{sentence_case(words(first.watch))}{first.content['where']}",
        summary=_summary(sides, days, [alarm["on"] for alarm, _ in alarms]),
        heads=("Alarm", "Direction", "Its study days", "Most likely began"),
        rows=tuple(
            (alarm["on"], side.side, f"{alarm['first']} to {alarm['last']}",
             f"{alarm['about']} ({alarm['earliest']}{' or before' if alarm['from_the_start'] else ''} to {alarm['latest']})")
            for alarm, side in alarms
        ),
        plot={
            "data": [*(_line(side) for side in sides), _marks(alarms)],
            "layout": layout(
                300,
                xaxis=axis(type="date", tickformat="%b %Y", dtick=f"M{-(-shown // MOST_TICKS)}", tickangle=0, range=[start(months[0]), days[-1]]),
                yaxis=axis(
                    range=[0, 1.15 * highest], tickformat=".1f", title=named("evidence / limit")
                ),
                shapes=[*_begun([alarm for alarm, _ in alarms]), limit, *pinned],
                annotations=labels,
                showlegend=True,
            ),
        },
        note="The line moves on the day a case counts; at 1 it rings and starts anew."
        + (" The band, in study days, is when began what it found: hold the pinned changes against it." if alarms else ""),
    )  # fmt: skip


def _begun(alarms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A band for each span of study days in which began what the chart found."""
    spans = sorted({(alarm["earliest"], alarm["latest"]) for alarm in alarms})
    return [
        {
            "type": "rect", "layer": "below", "yref": "paper", "x0": f"{first} 00:00", "x1": f"{last} 23:59", "y0": 0, "y1": 1,
            "fillcolor": PALE_ORANGE, "opacity": 0.5, "line": {"width": 0},
            "label": {"text": "began", "textposition": "top center", "font": {"size": 11.5, "color": INK}},
        }
        for first, last in spans
    ]  # fmt: skip


def _heights(side: DrawnChart) -> list[float]:
    limit = side.content["limit"]
    return [value / limit for value in side.content["values"]]


def _line(side: DrawnChart) -> dict[str, Any]:
    heights = _heights(side)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": side.side,
        "x": side.content["days"],
        "y": heights,
        "line": {"color": _COLOURS[side.side], "width": 1.6, "shape": "hv"},
        "text": [
            f"{day}: {height:.2f} of the limit ({side.side})"
            for day, height in zip(side.content["days"], heights, strict=True)
        ],
        "hoverinfo": "text",
    }


def _marks(alarms: Sequence[tuple[Mapping[str, Any], DrawnChart]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "rang",
        "x": [alarm["on"] for alarm, _ in alarms],
        "y": [1.0] * len(alarms),
        "marker": {"size": 11, "color": ORANGE, "symbol": "triangle-up"},
        "text": [f"{alarm['on']}: rang ({side.side})" for alarm, side in alarms],
        "hoverinfo": "text",
    }


def _summary(sides: Sequence[DrawnChart], days: Sequence[str], alarms: Sequence[str]) -> str:
    set_for = "; ".join(side.content["words"] for side in sides)
    first, *others = sorted(alarms) or [""]
    rung = (
        f"rang {len(alarms)} times, first on {first} and last on {others[-1]}" if others
        else f"rang on {first}" if first
        else f"has not rung; it stands at {max(_heights(side)[-1] for side in sides):.2f} of its limit"
    )  # fmt: skip
    return f"From {days[0]} to {days[-1]} it {rung}. Set for {set_for}."
