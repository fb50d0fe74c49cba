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

    `changed_by` is the number of the first case whose limits exclude those of an earlier one: then no
    single mean agrees with all cases; None where one does.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    changed_by: int | None
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

    Holds while the mean of each case given those before stays the same. Then the intersection of
    all limits so far would hold too and be shorter; it is not taken here, as it keeps saying what the
    first cases said when the mean has changed since. Where the limits of two cases exclude each
    other it has changed, or this is one of the few sequences that miss it (`changed_by`). At 0/n the
    lower limit is the lower bound, at n/n the upper limit the upper. Without cases there is a reason.

    Source: Robbins (1970), doi:10.1214/aoms/1177696786; Howard et al. (2021),
    doi:10.1214/20-AOS1991; as betting: Waudby-Smith & Ramdas (2024), doi:10.1093/jrsssb/qkad009.

    >>> c = confidence_sequence(values=[1, 1, 0, 1])
    >>> c.lower.round(4).tolist(), float(c.upper[1])
    ([0.025, 0.1369, 0.0576, 0.131], 1.0)
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
    lower = _limit(sums, n, least, np.zeros(len(x)))
    upper = _limit(sums, n, least, np.ones(len(x)))
    apart = np.flatnonzero(np.maximum.accumulate(lower) > np.minimum.accumulate(upper))
    return ConfidenceSequence(
        estimate=lower_bound + span * sums / n,
        lower=lower_bound + span * lower,
        upper=lower_bound + span * upper,
        changed_by=int(apart[0]) + 1 if len(apart) else None,
        level=level,
        n=len(x),
        method="beta-binomial mixture confidence sequence",
        reason=None if len(x) else "There were no cases.",
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
