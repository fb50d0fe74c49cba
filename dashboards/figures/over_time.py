"""A figure month by month: intervals, the claim with its margin, dated events, and what has not matured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.figures.chart import (
    BLUE,
    GREY,
    PURPLE,
    Chart,
    axis,
    layout,
    middle,
    months_axis,
    named,
)
from dashboards.figures.markings import Pin, claim_lines, maturing, pin_lines
from dashboards.pages.estimated import Estimated
from dashboards.pages.judged import Claim
from surveillance.monitors.verdict import stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One month: the figure, the raw one beside a corrected one, and how much of it still matures."""

    month: str
    figure: Estimated
    raw: Estimated | None = None
    pending: int = 0
    matured: int = 0

    @property
    def mature(self) -> bool:
        """Whether every processed case of the month is old enough for its outcome to be complete."""
        return self.pending == 0

    @property
    def maturity(self) -> str:
        """Its maturity in words."""
        if self.mature:
            return "matured"
        return f"maturing: {self.pending:,} of {self.pending + self.matured:,} pending"


def metric_over_time(
    metric: str,
    points: Sequence[Point],
    *,
    claim: Claim | None,
    pins: Sequence[Pin],
    corrected: str,
    joined: bool,
) -> Chart:
    """Sensitivity or specificity by month against its claim; joined by a line only if its dates are true.

    `corrected` says what the figures are corrected for, empty where they are raw.
    """
    months = [point.month for point in points]
    name = corrected or "over verified cases"
    data = [
        _series([p for p in points if p.mature], name, BLUE, hollow=False, joined=joined),
        _series(
            [p for p in points if not p.mature], "not yet matured", GREY, hollow=True, joined=False
        ),
    ]
    if corrected:
        data.append(_raw(points))
    shapes, notes = claim_lines(claim, months)
    pinned, labels = pin_lines(pins, months)
    floor = min([0.5, *(p.figure.lower for p in points if p.figure.lower is not None)])
    plot = {
        "data": [series for series in data if series["x"]],
        "layout": layout(
            360,
            margin={"l": 52, "r": 16, "t": 56 if claim else 30, "b": 36},
            xaxis=months_axis(months),
            yaxis=axis(range=[max(0.0, floor - 0.05), 1.03], tickformat=".2f", title=named(metric)),
            shapes=[*maturing([p.month for p in points if not p.mature]), *shapes, *pinned],
            annotations=[*notes, *labels],
            showlegend=True,
        ),
    }
    return Chart(
        key=f"{metric}-by-month",
        title=f"{metric.capitalize()} by month",
        summary=_summary(metric, points, claim, name),
        heads=("Month", f"{metric.capitalize()} ({name})", "95 % interval", "n", "Raw", "Maturity"),
        rows=tuple(
            (
                p.month,
                p.figure.value,
                p.figure.interval,
                p.figure.n,
                (p.raw or p.figure).value,
                p.maturity,
            )
            for p in points
        ),
        plot=plot,
    )


def agreement_over_time(points: Sequence[Point], *, pins: Sequence[Pin], joined: bool) -> Chart:
    """Kappa with the reports by month: in its own chart, in its own colour, without a claim."""
    months = [point.month for point in points]
    pinned, labels = pin_lines(pins, months)
    known = [p for p in points if p.figure.estimate is not None]
    plot = {
        "data": [_series(known, "kappa with the reports", PURPLE, hollow=False, joined=joined)],
        "layout": layout(
            340,
            xaxis=months_axis(months),
            yaxis=axis(range=[-0.2, 1.03], tickformat=".1f", title=named("Cohen's kappa")),
            shapes=pinned,
            annotations=labels,
            showlegend=True,
        ),
    }
    ends = f" from {known[0].figure.value} in {known[0].month} to {known[-1].figure.value} in {known[-1].month}"
    return Chart(
        key="agreement-by-month",
        title="Agreement with the reports by month (not accuracy)",
        summary=f"Cohen's kappa over {len(known)} months{ends}. Agreement says how often algorithm and reader "
        "say the same, not who is right.",
        heads=("Month", "Kappa", "95 % interval", "n"),
        rows=tuple((p.month, p.figure.value, p.figure.interval, p.figure.n) for p in points),
        plot=plot,
    )


def _series(
    points: Sequence[Point], name: str, colour: str, *, hollow: bool, joined: bool
) -> dict[str, Any]:
    drawn = [p for p in points if p.figure.estimate is not None]
    return {
        "type": "scatter",
        "mode": "lines+markers" if joined else "markers",
        "name": name,
        "x": [middle(p.month) for p in drawn],
        "y": [p.figure.estimate for p in drawn],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_gap(p.figure.upper, p.figure.estimate) for p in drawn],
            "arrayminus": [_gap(p.figure.estimate, p.figure.lower) for p in drawn],
            "color": colour,
            "thickness": 1.4,
            "width": 3,
        },
        "line": {"color": colour, "width": 1.2},
        "marker": {
            "size": 9,
            "color": colour,
            "symbol": "circle-open" if hollow else "circle",
            "line": {"width": 2, "color": colour},
        },
        "text": [f"{p.month}: {p.figure.text}; {p.maturity}" for p in drawn],
        "hoverinfo": "text",
    }


def _raw(points: Sequence[Point]) -> dict[str, Any]:
    drawn = [p for p in points if p.raw is not None and p.raw.estimate is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "raw",
        "x": [middle(p.month) for p in drawn],
        "y": [p.raw.estimate for p in drawn if p.raw],
        "marker": {"size": 8, "symbol": "x-thin", "line": {"width": 1.6, "color": GREY}},
        "text": [f"{p.month}: raw {p.raw.text}" for p in drawn if p.raw],
        "hoverinfo": "text",
    }


def _gap(upper: float | None, lower: float | None) -> float:
    return 0.0 if upper is None or lower is None else upper - lower


def _summary(metric: str, points: Sequence[Point], claim: Claim | None, name: str) -> str:
    known = [p for p in points if p.figure.estimate is not None]
    if not known:
        return f"No month has a {metric} yet."
    low = min(known, key=lambda p: p.figure.estimate or 0)
    last = known[-1]
    said = (
        f"{metric.capitalize()}, {name}, over {len(known)} months. Latest: {last.figure.text} in {last.month}"
        f" ({last.maturity}). Lowest: {low.figure.text} in {low.month}."
    )
    if claim is not None:
        under = [
            p.month for p in known if p.figure.upper is not None and p.figure.upper < claim.floor
        ]
        said += (
            f" The claim is {stated(claim.value)} with a margin down to {stated(claim.floor)}; "
            + (
                f"the whole interval lies below it in {', '.join(under)}."
                if under
                else "no month's interval lies wholly below it."
            )
        )
    waiting = [p.month for p in points if not p.mature]
    return said + (f" Not yet matured: {', '.join(waiting)}." if waiting else "")
