"""Vector figures of the documents: the same bytes for the same numbers, legible in grey."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from surveillance.monitors.verdict import stated as as_stated

INK, GREY, BLUE, ORANGE = "#1b1f24", "#8a939c", "#005a9c", "#c85200"


@contextmanager
def _sheet(width: float = 6.6, height: float = 2.6) -> Iterator[tuple[Any, Any, io.StringIO]]:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    style = {
        "svg.hashsalt": "catamnesis", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "axes.labelcolor": INK,
        "xtick.color": INK, "ytick.color": INK, "axes.linewidth": 0.6,
    }  # fmt: skip
    out = io.StringIO()
    with mpl.rc_context(style):
        figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
        yield figure, axes, out
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "catamnesis"})
        plt.close(figure)


def over_time(
    months: Sequence[str],
    figures: Sequence[dict[str, Any]],
    *,
    raw: Sequence[dict[str, Any]] | None,
    mature: Sequence[bool],
    claim: tuple[float, float] | None,
    name: str,
) -> str:
    """A metric month by month with its intervals; immature months are hollow.

    `raw` figures beside corrected ones are crosses; the claim is a dashed line, the claim less its
    margin a dotted one.
    """
    with _sheet() as (_, axes, out):
        for place, (figure, ripe) in enumerate(zip(figures, mature, strict=True)):
            if figure["estimate"] is None:
                axes.text(place, 0.03, "n = 0", ha="center", color=GREY, rotation=90, va="bottom")
                continue
            axes.plot(
                [place, place],
                [figure["lower"], figure["upper"]],
                color=BLUE if ripe else GREY,
                lw=1.2,
            )
            axes.plot(
                place,
                figure["estimate"],
                "o",
                ms=5,
                mec=BLUE if ripe else GREY,
                mfc=BLUE if ripe else "white",
            )
        _crosses(axes, [(place, f["estimate"]) for place, f in enumerate(raw or ())])
        if claim is not None:
            stated, least = claim
            axes.axhline(stated, color=ORANGE, lw=1, ls=(0, (5, 3)))
            axes.axhline(least, color=ORANGE, lw=0.8, ls=(0, (1, 2)))
            for value, text in (
                (stated, f" claim {as_stated(stated)}"),
                (least, f" less margin {as_stated(least)}"),
            ):
                axes.text(len(months) - 0.5, value, text, color=ORANGE, va="center", fontsize=7)
        axes.set_xticks(range(len(months)), months, rotation=45, ha="right")
        axes.set_xlim(-0.5, len(months) - 0.5)
        axes.set_ylim(0, 1.02)
        axes.set_ylabel(name)
    return out.getvalue()


def forest(
    levels: Sequence[str],
    figures: Sequence[dict[str, Any]],
    *,
    raw: Sequence[dict[str, Any]] | None,
    overall: float | None,
    name: str,
) -> str:
    """A metric by subgroup with intervals and n; the overall value is a thin line, crosses are raw."""
    with _sheet(height=0.5 + 0.28 * max(len(levels), 1)) as (_, axes, out):
        for place, figure in enumerate(figures):
            row = len(levels) - 1 - place
            if figure["estimate"] is None:
                axes.text(0.02, row, "not estimable", va="center", color=GREY, fontsize=7)
                continue
            axes.plot([figure["lower"], figure["upper"]], [row, row], color=BLUE, lw=1.2)
            axes.plot(figure["estimate"], row, "s", ms=4.5, color=BLUE)
        _crosses(
            axes, [(f["estimate"], len(levels) - 1 - place) for place, f in enumerate(raw or ())]
        )
        if overall is not None:
            axes.axvline(overall, color=GREY, lw=0.8)
        labels = [
            f"{level} (n = {figure['n']})" for level, figure in zip(levels, figures, strict=True)
        ]
        axes.set_yticks(range(len(levels)), labels[::-1])
        axes.set_xlim(0, 1.02)
        axes.set_ylim(-0.6, len(levels) - 0.4)
        axes.set_xlabel(name)
    return out.getvalue()


def _crosses(axes: Any, points: Sequence[tuple[float | None, float | None]]) -> None:
    for x, y in points:
        if x is not None and y is not None:
            axes.plot(x, y, "x", ms=4, mew=0.9, color=GREY)


def flow(steps: Sequence[tuple[str, int]]) -> str:
    """From received to verified, as bars with their counts."""
    with _sheet(height=0.4 + 0.3 * len(steps)) as (_, axes, out):
        most = max(n for _, n in steps) or 1
        for place, (_, n) in enumerate(steps):
            row = len(steps) - 1 - place
            axes.barh(row, n, color=BLUE, height=0.55)
            axes.text(n + most * 0.01, row, f"{n:,}", va="center")
        axes.set_yticks(range(len(steps)), [name for name, _ in steps][::-1])
        axes.set_xlim(0, most * 1.15)
        axes.set_xlabel("studies")
    return out.getvalue()
