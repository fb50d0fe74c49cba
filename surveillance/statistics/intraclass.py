"""Reliability of repeated ratings of the same subjects: intraclass correlation, repeatability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, fdtri, ndtri

from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    check_lengths,
    normal_quantile,
    not_estimable,
    vector,
)

Form = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatability:
    """Within-subject standard deviation and the difference that chance alone explains."""

    within_sd: Estimate
    repeatability_coefficient: Estimate
    smallest_detectable_change: Estimate


def icc(*, ratings: ArrayLike, form: Form = "2,1", level: float = 0.95) -> Estimate:
    """Intraclass correlation of Shrout & Fleiss with F intervals.

    `ratings` is a complete table, one row per subject and one column per rater. `form`: "1,1" each
    subject has its own raters (McGraw & Wong ICC(1)); "2,1" raters are a sample and their bias
    counts, absolute agreement (ICC(A,1)); "3,1" these raters, consistency (ICC(C,1)); "1,k", "2,k",
    "3,k" the mean of the k raters. At most 1; below 0 when subjects differ less than chance would
    make them. `n` counts subjects. The 2,1 interval is approximate (Satterthwaite). Without any
    disagreement the estimate and both limits are 1. Not estimable with fewer than two subjects or
    raters, when all ratings are equal, or (k-forms) when subjects' means
    hardly differ at all.

    Source: Shrout & Fleiss (1979), doi:10.1037/0033-2909.86.2.420; McGraw & Wong (1996),
    doi:10.1037/1082-989X.1.1.30.

    >>> i = icc(ratings=[[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6],
    ...                  [10, 5, 6, 9], [6, 2, 4, 7]], form="2,1")
    >>> round(i.estimate, 2), round(i.lower, 2), round(i.upper, 2)
    (0.29, 0.02, 0.76)
    """
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise ArrayError("`ratings` is not a complete table; give one row per subject, no gaps.")
    if form not in get_args(Form):
        raise ArrayError(f"`form` is {form!r}; give one of {', '.join(get_args(Form))}.")
    normal_quantile(level=level)
    (n, k), method = x.shape, f"ICC({form}), Shrout & Fleiss, F interval"
    if min(n, k) < 2 or np.ptp(x) == 0:
        reason = "Needs two subjects, two raters, and ratings that are not all equal."
        return not_estimable(reason=reason, method=method, n=n, level=level)
    rows, columns, grand = x.mean(axis=1), x.mean(axis=0), x.mean()
    bms = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    jms = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    within = float(((x - rows[:, None]) ** 2).sum())
    error = float(((x - rows[:, None] - columns + grand) ** 2).sum())
    wms, ems = within / (n * (k - 1)), error / ((n - 1) * (k - 1))
    # rounding must not decide between no variance and some
    bms, jms, wms, ems = (v if v > 1e-12 * float(x.var()) else 0.0 for v in (bms, jms, wms, ems))
    if bms == 0 and (wms if form[0] == "1" else ems) == 0:
        reason = "Subjects' means are equal and nothing else is left to compare them with."
        return not_estimable(reason=reason, method=method, n=n, level=level)
    tail = (1 - level) / 2
    if form[0] == "2":
        single, low, high = _absolute(bms, jms, ems, n, k, tail)
    else:
        noise = wms if form[0] == "1" else ems
        freedom = n * (k - 1) if form[0] == "1" else (n - 1) * (k - 1)
        single = (bms - noise) / (bms + (k - 1) * noise)
        up, down = (float(fdtri(a, b, 1 - tail)) for a, b in ((n - 1, freedom), (freedom, n - 1)))
        low = (bms - up * noise) / (bms + (k - 1) * up * noise)
        high = (bms * down - noise) / (bms * down + (k - 1) * noise)
    if form[2] == "k":
        if 1 + (k - 1) * single < 1e-9:
            reason = "Subjects' means differ too little for the reliability of a mean to exist."
            return not_estimable(reason=reason, method=method, n=n, level=level)
        single, low, high = (_stepped_up(value, k) for value in (single, low, high))
    return Estimate.around(
        single, lower=low, upper=high, level=level, n=n, method=method, bounds=(-math.inf, 1)
    )


def repeatability(*, values: ArrayLike, subjects: ArrayLike, level: float = 0.95) -> Repeatability:
    """Within-subject standard deviation, repeatability coefficient and smallest detectable change.

    One value and one subject id per measurement; subjects measured once are ignored. The
    repeatability coefficient, 1.96 sqrt(2) within_sd, is the difference of two measurements of an
    unchanged subject that 95 % stay below; the smallest detectable change is the same number,
    1.96 sqrt(2) SEM, in the language of outcome measures. Chi-squared intervals; `n` counts the
    degrees of freedom. With no difference at all estimate and limits are 0. Not estimable without
    a subject measured twice.

    Source: Bland & Altman (1996), doi:10.1136/bmj.313.7059.744; de Vet et al. (2006),
    doi:10.1186/1477-7525-4-54.

    >>> r = repeatability(values=[10, 12, 20, 19, 15, 15], subjects=[1, 1, 2, 2, 3, 3])
    >>> round(r.within_sd.estimate, 3), round(r.repeatability_coefficient.estimate, 3)
    (0.913, 2.53)
    """
    x = vector(values, name="values")
    ids = np.unique(np.asarray(subjects), return_inverse=True)[1].ravel()
    check_lengths(values=x, subjects=ids)
    normal_quantile(level=level)
    count, tail = np.bincount(ids), (1 - level) / 2
    freedom, method = len(x) - len(count), "within-subject SD, chi-squared interval"
    if freedom < 1:
        reason = "No subject was measured twice."
        none = not_estimable(reason=reason, method=method, level=level)
        return Repeatability(
            within_sd=none, repeatability_coefficient=none, smallest_detectable_change=none
        )
    squares = float(((x - (np.bincount(ids, weights=x) / count)[ids]) ** 2).sum())

    def scaled(factor: float) -> Estimate:
        return Estimate.around(
            factor * math.sqrt(squares / freedom),
            lower=factor * math.sqrt(squares / float(chdtri(freedom, tail))),
            upper=factor * math.sqrt(squares / float(chdtri(freedom, 1 - tail))),
            level=level,
            n=freedom,
            method=method,
        )

    difference = scaled(float(ndtri(0.975)) * math.sqrt(2))
    return Repeatability(
        within_sd=scaled(1.0),
        repeatability_coefficient=difference,
        smallest_detectable_change=difference,
    )


def _absolute(
    bms: float, jms: float, ems: float, n: int, k: int, tail: float
) -> tuple[float, float, float]:
    """ICC(2,1) with Shrout & Fleiss' Satterthwaite limits."""
    total = bms + (k - 1) * ems + k * (jms - ems) / n
    if total <= 0:
        return 0.0, 0.0, 0.0
    r = (bms - ems) / total
    if jms + ems == 0:
        return 1.0, 1.0, 1.0
    if bms == 0:  # both limits come to the estimate, whatever the degrees of freedom
        return r, r, r
    a = k * r / (n * (1 - r))
    b = 1 + a * (n - 1)
    weight = (a * jms) ** 2 / (k - 1) + (b * ems) ** 2 / ((n - 1) * (k - 1))
    v = (a * jms + b * ems) ** 2 / weight
    up, down = float(fdtri(n - 1, v, 1 - tail)), float(fdtri(v, n - 1, 1 - tail))
    noise = k * jms + (k * n - k - n) * ems
    low = n * (bms - up * ems) / (up * noise + n * bms)
    high = n * (down * bms - ems) / (noise + n * down * bms)
    return r, low, high


def _stepped_up(single: float, k: int) -> float:
    """Spearman–Brown: reliability of the mean of k, minus infinity at the lowest possible."""
    divisor = 1 + (k - 1) * single
    return k * single / divisor if divisor > 1e-12 else -math.inf
