"""What may be said of a claim at any time, however often one looks: confidence sequences."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.claim import Figures, figures
from surveillance.material import Material
from surveillance.statistics.confidence_sequences import confidence_sequence
from surveillance.statistics.estimate import Floats

METRICS = (("sensitivity", "positive"), ("specificity", "negative"))
LEVEL = 0.95
MOST_POINTS = 200
"""Of a long history so many days are kept, the last among them."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Shares of verified cases with limits that hold at every look together, in the order in which the cases counted.

    A case counts once it is mature and its outcome known. The claim is *met* since the day from which on the whole interval lies above claim less margin, *breached*
    since that from which on it lies below; it is held against nothing where the raw share describes those who were verified, or is corrected elsewhere (`not_held`). Valid while
    the share stays the same, for cases apart from each other: each day has its own limits, and where those of two days exclude each other (`changed`, the day by which)
    the share has changed and nothing is held either. Simulated dates have no order.
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
        "lower": [float(found.lower[place]) for place in kept],
        "upper": [float(found.upper[place]) for place in kept],
        "changed": None if found.changed_by is None else str(days[found.changed_by - 1]),
        "not_held": not_held,
        "shown": None
        if floor is None or not_held or found.changed_by is not None
        else _shown(found.lower[ends], found.upper[ends], floor, days[ends], ends + 1),
    }


def _counted(cases: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The day on which each case counted, in order; those of a day by their study."""
    known, matures = (
        pd.to_datetime(cases[name], utc=True).dt.tz_localize(None).dt.normalize()
        for name in ("known_at", "matures_on")
    )
    entered = known.where(known > matures, matures)
    return entered.iloc[np.lexsort((cases["inference_id"], pd.to_datetime(cases["day"]), entered))]


def _shown(lower: Floats, upper: Floats, floor: float, days: Any, cases: Any) -> dict[str, Any]:
    """Whether the claim is shown to hold or to fail by the limits of the last day, and since when they have said so."""
    side = np.where(lower > floor, 1, np.where(upper < floor, -1, 0))
    if side[-1] == 0:
        return {"answer": "not shown", "on": None, "cases": None}
    since = int(np.flatnonzero(np.r_[True, side[:-1] != side[-1]])[-1])
    return {
        "answer": "met" if side[-1] > 0 else "breached",
        "on": str(days[since]),
        "cases": int(cases[since]),
    }
