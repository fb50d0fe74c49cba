"""Moments that a data set does not tell: drawn from a seed, in UTC, never from the clock."""

from datetime import date

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.datetime64]
Numbers = npt.NDArray[np.float64]

YEAR = 365
"""Days over which simulated examinations are spread."""


def end_of(day: date) -> np.datetime64:
    """The first second after a day."""
    return np.datetime64(day, "s") + np.timedelta64(1, "D")


def spread(
    rng: np.random.Generator,
    count: int,
    *,
    last: date,
    days: int = YEAR,
    hours: tuple[float, float] = (7, 19),
) -> Moments:
    """Moments at random on the `days` days up to and with `last`, between two hours of the day."""
    day = rng.integers(0, days, count)
    first = np.datetime64(last, "s") - np.timedelta64(days - 1, "D")
    return after(np.full(count, first), day + rng.uniform(*hours, count) / 24)


def after(moments: Moments, days: Numbers) -> Moments:
    """Moments so many days later, to the second."""
    later: Moments = moments + np.round(days * 86_400).astype("timedelta64[s]")
    return later


def delayed(rng: np.random.Generator, moments: Moments, shortest: float, longest: float) -> Moments:
    """Moments later by a random delay between two numbers of days."""
    return after(moments, rng.uniform(shortest, longest, len(moments)))


def in_order(
    moments: Moments, *, group: npt.NDArray[np.int64], order: npt.NDArray[np.int64]
) -> Moments:
    """The same moments, dealt out anew within each group so that they rise with `order`."""
    dealt = np.empty_like(moments)
    dealt[np.lexsort((order, group))] = moments[np.lexsort((moments, group))]
    return dealt
