"""What every chart of a page is: a picture as plain values, the same in words, and its numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

INK, BLUE, ORANGE, GREY, PURPLE = "#1b1f24", "#005a9c", "#b84a00", "#5f6b76", "#6b3fa0"
PALE_BLUE, PALE_ORANGE, PALE_GREY, LINE, PAPER = (
    "#cfe1f1", "#f8ddc2", "#eef1f4", "#d5dbe1", "#ffffff",
)  # fmt: skip
FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"
)
LEVELS = (
    (BLUE, ""), ("#8fb8dc", "/"), (GREY, "."), (PURPLE, "x"), ("#c3b1dd", "\\"), (ORANGE, "-"), ("#f0c39c", "+"),
)  # fmt: skip
"""Colour and hatch of one level of a stratum after the other: told apart in grey, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: `plot` is what Plotly draws, `summary` the same in words, `rows` its numbers."""

    key: str
    title: str
    summary: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    plot: dict[str, Any] = field(repr=False)
    note: str = ""


def layout(height: int, **more: Any) -> dict[str, Any]:
    """The house layout of a chart: calm, no frame, the page's own font."""
    return {
        "height": height,
        "margin": {"l": 52, "r": 16, "t": 30, "b": 36},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": FONT, "size": 13, "color": INK},
        "hoverlabel": {"font": {"family": FONT, "size": 13}},
        "legend": {"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "font": {"size": 12}},
        "hovermode": "closest",
        "dragmode": False,
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    """An axis with thin grid lines, fixed so that a page scrolls past a chart."""
    return {
        "gridcolor": PALE_GREY,
        "linecolor": LINE,
        "tickcolor": LINE,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"size": 12},
        **more,
    }


def named(text: str) -> dict[str, Any]:
    """The title of an axis."""
    return {"text": text, "font": {"size": 12.5}, "standoff": 8}


def hatched(colour: str, hatch: str) -> dict[str, Any]:
    """A bar's filling: colour and hatch, told apart in grey."""
    pattern = {"shape": hatch, "fgcolor": PAPER, "bgcolor": colour, "size": 7, "solidity": 0.22}
    return {"color": colour, "line": {"color": PAPER, "width": 1}, "pattern": pattern}


def months_axis(months: Sequence[str], **more: Any) -> dict[str, Any]:
    """An axis of time over whole months."""
    return axis(
        type="date",
        tickformat="%b %Y",
        dtick="M2",
        tickangle=0,
        range=[start(months[0]), start(after(months[-1]))],
        **more,
    )


def start(month: str) -> str:
    """The first day of a month: 2026-03 -> 2026-03-01."""
    return f"{month}-01"


def middle(month: str) -> str:
    """The day of a month at which its figure is drawn."""
    return f"{month}-15"


def after(month: str) -> str:
    """The month after a month."""
    year, number = (int(part) for part in month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def whole(months: Sequence[str]) -> list[str]:
    """Every month from the first to the last, those without a case among them."""
    if not months:
        return []
    found, last = [min(months)], max(months)
    while found[-1] < last:
        found.append(after(found[-1]))
    return found
