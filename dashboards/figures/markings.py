"""What is marked on a chart over time: the claim with its margin, dated changes, months that still mature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from dashboards.figures.chart import GREY, INK, LINE, PALE_BLUE, PALE_GREY, after, start
from dashboards.pages.judged import Claim
from surveillance.monitors.verdict import stated

LABEL_WIDTH = 0.09
"""Part of a chart's width that the label of a change takes."""
LABEL_ROWS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A dated change, numbered on the chart and told in the list below it."""

    number: int
    day: str
    label: str


def claim_lines(
    claim: Claim | None, months: Sequence[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The claim as a dashed line, its margin as a band, and both in words."""
    if claim is None:
        return [], []
    left, right = start(months[0]), start(after(months[-1]))
    band = {
        "type": "rect", "layer": "below", "x0": left, "x1": right, "y0": claim.floor, "y1": claim.value,
        "fillcolor": PALE_BLUE, "opacity": 0.55, "line": {"width": 0},
    }  # fmt: skip
    line = {
        "type": "line", "x0": left, "x1": right, "y0": claim.value, "y1": claim.value,
        "line": {"color": INK, "width": 1.4, "dash": "dash"},
    }  # fmt: skip
    note = {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1.16,
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "text": f"dashed: claim {stated(claim.value)} · band: margin to {stated(claim.floor)}",
        "font": {"size": 11.5, "color": INK},
    }
    return [band, line], [note]


def maturing(months: Sequence[str]) -> list[dict[str, Any]]:
    """A grey field over the months whose outcomes are not complete."""
    if not months:
        return []
    return [
        {
            "type": "rect", "layer": "below", "yref": "paper", "x0": start(months[0]),
            "x1": start(after(months[-1])), "y0": 0, "y1": 1, "fillcolor": PALE_GREY, "line": {"width": 0},
            "label": {"text": "maturing", "textposition": "bottom center",
                      "font": {"size": 11.5, "color": GREY}},
        }
    ]  # fmt: skip


def pin_lines(
    pins: Sequence[Pin], months: Sequence[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A dotted line for each day on which something changed, with its numbers and the day above.

    Labels that would overprint the one before stand higher.
    """
    inside = [p for p in pins if start(months[0]) <= p.day < start(after(months[-1]))]
    lines, labels = [], []
    room = _days(start(months[0]), start(after(months[-1]))) * LABEL_WIDTH
    left, height = "", 0
    for day, of_day in groupby(
        sorted(inside, key=lambda p: (p.day, p.number)), key=lambda p: p.day
    ):
        height = (height + 1) % LABEL_ROWS if left and _days(left, day) < room else 0
        left = day
        lines.append(
            {"type": "line", "yref": "paper", "x0": day, "x1": day, "y0": 0, "y1": 1,
             "line": {"color": INK, "width": 1.2, "dash": "dot"}}
        )  # fmt: skip
        labels.append(
            {"x": day, "yref": "paper", "y": 1, "yshift": 14 * height, "yanchor": "bottom", "showarrow": False,
             "text": f"<b>{', '.join(str(p.number) for p in of_day)}</b> {day[5:]}", "font": {"size": 11.5}, "bordercolor": LINE}
        )  # fmt: skip
    return lines, labels


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
