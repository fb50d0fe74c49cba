"""Agreement of two measurements of the same quantity, and of a measurement with itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, ndtri, stdtrit
from scipy.stats import nct

from surveillance.statistics.estimate import (
    ArgumentError,
    Estimate,
    Floats,
    check_lengths,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.proportions import wilson

TOO_FEW_PAIRS = "The spread of differences needs at least three pairs."


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Bias, limits of agreement, proportional bias, and the share within what is acceptable."""

    bias: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    proportional_bias: Estimate
    within_acceptable: Estimate
    sd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltmanRepeated:
    """Bias and limits of agreement where subjects were measured more than once."""

    bias: Estimate
    lower_limit: Estimate
    upper_limit: Estimate
    within_sd: float | None
    between_sd: float | None
    sd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Lin's concordance, and its parts: correlation and closeness to the line of identity."""

    ccc: Estimate
    precision: float | None
    accuracy: float | None


def bland_altman(
    *,
    first: ArrayLike,
    second: ArrayLike,
    acceptable_difference: float | None = None,
    level: float = 0.95,
) -> BlandAltman:
    """Bland–Altman: bias of first - second, 95 % limits of agreement, proportional bias.

    One value per case in each, same unit. The bias has a t interval; the limits, bias -+ 1.96 sd,
    Carkeet's exact intervals (noncentral t). `proportional_bias` is the least-squares slope of the
    difference on the mean of the two, with a t interval; 0 is none. `within_acceptable` is the
    share of absolute differences of at most `acceptable_difference`, Wilson interval. Differences
    are taken to be normal with one spread; a slope away from 0 says they are not. Not estimable
    with fewer than three pairs; with all differences equal the limits are the bias itself.

    Source: Bland & Altman (1986), doi:10.1016/S0140-6736(86)90837-8; Carkeet (2015),
    doi:10.1097/OPX.0000000000000513.

    >>> b = bland_altman(first=[10, 12, 15, 11], second=[9, 12, 13, 12], acceptable_difference=1)
    >>> b.bias.estimate, round(b.upper_limit.estimate, 3), b.within_acceptable.estimate
    (0.5, 3.03, 0.75)
    """
    x, y = _pairs(first, second)
    normal_quantile(level=level)
    d, n = x - y, len(x)
    names = "bias, t", "limit of agreement, Carkeet exact", "slope on the mean, t"
    if n < 3:
        none = [
            not_estimable(reason=TOO_FEW_PAIRS, method=name, n=n, level=level) for name in names
        ]
        sd, (bias, low, slope), high = None, none, none[1]
    else:
        mean, sd = float(d.mean()), float(d.std(ddof=1))
        bias = _around(
            mean, float(stdtrit(n - 1, (1 + level) / 2)) * sd / math.sqrt(n), n, level, names[0]
        )
        inner, outer = (
            sd * float(nct.ppf(q, n - 1, ndtri(0.975) * math.sqrt(n))) / math.sqrt(n)
            for q in ((1 - level) / 2, (1 + level) / 2)
        )
        reach = float(ndtri(0.975)) * sd
        low, high = (
            Estimate.around(
                mean + sign * reach,
                lower=mean + min(sign * inner, sign * outer),
                upper=mean + max(sign * inner, sign * outer),
                level=level,
                n=n,
                method=names[1],
            )
            for sign in (-1, 1)
        )
        slope = _slope((x + y) / 2, d, level, names[2])
    return BlandAltman(
        bias=bias,
        lower_limit=low,
        upper_limit=high,
        proportional_bias=slope,
        within_acceptable=_within(d, acceptable_difference, level),
        sd=sd,
    )


def bland_altman_repeated(
    *, first: ArrayLike, second: ArrayLike, subjects: ArrayLike, level: float = 0.95
) -> BlandAltmanRepeated:
    """Bland–Altman limits with several paired observations per subject, whose truth may vary.

    One pair and one subject id per row. One-way analysis of variance of the differences: the total
    variance is within plus between subjects, m = (N^2 - sum m_i^2) / ((k - 1) N) pairs a subject;
    a negative between-variance is 0. The bias is the mean of all differences, with a t interval
    (k - 1 df) from the variance of subject totals; the limits have MOVER intervals (chi-squared
    limits of each mean square, Zou 2013's idea). Not estimable with fewer than three subjects or
    when no subject has two pairs.

    Source: Bland & Altman (2007), doi:10.1080/10543400701329422; Zou (2013),
    doi:10.1177/0962280211402548.

    >>> b = bland_altman_repeated(first=[5, 6, 8, 7, 9, 9], second=[4, 6, 7, 7, 7, 8],
    ...                           subjects=[1, 1, 2, 2, 3, 3])
    >>> round(b.bias.estimate, 3), b.between_sd > 0
    (0.833, True)
    """
    x, y = _pairs(first, second)
    d, n, tail = x - y, len(x), (1 - level) / 2
    normal_quantile(level=level)
    ids = np.unique(np.asarray(subjects), return_inverse=True)[1].ravel()
    check_lengths(first=x, subjects=ids)
    m = np.bincount(ids).astype(np.float64)
    k, method = len(m), "repeated Bland–Altman, MOVER"
    if k < 3 or n == k:
        reason = "The limits need three subjects, one of them with two pairs of measurements."
        none = not_estimable(reason=reason, method=method, n=n, level=level)
        return BlandAltmanRepeated(
            bias=none, lower_limit=none, upper_limit=none, within_sd=None, between_sd=None, sd=None
        )
    means, mean = np.bincount(ids, weights=d) / m, float(d.mean())
    within = float(((d - means[ids]) ** 2).sum()) / (n - k)
    among = float(m @ (means - mean) ** 2) / (k - 1)
    size = (n * n - float(m @ m)) / ((k - 1) * n)
    between = max(0.0, (among - within) / size)
    total = within + between
    error = math.sqrt(k / (k - 1) * float((m**2) @ (means - mean) ** 2)) / n
    half = float(stdtrit(k - 1, 1 - tail)) * error
    # total = among / size + (1 - 1 / size) within; each mean square has chi-squared limits
    parts = ((among / size, k - 1), ((1 - 1 / size) * within, n - k))
    down = math.sqrt(sum((v * (1 - f / float(chdtri(f, tail)))) ** 2 for v, f in parts))
    up = math.sqrt(sum((v * (f / float(chdtri(f, 1 - tail)) - 1)) ** 2 for v, f in parts))
    reach, short, long = (
        float(ndtri(0.975)) * math.sqrt(max(0.0, v)) for v in (total, total - down, total + up)
    )
    outer, inner = math.hypot(half, long - reach), math.hypot(half, reach - short)
    low, high = mean - reach, mean + reach
    return BlandAltmanRepeated(
        bias=_around(mean, half, n, level, "bias over subjects, t"),
        lower_limit=Estimate.around(
            low, lower=low - outer, upper=low + inner, level=level, n=n, method=method
        ),
        upper_limit=Estimate.around(
            high, lower=high - inner, upper=high + outer, level=level, n=n, method=method
        ),
        within_sd=math.sqrt(within),
        between_sd=math.sqrt(between),
        sd=math.sqrt(total),
    )


def lin_ccc(*, first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Concordance:
    """Lin's concordance correlation coefficient with its Fisher z interval.

    One value per case in each, same unit. From -1 to 1; 1 is identity. It is `precision` (Pearson's
    correlation) times `accuracy` (bias correction factor); variances have denominator n. It depends
    on the spread of the cases: compare it only between like populations. Not estimable with fewer
    than four pairs or when a measurement does not vary; identical or exactly linear values have no
    variance, and the limits are then the estimate.

    Source: Lin (1989), doi:10.2307/2532051; correction: Lin (2000), Biometrics 56:324-325.

    >>> c = lin_ccc(first=[1, 2, 3, 4, 5], second=[1.1, 2.3, 2.9, 4.2, 5.4])
    >>> round(c.ccc.estimate, 3)
    0.985
    """
    x, y = _pairs(first, second)
    z, n, method = normal_quantile(level=level), len(x), "Lin's CCC, Fisher z interval"
    sx, sy = (float(v.std()) if n else 0.0 for v in (x, y))
    if n < 4 or min(sx, sy) == 0:
        reason = "Concordance needs four pairs, and both measurements to vary."
        none = not_estimable(reason=reason, method=method, n=n, level=level)
        return Concordance(ccc=none, precision=None, accuracy=None)
    shift, cov = float(x.mean() - y.mean()), float(((x - x.mean()) * (y - y.mean())).mean())
    r = max(-1.0, min(1.0, cov / (sx * sy)))
    factor = 2 * sx * sy / (sx * sx + sy * sy + shift * shift)
    c = r * factor
    lower = upper = c
    left = 1 - c * c
    if left > 1e-12:
        u2 = shift * shift / (sx * sy)
        variance = (
            (1 - r * r) * factor**2 / left
            + 2 * c * c * factor * (1 - c) * u2 / left**2
            - (c * factor * u2) ** 2 / (2 * left**2)
        ) / (n - 2)
        spread = z * math.sqrt(max(0.0, variance))
        lower, upper = math.tanh(math.atanh(c) - spread), math.tanh(math.atanh(c) + spread)
    return Concordance(
        ccc=Estimate.around(
            c, lower=lower, upper=upper, level=level, n=n, method=method, bounds=(-1, 1)
        ),
        precision=r,
        accuracy=factor,
    )


def _pairs(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    x, y = vector(first, name="first"), vector(second, name="second")
    check_lengths(first=x, second=y)
    return x, y


def _around(estimate: float, half: float, n: int, level: float, method: str) -> Estimate:
    return Estimate.around(
        estimate, lower=estimate - half, upper=estimate + half, level=level, n=n, method=method
    )


def _slope(x: Floats, y: Floats, level: float, method: str) -> Estimate:
    centred = x - x.mean()
    spread, n = float(centred @ centred), len(x)
    if spread == 0:
        reason = "All means are equal, so the difference has nothing to rise with."
        return not_estimable(reason=reason, method=method, n=n, level=level)
    slope = float(centred @ y) / spread
    residual = y - y.mean() - slope * centred
    error = math.sqrt(float(residual @ residual) / (n - 2) / spread)
    half = float(stdtrit(n - 2, (1 + level) / 2)) * error
    return _around(slope, half, n, level, method)


def _within(differences: Floats, acceptable: float | None, level: float) -> Estimate:
    if acceptable is None:
        reason = "No acceptable difference was given."
        return not_estimable(reason=reason, method="Wilson score", level=level)
    if not acceptable >= 0:
        raise ArgumentError(
            f"`acceptable_difference` is {acceptable!r}; give a number of 0 or more."
        )
    inside = int((np.abs(differences) <= acceptable).sum())
    return wilson(successes=inside, trials=len(differences), level=level)
