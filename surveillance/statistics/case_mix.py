"""Comparisons that hold the mix of cases fixed: stratified odds ratios and standardised rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from surveillance.statistics.estimate import (
    ArrayError,
    CountError,
    Estimate,
    Floats,
    check_lengths,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.proportions import wilson
from surveillance.statistics.verification import verification_cells

NO_ODDS_RATIO = "A product of the tables is 0 in every stratum, so there is no common odds ratio."


@dataclass(frozen=True, slots=True, kw_only=True)
class MantelHaenszel:
    """The odds ratio common to all strata and the test that it is 1."""

    odds_ratio: Estimate
    chi2: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneity:
    """Test that the odds ratio is the same in every stratum."""

    chi2: float | None
    df: int
    p_value: float | None
    method: str
    reason: str | None


def mantel_haenszel(
    *, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, level: float = 0.95
) -> MantelHaenszel:
    """Mantel–Haenszel common odds ratio, Robins–Breslow–Greenland interval, and the CMH test.

    One 2 x 2 table per stratum: `a`, `b` successes and failures of the first group, `c`, `d` of the
    second. Valid for many sparse strata as for few large ones. `chi2` is Cochran's and Mantel's
    without continuity correction, one degree of freedom. `n` is the number of cases. The odds ratio
    is not estimable when sum(a d / n) or sum(b c / n) is 0; the test, when no stratum holds both
    groups and both outcomes.

    Source: Mantel & Haenszel (1959), doi:10.1093/jnci/22.4.719; Robins, Breslow & Greenland (1986),
    doi:10.2307/2531052.

    >>> m = mantel_haenszel(a=[8, 20], b=[5, 10], c=[4, 12], d=[9, 18])
    >>> round(m.odds_ratio.estimate, 3), round(m.chi2, 3)
    (3.167, 6.573)
    """
    a_, b_, c_, d_ = _tables(a, b, c, d)
    z, n = normal_quantile(level=level), a_ + b_ + c_ + d_
    expected = (a_ + b_) * (a_ + c_) / n
    variance = (a_ + b_) * (c_ + d_) * (a_ + c_) * (b_ + d_) / (n**2 * np.maximum(n - 1, 1))
    spread = float(variance.sum())
    chi2 = float((a_ - expected).sum()) ** 2 / spread if spread > 0 else None
    method, total = "Mantel–Haenszel, Robins–Breslow–Greenland", float(n.sum())
    with_ad, with_bc = a_ * d_ / n, b_ * c_ / n
    r, s = float(with_ad.sum()), float(with_bc.sum())
    if r == 0 or s == 0:
        ratio = not_estimable(reason=NO_ODDS_RATIO, method=method, n=total, level=level)
    else:
        p, q = (a_ + d_) / n, (b_ + c_) / n
        v = (
            float(p @ with_ad) / (2 * r * r)
            + float(p @ with_bc + q @ with_ad) / (2 * r * s)
            + float(q @ with_bc) / (2 * s * s)
        )
        factor = math.exp(z * math.sqrt(v))
        ratio = Estimate.around(
            r / s, lower=r / s / factor, upper=r / s * factor, level=level, n=total, method=method
        )
    return MantelHaenszel(
        odds_ratio=ratio,
        chi2=chi2,
        p_value=None if chi2 is None else float(chdtrc(1, chi2)),
    )


def breslow_day(
    *, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, tarone: bool = True
) -> Homogeneity:
    """Breslow–Day test of one odds ratio in all strata, with Tarone's correction by default.

    Tables as in `mantel_haenszel`; strata in which a margin is 0 say nothing and are left out.
    `chi2` has (strata used - 1) degrees of freedom. It needs large strata (expected cells of about
    5); with sparse ones its p-value is not to be relied on. Not estimable with fewer than two
    strata or without a common odds ratio.

    Source: Breslow & Day (1980) Statistical Methods in Cancer Research I, 4.4; Tarone (1985),
    doi:10.1093/biomet/72.1.91.

    >>> h = breslow_day(a=[8, 20], b=[5, 10], c=[4, 12], d=[9, 18])
    >>> round(h.chi2, 3), h.df
    (0.034, 1)
    """
    a_, b_, c_, d_ = _tables(a, b, c, d)
    used = np.min([a_ + b_, c_ + d_, a_ + c_, b_ + d_], axis=0) > 0
    a_, b_, c_, d_ = (cell[used] for cell in (a_, b_, c_, d_))
    n, strata = a_ + b_ + c_ + d_, int(used.sum())
    method = "Breslow–Day, Tarone corrected" if tarone else "Breslow–Day"
    r, s = float((a_ * d_ / n).sum()), float((b_ * c_ / n).sum())
    if strata < 2 or r == 0 or s == 0:
        reason = NO_ODDS_RATIO if strata > 1 else "Needs two strata with both groups and outcomes."
        return Homogeneity(
            chi2=None, df=max(0, strata - 1), p_value=None, method=method, reason=reason
        )
    fitted = _fitted(r / s, a_ + b_, c_ + d_, a_ + c_)
    cells = (fitted, a_ + b_ - fitted, a_ + c_ - fitted, c_ + d_ - a_ - c_ + fitted)
    variance = 1 / np.sum([1 / cell for cell in cells], axis=0)
    chi2 = float(((a_ - fitted) ** 2 / variance).sum())
    if tarone:
        chi2 -= float((a_ - fitted).sum()) ** 2 / float(variance.sum())
    return Homogeneity(
        chi2=max(0.0, chi2),
        df=strata - 1,
        p_value=float(chdtrc(strata - 1, max(0.0, chi2))),
        method=method,
        reason=None,
    )


def direct_standardisation(
    *, successes: ArrayLike, trials: ArrayLike, weights: ArrayLike, level: float = 0.95
) -> Estimate:
    """Directly standardised proportion: stratum proportions weighted by a reference population.

    One entry per stratum; `weights` are sizes or shares of the reference population, scaled to sum
    to 1. MOVER interval from the Wilson limits of the strata, so strata at 0/n or n/n keep their
    uncertainty; conservative with many tiny strata. With one stratum it is Wilson's. `n` is the
    number of trials. Not estimable when a stratum with weight has no trials.

    Source: Zou & Donner (2008), doi:10.1002/sim.3095; Yan & Su (2010) Statistics in
    Biopharmaceutical Research 2:329-335.

    >>> p = direct_standardisation(successes=[9, 40], trials=[10, 80], weights=[1, 3])
    >>> round(p.estimate, 3), round(p.lower, 3), round(p.upper, 3)
    (0.6, 0.489, 0.683)
    """
    y, n, w = (
        vector(values, name=name)
        for name, values in (("successes", successes), ("trials", trials), ("weights", weights))
    )
    check_lengths(successes=y, trials=n, weights=w)
    if (y < 0).any() or (y > n).any():
        raise CountError("`successes` holds a count below 0 or above its `trials`.")
    if (w < 0).any() or not w.sum() > 0:
        raise ArrayError("`weights` must be 0 or more, and one above 0; give stratum sizes.")
    method, total = "direct standardisation, MOVER with Wilson limits", float(n.sum())
    normal_quantile(level=level)
    if (n[w > 0] == 0).any():
        reason = "A stratum of the reference population has no trials."
        return not_estimable(reason=reason, method=method, n=total, level=level)
    y, n, w = y[w > 0], n[w > 0], w[w > 0] / w.sum()
    p, low, high = np.array(
        [wilson(successes=s, trials=t, level=level).numbers() for s, t in zip(y, n, strict=True)]
    ).T
    estimate = float(w @ p)
    return Estimate.around(
        estimate,
        lower=estimate - math.sqrt(float(w**2 @ (p - low) ** 2)),
        upper=estimate + math.sqrt(float(w**2 @ (high - p) ** 2)),
        level=level,
        n=total,
        method=method,
        bounds=(0, 1),
    )


def _tables(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> list[Floats]:
    """Cells of the strata that hold cases."""
    cells = list(verification_cells(a=a, b=b, c=c, d=d).values())
    held = np.sum(cells, axis=0) > 0
    return [cell[held] for cell in cells]


def _fitted(odds_ratio: float, first: Floats, second: Floats, positive: Floats) -> Floats:
    """Expected first cell of each table with its margins and the given odds ratio."""
    # root of A (second - positive + A) = odds_ratio (first - A) (positive - A)
    linear = second - positive + odds_ratio * (first + positive)
    constant = odds_ratio * first * positive
    discriminant = np.sqrt(linear**2 - 4 * (odds_ratio - 1) * constant)
    return np.asarray(2 * constant / (linear + discriminant), dtype=np.float64)
