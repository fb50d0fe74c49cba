"""A chart of the monitoring plan: how far the evidence for a change has come towards the limit, and what happened then."""

from collections.abc import Sequence
from typing import Any

from dashboards.figures.chart import BLUE, INK, ORANGE, PURPLE, Chart, axis, layout, named
from dashboards.figures.markings import Pin, pin_lines
from dashboards.pages.shown import sentence_case, words
from surveillance.monitors.chart_record import DrawnChart

_COLOURS = {"lower": BLUE, "higher": PURPLE}


def control_chart(sides: Sequence[DrawnChart], *, pins: Sequence[Pin]) -> Chart:
    """The chart of one question, a line for each direction it is watched in; 1 is the limit at which it rings.

    After each alarm the line starts at 0 again.
    """
    first = sides[0]
    where = f" where {words(first.by)} is {first.level}" if first.level else ""
    days = sorted({day for side in sides for day in side.content["days"]})
    months = [days[0][:7], days[-1][:7]]
    pinned, labels = pin_lines(pins, months)
    alarms = [(day, side) for side in sides for day in side.content["alarms"]]
    highest = max([1.0, *(value for side in sides for value in _heights(side))])
    limit = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": INK, "width": 1.4, "dash": "dash"},
    }  # fmt: skip
    return Chart(
        key=f"control-{first.watch}-{first.by}-{first.level}".replace(" ", "-"),
        title=f"{sentence_case(words(first.watch))}{where}",
        summary=_summary(sides, days, [day for day, _ in alarms]),
        heads=("Alarm", "Direction", "Set for"),
        rows=tuple((day, side.side, side.content["words"]) for day, side in alarms),
        plot={
            "data": [*(_line(side) for side in sides), _marks(alarms)],
            "layout": layout(
                300,
                xaxis=axis(type="date", tickformat="%b %y", tickangle=0, range=[days[0], days[-1]]),
                yaxis=axis(
                    range=[0, 1.15 * highest], tickformat=".1f", title=named("evidence / limit")
                ),
                shapes=[limit, *pinned],
                annotations=labels,
                showlegend=True,
            ),
        },
        note="The line gathers what speaks for a change since it last stood at 0; at 1 it rings and starts anew. A case stands on the day it counted from, "
        "once it was mature or reported; its study, and a change pinned here, lie as much earlier.",
    )


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


def _marks(alarms: Sequence[tuple[str, DrawnChart]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "rang",
        "x": [day for day, _ in alarms],
        "y": [1.0] * len(alarms),
        "marker": {"size": 11, "color": ORANGE, "symbol": "triangle-up"},
        "text": [f"{day}: rang ({side.side})" for day, side in alarms],
        "hoverinfo": "text",
    }


def _summary(sides: Sequence[DrawnChart], days: Sequence[str], alarms: Sequence[str]) -> str:
    set_for = "; ".join(side.content["words"] for side in sides)
    rung = (
        f"rang on {', '.join(sorted(alarms))}"
        if alarms
        else f"has not rung; it stands at {max(_heights(side)[-1] for side in sides):.2f} of its limit"
    )
    return f"From {days[0]} to {days[-1]} it {rung}. Set for {set_for}."
