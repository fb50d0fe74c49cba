"""Upper bounds when few or no events were seen, and the sample a wanted precision needs."""

from __future__ import annotations

import math

from scipy.special import betaln

from surveillance.statistics.estimate import (
    CountError,
    Estimate,
    ProportionError,
    check_inside,
    check_whole,
    normal_quantile,
    not_estimable,
)
from surveillance.statistics.proportions import wilson


def zero_events_upper(*, trials: float, level: float = 0.95) -> Estimate:
    """Exact one-sided upper bound of a proportion when no event was seen.

    It is 1 - (1 - level)^(1/n); the "rule of three", 3 / n, is its approximation at 95 %. `level`
    is one-sided. Estimate and lower limit are 0. Not estimable without trials.

    Source: Hanley & Lippman-Hand (1983), doi:10.1001/jama.1983.03330370053031.

    >>> round(zero_events_upper(trials=100).upper, 4)
    0.0295
    """
    normal_quantile(level=level)
    method = "exact one-sided upper bound at zero events"
    if not (math.isfinite(trials) and trials >= 0):
        raise CountError(f"`trials` is {trials!r}; give a finite count of 0 or more.")
    if trials == 0:
        return not_estimable(reason="There were no trials.", method=method, level=level)
    return Estimate.around(
        0.0,
        lower=0.0,
        upper=-math.expm1(math.log1p(-level) / trials),
        level=level,
        n=trials,
        method=method,
        bounds=(0, 1),
    )


def hypergeometric_upper(
    *, events: int, sampled: int, population: int, level: float = 0.95
) -> Estimate:
    """Exact one-sided upper bound of the events in a finite population, from a random sample of it.

    The largest total D with P(X <= events | D) > 1 - level, X hypergeometric; `level` is one-sided.
    All numbers are counts of cases; the estimate is events * population / sampled and the lower
    limit the events seen. A census is exact. Not estimable when nothing was sampled.

    Source: Wright (1991) Exact Confidence Bounds When Sampling from Small Finite Universes,
    doi:10.1007/978-1-4612-3140-0.

    >>> b = hypergeometric_upper(events=0, sampled=100, population=1000)
    >>> b.estimate, b.upper
    (0.0, 28.0)
    """
    normal_quantile(level=level)
    check_whole(events=events, sampled=sampled, population=population)
    if not events <= sampled <= population:
        raise CountError(
            f"`events` is {events!r}, `sampled` {sampled!r} and `population` {population!r};"
            " each counts a part of the next and cannot exceed it."
        )
    method = "hypergeometric one-sided upper bound"
    if sampled == 0:
        return not_estimable(reason="Nothing was sampled.", method=method, level=level)
    # Totals from `events` to all but the non-events seen are possible; the tail falls with D.
    low, high = int(events), int(population - sampled + events)
    # The factor lets rounding not decide a tail of exactly 1 - level.
    refuted_at = (1 - level) * (1 + 1e-9)
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(int(events), middle, int(sampled), int(population)) > refuted_at:
            low = middle
        else:
            high = middle - 1
    return Estimate.around(
        events * population / sampled,
        lower=events,
        upper=low,
        level=level,
        n=sampled,
        method=method,
    )


def _at_most(events: int, total: int, sampled: int, population: int) -> float:
    least = max(0, sampled + total - population)
    logs = [
        _log_choose(total, x)
        + _log_choose(population - total, sampled - x)
        - _log_choose(population, sampled)
        for x in range(least, min(events, total) + 1)
    ]
    return math.fsum(map(math.exp, logs))


def _log_choose(n: int, k: int) -> float:
    return -float(betaln(1 + n - k, 1 + k)) - math.log(n + 1)


def sample_size(
    *,
    proportion: float,
    half_width: float,
    population: int | None = None,
    level: float = 0.95,
) -> int:
    """Smallest number of trials at which Wilson's interval is no wider than 2 `half_width`.

    `proportion` is the one expected, 0 to 1, ends included; `half_width` lies above 0 and below
    one half. For a random audit of a finite number of cases give `population` (1 or more): Wilson's
    interval is then taken at n (population - 1) / (population - n), Cochran's finite-population
    correction, and a census always suffices.

    Source: Wilson (1927), doi:10.1080/01621459.1927.10502953; Cochran (1977) Sampling Techniques,
    ch. 4.4.

    >>> sample_size(proportion=0.5, half_width=0.05)
    381
    >>> sample_size(proportion=0.5, half_width=0.05, population=1000)
    276
    """
    check_inside(proportion=proportion)
    if not 0 < half_width < 0.5:
        raise ProportionError(
            f"`half_width` is {half_width!r}; give a number above 0 and below 0.5."
        )
    if population is not None:
        check_whole(population=population)
        if population < 1:
            raise CountError(f"`population` is {population!r}; give a whole number of 1 or more.")

    def wide(trials: int) -> bool:
        effective = float(trials)
        if population is not None:
            if trials >= population:
                return False
            effective *= (population - 1) / (population - trials)
        result = wilson(successes=proportion * effective, trials=effective, level=level)
        _, lower, upper = result.numbers()
        return upper - lower > 2 * half_width

    high = 1
    while wide(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
