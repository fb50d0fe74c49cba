"""Arrival of the truth, told and drawn."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, percent, table
from dashboards.figures.chart import BLUE, GREY, ORANGE, Chart, axis, layout, named


def tell(said: Mapping[str, Any]) -> Told:
    """The curve of label arrival by month of the examination, immature months marked."""
    months = said["months"]
    young = [m["month"] for m in months if not m["mature"]]
    sentences = []
    if young:
        sentences.append(
            f"Immature: {', '.join(young)}. Some of these cases are younger than {said['matures_after_days']} "
            "days and pending, whatever is known of them; their figures will still move."
        )
    if said["median_days_to_known"] is not None:
        sentences.append(
            f"Half of the truths that are known were known {said['median_days_to_known']:.0f} days after the examination."
        )
    rows = [
        (m["month"], "mature" if m["mature"] else "immature", m["processed"], m["known"], m["young"],
         m["waiting"], m["not_verified"], *(percent(share) for share in m["arrived"]))
        for m in months
    ]  # fmt: skip
    heads = {"month": "Month", "state": "State", "processed": "Processed", "known": "Truth known",
             "young": "Pending", "waiting": "of them truth not known", "not_verified": "Not verified",
             **{f"day_{d}": f"By day {d}" for d in said["days"]}}  # fmt: skip
    return Told(
        key="maturity",
        title="Arrival of the truth",
        question="Of which months is enough known to judge?",
        sentences=tuple(sentences),
        tables=(table("label_maturity", "Labels by month of the examination", heads, rows),),
        charts=(_curve(said),) if said["days"] else (),
    )


def _curve(said: Mapping[str, Any]) -> Chart:
    days, months = said["days"], said["months"]
    lines = [
        {
            "type": "scatter", "mode": "lines+markers", "name": m["month"],
            "x": [d for d, share in zip(days, m["arrived"], strict=True) if share is not None],
            "y": [100 * share for share in m["arrived"] if share is not None],
            "line": {"color": GREY if m["mature"] else ORANGE, "width": 1.2, "dash": "solid" if m["mature"] else "dot"},
            "marker": {"size": 5, "symbol": "circle" if m["mature"] else "circle-open"},
            "showlegend": False,
            "hovertemplate": f"{m['month']}: %{{y:.1f}} % by day %{{x}}<extra></extra>",
        }
        for m in months
    ]  # fmt: skip
    rule = {
        "type": "line", "x0": said["matures_after_days"], "x1": said["matures_after_days"], "y0": 0, "y1": 1,
        "yref": "paper", "line": {"color": BLUE, "dash": "dash", "width": 1.5},
    }  # fmt: skip
    return Chart(
        key="label_maturity",
        title="Share of cases whose truth is known, by days since the examination",
        summary="One line a month of examinations; dotted with open points where the month is immature. The "
        f"dashed line is day {said['matures_after_days']}, from which a case without outcome counts as not verified.",
        heads=("Month", *(f"By day {d}" for d in days)),
        rows=tuple((m["month"], *(percent(share) for share in m["arrived"])) for m in months),
        plot={
            "data": lines,
            "layout": layout(
                320,
                xaxis=axis(title=named("days since the examination"), type="log", tickvals=days, ticktext=[str(d) for d in days]),
                yaxis=axis(title=named("truth known, %"), rangemode="tozero"),
                shapes=[rule],
            ),
        },
    )  # fmt: skip
