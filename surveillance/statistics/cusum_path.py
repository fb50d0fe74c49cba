"""The path of a CUSUM, whatever its scores, and what may be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import ArgumentError, Floats
from surveillance.statistics.run_lengths import TOUCH

# In control the run length is at least exp(limit), here 10^8: nobody would wait longer.
HIGHEST_LIMIT = 20.0
NO_CASES = "There were no cases."
TOO_LONG = "In control the chart would run for more than 10^12 cases; give a lower limit."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """The path of a CUSUM, its limit, where it signals, and how long that takes on average.

    `statistic` holds one value per case and is not reset after a signal; `signal` is the index,
    from 0, of the first case at which it reaches `limit`, or None. `arl0` and `arl1` are the
    average run lengths in and out of control from a start at 0, in cases. `floor` is
    log(arl0) / Kullback–Leibler divergence, the leading term of the least worst delay as `arl0`
    grows without end (Lorden). It is no bound for a given `arl0`: at usual ones `arl1` is often
    below it. All three are None where the chart would run for more than 10^12 cases in control. `reason`
    says what is missing and why.
    """

    statistic: Floats
    limit: float | None
    signal: int | None
    arl0: float | None
    arl1: float | None
    floor: float | None
    method: str
    reason: str | None = None


def followed(scores: Floats, limit: float) -> tuple[Floats, int | None]:
    """Path of max(0, sum so far + score), and the index of its first value at or above `limit`.

    >>> followed(np.array([1.0, -2.0, 1.0, 1.0]), 2.0)
    (array([1., 0., 1., 2.]), 3)
    """
    sums = np.cumsum(scores)
    path = sums - np.minimum(np.minimum.accumulate(sums), 0.0) if len(sums) else sums
    crossed = np.flatnonzero(path >= limit - TOUCH)
    return path, int(crossed[0]) if len(crossed) else None


def check_choice(*, limit: float | None, arl0: float | None) -> None:
    """Refuse both or neither of a limit and a wanted run length, and limits out of range."""
    if (limit is None) == (arl0 is None):
        raise ArgumentError(
            f"`limit` is {limit!r} and `arl0` is {arl0!r}; give the one and leave out the other."
        )
    if limit is not None:
        check_limit(limit)


def check_limit(limit: float) -> None:
    """Refuse a limit that is not above 0 and at most 20."""
    if not 0 < limit <= HIGHEST_LIMIT:
        raise ArgumentError(
            f"`limit` is {limit!r}; give a sum of log likelihood ratios above 0 and at most"
            f" {HIGHEST_LIMIT:g}."
        )


def check_run_length(*, arl0: float) -> None:
    """Refuse a wanted run length that is not above 1 case and at most 10^8."""
    if not 1 < arl0 <= 1e8:
        raise ArgumentError(f"`arl0` is {arl0!r}; give a number of cases above 1 and at most 10^8.")


def divergence(*, of: ArrayLike, against: ArrayLike) -> Floats:
    """Kullback–Leibler divergence of one Bernoulli chance from another.

    >>> float(divergence(of=0.5, against=0.5))
    0.0
    """
    p, q = np.asarray(of, dtype=np.float64), np.asarray(against, dtype=np.float64)
    return np.asarray(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)), dtype=np.float64)


def lengths(
    in_control: float, out_of_control: float, *, each: float
) -> tuple[float | None, float | None, float | None]:
    """Run lengths in and out of control and the floor, from the divergence of `each` case.

    >>> lengths(math.inf, 20.0, each=0.1)
    (None, None, None)
    """
    if not (math.isfinite(in_control) and math.isfinite(out_of_control)):
        return None, None, None
    return in_control, out_of_control, math.log(in_control) / each
