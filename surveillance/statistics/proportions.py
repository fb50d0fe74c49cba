"""Intervals for one proportion, independent or clustered."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv

from surveillance.statistics.estimate import (
    ArgumentError,
    CountError,
    Estimate,
    check_lengths,
    check_part,
    normal_quantile,
    not_estimable,
    vector,
)

Interval = Literal["wilson", "clopper_pearson", "jeffreys", "mid_p"]
Limits = Callable[[float, float, float], tuple[float, float]]


def _proportion(
    limits: Limits, method: str, *, successes: float, trials: float, level: float
) -> Estimate:
    normal_quantile(level=level)
    check_part(part="successes", of="trials", successes=successes, trials=trials)
    if trials == 0:
        return not_estimable(reason="There were no trials.", method=method, level=level)
    lower, upper = limits(successes, trials, level)
    return Estimate.around(
        successes / trials,
        lower=lower,
        upper=upper,
        level=level,
        n=trials,
        method=method,
        bounds=(0, 1),
    )


def wilson(*, successes: float, trials: float, level: float = 0.95) -> Estimate:
    """Wilson score interval for a proportion; the default of this package.

    Counts may be fractional (effective sample sizes). At 0/n the lower limit is 0, at n/n the upper
    is 1; the other limit stays informative. Mean coverage is near `level`, for single values a
    little below it near 0 and 1. Not estimable without trials.

    Source: Wilson (1927), doi:10.1080/01621459.1927.10502953.

    >>> i = wilson(successes=81, trials=263)
    >>> round(i.lower, 4), round(i.upper, 4)
    (0.2553, 0.3662)
    """
    return _proportion(_wilson, "Wilson score", successes=successes, trials=trials, level=level)


def _wilson(successes: float, trials: float, level: float) -> tuple[float, float]:
    z = normal_quantile(level=level)
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(p * (1 - p) / trials + (z / (2 * trials)) ** 2) / (1 + z * z / trials)
    return centre - half, centre + half


def clopper_pearson(*, successes: float, trials: float, level: float = 0.95) -> Estimate:
    """Clopper–Pearson "exact" interval for a proportion, by beta quantiles.

    Never covers less than `level`. At 0/n and n/n one limit is 0 or 1 and the other spends half of
    1 - level. Fractional counts are the Korn–Graubard extension. Not estimable without trials.

    Source: Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404.

    >>> i = clopper_pearson(successes=0, trials=20)
    >>> i.lower, round(i.upper, 4)
    (0.0, 0.1684)
    """
    return _proportion(
        _clopper_pearson, "Clopper–Pearson", successes=successes, trials=trials, level=level
    )


def _clopper_pearson(successes: float, trials: float, level: float) -> tuple[float, float]:
    tail, failures = (1 - level) / 2, trials - successes
    lower = 0.0 if successes == 0 else float(betaincinv(successes, failures + 1, tail))
    upper = 1.0 if failures == 0 else float(betaincinv(successes + 1, failures, 1 - tail))
    return lower, upper


def jeffreys(*, successes: float, trials: float, level: float = 0.95) -> Estimate:
    """Jeffreys interval: equal-tailed beta(1/2, 1/2) posterior.

    The lower limit is set to 0 at 0/n and the upper to 1 at n/n, as Brown, Cai and DasGupta do. The
    estimate is the observed proportion, not the posterior mean. With 500 trials and a share of 0.01 it holds
    the truth in about 93 % of draws. Not estimable without trials.

    Source: Brown, Cai & DasGupta (2001), doi:10.1214/ss/1009213286.

    >>> i = jeffreys(successes=15, trials=148)
    >>> round(i.lower, 4), round(i.upper, 4)
    (0.0604, 0.1576)
    """
    return _proportion(_jeffreys, "Jeffreys beta", successes=successes, trials=trials, level=level)


def _jeffreys(successes: float, trials: float, level: float) -> tuple[float, float]:
    tail, a, b = (1 - level) / 2, successes + 0.5, trials - successes + 0.5
    lower = 0.0 if successes == 0 else float(betaincinv(a, b, tail))
    upper = 1.0 if successes == trials else float(betaincinv(a, b, 1 - tail))
    return lower, upper


def mid_p(*, successes: float, trials: float, level: float = 0.95) -> Estimate:
    """Mid-P interval: Clopper–Pearson with half the probability of the observed count.

    Mean coverage is near `level`; with 500 trials and a share of 0.01 it is about 93 %. At 0/n the upper limit solves (1 - p)^n / 2 = (1 - level) / 2.
    Not estimable without trials.

    Source: Berry & Armitage (1995) The Statistician 44:417-423.

    >>> i = mid_p(successes=0, trials=20)
    >>> i.lower, round(i.upper, 4)
    (0.0, 0.1391)
    """
    return _proportion(_mid_p, "mid-P exact", successes=successes, trials=trials, level=level)


def _mid_p(successes: float, trials: float, level: float) -> tuple[float, float]:
    tail, failures = (1 - level) / 2, trials - successes

    def above(p: float) -> float:
        at_least = 1.0 if successes == 0 else float(betainc(successes, failures + 1, p))
        more = 0.0 if failures == 0 else float(betainc(successes + 1, failures, p))
        return (at_least + more) / 2

    lower = 0.0 if successes == 0 else float(brentq(lambda p: above(p) - tail, 0, 1, xtol=1e-14))
    upper = 1.0 if failures == 0 else float(brentq(lambda p: above(p) - 1 + tail, 0, 1, xtol=1e-14))
    return lower, upper


INTERVALS: dict[Interval, Callable[..., Estimate]] = {
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
    "jeffreys": jeffreys,
    "mid_p": mid_p,
}


def widened(estimate: Estimate, *, design_effect: float) -> Estimate:
    """A proportion whose interval is wider by what its clusters make of it.

    Each limit keeps its side and moves away from the estimate on the scale of the log odds by the square root of
    the design effect (variance with clusters over that without, 1 or more). A limit next to an
    estimate of 0 or 1 comes from cases not seen, as many as the effective n leaves room for: its odds are
    multiplied by the design effect. `n` is divided by it. An estimate that is not estimable, and an effect of
    1, change nothing.

    Source: Rao & Scott (1992), doi:10.2307/2532311 (effective n); the log odds scale as in `begg_greenes`.

    >>> w = widened(wilson(successes=160, trials=200), design_effect=4)
    >>> w.estimate, round(w.lower, 3), round(w.upper, 3), w.n
    (0.8, 0.667, 0.889, 50.0)
    """
    if design_effect < 1:
        raise ArgumentError(f"`design_effect` is {design_effect!r}; give 1 or more.")
    if not estimate.estimable or design_effect == 1:
        return estimate
    p, lower, upper = estimate.numbers()
    return Estimate.around(
        p,
        lower=_further(p, lower, design_effect),
        upper=_further(p, upper, design_effect),
        level=estimate.level,
        n=estimate.n / design_effect,
        method=f"{estimate.method}, widened for clusters (design effect {design_effect:.2f})",
        bounds=(0, 1),
    )


def _further(p: float, limit: float, effect: float) -> float:
    """A limit moved away from the estimate on the scale of the log odds."""
    if limit in (0, 1) or limit == p:
        return limit
    odds = limit / (1 - limit)
    if p in (0, 1):
        moved = odds * effect if p == 0 else odds / effect
    else:
        own = p / (1 - p)
        moved = own * (odds / own) ** math.sqrt(effect)
    return moved / (1 + moved)


def clustered_proportion(
    *, successes: ArrayLike, trials: ArrayLike, level: float = 0.95
) -> Estimate:
    """Proportion over clusters (patients with several lesions): ratio estimator, effective n.

    Rao–Scott: the design effect is the between-cluster variance of the ratio over the binomial
    variance; n and the successes are divided by it and enter Wilson's interval. It is never taken
    below 1, so the effective n (reported as `n`) never exceeds the trials. At 0/n and n/n the
    variance says nothing about clustering, so answers within a cluster are taken to be identical:
    the design effect is sum(trials^2) / sum(trials). Arrays hold one count per cluster; clusters
    without trials are ignored. Not estimable with fewer than two clusters. With 20
    or fewer clusters coverage at 95 % can fall to about 93 %.

    Source: Rao & Scott (1992), doi:10.2307/2532311.

    >>> i = clustered_proportion(successes=[2, 0, 2, 1, 2], trials=[2, 2, 2, 1, 3])
    >>> i.estimate, round(i.n, 2)
    (0.7, 6.04)
    """
    y, n = vector(successes, name="successes"), vector(trials, name="trials")
    check_lengths(successes=y, trials=n)
    if (y < 0).any() or (y > n).any():
        raise CountError(
            "`successes` holds a count below 0 or above its `trials`; give counts per cluster."
        )
    y, n = y[n > 0], n[n > 0]
    clusters, total = len(n), float(n.sum())
    method = "Wilson score with Rao–Scott effective n"
    if clusters < 2:
        return not_estimable(
            reason=f"There were {clusters} clusters; the variance between clusters needs two.",
            method=method,
            n=total,
            level=level,
        )
    p = float(y.sum()) / total
    if 0 < p < 1:
        variance = clusters / (clusters - 1) * float(((y - p * n) ** 2).sum()) / total**2
        effect = max(1.0, variance * total / (p * (1 - p)))
    else:
        effect = float((n**2).sum()) / total
    effective = total / effect
    lower, upper = _wilson(p * effective, effective, level)
    return Estimate.around(
        p,
        lower=lower,
        upper=upper,
        bounds=(0, 1),
        level=level,
        n=effective,
        method=f"{method} (design effect {effect:.2f}, {clusters} clusters)",
    )
