"""Prevalence and accuracy when the reference standard itself has a known error rate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.estimate import (
    Estimate,
    Floats,
    check_inside,
    check_part,
    normal_quantile,
    not_estimable,
)
from surveillance.statistics.proportions import wilson
from surveillance.statistics.verification import verification_cells

USELESS = (
    "Not identifiable: sensitivity + specificity of the reference is not above 1,"
    " so its results say nothing about the disease."
)


def rogan_gladen(
    *,
    positives: float,
    trials: float,
    sensitivity: float,
    specificity: float,
    level: float = 0.95,
) -> Estimate:
    """True prevalence from the apparent one, given the error rates of the test that counted it.

    (positives / trials + specificity - 1) / (sensitivity + specificity - 1), cut to 0 to 1, with
    Wilson's limits of the apparent prevalence carried through; `sensitivity` and `specificity` are
    taken as known. At 0/n both estimate and lower limit are 0. Not identifiable unless sensitivity
    + specificity exceeds 1; not estimable without trials.

    Source: Rogan & Gladen (1978), doi:10.1093/oxfordjournals.aje.a112510.

    >>> p = rogan_gladen(positives=190, trials=1000, sensitivity=1, specificity=0.9)
    >>> round(p.estimate, 3), round(p.lower, 3), round(p.upper, 3)
    (0.1, 0.074, 0.128)
    """
    check_part(part="positives", of="trials", positives=positives, trials=trials)
    check_inside(sensitivity=sensitivity, specificity=specificity)
    method, gain = "Rogan–Gladen, Wilson limits carried through", sensitivity + specificity - 1
    if gain <= 0:
        return not_estimable(reason=USELESS, method=method, n=trials, level=level)
    apparent = wilson(successes=positives, trials=trials, level=level)
    if not apparent.estimable:
        return not_estimable(reason=apparent.reason or "", method=method, level=level)
    estimate, lower, upper = (
        min(1.0, max(0.0, (p - (1 - specificity)) / gain)) for p in apparent.numbers()
    )
    return Estimate.around(estimate, lower=lower, upper=upper, level=level, n=trials, method=method)


def corrected_accuracy(
    *,
    tp: ArrayLike,
    fp: ArrayLike,
    fn: ArrayLike,
    tn: ArrayLike,
    reference_sensitivity: ArrayLike,
    reference_specificity: ArrayLike,
    level: float = 0.95,
) -> Accuracy:
    """Sensitivity and specificity of a test judged by an imperfect reference of known accuracy.

    tp, fp, fn, tn are apparent counts against that reference; give arrays with one entry per
    reference where cases were judged by several, one without error as 1 and 1. Staquet's correction, which assumes
    that test and reference err independently given the disease. Interval: Fieller, the values not
    rejected by a score test of the linear contrast, cut to 0 to 1. An estimated number of cases
    below 0 is read as 0, so the estimate stays within 0 to 1 and the interval keeps its width; no
    cell reaches less far up than the exact limit of an empty one, so that no error seen is not taken
    for no error; when
    the prevalence cannot be told from 0 (or 1) the interval is 0 to 1. `n` is all cases. Not
    identifiable unless reference sensitivity + specificity exceeds 1; not estimable when the
    reference's own errors account for all its positives (or negatives).

    Source: Staquet et al. (1981), doi:10.1016/0021-9681(81)90059-X; Fieller (1954),
    doi:10.1111/j.2517-6161.1954.tb00159.x.

    >>> a = corrected_accuracy(tp=100, fp=0, fn=90, tn=810,
    ...                        reference_sensitivity=1, reference_specificity=0.9)
    >>> s = a.sensitivity
    >>> round(s.estimate, 2), s.upper, round(s.lower, 2)
    (1.0, 1.0, 0.83)
    """
    counts = verification_cells(tp=tp, fp=fp, fn=fn, tn=tn)
    se, sp = (
        np.broadcast_to(np.atleast_1d(np.asarray(rate, dtype=np.float64)), counts["tp"].shape)
        for rate in (reference_sensitivity, reference_specificity)
    )
    for first, second in zip(se, sp, strict=True):
        check_inside(reference_sensitivity=float(first), reference_specificity=float(second))
    cells, n = np.concatenate(list(counts.values())), float(sum(c.sum() for c in counts.values()))
    method = "Staquet correction for an imperfect reference, Fieller interval"
    if n == 0 or (se + sp <= 1).any():
        none = not_estimable(
            reason="There were no cases." if n == 0 else USELESS, method=method, n=n, level=level
        )
        return Accuracy(sensitivity=none, specificity=none)
    none_of, sharp = np.zeros_like(se), se + sp - 1
    ill, well = sp / sharp, se / sharp
    return Accuracy(
        sensitivity=_fieller(
            cells,
            np.concatenate([ill, (sp - 1) / sharp, none_of, none_of]),
            np.concatenate([none_of, none_of, ill, (sp - 1) / sharp]),
            kind="diseased",
            level=level,
            method=method,
        ),
        specificity=_fieller(
            cells,
            np.concatenate([none_of, none_of, (se - 1) / sharp, well]),
            np.concatenate([(se - 1) / sharp, well, none_of, none_of]),
            kind="healthy",
            level=level,
            method=method,
        ),
    )


def empty_cell(level: float) -> float:
    """Exact upper limit of the expected number in a cell in which none was counted (Poisson).

    >>> round(empty_cell(0.95), 2)
    3.69
    """
    return -math.log((1 - level) / 2)


def _fieller(
    cells: Floats, hit: Floats, miss: Floats, *, kind: str, level: float, method: str
) -> Estimate:
    n, z = float(cells.sum()), normal_quantile(level=level)
    hits, misses = max(0.0, float(cells @ hit)), max(0.0, float(cells @ miss))
    if hits + misses <= 0 or float(cells @ (hit + miss)) <= 0:
        return not_estimable(
            reason=f"The errors of the reference account for all its {kind} cases.",
            method=method,
            n=n,
            level=level,
        )

    spread = np.maximum(cells, ((empty_cell(level) - cells).clip(min=0) / z) ** 2)

    def covariance(a: Floats, b: Floats) -> float:
        return z * z * float(spread @ (a * b) - (cells @ a) * (cells @ b) / n)

    # (1 - s) hits - s misses is within z standard errors of 0: q2 s^2 + q1 s + q0 <= 0.
    both = hit + miss
    q2 = (hits + misses) ** 2 - covariance(both, both)
    q1 = -2 * (hits * (hits + misses) - covariance(hit, both))
    q0 = hits**2 - covariance(hit, hit)
    root = q1 * q1 - 4 * q2 * q0
    lower, upper = 0.0, 1.0
    if q2 > 0 and root >= 0:
        lower = (-q1 - math.sqrt(root)) / (2 * q2)
        upper = (-q1 + math.sqrt(root)) / (2 * q2)
    return Estimate.around(
        hits / (hits + misses),
        lower=lower,
        upper=upper,
        level=level,
        n=n,
        method=method,
        bounds=(0, 1),
    )
