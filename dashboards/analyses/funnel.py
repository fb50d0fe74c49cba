"""Which scanner or site stands apart from the others, told with its funnel."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, percent, table
from dashboards.figures.chart import BLUE, GREY, INK, ORANGE, Chart, axis, layout, named
from dashboards.pages.shown import sentence_case

OVER = {
    "site": "sites that run the same algorithm",
    "manufacturer_model_name": "scanner models",
    "device_serial_number": "single scanners",
}
MOST_NAMED = 12
"""Points that carry their name in the picture; of more, one reads it by pointing or in the numbers."""
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}}
_VERDICTS = {
    -2: "below the 99.8 % limit", -1: "below the 95 % limit", 0: "within the limits",
    1: "above the 95 % limit", 2: "above the 99.8 % limit",
}  # fmt: skip


def tell(said: Mapping[str, Any]) -> Told:
    """Who lies outside, one table of all units, and a funnel for each comparison that has limits."""
    apart = [
        f"{sentence_case(one['metric'])} of {_name(one, unit)} is {percent(unit['share'])} over {unit['cases']:,} cases, {_VERDICTS[unit['outside']]} "
        f"around the common {percent(one['target'])}."
        for one in said["funnels"] for unit in one["units"] if abs(unit.get("outside", 0)) == 2
    ] or ["Nothing lies further from the common share than its number of cases explains (99.8 % limits)."]  # fmt: skip
    near = [f"{_name(one, unit)} ({one['metric']})" for one in said["funnels"] for unit in one["units"] if abs(unit.get("outside", 0)) == 1]  # fmt: skip
    if near:
        apart.append(f"Beyond the 95 % limits and within those of 99.8 %: {', '.join(near)}.")
    apart.append("The common share holds the unit itself, so that a large one hides in it; each against all others stands under Subgroups.")  # fmt: skip
    compared = sum(len(one["units"]) for one in said["funnels"])
    apart.append(
        f"{compared} points are looked at; one in twenty lies outside the 95 % limits by chance, one in five hundred outside those of 99.8 %. "
        "Shares are of verified cases, not corrected for who was verified, and cases differ between units: what stands apart is a question and no verdict, and rings nothing."
    )
    if any(one["spread"] is None for one in said["funnels"]):
        apart.append(
            "With fewer than ten units the limits show chance alone and not how much such units differ as a rule."
        )
    if any(one["by"] == "site" for one in said["funnels"]):
        apart.append(
            "Other sites are shown without their names; each finds its own on its own page."
        )
    return Told(
        key="funnel",
        title="Scanners and sites beside each other",
        question="Does one stand apart from the others?",
        sentences=tuple(apart),
        tables=(
            table(
                "funnel",
                "Each unit against the common share, with the limits for its number of cases",
                {"over": "Over", "unit": "Unit", "metric": "Metric", "cases": "Cases", "share": "Share", "target": "Common share",
                 "limits": "99.8 % limits", "verdict": "Verdict"},
                [_row(one, unit) for one in said["funnels"] for unit in one["units"]],
            ),
        ),
        charts=tuple(_chart(one) for one in said["funnels"] if not one["reason"]),
    )  # fmt: skip


def _name(one: Mapping[str, Any], unit: Mapping[str, Any]) -> str:
    if one["by"] != "site":
        return str(unit["unit"])
    return f"this site ({unit['unit']})" if unit["unit"] else "another site"


def _row(one: Mapping[str, Any], unit: Mapping[str, Any]) -> tuple[Any, ...]:
    limits = verdict = "–"
    if not one["reason"]:
        limits = f"{percent(unit['lower'][1])} to {percent(unit['upper'][1])}"
        verdict = _VERDICTS[unit["outside"]]
    return (
        OVER[one["by"]], _name(one, unit), one["metric"], unit["cases"], percent(unit["share"]), percent(one["target"]),
        limits, verdict if not one["reason"] else one["reason"],
    )  # fmt: skip


def _chart(one: Mapping[str, Any]) -> Chart:
    units = sorted(one["units"], key=lambda unit: unit["cases"])
    sizes = [unit["cases"] for unit in units]
    limits = [
        {
            "type": "scatter", "mode": "lines", "x": sizes, "y": [100 * unit[side][place] for unit in units], "hoverinfo": "skip",
            "line": {"color": GREY, "width": 1.2, "dash": dash}, "name": f"{label} limits", "showlegend": side == "lower",
        }
        for place, (label, dash) in enumerate((("95 %", "dot"), ("99.8 %", "dash")))
        for side in ("lower", "upper")
    ]  # fmt: skip
    colours = [
        ORANGE if abs(u["outside"]) == 2 else BLUE if one["by"] != "site" or u["unit"] else GREY
        for u in units
    ]
    points = {
        "type": "scatter", "mode": "markers+text" if len(units) <= MOST_NAMED else "markers", "name": "units", "x": sizes, "y": [100 * unit["share"] for unit in units],
        "marker": {"size": 10, "color": colours, "symbol": ["diamond" if abs(unit["outside"]) == 2 else "circle" for unit in units]},
        "text": [unit["unit"] for unit in units], "textposition": "top center", "cliponaxis": False,
        "hovertext": [f"{_name(one, unit)}: {percent(unit['share'])} of {unit['cases']:,}, {_VERDICTS[unit['outside']]}" for unit in units],
        "hoverinfo": "text", "showlegend": False,
    }  # fmt: skip
    common = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 100 * one["target"], "y1": 100 * one["target"],
        "line": {"color": INK, "width": 1.2},
    }  # fmt: skip
    outside = [_name(one, unit) for unit in units if abs(unit["outside"]) == 2]
    return Chart(
        key=f"funnel-{one['by'].replace('_', '-')}-{one['metric']}",
        title=f"{sentence_case(one['metric'])} over {OVER[one['by']]}",
        summary=f"{len(units)} {OVER[one['by']]} around the common {percent(one['target'])}; "
        + (f"outside the 99.8 % limits: {', '.join(outside)}." if outside else "none outside the 99.8 % limits."),
        heads=("Unit", "Cases", "Share", "Verdict"),
        rows=tuple((_name(one, u), u["cases"], percent(u["share"]), _VERDICTS[u["outside"]]) for u in units),
        plot={
            "data": [*limits, points],
            "layout": layout(
                300, xaxis=axis(title=named("verified cases"), rangemode="tozero"), yaxis=axis(title=named("%")), shapes=[common], showlegend=True, legend=LEGEND,
            ),
        },
        note=f"The limits allow for units that differ by {100 * one['spread']:.1f} points (one standard deviation) as a rule."
        if one["spread"] is not None
        else "",
    )  # fmt: skip
