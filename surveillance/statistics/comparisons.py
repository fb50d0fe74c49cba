"""Differences and ratios of two proportions."""

from __future__ import annotations

import math

from surveillance.statistics.estimate import (
    Estimate,
    LevelError,
    ProportionError,
    check_counts,
    check_part,
    normal_quantile,
    not_estimable,
)
from surveillance.statistics.proportions import wilson


def square_and_add(
    *, first: Estimate, second: Estimate, correlation: float = 0.0, method: str
) -> Estimate:
    """Interval of first - second from their two intervals (MOVER, Newcombe's hybrid).

    `correlation` is that of the two estimates, 0 where they are independent. `n` is the sum of the
    two. Where an interval touches its bound the difference stays informative. Not estimable when
    either is not.

    Source: Zou & Donner (2008), doi:10.1002/sim.3095.

    >>> a, b = wilson(successes=56, trials=70), wilson(successes=48, trials=80)
    >>> d = square_and_add(first=a, second=b, method="square and add")
    >>> round(d.lower, 4), round(d.upper, 4)
    (0.0524, 0.3339)
    """
    if not -1 <= correlation <= 1:
        raise ProportionError(f"`correlation` is {correlation!r}; give a number from -1 to 1.")
    if first.level != second.level:
        raise LevelError(
            f"`level` is {first.level} in `first` and {second.level} in `second`; use one level."
        )
    n = first.n + second.n
    if not (first.estimable and second.estimable):
        reason = first.reason or second.reason or ""
        return not_estimable(reason=reason, method=method, n=n, level=first.level)
    (a, a_low, a_high), (b, b_low, b_high) = first.numbers(), second.numbers()

    def distance(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one**2 - 2 * correlation * one * other + other**2))

    return Estimate.around(
        a - b,
        lower=a - b - distance(a - a_low, b_high - b),
        upper=a - b + distance(a_high - a, b - b_low),
        level=first.level,
        n=n,
        method=method,
    )


def newcombe(
    *,
    successes_1: float,
    trials_1: float,
    successes_2: float,
    trials_2: float,
    level: float = 0.95,
) -> Estimate:
    """Difference p1 - p2 of two independent proportions: Newcombe's hybrid score, his method 10.

    From -1 to 1. At 0/n against 0/m the interval surrounds 0 and keeps its width. `n` is the sum of
    the trials. Not estimable when either group is empty.

    Source: Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    >>> d = newcombe(successes_1=9, trials_1=10, successes_2=3, trials_2=10)
    >>> round(d.lower, 4), round(d.upper, 4)
    (0.1705, 0.809)
    """
    check_part(part="successes_1", of="trials_1", successes_1=successes_1, trials_1=trials_1)
    check_part(part="successes_2", of="trials_2", successes_2=successes_2, trials_2=trials_2)
    return square_and_add(
        first=wilson(successes=successes_1, trials=trials_1, level=level),
        second=wilson(successes=successes_2, trials=trials_2, level=level),
        method="Newcombe hybrid score (method 10)",
    )


def newcombe_paired(
    *, both: float, only_first: float, only_second: float, neither: float, level: float = 0.95
) -> Estimate:
    """Difference of two proportions on the same cases: Newcombe's paired method 10.

    Wilson limits of each proportion are combined with the continuity-corrected phi of the pairs;
    phi is 0 where a margin is empty. The four counts are pairs; `n` is their sum. From -1 to 1. Not
    estimable without pairs.

    Source: Newcombe (1998), doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C.

    >>> d = newcombe_paired(both=20, only_first=12, only_second=2, neither=16)
    >>> d.estimate, round(d.lower, 4), round(d.upper, 4)
    (0.2, 0.0562, 0.3292)
    """
    check_counts(both=both, only_first=only_first, only_second=only_second, neither=neither)
    n = both + only_first + only_second + neither
    margins = (
        (both + only_first) * (only_second + neither) * (both + only_second)
        * (only_first + neither)
    )  # fmt: skip
    excess = both * neither - only_first * only_second
    corrected = max(excess - n / 2, 0.0) if excess > 0 else excess
    difference = square_and_add(
        first=wilson(successes=both + only_first, trials=n, level=level),
        second=wilson(successes=both + only_second, trials=n, level=level),
        correlation=corrected / math.sqrt(margins) if margins > 0 else 0.0,
        method="Newcombe hybrid score for pairs (method 10)",
    )
    if not difference.estimable:
        return not_estimable(reason="There were no pairs.", method=difference.method, level=level)
    estimate, lower, upper = difference.numbers()
    return Estimate.around(
        estimate, lower=lower, upper=upper, level=level, n=n, method=difference.method
    )


def relative_risk(
    *,
    successes_1: float,
    trials_1: float,
    successes_2: float,
    trials_2: float,
    level: float = 0.95,
) -> Estimate:
    """Ratio p1 / p2 of two independent proportions, log interval (Katz).

    Only when one of the four cells is 0 is 1/2 added to each (Haldane–Anscombe), for the estimate
    too, and `method` says so. Above 0, unbounded. Not estimable when a group is empty or neither
    group had a success: then any ratio fits.

    Source: Katz et al. (1978), doi:10.2307/2530610.

    >>> r = relative_risk(successes_1=30, trials_1=100, successes_2=15, trials_2=100)
    >>> r.estimate, round(r.lower, 3), round(r.upper, 3)
    (2.0, 1.149, 3.482)
    """
    check_part(part="successes_1", of="trials_1", successes_1=successes_1, trials_1=trials_1)
    check_part(part="successes_2", of="trials_2", successes_2=successes_2, trials_2=trials_2)
    method, n = "log relative risk (Katz)", trials_1 + trials_2
    z = normal_quantile(level=level)
    if trials_1 == 0 or trials_2 == 0 or successes_1 == successes_2 == 0:
        reason = (
            "Neither group had a success." if trials_1 and trials_2 else "A group had no trials."
        )
        return not_estimable(reason=reason, method=method, n=n, level=level)
    a, b, c, d = successes_1, trials_1 - successes_1, successes_2, trials_2 - successes_2
    if 0 in (a, b, c, d):
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
        method += " with Haldane–Anscombe correction"
    ratio = (a / (a + b)) / (c / (c + d))
    error = math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    return Estimate.around(
        ratio,
        lower=ratio * math.exp(-z * error),
        upper=ratio * math.exp(z * error),
        level=level,
        n=n,
        method=method,
    )


def odds_ratio(*, a: float, b: float, c: float, d: float, level: float = 0.95) -> Estimate:
    """Odds ratio a d / (b c) of a fourfold table, log interval (Woolf).

    Rows are groups (a, b) and (c, d), columns success and failure. Only when a cell is 0 is 1/2
    added to each (Haldane–Anscombe), for the estimate too, and `method` says so. Above 0,
    unbounded. Not estimable when a row or a column is empty: then any odds ratio fits.

    Source: Woolf (1955), doi:10.1111/j.1469-1809.1955.tb01348.x; Anscombe (1956),
    doi:10.1093/biomet/43.3-4.461.

    >>> o = odds_ratio(a=30, b=70, c=15, d=85)
    >>> round(o.estimate, 3), round(o.lower, 3), round(o.upper, 3)
    (2.429, 1.211, 4.87)
    """
    check_counts(a=a, b=b, c=c, d=d)
    method, n = "log odds ratio (Woolf)", a + b + c + d
    z = normal_quantile(level=level)
    if 0 in (a + b, c + d, a + c, b + d):
        return not_estimable(
            reason="A row or a column of the table is empty.", method=method, n=n, level=level
        )
    if 0 in (a, b, c, d):
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
        method += " with Haldane–Anscombe correction"
    ratio = a * d / (b * c)
    error = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Estimate.around(
        ratio,
        lower=ratio * math.exp(-z * error),
        upper=ratio * math.exp(z * error),
        level=level,
        n=n,
        method=method,
    )
