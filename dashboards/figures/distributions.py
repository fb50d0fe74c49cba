"""What came in and what came out, month by month: scores, acquisition mix, and why studies were out of scope."""

from collections.abc import Mapping, Sequence

from dashboards.figures.chart import (
    GREY,
    LEVELS,
    ORANGE,
    Chart,
    axis,
    hatched,
    layout,
    named,
    start,
    whole,
)
from dashboards.pages.shown import words
from surveillance.tally_sums import BINS, OutOfScope

_SHADES = [[0, "#f7f9fb"], [0.05, "#dce8f3"], [0.25, "#9dc0de"], [0.6, "#3f83bb"], [1, "#00385f"]]


def scores(
    by_month: Mapping[str, Sequence[int]],
    calls: Mapping[str, tuple[int, int]],
    *,
    threshold: float | None,
) -> Chart:
    """The share of processed cases in each twentieth of the score, a column a month."""
    months = whole(list(by_month))
    shares = {m: [n / sum(bins) for n in bins] for m, bins in by_month.items()}
    centres = [(place + 0.5) / BINS for place in range(BINS)]
    grid = [[shares[m][place] if m in shares else None for m in months] for place in range(BINS)]
    called = {m: _called(calls.get(m)) for m in by_month}
    heads = ("Month", "Cases", "Median bin", "Called positive")
    shapes = []
    if threshold is not None:
        shapes.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": threshold, "y1": threshold,
                       "line": {"color": ORANGE, "width": 2, "dash": "dash"}})  # fmt: skip
    plot = {
        "data": [
            {"type": "heatmap", "x": [start(m) for m in months], "y": centres, "z": grid, "colorscale": _SHADES,
             "zmin": 0, "xgap": 2, "ygap": 1, "hovertemplate": "%{x|%b %Y}, score about %{y:.2f}: %{z:.1%}<extra></extra>",
             "colorbar": {"title": {"text": "share of<br>the month", "font": {"size": 12}}, "tickfont": {"size": 12}, "tickformat": ".0%", "thickness": 12, "len": 0.9}}
        ],
        "layout": layout(
            340,
            xaxis=axis(type="date", tickformat="%b %Y", dtick="M2", tickangle=0),
            yaxis=axis(range=[0, 1], tickformat=".1f", title=named("score"), showgrid=False),
            shapes=shapes,
        ),
    }  # fmt: skip
    known = [m for m in months if called.get(m) is not None]
    told = f"{threshold:g}" if threshold is not None else "not recorded"
    ends = ""
    if known:
        first, last = (_percent(called[known[place]]) for place in (0, -1))
        ends = f" Called positive: {first} in {known[0]}, {last} in {known[-1]}."
    return Chart(
        key="scores-by-month",
        title="Score distribution by month",
        summary=f"Scores of {sum(map(sum, by_month.values())):,} processed cases over {len(by_month)} months; "
        f"operating point {told}.{ends}",
        heads=heads,
        rows=tuple((m, sum(by_month[m]), _median(by_month[m]), _percent(called[m])) for m in months if m in by_month),
        plot=plot,
        note="Darker: a larger share of the month's cases. "
        + ("Dashed: the operating point." if threshold is not None else ""),
    )  # fmt: skip


def mix(by_month: Mapping[str, Mapping[str, int]], what: str) -> Chart:
    """The share of each level among the studies received, stacked, a column a month."""
    by_month = dict(sorted(by_month.items(), key=lambda level: -sum(level[1].values())))
    months = whole([m for counts in by_month.values() for m in counts])
    totals = {m: sum(counts.get(m, 0) for counts in by_month.values()) for m in months}
    data = []
    for place, (level, counts) in enumerate(by_month.items()):
        colour, hatch = LEVELS[place % len(LEVELS)]
        data.append(
            {"type": "bar", "name": level, "x": [start(m) for m in months],
             "y": [counts.get(m, 0) / totals[m] if totals[m] else None for m in months],
             "marker": hatched(colour, hatch),
             "customdata": [counts.get(m, 0) for m in months],
             "hovertemplate": f"{level}, %{{x|%b %Y}}: %{{y:.1%}} (%{{customdata}} studies)<extra></extra>"}
        )  # fmt: skip
    new = [level for level, counts in by_month.items() if min(counts) > months[0]]
    share = {
        level: sum(counts.values()) / max(1, sum(totals.values()))
        for level, counts in by_month.items()
    }
    said = ", ".join(
        f"{level} {part:.0%}" for level, part in sorted(share.items(), key=lambda p: -p[1])
    )
    late = "".join(f" {level} first appears in {min(by_month[level])}." for level in new)
    return Chart(
        key="mix-by-month",
        title=f"{what.capitalize()} by month",
        summary=f"{sum(totals.values()):,} studies received: {said}.{late}",
        heads=("Month", "Studies", *by_month),
        rows=tuple((m, totals[m], *(counts.get(m, 0) for counts in by_month.values())) for m in months),
        plot={
            "data": data,
            "layout": layout(
                340,
                barmode="stack",
                bargap=0.12,
                showlegend=True,
                xaxis=axis(type="date", tickformat="%b %Y", dtick="M2", tickangle=0),
                yaxis=axis(range=[0, 1], tickformat=".0%", title=named("share of studies received")),
            ),
        },
    )  # fmt: skip


def reasons(found: Sequence[OutOfScope], received: int) -> Chart:
    """How many studies each attribute kept out of scope, by its value or because it was missing."""
    names = [words(one.attribute) for one in found]
    kinds = (
        ("outside the indication", [one.out for one in found], ORANGE, ""),
        ("attribute missing: undeterminable", [one.undeterminable for one in found], GREY, "/"),
    )
    data = [
        {"type": "bar", "orientation": "h", "name": name, "x": counts, "y": names,
         "marker": hatched(colour, hatch),
         "text": [f"{n:,}" if n else "" for n in counts], "textposition": "outside", "cliponaxis": False, "textfont": {"size": 12},
         "hovertemplate": f"%{{y}}, {name}: %{{x}} studies<extra></extra>"}
        for name, counts, colour, hatch in kinds
        if any(counts)
    ]  # fmt: skip
    total = sum(one.out + one.undeterminable for one in found)
    most = max((one.out + one.undeterminable for one in found), default=1)
    return Chart(
        key="out-of-scope",
        title="Not in scope, by what decided it",
        summary=f"{total:,} of {received:,} studies received were not in scope: "
        + "; ".join(f"{words(o.attribute)}: {o.out:,} outside, {o.undeterminable:,} undeterminable" for o in found)
        + ".",
        heads=("Attribute", "Outside the indication", "Undeterminable", "Share of received"),
        rows=tuple(
            (words(o.attribute), o.out, o.undeterminable, _percent((o.out + o.undeterminable) / max(1, received)))
            for o in found
        ),
        plot={
            "data": data,
            "layout": layout(
                150 + 40 * len(found),
                barmode="stack",
                showlegend=True,
                xaxis=axis(title=named("studies"), range=[0, 1.18 * most]),
                yaxis=axis(type="category", categoryorder="array", categoryarray=names[::-1]),
                legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            ),
        },
    )  # fmt: skip


def _called(calls: tuple[int, int] | None) -> float | None:
    return calls[1] / calls[0] if calls and calls[0] else None


def _median(bins: Sequence[int]) -> str:
    half, seen = sum(bins) / 2, 0
    for place, n in enumerate(bins):
        seen += n
        if seen >= half:
            return f"{place / BINS:.2f} to {(place + 1) / BINS:.2f}"
    return "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
