"""What was expected against what came true."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    check_lengths,
    not_estimable,
    vector,
)
from surveillance.statistics.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """How often what came true lay in its band, and how far off the estimates were.

    `reach` is how far from its estimate the next value to come true may lie, by these errors.
    """

    inside: Estimate
    mean_error: Estimate
    mean_absolute_error: float | None
    reach: float | None
    held: NDArray[np.bool_]
    n: int


def back_test(
    *,
    estimates: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    realised: ArrayLike,
    level: float = 0.95,
) -> BackTest:
    """Expected performance against what came true: share of periods in their band, and mean error.

    One estimate, lower and upper limit, and one realised value per period, in any unit; leave out
    periods without one of them. `inside` has a Wilson interval: bands do what they say where it
    holds their level. `mean_error` is realised minus estimated, with a t interval over periods; away
    from 0 the calibration is off in one direction, however wide the bands are. `reach` is the t
    quantile of as many degrees of freedom as there are periods times the root mean squared error:
    so far on either side of its estimate the next value lies with chance `level`, if errors are
    normal around 0 and alike. All take periods to be independent. Not estimable without periods; the mean error with fewer than two, and when all
    errors are equal its interval has no width.

    Source: Christoffersen (1998), doi:10.2307/2527341 (coverage of interval forecasts); Wilson
    (1927), doi:10.1080/01621459.1927.10502953.

    >>> b = back_test(estimates=[0.9, 0.88, 0.91], lower=[0.85, 0.83, 0.86],
    ...               upper=[0.95, 0.93, 0.96], realised=[0.92, 0.8, 0.9])
    >>> round(b.inside.estimate, 3), round(b.mean_error.estimate, 3), b.held.tolist()
    (0.667, -0.023, [True, False, True])
    """
    guess, true = vector(estimates, name="estimates"), vector(realised, name="realised")
    low, high = vector(lower, name="lower"), vector(upper, name="upper")
    check_lengths(estimates=guess, lower=low, upper=high, realised=true)
    if (low > high).any():
        raise ArrayError("`lower` holds a limit above its `upper`; give limits in their order.")
    # A realised share that equals its limit up to rounding is inside.
    held = (true >= low - 1e-12) & (true <= high + 1e-12)
    n, method = len(true), "mean of realised minus estimated, t"
    error = true - guess
    mean = not_estimable(
        reason="A mean error with an interval needs two periods.", method=method, n=n, level=level
    )
    if n > 1:
        half = float(stdtrit(n - 1, (1 + level) / 2)) * float(error.std(ddof=1)) / math.sqrt(n)
        middle = float(error.mean())
        mean = Estimate.around(
            middle, lower=middle - half, upper=middle + half, level=level, n=n, method=method
        )
    return BackTest(
        inside=wilson(successes=int(held.sum()), trials=n, level=level),
        mean_error=mean,
        mean_absolute_error=float(np.abs(error).mean()) if n else None,
        reach=float(stdtrit(n, (1 + level) / 2)) * math.sqrt(float((error**2).mean()))
        if n
        else None,
        held=held,
        n=n,
    )
