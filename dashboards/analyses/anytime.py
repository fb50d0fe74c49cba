"""What may be said of a claim at any time, told with its interval at every look."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, table
from dashboards.figures.chart import BLUE, GREY, INK, PALE_BLUE, Chart, axis, layout, named
from dashboards.pages.shown import sentence_case
from surveillance.monitors.verdict import stated


def tell(said: Mapping[str, Any]) -> Told:
    """Each metric with the interval that holds at every look, and since when it says something of the claim."""
    return Told(
        key="anytime",
        title="What may be said at any time",
        question="May one stop and decide now, having looked every day?",
        sentences=(
            f"An interval that is looked at every day misses the truth sooner or later. These limits hold at all looks together with {100 * said['level']:.0f} % (confidence "
            "sequence), so a decision may be taken on any day for any reason. They are wider than those of one look agreed on beforehand.",
            "They hold while the share stays the same and for cases apart from each other; when it changed is told by the charts of the plan.",
            *(f"{sentence_case(s['metric'])}: {_answer(s)}" for s in said["series"]),
        ),
        tables=(
            table(
                "anytime",
                "Raw shares of verified cases with limits that hold at every look together",
                {"metric": "Share", "cases": "Cases", "estimate": "So far", "limits": "At any time", "claim": "Claim", "answer": "Of the claim"},
                [_row(s) for s in said["series"]],
            ),
        ),
        charts=tuple(_chart(s) for s in said["series"]),
    )  # fmt: skip


def _answer(s: Mapping[str, Any]) -> str:
    """What is shown of the claim, since when; or why nothing is held."""
    if s["changed"]:
        return (
            f"the share has changed. By {s['changed']} its limits excluded those of an earlier day, so the figure of the whole period means little and is held against no "
            "claim: look at the charts of the plan and at the months."
        )
    if s["claim"] is None:
        return "the label claims nothing."
    if s["not_held"]:
        return f"held against no claim. {s['not_held']}"
    shown = s["shown"]
    if shown["on"] is None:
        return f"not shown to hold, nor to fail, against {stated(s['floor'])} (claim less margin)."
    word = "holds" if shown["answer"] == "met" else "fails"
    return f"shown since {shown['on']}, after {shown['cases']:,} cases, that the claim {word} within its margin (against {stated(s['floor'])})."


def _row(s: Mapping[str, Any]) -> tuple[Any, ...]:
    limits = f"{s['lower'][-1]:.3f} to {s['upper'][-1]:.3f}"
    answer = (
        "share changed"
        if s["changed"]
        else "not held"
        if s["not_held"]
        else s["shown"]["answer"]
        if s["shown"]
        else "no claim"
    )
    claim = "–" if s["claim"] is None else f"{stated(s['claim'])} less {stated(s['claim'] - s['floor'])}"  # fmt: skip
    return s["metric"], s["n"], f"{s['estimate'][-1]:.3f}", limits, claim, answer


def _chart(s: Mapping[str, Any]) -> Chart:
    days, upper, lower = s["days"], s["upper"], s["lower"]
    band = {
        "type": "scatter", "mode": "lines", "x": [*days, *reversed(days)], "y": [*upper, *reversed(lower)], "fill": "toself", "fillcolor": PALE_BLUE,
        "line": {"width": 0}, "name": "limits at any time", "hoverinfo": "skip",
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines", "x": days, "y": s["estimate"], "line": {"color": BLUE, "width": 1.6}, "name": "share so far",
        "text": [f"{day}: {n:,} cases, {value:.3f}" for day, n, value in zip(s["days"], s["cases"], s["estimate"], strict=True)],
        "hoverinfo": "text",
    }  # fmt: skip
    claims = (
        []
        if s["claim"] is None or s["not_held"] or s["changed"]
        else [(s["claim"], INK, "dash"), (s["floor"], GREY, "dot")]
    )
    least = min([*(at for at, _, _ in claims), *lower[len(lower) // 4 :]], default=0.0)
    return Chart(
        key=f"anytime-{s['metric']}",
        title=f"{sentence_case(s['metric'])} so far, at any time",
        summary=f"{s['n']:,} verified cases, {s['estimate'][-1]:.3f} so far; {_answer(s)}",
        heads=("Day", "Cases", "Share", "Lower", "Upper"),
        rows=tuple(
            (day, n, *(f"{value:.3f}" for value in values))
            for day, n, *values in zip(days, s["cases"], s["estimate"], lower, upper, strict=True)
        ),
        plot={
            "data": [band, line],
            "layout": layout(
                300,
                xaxis=axis(type="date"),
                yaxis=axis(range=[max(0.0, least - 0.1), 1.03], tickformat=".2f", title=named(s["metric"])),
                shapes=[
                    {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at, "line": {"color": colour, "width": 1.4, "dash": dash}}
                    for at, colour, dash in claims
                ],
                showlegend=True,
            ),
        },
        note="Dashed: the claim; dotted: the claim less its margin." if claims else "",
    )  # fmt: skip
