"""What may be said of a claim at any time, however often one looks: confidence sequences."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from surveillance.claim import Figures, figures
from surveillance.material import Material
from surveillance.statistics.confidence_sequences import confidence_sequence

METRICS = (("sensitivity", "positive"), ("specificity", "negative"))
LEVEL = 0.95
MOST_POINTS = 200
"""Of a long history so many days are kept, the last among them."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Shares of verified cases with limits that hold at every look together, in the order in which the cases counted.

    A case counts once it is mature and its outcome known. The claim is *met* from the first day on which the whole interval lies above claim less margin, *breached*
    from the first on which it lies below; it is held against nothing where the raw share describes those who were verified, or is corrected elsewhere (`not_held`). Valid while
    the share stays the same, for cases apart from each other. Simulated dates have no order.
    """
    if material.dates_made_up:
        return None
    settled = material.settled
    against = figures(
        material.mature, material.reads, material.view.errors_of(material.finding), alpha=(1 - LEVEL) / 2
    )  # fmt: skip
    series = [
        _sequence(material, metric, part, not_held=_not_held(against, metric))
        for metric, truth in METRICS
        for part in [settled[settled["truth"] == truth]]
        if len(part)
    ]
    return {"level": LEVEL, "series": series} if series else None


def _not_held(against: Figures, metric: str) -> str:
    """Why the raw share is held against no claim; empty where it is."""
    if against.corrected.figure(metric) is not None:
        return "The raw share describes those who were verified; the corrected one, which has no such sequence, is held against the claim elsewhere."
    return against.describes_the_verified_only(metric) or ""


def _sequence(
    material: Material, metric: str, cases: pd.DataFrame, *, not_held: str
) -> dict[str, Any]:
    counted = _counted(cases)
    right = (cases["call"] == cases["truth"])[counted.index]
    found = confidence_sequence(values=right.to_numpy(dtype=float), level=LEVEL)
    days = counted.dt.strftime("%Y-%m-%d").to_numpy()
    ends = np.flatnonzero(np.r_[days[1:] != days[:-1], True])
    claim = material.claim(metric)
    floor = None if claim is None else float(claim["value"]) - float(claim["margin"])
    kept = ends[np.unique(np.linspace(0, len(ends) - 1, min(len(ends), MOST_POINTS)).astype(int))]
    return {
        "metric": metric,
        "claim": None if claim is None else float(claim["value"]),
        "floor": floor,
        "n": found.n,
        "days": [str(days[place]) for place in kept],
        "cases": [int(place) + 1 for place in kept],
        "estimate": [float(found.estimate[place]) for place in kept],
        "lower": [found.lower[place] for place in kept],
        "upper": [found.upper[place] for place in kept],
        "not_held": not_held,
        "shown": None
        if floor is None or not_held
        else _shown(found.lower, found.upper, floor, days, ends),
        "reason": found.reason or "",
    }


def _counted(cases: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The day on which each case counted, in order; those of a day by their study."""
    known, matures = (
        pd.to_datetime(cases[name], utc=True).dt.tz_localize(None).dt.normalize()
        for name in ("known_at", "matures_on")
    )
    entered = known.where(known > matures, matures)
    return entered.iloc[np.lexsort((cases["inference_id"], pd.to_datetime(cases["day"]), entered))]


def _shown(
    lower: tuple[float | None, ...],
    upper: tuple[float | None, ...],
    floor: float,
    days: Any,
    ends: Any,
) -> dict[str, Any]:
    """Whether the claim was ever shown to hold or to fail at the end of a day, and on which first."""
    met, breached = (next(found, None) for found in (_at(ends, lower, lambda low: low > floor), _at(ends, upper, lambda high: high < floor)))  # fmt: skip
    first = min((place for place in (met, breached) if place is not None), default=None)
    answer = "not shown" if first is None else "met" if first == met else "breached"
    return {
        "answer": answer,
        "on": None if first is None else str(days[first]),
        "cases": None if first is None else int(first) + 1,
    }


def _at(ends: Any, limits: tuple[float | None, ...], holds: Any) -> Iterator[int]:
    for place in ends:
        limit = limits[place]
        if limit is not None and holds(limit):
            yield int(place)
