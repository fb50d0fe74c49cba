"""Prevalence and accuracy when the reference's own accuracy is known only from a validation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.estimate import (
    ArgumentError,
    Estimate,
    Floats,
    check_part,
    check_whole,
    normal_quantile,
    not_estimable,
)
from surveillance.statistics.imperfect_reference import USELESS, corrected_accuracy
from surveillance.statistics.verification import verification_cells

UNVALIDATED = "The validation held no diseased or no healthy case."


def rogan_gladen_uncertain(
    *,
    positives: float,
    trials: float,
    sensitivity_positives: float,
    sensitivity_trials: float,
    specificity_negatives: float,
    specificity_trials: float,
    level: float = 0.95,
) -> Estimate:
    """True prevalence when sensitivity and specificity of the test were estimated (Lang–Reiczigel).

    `sensitivity_positives` of `sensitivity_trials` diseased and `specificity_negatives` of
    `specificity_trials` healthy validation cases were called right; `positives` of `trials` is the
    survey. Estimate: Rogan–Gladen, cut to 0 to 1. Interval: normal limits after adding z^2/2 to
    both sides of the survey and one case to each side of the validations, with a shift, so 0/n and
    n/n keep their width. It covers near `level` for sensitivity and specificity of 0.5 or more.
    A survey with far fewer positives than false ones alone explain collapses to 0: then doubt the
    validation. Not identifiable unless sensitivity + specificity exceeds 1; not estimable without
    trials or validation cases of either kind.

    Source: Lang & Reiczigel (2014), doi:10.1016/j.prevetmed.2013.09.015.

    >>> p = rogan_gladen_uncertain(positives=19, trials=100, sensitivity_positives=45,
    ...     sensitivity_trials=50, specificity_negatives=90, specificity_trials=100)
    >>> round(p.estimate, 4), round(p.lower, 4), round(p.upper, 4)
    (0.1125, 0.0, 0.2372)
    """
    check_part(part="positives", of="trials", positives=positives, trials=trials)
    _check_validation(
        sensitivity_positives, sensitivity_trials, specificity_negatives, specificity_trials
    )
    method, z = "Rogan–Gladen, Lang–Reiczigel interval", normal_quantile(level=level)
    if not min(trials, sensitivity_trials, specificity_trials):
        reason = UNVALIDATED if trials else "There were no trials."
        return not_estimable(reason=reason, method=method, n=trials, level=level)
    se, sp = sensitivity_positives / sensitivity_trials, specificity_negatives / specificity_trials
    se_ = (sensitivity_positives + 1) / (sensitivity_trials + 2)
    sp_ = (specificity_negatives + 1) / (specificity_trials + 2)
    gain, gain_ = se + sp - 1, se_ + sp_ - 1
    if min(gain, gain_) <= 0:
        return not_estimable(reason=USELESS, method=method, n=trials, level=level)
    apparent = (positives + z * z / 2) / (trials + z * z)
    centre = (apparent + sp_ - 1) / gain_
    se_variance = se_ * (1 - se_) / (sensitivity_trials + 2)
    sp_variance = sp_ * (1 - sp_) / (specificity_trials + 2)
    variance = (
        apparent * (1 - apparent) / (trials + z * z)
        + centre**2 * se_variance
        + (1 - centre) ** 2 * sp_variance
    )
    centre_ = centre + 2 * z * z * (centre * se_variance - (1 - centre) * sp_variance)
    half = z * math.sqrt(variance) / gain_
    lower, upper = (min(1.0, max(0.0, limit)) for limit in (centre_ - half, centre_ + half))
    return Estimate.around(
        min(1.0, max(0.0, (positives / trials + sp - 1) / gain)),
        lower=lower,
        upper=upper,
        level=level,
        n=trials,
        method=method,
    )


def corrected_accuracy_uncertain(
    *,
    tp: ArrayLike,
    fp: ArrayLike,
    fn: ArrayLike,
    tn: ArrayLike,
    sensitivity_positives: ArrayLike,
    sensitivity_trials: ArrayLike,
    specificity_negatives: ArrayLike,
    specificity_trials: ArrayLike,
    draws: int = 20_000,
    seed: int = 0,
    level: float = 0.95,
) -> Accuracy:
    """Sensitivity and specificity against an imperfect reference of estimated accuracy.

    tp, fp, fn, tn and the estimates as in `corrected_accuracy`; the accuracy of the reference comes
    as counts of its validation, as in `rogan_gladen_uncertain`, with one entry per reference where
    there are several. Interval: equal-tailed over `draws`
    (100 or more) from Jeffreys posteriors of the four cells (Dirichlet 1/2) and of the reference
    (beta 1/2), each corrected and cut to 0 to 1; a draw whose reference errors account for all its
    cases could be any value and widens both ends. A flawless validation (n/n) still adds width.
    Corrected sensitivity rests on the specificity of the reference only, and the other way round.
    Coverage is near `level` or above it, also for a perfect test or reference. Not identifiable
    unless sensitivity + specificity of the reference exceeds 1; not estimable without validation
    cases of either kind, nor where `corrected_accuracy` is not.

    Source: Staquet et al. (1981), doi:10.1016/0021-9681(81)90059-X.

    >>> a = corrected_accuracy_uncertain(tp=180, fp=40, fn=60, tn=720,
    ...     sensitivity_positives=95, sensitivity_trials=100,
    ...     specificity_negatives=190, specificity_trials=200)
    >>> round(a.sensitivity.estimate, 3), round(a.specificity.estimate, 3)
    (0.889, 0.959)
    """
    counts = verification_cells(tp=tp, fp=fp, fn=fn, tn=tn)
    check_whole(draws=draws, seed=seed)
    if draws < 100:
        raise ArgumentError(f"`draws` is {draws!r}; give 100 or more.")
    positives, of_positives, negatives, of_negatives = (
        np.broadcast_to(np.atleast_1d(np.asarray(given, dtype=np.float64)), counts["tp"].shape)
        for given in (
            sensitivity_positives, sensitivity_trials, specificity_negatives, specificity_trials,
        )
    )  # fmt: skip
    for validation in zip(positives, of_positives, negatives, of_negatives, strict=True):
        _check_validation(*map(float, validation))
    method = f"Staquet correction, {draws} draws from Jeffreys posteriors"
    if not (of_positives.all() and of_negatives.all()):
        n = float(sum(cell.sum() for cell in counts.values()))
        none = not_estimable(reason=UNVALIDATED, method=method, n=n, level=level)
        return Accuracy(sensitivity=none, specificity=none)
    fixed = corrected_accuracy(
        **counts,
        reference_sensitivity=positives / of_positives,
        reference_specificity=negatives / of_negatives,
        level=level,
    )
    rng = np.random.default_rng(seed)
    drawn = rng.dirichlet(np.concatenate(list(counts.values())) + 0.5, size=draws)
    hit, alarm, miss, right = np.moveaxis(drawn.reshape(draws, 4, -1), 1, 0)
    shape = (draws, len(positives))
    se = rng.beta(positives + 0.5, of_positives - positives + 0.5, size=shape)
    sp = rng.beta(negatives + 0.5, of_negatives - negatives + 0.5, size=shape)
    sharp = np.where(se + sp > 1, se + sp - 1, np.inf) if len(positives) > 1 else np.ones(shape)

    def total(of_kind: Floats, of_other: Floats, kept: Floats) -> Floats:
        return np.asarray(((kept * of_kind - (1 - kept) * of_other) / sharp).sum(axis=1))

    return Accuracy(
        sensitivity=_drawn(
            fixed.sensitivity, total(hit, alarm, sp), total(miss, right, sp), method
        ),
        specificity=_drawn(
            fixed.specificity, total(right, miss, se), total(alarm, hit, se), method
        ),
    )


def _drawn(fixed: Estimate, right: Floats, wrong: Floats, method: str) -> Estimate:
    """Quantiles of right / (right + wrong) round the estimate of the fixed correction."""
    if fixed.estimate is None:
        return not_estimable(reason=fixed.reason or "", method=method, n=fixed.n, level=fixed.level)
    lower, upper = drawn_share(right, wrong, level=fixed.level)
    return Estimate.around(
        fixed.estimate, lower=lower, upper=upper, level=fixed.level, n=fixed.n, method=method
    )


def drawn_share(right: Floats, wrong: Floats, *, level: float) -> tuple[float, float]:
    """Equal-tailed limits of right / (right + wrong) over draws of both, each cut below at 0.

    A draw with nothing of either could be any value and widens both ends.

    >>> drawn_share(np.array([1.0, 1.0]), np.array([1.0, 1.0]), level=0.9)
    (0.5, 0.5)
    """
    known = right + wrong > 0
    right, wrong = np.maximum(right[known], 0), np.maximum(wrong[known], 0)
    share, anything = right / (right + wrong), np.zeros(int((~known).sum()))
    tail = (1 - level) / 2
    return (
        float(np.quantile(np.concatenate([share, anything]), tail)),
        float(np.quantile(np.concatenate([share, anything + 1]), 1 - tail)),
    )


def _check_validation(
    sensitivity_positives: float,
    sensitivity_trials: float,
    specificity_negatives: float,
    specificity_trials: float,
) -> None:
    check_part(
        part="sensitivity_positives",
        of="sensitivity_trials",
        sensitivity_positives=sensitivity_positives,
        sensitivity_trials=sensitivity_trials,
    )
    check_part(
        part="specificity_negatives",
        of="specificity_trials",
        specificity_negatives=specificity_negatives,
        specificity_trials=specificity_trials,
    )
