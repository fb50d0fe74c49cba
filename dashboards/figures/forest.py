"""A forest of subgroups on one axis: each against all cases together and against the claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.figures.chart import (
    BLUE,
    GREY,
    INK,
    LINE,
    ORANGE,
    PALE_BLUE,
    PURPLE,
    Chart,
    axis,
    layout,
    named,
)
from dashboards.pages.estimated import Estimated
from dashboards.pages.judged import Claim
from dashboards.pages.verdict_shown import Badge, Tone

OFFSET = 0.16
_TONES = {Tone.GOOD: BLUE, Tone.CONCERN: ORANGE, Tone.COMMON: GREY, Tone.NEUTRAL: PURPLE}
_SYMBOLS = {
    "tick": "circle", "half": "diamond", "triangle": "triangle-down", "dots": "circle-open", "ring": "circle-open",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One level of a stratum over the whole period, and what was judged of its last days."""

    level: str
    figure: Estimated
    recent: Estimated | None = None
    verdict: Badge | None = None


def forest(
    key: str,
    title: str,
    metric: str,
    groups: Sequence[Group],
    *,
    overall: Estimated,
    claim: Claim | None,
) -> Chart:
    """Each level with its interval; the line is all cases together, the band the claim."""
    judged = [(g, -float(place)) for place, g in enumerate(groups) if g.recent is not None]
    data = [_all_period(groups)]
    for place, (group, row) in enumerate(judged):
        words = [other.verdict for other, _ in judged[:place]]
        data.append(_recent(group, row - OFFSET, in_legend=group.verdict not in words))
    lows = [
        f.lower
        for g in groups
        for f in (g.figure, g.recent)
        if f is not None and f.lower is not None
    ]
    names = [f"{_short(g.level)}  " for g in groups]
    plot = {
        "data": data,
        "layout": layout(
            96 + (58 if judged else 36) * len(groups) + (44 if judged else 0),
            xaxis=axis(range=[max(0.0, min([0.5, *lows]) - 0.05), 1.02], tickformat=".2f", title=named(metric)),
            yaxis=axis(tickvals=[-place for place in range(len(groups))], ticktext=names, ticks="",
                       range=[0.6 - len(groups), 0.6], showgrid=False),
            shapes=[*_rules(len(groups)), *_lines(overall, claim)],
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            showlegend=bool(judged),
        ),
    }  # fmt: skip
    return Chart(
        key=key,
        title=title,
        summary=_summary(metric, groups, overall),
        heads=("Level", metric.capitalize(), "95 % interval", "n", "Gap to all", "Last 120 mature days", "Verdict"),
        rows=tuple(
            (g.level, g.figure.value, g.figure.interval, g.figure.n, gap(g.figure, overall),
             g.recent.text if g.recent else "not judged apart", g.verdict.word if g.verdict else "–")
            for g in groups
        ),
        plot=plot,
        note="Vertical line: all cases together. "
        + ("Band: the claim and its margin. " if claim else "")
        + "Intervals are not adjusted for the number of subgroups.",
    )  # fmt: skip


def gap(figure: Estimated, overall: Estimated) -> str:
    """How far a level lies from all cases together, in words of a number."""
    if figure.estimate is None or overall.estimate is None:
        return "–"
    return f"{figure.estimate - overall.estimate:+.3f}".replace("-", "−")


def _all_period(groups: Sequence[Group]) -> dict[str, Any]:
    drawn = [(g, -place) for place, g in enumerate(groups) if g.figure.estimate is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "whole period",
        "x": [g.figure.estimate for g, _ in drawn],
        "y": [row + (OFFSET if g.recent else 0) for g, row in drawn],
        "error_x": _bars([g.figure for g, _ in drawn], INK),
        "marker": {"size": 9, "symbol": "square", "color": INK},
        "text": [f"{g.level}: {g.figure.text}" for g, _ in drawn],
        "hoverinfo": "text",
    }


def _recent(group: Group, row: float, *, in_legend: bool) -> dict[str, Any]:
    assert group.recent is not None
    badge = group.verdict or Badge(word="Judged", icon="ring", tone=Tone.NEUTRAL)
    colour = _TONES.get(Tone(badge.tone), GREY)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"last 120 mature days: {badge.word.lower()}",
        "legendgroup": badge.word,
        "showlegend": in_legend,
        "x": [group.recent.estimate],
        "y": [row],
        "error_x": _bars([group.recent], colour),
        "marker": {"size": 12, "symbol": _SYMBOLS.get(badge.icon, "circle"), "color": colour},
        "text": [f"{group.level}, last 120 mature days: {group.recent.text}. {badge.word}"],
        "hoverinfo": "text",
    }


def _rules(rows: int) -> list[dict[str, Any]]:
    """A thin rule between one level and the next."""
    return [
        {"type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": -row - 0.5, "y1": -row - 0.5,
         "line": {"color": LINE, "width": 1}}
        for row in range(rows - 1)
    ]  # fmt: skip


def _bars(figures: Sequence[Estimated], colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [
            (f.upper or 0) - (f.estimate or 0) if f.upper is not None else 0 for f in figures
        ],
        "arrayminus": [
            (f.estimate or 0) - (f.lower or 0) if f.lower is not None else 0 for f in figures
        ],
        "color": colour,
        "thickness": 1.6,
        "width": 5,
    }


def _lines(overall: Estimated, claim: Claim | None) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = []
    if claim is not None:
        shapes.append({"type": "rect", "layer": "below", "yref": "paper", "y0": 0, "y1": 1, "x0": claim.floor,
                       "x1": claim.value, "fillcolor": PALE_BLUE, "opacity": 0.55, "line": {"width": 0}})  # fmt: skip
    if overall.estimate is not None:
        shapes.append({"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": overall.estimate,
                       "x1": overall.estimate, "line": {"color": GREY, "width": 1.4, "dash": "dash"}})  # fmt: skip
    return shapes


def _short(level: str) -> str:
    return level if len(level) <= 24 else f"{level[:23]}…"


def _summary(metric: str, groups: Sequence[Group], overall: Estimated) -> str:
    known = [g for g in groups if g.figure.estimate is not None]
    silent = [g.level for g in groups if g.figure.estimate is None]
    if not known:
        return f"No subgroup has a verified case that would give a {metric}."
    low = min(known, key=lambda g: g.figure.estimate or 0)
    high = max(known, key=lambda g: g.figure.estimate or 0)
    said = f"All together: {overall.text}. Lowest: {low.level}, {low.figure.text}. Highest: {high.level}, {high.figure.text}."
    for group in groups:
        if (
            group.recent is not None
            and group.verdict is not None
            and group.verdict.tone == Tone.CONCERN
        ):
            said += f" In the last 120 mature days {group.level} is {group.recent.text}: {group.verdict.word.lower()}."
    return said + (f" No verified case: {', '.join(silent)}." if silent else "")
