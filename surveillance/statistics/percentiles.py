"""Percentiles of times and other measurements, without assuming a distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from surveillance.statistics.estimate import ProportionError, normal_quantile, vector
from surveillance.statistics.survival import NO_CASES, Quantile


def percentile(*, values: ArrayLike, percentile: float, level: float = 0.95) -> Quantile:
    """Percentile of uncensored values with the distribution-free order-statistic interval.

    `percentile` lies above 0 and below 100. The estimate interpolates linearly between order
    statistics (R's type 7). The limits are the order statistics whose binomial tails are each no
    more than (1 - level) / 2, so the interval never covers less than `level`, with ties too; a
    limit is None where the sample is too small to give one (5 or fewer for the median). For times
    that may be censored use `kaplan_meier_quantile`. Not estimable without values.

    Source: Conover (1999) Practical Nonparametric Statistics, 3rd ed., ch. 3.2; Hyndman & Fan
    (1996), doi:10.2307/2684934.

    >>> q = percentile(values=range(1, 101), percentile=50)
    >>> q.estimate, q.lower, q.upper
    (50.5, 40.0, 61.0)
    """
    normal_quantile(level=level)
    if not 0 < percentile < 100:
        raise ProportionError(
            f"`percentile` is {percentile!r}; give a number above 0 and below 100."
        )
    x = np.sort(vector(values, name="values"))
    n, p, tail = len(x), percentile / 100, (1 - level) / 2
    cumulative = bdtr(np.arange(n + 1), n, p) if n else np.array([])
    first, last = (int(np.searchsorted(cumulative, q)) for q in (tail, 1 - tail))
    at = float(np.quantile(x, p)) if n else None
    return Quantile(
        estimate=at,
        lower=min(float(x[first - 1]), at) if at is not None and first > 0 else None,
        upper=max(float(x[last]), at) if at is not None and last < n else None,
        level=level,
        n=n,
        method="order-statistic interval, exact binomial",
        reason=None if n else NO_CASES,
    )
