"""A measured value, told and drawn."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table
from dashboards.figures.chart import BLUE, GREY, INK, Chart, axis, layout, named

LINES = (
    ("bias", "Bias (algorithm less the other)"), ("lower_limit", "Lower limit of agreement"),
    ("upper_limit", "Upper limit of agreement"), ("proportional_bias", "Proportional bias (slope on the mean)"),
    ("icc", "ICC(2,1)"), ("ccc", "Lin's concordance"), ("within_acceptable", "Share within the acceptable difference"),
)  # fmt: skip


def tell(said: Mapping[str, Any]) -> Told:
    """Against the reference, against the reader, and what change means."""
    unit, allowed, change = said["unit"], said["acceptable_difference"], said["change"]
    sides = {name: said[name] for name in ("reference", "reader") if said[name]}
    sentences = [
        f"{said['measured']:,} cases were measured, in {unit}. Against the reference it is accuracy, against the reader agreement."
    ]
    if allowed is not None:
        sentences.append(f"A difference of {allowed:g} {unit} is taken to change nothing in care.")
    if change:
        sentences.append(
            f"Two measurements within {change['episode_days']} days, in which nothing is taken to have changed, differ by at most "
            f"{interval(change['smallest_detectable_change'], 2)} {unit} in 95 % of pairs. Of {change['changes']:,} changes between "
            f"episodes this share lies beyond it: {interval(change['beyond_error'])}."
        )
    else:
        sentences.append(
            "No patient was measured twice within an episode: change cannot be told from measurement error."
        )
    return Told(
        key="measurement",
        title="Measurement",
        question="How far is the measured value from the truth, and when is a change a change?",
        sentences=tuple(sentences),
        charts=tuple(_plot(name, side, unit) for name, side in sides.items()),
        tables=(
            table(
                "measurement",
                f"Agreement of the measured value, in {unit}",
                {"measure": "Measure", **{name: f"Against the {name}" for name in sides}},
                [("Pairs", *(side["pairs"] for side in sides.values())),
                 *((head, *(interval(side[key]) for side in sides.values())) for key, head in LINES
                   if all(key in side for side in sides.values()))],
            ),
        ) if sides else (),
    )  # fmt: skip


def _plot(name: str, side: Mapping[str, Any], unit: str) -> Chart:
    lines = [
        {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": side[key]["estimate"], "y1": side[key]["estimate"],
         "line": {"color": colour, "dash": dash, "width": 1.5}}
        for key, colour, dash in (("bias", INK, "solid"), ("lower_limit", BLUE, "dash"), ("upper_limit", BLUE, "dash"))
    ]  # fmt: skip
    return Chart(
        key=f"bland_altman_{name}",
        title=f"Difference against mean: algorithm and {name}",
        summary=f"Bias {interval(side['bias'], 2)}; limits of agreement {side['lower_limit']['estimate']:.2f} to "
        f"{side['upper_limit']['estimate']:.2f} {unit}.",
        heads=("Mean", "Difference"),
        rows=tuple((f"{x:g}", f"{y:g}") for x, y in side["points"][:50]),
        note="The first 50 pairs are listed." if len(side["points"]) > 50 else "",
        plot={
            "data": [
                {"type": "scatter", "mode": "markers", "x": [x for x, _ in side["points"]], "y": [y for _, y in side["points"]],
                 "marker": {"color": GREY, "size": 5, "opacity": 0.7}, "showlegend": False}
            ],
            "layout": layout(
                320, xaxis=axis(title=named(f"mean of the two, {unit}")), yaxis=axis(title=named(f"difference, {unit}")), shapes=lines
            ),
        },
    )  # fmt: skip
