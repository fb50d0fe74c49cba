"""How far two distributions lie apart: an effect size with an interval, never a verdict."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.drift_interval import (
    MINIMUM_N,
    Drift,
    drift_between,
    nothing_to_compare,
    pair_of,
    quadratic_drift,
)
from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    Floats,
    normal_quantile,
    vector,
)


def psi(*, reference: ArrayLike, current: ArrayLike, level: float = 0.95) -> Drift:
    """Population stability index, sum((p - q) ln(p / q)), natural logarithm.

    Counts per category or bin, the same in both. Where one is empty, half a case is added to each,
    so that it does not make the index infinite. 0 or more, unbounded. At no drift its mean is (k - 1)(1/n + 1/m);
    interval from that chi-square variance plus the delta method. `n` is the current cases. Not
    estimable when either is empty.

    Source: Yurdakul & Naranjo (2020), doi:10.21314/JRMV.2020.227.

    >>> d = psi(reference=[500, 300, 200], current=[400, 300, 300])
    >>> round(d.effect.estimate, 3), round(d.effect.lower, 3), round(d.effect.upper, 3)
    (0.063, 0.014, 0.108)
    """
    method = "PSI (natural log; half a case per bin added where one is empty)"
    pair = pair_of(reference, current, add=0.5)
    if pair is None:
        return nothing_to_compare(method, level)
    p, q = pair.p, pair.q
    ratio = np.log(p / q)
    return quadratic_drift(
        pair,
        float((p - q) @ ratio),
        curvature=1.0,
        delta=pair.delta_variance(ratio + 1 - q / p, 1 - p / q - ratio),
        level=level,
        method=method,
    )


def jensen_shannon(*, reference: ArrayLike, current: ArrayLike, level: float = 0.95) -> Drift:
    """Jensen–Shannon divergence in bits (base-2 logarithm), equal weights; not its square root.

    Counts as for `psi`, nothing added. From 0 to 1. At no drift its mean is
    (k - 1)(1/n + 1/m) / (8 ln 2). `n` is the current cases. Not estimable when either is empty.

    Source: Lin (1991), doi:10.1109/18.61115.

    >>> d = jensen_shannon(reference=[10, 0], current=[0, 10])
    >>> d.effect.estimate, d.enough
    (1.0, False)
    """
    method = "Jensen–Shannon divergence (base 2)"
    pair = pair_of(reference, current)
    if pair is None:
        return nothing_to_compare(method, level)
    middle = (pair.p + pair.q) / 2
    of_p, of_q = _log2_ratio(pair.p, middle), _log2_ratio(pair.q, middle)
    return quadratic_drift(
        pair,
        float(pair.p @ of_p + pair.q @ of_q) / 2,
        curvature=1 / (8 * math.log(2)),
        delta=pair.delta_variance(of_p / 2, of_q / 2),
        level=level,
        method=method,
        largest=1.0,
    )


def cramers_v(*, reference: ArrayLike, current: ArrayLike, level: float = 0.95) -> Drift:
    """Cramér's V of the 2 x k table, sqrt(chi-square / (n + m)): the chi-square test's effect size.

    Counts as for `psi`. From 0 to 1; it depends on the ratio of the two sample sizes, being largest
    at equal ones. Interval from that of V squared. `n` is the current cases. Not estimable when
    either is empty.

    Source: Cramér (1946) Mathematical Methods of Statistics; chi-square: Pearson (1900),
    doi:10.1080/14786440009463897.

    >>> d = cramers_v(reference=[50, 50], current=[30, 70])
    >>> round(d.effect.estimate, 4)
    0.2041
    """
    method = "Cramér's V (chi-square)"
    pair = pair_of(reference, current)
    if pair is None:
        return nothing_to_compare(method, level)
    a, b = pair.n / (pair.n + pair.m), pair.m / (pair.n + pair.m)
    gap, mixed = pair.p - pair.q, a * pair.p + b * pair.q
    relative = gap / mixed
    squared = quadratic_drift(
        pair,
        a * b * float(gap @ relative),
        curvature=a * b,
        delta=pair.delta_variance(
            a * b * (2 * relative - a * relative**2), a * b * (-2 * relative - b * relative**2)
        ),
        level=level,
        method=method,
        largest=1.0,
    )
    estimate, lower, upper = (math.sqrt(x) for x in squared.effect.numbers())
    effect = Estimate.around(
        estimate, lower=lower, upper=upper, level=level, n=pair.m, method=method
    )
    return Drift(effect=effect, enough=squared.enough, minimum_n=squared.minimum_n)


def total_variation(*, reference: ArrayLike, current: ArrayLike, level: float = 0.95) -> Drift:
    """Total variation distance, sum(|p - q|) / 2: the share of cases that would have to move.

    Counts as for `psi`. From 0 to 1. Bias: the mean of sum(|p - q|) / 2 under normal errors at no
    drift; sampling error at most that of a difference of two proportions of one half, so the
    interval is conservative. `n` is the current cases. Not estimable when either is empty.

    Source: Levin, Peres & Wilmer (2009) Markov Chains and Mixing Times, section 4.1.

    >>> d = total_variation(reference=[50, 50], current=[30, 70])
    >>> round(d.effect.estimate, 3)
    0.2
    """
    method = "total variation distance"
    pair = pair_of(reference, current)
    if pair is None:
        return nothing_to_compare(method, level)
    pooled = (pair.n * pair.p + pair.m * pair.q) / (pair.n + pair.m)
    spread = np.sqrt(pooled * (1 - pooled) * pair.scale)
    return drift_between(
        float(np.abs(pair.p - pair.q).sum()) / 2,
        bias=math.sqrt(2 / math.pi) * float(spread.sum()) / 2,
        error=normal_quantile(level=level) * math.sqrt(pair.scale) / 2,
        sizes=(pair.n, pair.m),
        minimum_n=pair.minimum_n,
        level=level,
        method=method,
        largest=1.0,
    )


def kolmogorov_smirnov(*, reference: ArrayLike, current: ArrayLike, level: float = 0.95) -> Drift:
    """Kolmogorov–Smirnov distance, the largest gap between two distribution functions.

    One number per case. From 0 to 1. The interval is the distance -/+ the bound of
    Dvoretzky, Kiefer and Wolfowitz, sqrt(ln(2 / (1 - level)) (1/n + 1/m) / 2); ties make it
    conservative. `n` is the current cases. Not estimable when either is empty.

    Source: Massart (1990), doi:10.1214/aop/1176990746.

    >>> d = kolmogorov_smirnov(reference=[1, 2, 3, 4], current=[3, 4, 5, 6])
    >>> d.effect.estimate, d.enough
    (0.5, False)
    """
    method = "Kolmogorov–Smirnov distance, DKW bound"
    normal_quantile(level=level)
    x, y = np.sort(vector(reference, name="reference")), np.sort(vector(current, name="current"))
    if not (len(x) and len(y)):
        return nothing_to_compare(method, level)
    _, below_x, below_y = _steps(x, y)
    return drift_between(
        float(np.abs(below_x - below_y).max()),
        bias=0.0,
        error=math.sqrt(math.log(2 / (1 - level)) * (1 / len(x) + 1 / len(y)) / 2),
        sizes=(len(x), len(y)),
        minimum_n=MINIMUM_N,
        level=level,
        method=method,
        largest=1.0,
    )


def wasserstein(
    *, reference: ArrayLike, current: ArrayLike, scale: float = 1.0, level: float = 0.95
) -> Drift:
    """Wasserstein-1 distance, the mean distance cases would have to move, divided by `scale`.

    One number per case. 0 or more, in the units of the values over those of `scale` (give a
    standard deviation for a unit-free effect). Bias: its mean under normal errors at no drift;
    sampling error at most that of a difference of means, so the interval is conservative. `n` is
    the current cases. Not estimable when either is empty.

    Source: del Barrio, Giné & Matrán (1999), doi:10.1214/aop/1022677394.

    >>> wasserstein(reference=[0, 1, 3], current=[5, 6, 8]).effect.estimate
    5.0
    """
    method = "Wasserstein-1 distance"
    if not (math.isfinite(scale) and scale > 0):
        raise ArrayError(f"`scale` is {scale!r}; give a number above 0, such as a deviation.")
    x, y = np.sort(vector(reference, name="reference")), np.sort(vector(current, name="current"))
    if not (len(x) and len(y)):
        return nothing_to_compare(method, level)
    x, y = x / scale, y / scale
    widths, below_x, below_y = _steps(x, y)
    pooled = (len(x) * below_x + len(y) * below_y) / (len(x) + len(y))
    rough = np.sqrt(pooled * (1 - pooled) * (1 / len(x) + 1 / len(y)))
    return drift_between(
        float(widths @ np.abs(below_x - below_y)),
        bias=math.sqrt(2 / math.pi) * float(widths @ rough),
        error=normal_quantile(level=level) * math.sqrt(x.var() / len(x) + y.var() / len(y)),
        sizes=(len(x), len(y)),
        minimum_n=MINIMUM_N,
        level=level,
        method=method,
    )


def _log2_ratio(p: Floats, q: Floats) -> Floats:
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return np.asarray(np.log2(ratio), dtype=np.float64)


def _steps(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Gaps between pooled values, and both distribution functions at the left end of each."""
    points = np.sort(np.concatenate([x, y]))
    below_x = np.searchsorted(x, points, side="right") / len(x)
    below_y = np.searchsorted(y, points, side="right") / len(y)
    return np.diff(points, append=points[-1]), below_x, below_y
