"""Accuracy and totals from a designed sample: each case has a known chance of being verified."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.discrimination import (
    TOO_FEW,
    newcombe_limits,
    newcombe_variance,
)
from surveillance.statistics.estimate import (
    CountError,
    Estimate,
    Floats,
    ProportionError,
    check_lengths,
    flags,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.proportions import wilson
from surveillance.statistics.verification import (
    NO_NEGATIVE,
    NO_POSITIVE,
    EstimatedTotal,
    may_hide,
    odds_of_totals,
)


def weighted_accuracy(
    *, called: ArrayLike, diseased: ArrayLike, probabilities: ArrayLike, level: float = 0.95
) -> Accuracy:
    """Sensitivity and specificity from a designed sample by inverse probability weights (Hájek).

    One entry per verified case: the call (0/1), the reference (0/1) and the known probability with
    which such a case was chosen for verification, above 0. Ratio of Horvitz–Thompson totals with
    linearised (sandwich) variance, logit interval; zero cells, and an audit that found nothing, as
    in `begg_greenes`. `n` is the
    verified cases of that kind. Not identifiable when no case with one of the calls was verified;
    not estimable when nobody had, or nobody lacked, the disease.

    Source: Horvitz & Thompson (1952), doi:10.1080/01621459.1952.10483446; Hájek (1971) in
    Foundations of Statistical Inference, p. 236.

    >>> a = weighted_accuracy(called=[1, 1, 1, 0, 0, 0], diseased=[1, 1, 0, 1, 0, 0],
    ...                       probabilities=[1, 1, 1, 0.5, 0.5, 0.5])
    >>> a.sensitivity.estimate, a.specificity.estimate
    (0.5, 0.8)
    """
    call, truth = flags(called, name="called"), flags(diseased, name="diseased")
    weight = inverse_probabilities(probabilities)
    check_lengths(called=call, diseased=truth, probabilities=weight)
    method, n = "inverse probability weighting (Hájek), logit interval", len(call)
    for seen, reason in ((~call, NO_NEGATIVE), (call, NO_POSITIVE)):
        if not seen.any():
            none = not_estimable(reason=reason, method=method, n=n, level=level)
            return Accuracy(sensitivity=none, specificity=none)

    def total(positive_call: bool, ill: bool) -> EstimatedTotal:
        arm, of_kind = weight[call == positive_call], truth[call == positive_call] == ill
        w = arm[of_kind]
        hidden = may_hide(arm, arm, of_kind.astype(np.float64), level)
        return EstimatedTotal(float(w.sum()), float((w**2).sum()), hidden)

    return Accuracy(
        sensitivity=odds_of_totals(
            total(True, True),
            total(False, True),
            n=int(truth.sum()),
            empty="No verified case was diseased.",
            level=level,
            method=method,
        ),
        specificity=odds_of_totals(
            total(False, False),
            total(True, False),
            n=int((~truth).sum()),
            empty="No verified case was healthy.",
            level=level,
            method=method,
        ),
    )


def weighted_proportion(
    *, values: ArrayLike, probabilities: ArrayLike, level: float = 0.95
) -> Estimate:
    """Proportion from a designed sample: Hájek ratio, Wilson interval at an effective n.

    One entry per sampled case: 0 or 1, and its known probability of having been sampled. The
    effective n (`n`) is p (1 - p) over the linearised variance, at most Kish's sum(w)^2 / sum(w^2)
    and equal to it at 0/n and n/n. Not estimable without cases.

    Source: Hájek (1971), as in `weighted_accuracy`; Kish (1965) Survey Sampling.

    >>> p = weighted_proportion(values=[1, 0, 0, 1], probabilities=[1, 0.5, 0.5, 1])
    >>> round(p.estimate, 3), round(p.n, 2)
    (0.333, 3.6)
    """
    y, weight = flags(values, name="values"), inverse_probabilities(probabilities)
    check_lengths(values=y, probabilities=weight)
    method = "inverse probability weighting (Hájek), Wilson score with effective n"
    if len(y) == 0:
        return not_estimable(reason="No case was sampled.", method=method, level=level)
    total = float(weight.sum())
    p = float(y[0]) if (y == y[0]).all() else float(weight @ y) / total
    effective = total**2 / float((weight**2).sum())
    variance = float(weight**2 @ (y - p) ** 2) / total**2
    if variance > 0:
        effective = min(effective, p * (1 - p) / variance)
    _, lower, upper = wilson(successes=p * effective, trials=effective, level=level).numbers()
    return Estimate.around(p, lower=lower, upper=upper, level=level, n=effective, method=method)


def weighted_auc(
    *, scores: ArrayLike, labels: ArrayLike, probabilities: ArrayLike, level: float = 0.95
) -> Estimate:
    """AUC of all cases from a designed sample: weighted Mann–Whitney, Newcombe limits at effective n.

    One score, one label (1 diseased, 0 healthy) and the known probability of having been verified per
    verified case. A pair counts by the product of its two weights, a tie half. The effective number of
    each class is Kish's sum(w)^2 / sum(w^2), both less where the linearised variance is above
    Newcombe's; `n` is their sum. Holds 0.95 in about 93 % of draws where a tenth of the low scores was
    verified. Not estimable with fewer than two diseased or two healthy cases.

    Source: Alonzo & Pepe (2005), doi:10.1111/j.1467-9876.2005.00477.x (inverse probability weighting);
    Newcombe (2006), doi:10.1002/sim.2324; Kish (1965) Survey Sampling.

    >>> a = weighted_auc(scores=[1, 2, 3, 4, 5, 6], labels=[0, 0, 1, 0, 1, 1],
    ...                  probabilities=[0.25, 0.25, 1, 1, 1, 1])
    >>> round(a.estimate, 3), round(a.n, 2)
    (0.963, 5.45)
    """
    values, ill = vector(scores, name="scores"), flags(labels, name="labels")
    weight = inverse_probabilities(probabilities)
    check_lengths(scores=values, labels=ill, probabilities=weight)
    method = "inverse probability weighted AUC, Newcombe score interval (method 5) with effective n"
    if min(int(ill.sum()), int((~ill).sum())) < 2:
        return not_estimable(reason=TOO_FEW, method=method, n=len(values), level=level)
    weight_ill, weight_well = weight[ill], weight[~ill]
    below = _weighted_share_below(values[ill], values[~ill], weight_well)
    above = 1 - _weighted_share_below(values[~ill], values[ill], weight_ill)
    area = min(1.0, max(0.0, float(np.average(below, weights=weight_ill))))
    m, n = (float(w.sum() ** 2 / (w**2).sum()) for w in (weight_ill, weight_well))
    variance = sum(
        float(w**2 @ (placed - area) ** 2) / float(w.sum()) ** 2
        for w, placed in ((weight_ill, below), (weight_well, above))
    )
    if variance > 0:
        share = min(1.0, newcombe_variance(area, m, n) / variance)
        m, n = share * m, share * n
    lower, upper = newcombe_limits(area, m, n, normal_quantile(level=level))
    return Estimate.around(
        area, lower=lower, upper=upper, level=level, n=m + n, method=method, bounds=(0, 1)
    )


def _weighted_share_below(values: Floats, others: Floats, weight: Floats) -> Floats:
    """Weighted share of `others` below each value, ties counting half."""
    order = np.argsort(others, kind="stable")
    cumulated = np.r_[0.0, np.cumsum(weight[order])]
    left, right = (np.searchsorted(others[order], values, side=s) for s in ("left", "right"))
    return np.asarray((cumulated[left] + cumulated[right]) / (2 * cumulated[-1]), dtype=np.float64)


def horvitz_thompson(
    *, values: ArrayLike, probabilities: ArrayLike, level: float = 0.95
) -> Estimate:
    """Total in the finite population a sample was drawn from, such as missed cancers this year.

    One entry per sampled case: its value (0 or more) and its known inclusion probability. Poisson
    sampling variance sum(y^2 (1 - p) / p^2), Wald interval, cut below at the total already seen. A
    census has no width. With only zeros the interval would be empty: not estimable, use
    `hypergeometric_upper`. `n` is the sampled cases. Not estimable without cases.

    Source: Horvitz & Thompson (1952), doi:10.1080/01621459.1952.10483446.

    >>> t = horvitz_thompson(values=[1, 1, 0, 1], probabilities=[1, 0.5, 0.5, 0.25])
    >>> t.estimate, t.lower
    (7.0, 3.0)
    """
    y, weight = vector(values, name="values"), inverse_probabilities(probabilities)
    check_lengths(values=y, probabilities=weight)
    if (y < 0).any():
        raise CountError("`values` holds a negative value; give values of 0 or more.")
    z, method = normal_quantile(level=level), "Horvitz–Thompson total, Poisson sampling"
    if not y.any():
        return not_estimable(
            reason="No sampled case had a value above 0; an exact upper bound is needed instead.",
            method=method,
            n=len(y),
            level=level,
        )
    total = float(weight @ y)
    half = z * math.sqrt(float((y**2) @ (weight * (weight - 1))))
    return Estimate.around(
        total,
        lower=total - half,
        upper=total + half,
        level=level,
        n=len(y),
        method=method,
        bounds=(float(y.sum()), math.inf),
    )


def inverse_probabilities(probabilities: ArrayLike) -> Floats:
    chance = vector(probabilities, name="probabilities")
    if ((chance <= 0) | (chance > 1)).any():
        raise ProportionError(
            "`probabilities` holds a value of 0 or below, or above 1; give the known chance of"
            " verification of each case."
        )
    return np.asarray(1 / chance, dtype=np.float64)
