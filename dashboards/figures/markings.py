"""What is marked on a chart over time: the claim with its margin, dated changes, months that still mature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.figures.chart import GREY, INK, LINE, PALE_BLUE, PALE_GREY, after, start
from dashboards.pages.judged import Claim
from surveillance.monitors.verdict import stated


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
    """A dotted line for each dated change, with its number and day above."""
    inside = [p for p in pins if start(months[0]) <= p.day < start(after(months[-1]))]
    lines = [
        {"type": "line", "yref": "paper", "x0": p.day, "x1": p.day, "y0": 0, "y1": 1,
         "line": {"color": INK, "width": 1.2, "dash": "dot"}}
        for p in inside
    ]  # fmt: skip
    labels = [
        {"x": p.day, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
         "text": f"<b>{p.number}</b> {p.day[5:]}", "font": {"size": 11.5}, "bordercolor": LINE}
        for p in inside
    ]  # fmt: skip
    return lines, labels
