"""Intervals for a mean that may be looked at after every case."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, xlog1py, xlogy

from surveillance.statistics.estimate import (
    ArgumentError,
    ArrayError,
    Floats,
    normal_quantile,
    vector,
)

# Mixing density beta(1/2, 1/2), whose cost in growth is least for the worst proportion.
SHAPE = 0.5
HALVINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSequence:
    """Mean so far and limits after each case; all limits hold at once with the level.

    `lower` and `upper` are those of all intervals so far, which only ever narrow; `estimate` is
    the mean so far. None from the case on at which no mean agrees with all before; `reason` says so.
    """

    estimate: Floats
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    level: float
    n: int
    method: str
    reason: str | None = None


def confidence_sequence(
    *,
    values: ArrayLike,
    level: float = 0.95,
    lower_bound: float = 0.0,
    upper_bound: float = 1.0,
) -> ConfidenceSequence:
    """Always-valid interval for a mean of bounded values: read after every case, stop at any time.

    One value per case in time order, between the bounds; for a proportion flags of 0 and 1. The
    chance that the true mean is ever outside is at most 1 - level, however often one looks and
    whatever makes one stop. Beta-binomial mixture: a mean is rejected when the likelihood of the
    cases, averaged over proportions by beta(1/2, 1/2), is 1 / (1 - level) times its own. For flags
    that is the capital of a universal portfolio of bets against that mean, at least 1 / (2 sqrt(n))
    of what the best fixed bet would have won. Other bounded values are read as fractions of a flag:
    still valid, but the width does not profit from a small variance.

    Holds while the mean of each case given those before stays the same; where it drifts, `estimate`
    can leave the limits and the limits can meet, after which they are None. At 0/n the lower limit
    is the lower bound, at n/n the upper limit the upper. Without cases there is a reason.

    Source: Robbins (1970), doi:10.1214/aoms/1177696786; Howard et al. (2021),
    doi:10.1214/20-AOS1991; as betting: Waudby-Smith & Ramdas (2024), doi:10.1093/jrsssb/qkad009.

    >>> c = confidence_sequence(values=[1, 1, 0, 1])
    >>> [round(limit, 4) for limit in c.lower], c.upper[1]
    ([0.025, 0.1369, 0.1369, 0.1369], 1.0)
    """
    normal_quantile(level=level)
    x = vector(values, name="values")
    if not (math.isfinite(upper_bound - lower_bound) and lower_bound < upper_bound):
        raise ArgumentError(
            f"`lower_bound` is {lower_bound!r} and `upper_bound` is {upper_bound!r};"
            " give finite bounds, the lower one first."
        )
    if len(x) and (x.min() < lower_bound or x.max() > upper_bound):
        raise ArrayError(
            f"`values` run from {float(x.min())!r} to {float(x.max())!r}, outside"
            f" {lower_bound!r} to {upper_bound!r}; give bounds that no value can pass."
        )
    span = upper_bound - lower_bound
    n = np.arange(1, len(x) + 1, dtype=np.float64)
    sums = np.minimum(np.cumsum((x - lower_bound) / span), n)
    mixed = betaln(SHAPE + sums, SHAPE + n - sums) - betaln(SHAPE, SHAPE)
    least = mixed + math.log(1 - level)
    lower = np.maximum.accumulate(_limit(sums, n, least, np.zeros(len(x))))
    upper = np.minimum.accumulate(_limit(sums, n, least, np.ones(len(x))))
    empty = np.flatnonzero(lower > upper)
    good = int(empty[0]) if len(empty) else len(x)
    reason = None if len(x) else "There were no cases."
    if good < len(x):
        reason = (
            f"From case {good + 1} on no single mean agrees with all cases: the mean has changed,"
            " or this is one of the few sequences that miss it."
        )
    gone = (None,) * (len(x) - good)
    return ConfidenceSequence(
        estimate=lower_bound + span * sums / n,
        lower=(*(lower_bound + span * lower[:good]).tolist(), *gone),
        upper=(*(lower_bound + span * upper[:good]).tolist(), *gone),
        level=level,
        n=len(x),
        method="beta-binomial mixture confidence sequence",
        reason=reason,
    )


def _limit(sums: Floats, n: Floats, least: Floats, outer: Floats) -> Floats:
    """Where, between the mean and an end of the range, the log likelihood falls to `least`.

    Halving keeps the outer of the two ends, so the limit is never too narrow.
    """
    inner = sums / n
    for _ in range(HALVINGS):
        middle = (inner + outer) / 2
        rejected = xlogy(sums, middle) + xlog1py(n - sums, -middle) <= least
        outer = np.where(rejected, middle, outer)
        inner = np.where(rejected, inner, middle)
    return outer
