"""Misses among cases nobody looked at again, from an audit of a known random part of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from surveillance.statistics.designed_samples import inverse_probabilities
from surveillance.statistics.estimate import (
    CountError,
    Estimate,
    Floats,
    check_lengths,
    check_whole,
    flags,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.rare_events import hypergeometric_upper


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """Misses in the whole population: their share of it, and their number."""

    rate: Estimate
    number: Estimate


def false_negative_rate_post_stratified(
    *, audited: ArrayLike, misses: ArrayLike, population: ArrayLike, level: float = 0.95
) -> Misses:
    """Share and number of missed cases in a finite population, from an audit counted by stratum.

    One count per stratum (or numbers, for one): the cases read as negative (`population`), those of
    them audited at random, and the misses found. The rate is sum(N_h m_h / n_h) / sum(N_h), the
    share of these reads that missed disease (1 - NPV). With one stratum the limits are the exact
    hypergeometric ones. With more, the upper limit squares and adds those of the strata (MOVER), so
    that strata without a miss, even all, still count; the lower is the gamma limit of
    `false_negative_rate_horvitz_thompson`, as squaring and adding is too short for rare misses. A
    census has no width. Coverage is at or above `level`. `n` is the audited cases. Not estimable
    when a stratum has cases and none was audited, or when there are no cases.

    Source: Cochran (1977) Sampling Techniques, ch. 5A.9; Wright (1991),
    doi:10.1007/978-1-4612-3140-0; MOVER: Zou & Donner (2008), doi:10.1002/sim.3095.

    >>> m = false_negative_rate_post_stratified(audited=[100, 50], misses=[2, 0],
    ...                                         population=[1000, 4000])
    >>> round(m.rate.estimate, 4), round(m.rate.upper, 4), m.number.estimate
    (0.004, 0.0612, 20.0)
    """
    n, m, size = (
        vector(np.atleast_1d(np.asarray(values, dtype=np.float64)), name=name)
        for name, values in (("audited", audited), ("misses", misses), ("population", population))
    )
    check_lengths(audited=n, misses=m, population=size)
    normal_quantile(level=level)
    method = "post-stratified, hypergeometric limits"
    reason = None
    if not size.sum():
        reason = "There were no cases."
    elif ((n == 0) & (size > 0)).any():
        reason = (
            "Not identifiable: a stratum has cases of which none was audited; audit some of them at"
            " random, or join it to a stratum like it before looking at the results."
        )
    for seen, found, total in zip(n, m, size, strict=True):
        check_whole(audited=float(seen), misses=float(found), population=float(total))
        if not found <= seen <= total:
            raise CountError(
                f"`misses` is {found:g}, `audited` {seen:g} and `population` {total:g} in a"
                " stratum; each counts a part of the next and cannot exceed it."
            )
    if reason:
        none = not_estimable(reason=reason, method=method, n=float(n.sum()), level=level)
        return Misses(rate=none, number=none)
    used = size > 0
    n, m, size = n[used], m[used], size[used]
    expected, weight = m * size / n, size / n
    most = np.array([_most(*stratum, level=level) for stratum in zip(m, n, size, strict=True)])
    lower = float(m.sum()) + _unseen_lower(expected - m, m * weight * (weight - 1), level)
    if len(size) == 1:
        lower = float(size[0]) - _most(float(n[0] - m[0]), float(n[0]), float(size[0]), level=level)
    return _misses(
        float(expected.sum()),
        lower=lower,
        upper=min(
            float(expected.sum() + np.sqrt(((most - expected) ** 2).sum())),
            float((size - n + m).sum()),
        ),
        population=float(size.sum()),
        level=level,
        n=float(n.sum()),
        method=method,
    )


def _most(found: float, sampled: float, population: float, *, level: float) -> float:
    return hypergeometric_upper(
        events=int(found), sampled=int(sampled), population=int(population), level=(1 + level) / 2
    ).numbers()[2]


def false_negative_rate_horvitz_thompson(
    *, misses: ArrayLike, probabilities: ArrayLike, population: int, level: float = 0.95
) -> Misses:
    """Share and number of missed cases in a finite population, from a designed audit.

    One entry per audited case: 1 if it was a miss, else 0, and its known chance of having been
    audited, above 0; `population` counts the cases the audit was drawn from. The number is the sum
    of 1 / probability over the misses (at most what the population can hold), the rate its share of
    `population`. Interval for cases drawn independently (Poisson sampling): the misses seen, plus
    gamma limits of the unseen ones (Fay & Feuer's, moments of the weighted count): the lower to the
    whole case below, the upper with one more miss of the largest weight. So with no miss it is near
    -log((1 - level) / 2) / smallest probability, and a census has no width. Coverage is at or above
    `level`. `n` is the audited cases. Not estimable when nothing was audited or `population` is 0.

    Source: Horvitz & Thompson (1952), doi:10.1080/01621459.1952.10483446; Fay & Feuer (1997),
    doi:10.1002/(SICI)1097-0258(19970415)16:7<791::AID-SIM500>3.0.CO;2-#.

    >>> m = false_negative_rate_horvitz_thompson(misses=[1, 0, 0, 1, 0],
    ...     probabilities=[0.5, 0.5, 0.1, 0.1, 0.1], population=60)
    >>> m.rate.estimate, m.number.estimate, round(m.number.upper, 1)
    (0.2, 12.0, 55.1)
    """
    missed, weight = flags(misses, name="misses"), inverse_probabilities(probabilities)
    check_lengths(misses=missed, probabilities=weight)
    check_whole(population=population)
    normal_quantile(level=level)
    method, n, found = "Horvitz–Thompson, gamma limits", len(missed), float(missed.sum())
    if n > population:
        raise CountError(
            f"`misses` holds {n} audited cases but `population` is {population!r};"
            " give the number of cases the audit was drawn from."
        )
    if n == 0:
        none = not_estimable(reason="Nothing was audited.", method=method, level=level)
        return Misses(rate=none, number=none)
    largest, most = float(weight.max()), float(population - n + found)
    means, variances = weight[missed] - 1, weight[missed] * (weight[missed] - 1)
    upper = _gamma(
        float(means.sum()) + largest - 1,
        float(variances.sum()) + largest * (largest - 1),
        (1 + level) / 2,
    )
    return _misses(
        min(found + float(means.sum()), most),
        lower=found + _unseen_lower(means, variances, level),
        upper=min(found + upper, most),
        population=float(population),
        level=level,
        n=n,
        method=method,
    )


def _unseen_lower(means: Floats, variances: Floats, level: float) -> float:
    """Fewest unseen misses, a whole number, given the moments of their estimate."""
    return math.floor(_gamma(float(means.sum()), float(variances.sum()), (1 - level) / 2))


def _gamma(mean: float, variance: float, probability: float) -> float:
    if mean <= 0:
        return 0.0
    return float(gammaincinv(mean**2 / variance, probability)) * variance / mean


def _misses(
    total: float,
    *,
    lower: float,
    upper: float,
    population: float,
    level: float,
    n: float,
    method: str,
) -> Misses:
    rate, number = (
        Estimate.around(
            total / scale,
            lower=lower / scale,
            upper=upper / scale,
            level=level,
            n=n,
            method=method,
        )
        for scale in (population, 1.0)
    )
    return Misses(rate=rate, number=number)
