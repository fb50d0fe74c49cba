"""Area under the ROC curve: one, clustered, two compared, and from score histograms."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from surveillance.statistics.comparisons import square_and_add
from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    check_lengths,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.placements import Placements, covariance, placements_of

AucInterval = Literal["logit", "newcombe"]
TOO_FEW = "An AUC with a variance needs two diseased and two healthy cases."


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedAuc:
    """AUC from histograms, and how far binning can have moved it from that of the raw scores."""

    auc: Estimate
    error_bound: float


def auc(
    *,
    scores: ArrayLike,
    labels: ArrayLike,
    clusters: ArrayLike | None = None,
    interval: AucInterval = "logit",
    level: float = 0.95,
) -> Estimate:
    """Area under the ROC curve: mid-ranks, DeLong variance, logit interval; O(n log n).

    One score and one label (1 diseased, 0 healthy) per case; a higher score means more suspicion;
    ties count half. With `clusters` (one id per case, e.g. the patient) the variance is
    Obuchowski's, which is DeLong's when each cluster holds one case. From 0 to 1, 0.5 is
    uninformative. `n` counts the cases. Where the variance is 0 (AUC 0 or 1, or all scores equal)
    the logit interval does not exist and Newcombe's score interval (method 5) is given; `method`
    says so. The logit interval is too short
    at a high AUC with few cases of a class (it holds 0.97 in about 88 % of draws with 10 diseased,
    in 92 % with 50); with `interval` newcombe the score interval is given throughout, which holds
    it in 97 %. When clustered its numbers of cases are divided by Obuchowski's variance over DeLong's,
    down to the number of clusters at most. Not estimable with fewer than two diseased or two healthy
    cases or, when clustered, two clusters of either.

    Source: DeLong et al. (1988), doi:10.2307/2531595; Sun & Xu (2014),
    doi:10.1109/LSP.2014.2337313; Obuchowski (1997), doi:10.2307/2533958; Newcombe (2006),
    doi:10.1002/sim.2324.

    >>> a = auc(scores=[1, 2, 3, 4, 5, 6], labels=[0, 0, 1, 0, 1, 1])
    >>> round(a.estimate, 3), round(a.lower, 3), round(a.upper, 3)
    (0.889, 0.261, 0.995)
    """
    if interval not in get_args(AucInterval):
        raise ArrayError(f"`interval` is {interval!r}; give logit or newcombe.")
    placements = placements_of(scores, labels, clusters, name="scores")
    return _single(placements, level, interval)


def auc_difference(
    *,
    scores_1: ArrayLike,
    scores_2: ArrayLike,
    labels: ArrayLike,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Difference AUC 1 - AUC 2 of two scores on the same cases: DeLong's paired Wald interval.

    Arrays as in `auc`, with Obuchowski's covariance when `clusters` are given. From -1 to 1. Where
    the variance of the difference is 0 (both perfect, or equal rankings) the two single intervals
    are squared and added as if independent, which is wide rather than empty; `method` says so. Not
    estimable where a single AUC is not.

    Source: DeLong et al. (1988), doi:10.2307/2531595; Obuchowski (1997), doi:10.2307/2533958.

    >>> d = auc_difference(scores_1=[1, 2, 3, 4, 5, 6], scores_2=[1, 5, 3, 4, 2, 6],
    ...                    labels=[0, 0, 1, 0, 1, 1])
    >>> round(d.estimate, 3), round(d.lower, 3), round(d.upper, 3)
    (0.333, -0.2, 0.867)
    """
    first = placements_of(scores_1, labels, clusters, name="scores_1")
    second = placements_of(scores_2, labels, clusters, name="scores_2")
    singles = _single(first, level), _single(second, level)
    if not singles[0].estimable:
        return _reworded(singles[0], "paired DeLong difference of AUCs")
    variance = covariance(first, first) + covariance(second, second) - 2 * covariance(first, second)
    return _difference(
        *singles, variance, n=singles[0].n, method="paired DeLong difference of AUCs"
    )


def auc_difference_unpaired(
    *,
    scores_1: ArrayLike,
    labels_1: ArrayLike,
    scores_2: ArrayLike,
    labels_2: ArrayLike,
    clusters_1: ArrayLike | None = None,
    clusters_2: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Difference AUC 1 - AUC 2 on two independent sets of cases: Wald with DeLong variances.

    Arrays as in `auc`. `n` counts the cases of both. From -1 to 1; where either AUC has variance 0
    the single intervals are squared and added, and `method` says so. Not estimable where either
    AUC is not.

    Source: DeLong et al. (1988), doi:10.2307/2531595; Hanley & McNeil (1982),
    doi:10.1148/radiology.143.1.7063747.

    >>> d = auc_difference_unpaired(scores_1=[1, 2, 3, 4], labels_1=[0, 1, 0, 1],
    ...                             scores_2=[1, 2, 3, 4], labels_2=[0, 1, 0, 1])
    >>> d.estimate, d.n
    (0.0, 8)
    """
    first = placements_of(scores_1, labels_1, clusters_1, name="scores_1")
    second = placements_of(scores_2, labels_2, clusters_2, name="scores_2")
    singles = _single(first, level), _single(second, level)
    method, n = "unpaired DeLong difference of AUCs", singles[0].n + singles[1].n
    for single in singles:
        if not single.estimable:
            return _reworded(single, method)
    variances = covariance(first, first), covariance(second, second)
    variance = sum(variances) if min(variances) > 0 else 0.0
    return _difference(*singles, variance, n=n, method=method)


def auc_from_histograms(
    *, diseased: ArrayLike, healthy: ArrayLike, level: float = 0.95
) -> BinnedAuc:
    """AUC from two score histograms on the same bins, lowest scores first.

    Two arrays of counts per bin. Pairs that share a bin count half, so the AUC of the raw scores
    lies within `error_bound` = sum(diseased_k * healthy_k) / (2 m n) of the estimate, always. The
    interval is that of `auc` on the binned scores and does not include `error_bound`. Edge cases
    as in `auc`.

    Source: DeLong et al. (1988), doi:10.2307/2531595.

    >>> b = auc_from_histograms(diseased=[1, 2, 7], healthy=[6, 3, 1])
    >>> b.auc.estimate, b.error_bound
    (0.845, 0.095)
    """
    m_k, n_k = vector(diseased, name="diseased"), vector(healthy, name="healthy")
    check_lengths(diseased=m_k, healthy=n_k)
    if (m_k < 0).any() or (n_k < 0).any():
        raise ArrayError("`diseased` or `healthy` holds a negative count; give counts per bin.")
    m, n = float(m_k.sum()), float(n_k.sum())
    if min(m, n) < 2:
        method = "AUC from histograms, DeLong, logit interval"
        none = not_estimable(reason=TOO_FEW, method=method, n=m + n, level=level)
        return BinnedAuc(auc=none, error_bound=0.0)
    below = (np.cumsum(n_k) - n_k / 2) / n
    above = 1 - (np.cumsum(m_k) - m_k / 2) / m
    area = float(m_k @ below) / m
    variance = float(m_k @ (below - area) ** 2) / (m * (m - 1)) + float(
        n_k @ (above - area) ** 2
    ) / (n * (n - 1))
    estimate = _interval(area, variance, m, n, level=level, cases=m + n, kind="histogram DeLong")
    return BinnedAuc(auc=estimate, error_bound=float(m_k @ n_k) / (2 * m * n))


def _single(placements: Placements, level: float, interval: AucInterval = "logit") -> Estimate:
    m, n = len(placements.diseased), len(placements.healthy)
    kind = "DeLong" if placements.clusters is None else "Obuchowski clustered"
    none = not_estimable(
        reason=TOO_FEW, method=f"AUC, {kind}, logit interval", n=m + n, level=level
    )
    if min(m, n) < 2:
        return none
    units = float(m), float(n)
    if placements.clusters is not None:
        with_diseased = len(np.unique(placements.clusters[placements.is_diseased]))
        with_healthy = len(np.unique(placements.clusters[~placements.is_diseased]))
        if min(with_diseased, with_healthy) < 2:
            return none
        effect = design_effect(placements)
        units = max(with_diseased, m / effect), max(with_healthy, n / effect)
    if interval == "newcombe":
        lower, upper = newcombe_limits(placements.auc, *units, normal_quantile(level=level))
        return Estimate.around(
            placements.auc, lower=lower, upper=upper, level=level, n=m + n, bounds=(0, 1),
            method="AUC, Newcombe score interval (method 5)"
            + ("" if placements.clusters is None else ", effective numbers of cases"),
        )  # fmt: skip
    variance = covariance(placements, placements)
    return _interval(placements.auc, variance, *units, level=level, cases=m + n, kind=kind)


def design_effect(placements: Placements) -> float:
    """How many times the variance of a clustered AUC is that of as many independent cases, 1 or more.

    Obuchowski's variance over DeLong's. Where either is 0, or each class is in fewer than two clusters,
    it says nothing of the clusters: answers within one are then taken to be identical.
    """
    assert placements.clusters is not None
    ids, ill = placements.clusters, placements.is_diseased
    if min(len(np.unique(ids[kind])) for kind in (ill, ~ill)) >= 2:
        plain = replace(placements, clusters=None)
        clustered, independent = (covariance(one, one) for one in (placements, plain))
        if min(clustered, independent) > 1e-15:
            return max(1.0, clustered / independent)
    sizes = np.bincount(ids)
    return float((sizes**2).sum() / sizes.sum())


def _interval(
    area: float, variance: float, m: float, n: float, *, level: float, cases: float, kind: str
) -> Estimate:
    z = normal_quantile(level=level)
    if variance > 1e-15 and 0 < area < 1:
        odds, spread = area / (1 - area), z * math.sqrt(variance) / (area * (1 - area))
        lower, upper = 1 / (1 + math.exp(spread) / odds), 1 / (1 + math.exp(-spread) / odds)
        method = f"AUC, {kind}, logit interval"
    else:
        lower, upper = newcombe_limits(area, m, n, z)
        method = f"AUC, {kind} variance 0, Newcombe score interval (method 5)"
    return Estimate.around(
        area, lower=lower, upper=upper, level=level, n=cases, method=method, bounds=(0, 1)
    )


def newcombe_variance(area: float, m: float, n: float) -> float:
    """Variance of an AUC from `m` diseased and `n` healthy by Newcombe's method 5."""
    spread = 1 + ((m + n) / 2 - 1) * ((1 - area) / (2 - area) + area / (1 + area))
    return area * (1 - area) * spread / (m * n)


def newcombe_limits(area: float, m: float, n: float, z: float) -> tuple[float, float]:
    """Score limits (method 5) of an AUC from `m` diseased and `n` healthy, effective numbers or counts."""

    def excess(theta: float) -> float:
        return (area - theta) ** 2 - z * z * newcombe_variance(theta, m, n)

    lower = 0.0 if area == 0 else float(brentq(excess, 0, area * (1 - 1e-12)))
    upper = 1.0 if area == 1 else float(brentq(excess, area + (1 - area) * 1e-12, 1))
    return lower, upper


def _difference(
    first: Estimate, second: Estimate, variance: float, *, n: float, method: str
) -> Estimate:
    added = square_and_add(first=first, second=second, method=method)
    estimate, lower, upper = added.numbers()
    if variance > 1e-15:
        half = normal_quantile(level=first.level) * math.sqrt(variance)
        lower, upper = estimate - half, estimate + half
    else:
        method += ", variance 0, single intervals squared and added"
    return Estimate.around(
        estimate, lower=lower, upper=upper, level=first.level, n=n, method=method, bounds=(-1, 1)
    )


def _reworded(estimate: Estimate, method: str) -> Estimate:
    return not_estimable(
        reason=estimate.reason or "", method=method, n=estimate.n, level=estimate.level
    )
