"""Agreement of two readers on the same cases; never accuracy, for neither is the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, stdtrit

from surveillance.statistics.comparisons import newcombe_paired
from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    Floats,
    check_counts,
    check_whole,
    normal_quantile,
    not_estimable,
)
from surveillance.statistics.proportions import wilson

Weights = Literal["none", "linear", "quadratic"]
KAPPAS: dict[Weights, str] = {
    "none": "Cohen's kappa",
    "linear": "linearly weighted kappa",
    "quadratic": "quadratically weighted kappa",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Difference of two proportions on the same cases, with two p-values of no difference."""

    difference: Estimate
    p_exact: float
    p_mid: float


def cohen_kappa(*, table: ArrayLike, weights: Weights = "none", level: float = 0.95) -> Estimate:
    """Cohen's kappa, plain or weighted, with the asymptotic variance of Fleiss, Cohen & Everitt.

    `table` is square: counts by the first reader's category (rows) and the second's (columns), in
    the same order. Linear weights are 1 - |i - j| / (k - 1), quadratic 1 - (i - j)^2 / (k - 1)^2.
    From -1 to 1; 0 is what the margins give by chance. At perfect agreement the asymptotic variance
    is 0; then Wilson's lower limit of the observed agreement is carried through with the chance
    agreement held, and `method` says so. With 50 cases the asymptotic interval holds the truth in
    about 92 % of draws. Not estimable without cases, or when a reader put every case in one and the
    same category.

    Source: Cohen (1960), doi:10.1177/001316446002000104; Fleiss, Cohen & Everitt (1969),
    doi:10.1037/h0028106.

    >>> k = cohen_kappa(table=[[20, 5], [10, 15]])
    >>> round(k.estimate, 3), round(k.lower, 3), round(k.upper, 3)
    (0.4, 0.151, 0.649)
    """
    if weights not in KAPPAS:
        raise ArrayError(f"`weights` is {weights!r}; give none, linear or quadratic.")
    name, p, n = f"{KAPPAS[weights]}, FCE variance", *_shares(table)
    z = normal_quantile(level=level)
    if n == 0:
        return not_estimable(reason="There were no cases.", method=name, level=level)
    w = _agreement_weights(len(p), weights)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float((w * p).sum()), float(rows @ w @ columns)
    if math.isclose(chance, 1):
        reason = "Both readers used one category only, so chance agreement is 1."
        return not_estimable(reason=reason, method=name, n=n, level=level)
    if max(rows.max(), columns.max()) == 1:
        reason = (
            "One reader gave every case the same call; kappa is then 0 whatever the other said."
        )
        return not_estimable(reason=reason, method=name, n=n, level=level)
    if math.isclose(observed, 1):
        return _perfect(chance, level=level, n=n, method=name)
    kappa = (observed - chance) / (1 - chance)
    row_mean, column_mean = w @ columns, rows @ w
    spread = w - np.add.outer(row_mean, column_mean) * (1 - kappa)
    variance = (float((p * spread**2).sum()) - (kappa - chance * (1 - kappa)) ** 2) / (
        n * (1 - chance) ** 2
    )
    return _wald(kappa, variance, z, level=level, n=n, method=name)


def gwet_ac1(*, table: ArrayLike, level: float = 0.95) -> Estimate:
    """Gwet's AC1: agreement beyond chance that does not collapse when one category is rare.

    `table` as for `cohen_kappa`. From -1 to 1. At perfect agreement the variance is 0 and Wilson's
    lower limit of the observed agreement is carried through, and `method` says so. With 50 cases the
    interval holds the truth in about 91 % of draws. Not estimable without cases.

    Source: Gwet (2008), doi:10.1348/000711006X126600.

    >>> a = gwet_ac1(table=[[118, 5], [2, 0]])
    >>> round(a.estimate, 4)
    0.9408
    """
    name, p, n = "Gwet's AC1, variance", *_shares(table)
    z = normal_quantile(level=level)
    if n == 0:
        return not_estimable(reason="There were no cases.", method=name, level=level)
    q = len(p)
    share = (p.sum(axis=1) + p.sum(axis=0)) / 2
    observed = float(np.trace(p))
    chance = float((share * (1 - share)).sum()) / (q - 1)
    if math.isclose(observed, 1):
        return _perfect(chance, level=level, n=n, method=name)
    coefficient = (observed - chance) / (1 - chance)
    beyond = 1 - coefficient
    on_diagonal = float((np.diag(p) * (1 - share)).sum()) / (q - 1)
    pairs = 1 - np.add.outer(share, share) / 2
    everywhere = float((p * pairs**2).sum()) / (q - 1) ** 2
    variance = (
        observed * (1 - observed)
        - 4 * beyond * (on_diagonal - observed * chance)
        + 4 * beyond**2 * (everywhere - chance**2)
    ) / (n * (1 - chance) ** 2)
    return _wald(coefficient, variance, z, level=level, n=n, method=name)


def fleiss_kappa(*, counts: ArrayLike, level: float = 0.95) -> Estimate:
    """Fleiss' kappa of several readers, with the variance over subjects (Gwet) and a t interval.

    `counts` has one row per subject and one column per category: how many of the m readers chose
    it; every row sums to the same m of 2 or more. From -1 / (m - 1) to 1; 0 is chance. `n` counts
    subjects. At perfect agreement as in `cohen_kappa`. With fewer than about 20 subjects the
    interval covers too little. Not estimable with fewer than two subjects, or when every call is
    the same.

    Source: Fleiss (1971), doi:10.1037/h0031619; Gwet (2008), doi:10.1348/000711006X126600.

    >>> k = fleiss_kappa(counts=[[3, 0], [2, 1], [0, 3], [1, 2], [3, 0]])
    >>> round(k.estimate, 3)
    0.444
    """
    x, name = np.asarray(counts, dtype=np.float64), "Fleiss' kappa, variance over subjects"
    if x.ndim != 2 or x.shape[1] < 2 or not (np.isfinite(x) & (x >= 0)).all():
        raise ArrayError("`counts` is no table of counts; give subjects by two or more categories.")
    n, readers = len(x), float(x[0].sum()) if len(x) else 0.0
    if n and (readers < 2 or not (x.sum(axis=1) == readers).all()):
        raise ArrayError(
            "`counts` has rows of unlike sums; give the same readers (2 or more) each."
        )
    z = normal_quantile(level=level)
    if n < 2 or x.sum(axis=0).max() == x.sum():
        reason = "Needs two subjects and calls that are not all the same."
        return not_estimable(reason=reason, method=name, n=n, level=level)
    share, agreed = x.sum(axis=0) / x.sum(), (x * (x - 1)).sum(axis=1) / (readers * (readers - 1))
    observed, chance = float(agreed.mean()), float(share @ share)
    if math.isclose(observed, 1):
        return _perfect(chance, level=level, n=n, method=name)
    kappa = (observed - chance) / (1 - chance)
    each = (agreed - chance - 2 * (1 - kappa) * (x @ share / readers - chance)) / (1 - chance)
    widened = float(stdtrit(n - 1, (1 + level) / 2)) / z
    variance = float(((each - kappa) ** 2).sum()) / (n * (n - 1)) * widened**2
    return _wald(kappa, variance, z, level=level, n=n, method=name)


def overall_agreement(
    *, both: float, only_first: float, only_second: float, neither: float, level: float = 0.95
) -> Estimate:
    """Share of cases on which two readers agree, Wilson interval.

    The four counts are cases both, only the first, only the second, or neither called positive.
    From 0 to 1; at 0/n and n/n as in `wilson`. Not estimable without cases.

    Source: Wilson (1927), doi:10.1080/01621459.1927.10502953.

    >>> overall_agreement(both=20, only_first=5, only_second=10, neither=15).estimate
    0.7
    """
    check_counts(both=both, only_first=only_first, only_second=only_second, neither=neither)
    return wilson(
        successes=both + neither,
        trials=both + only_first + only_second + neither,
        level=level,
    )


def positive_agreement(
    *, both: float, only_first: float, only_second: float, level: float = 0.95
) -> Estimate:
    """Specific agreement on positives, 2 both / (2 both + discordant); symmetric in the readers.

    With j = both / (both + discordant) it is 2j / (1 + j), so Wilson's limits of j are carried
    through; `n` is both + discordant. From 0 to 1. For agreement on negatives give `both` the cases
    neither called positive. Not estimable when no reader called any case positive.

    Source: Cicchetti & Feinstein (1990), doi:10.1016/0895-4356(90)90159-M.

    >>> round(positive_agreement(both=20, only_first=5, only_second=10).estimate, 4)
    0.7273
    """
    check_counts(both=both, only_first=only_first, only_second=only_second)
    method = "specific agreement, Wilson limits carried through"
    share = wilson(successes=both, trials=both + only_first + only_second, level=level)
    if not share.estimable:
        reason = "No reader gave any case this call."
        return not_estimable(reason=reason, method=method, level=level)
    estimate, lower, upper = (2 * j / (1 + j) for j in share.numbers())
    return Estimate.around(
        estimate, lower=lower, upper=upper, level=level, n=share.n, method=method
    )


def negative_agreement(
    *, neither: float, only_first: float, only_second: float, level: float = 0.95
) -> Estimate:
    """Specific agreement on negatives, 2 neither / (2 neither + discordant).

    As `positive_agreement`. Not estimable when no reader called any case negative.

    Source: Cicchetti & Feinstein (1990), doi:10.1016/0895-4356(90)90159-M.

    >>> round(negative_agreement(neither=15, only_first=5, only_second=10).estimate, 4)
    0.6667
    """
    return positive_agreement(
        both=neither, only_first=only_first, only_second=only_second, level=level
    )


def mcnemar(
    *, both: int, only_first: int, only_second: int, neither: int, level: float = 0.95
) -> McNemar:
    """McNemar's exact and mid-P test, with Newcombe's paired interval of the difference.

    Counts of cases as in `overall_agreement`. P-values are two-sided; with no discordant case both
    are 1. The difference is first minus second, not estimable without cases.

    Source: Fagerland, Lydersen & Laake (2013), doi:10.1186/1471-2288-13-91.

    >>> m = mcnemar(both=1, only_first=1, only_second=7, neither=12)
    >>> round(m.p_exact, 4), round(m.p_mid, 4)
    (0.0703, 0.0391)
    """
    check_whole(both=both, only_first=only_first, only_second=only_second, neither=neither)
    discordant, fewer = only_first + only_second, min(only_first, only_second)
    difference = newcombe_paired(
        both=both, only_first=only_first, only_second=only_second, neither=neither, level=level
    )
    if discordant == 0:
        return McNemar(difference=difference, p_exact=1.0, p_mid=1.0)
    at_most = float(bdtr(fewer, discordant, 0.5))
    exactly = at_most - (float(bdtr(fewer - 1, discordant, 0.5)) if fewer else 0.0)
    if only_first == only_second:
        return McNemar(difference=difference, p_exact=1.0, p_mid=1 - exactly / 2)
    twice = min(1.0, 2 * at_most)
    return McNemar(difference=difference, p_exact=twice, p_mid=max(0.0, twice - exactly))


def _shares(table: ArrayLike) -> tuple[Floats, float]:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(counts) < 2:
        raise ArrayError(
            f"`table` has shape {counts.shape}; give a square table of at least 2 by 2 counts."
        )
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ArrayError("`table` holds a count that is negative or missing; give counts.")
    n = float(counts.sum())
    return (counts / n if n else counts), n


def _agreement_weights(categories: int, weights: Weights) -> Floats:
    steps = np.arange(categories, dtype=np.float64)
    distance = np.abs(np.subtract.outer(steps, steps)) / (categories - 1)
    if weights == "none":
        return np.eye(categories)
    return np.asarray(1 - (distance if weights == "linear" else distance**2), dtype=np.float64)


def _perfect(chance: float, *, level: float, n: float, method: str) -> Estimate:
    """Perfect agreement has variance 0 but not certainty: the limit of n/n, beyond chance."""
    _, low, _ = wilson(successes=n, trials=n, level=level).numbers()
    return Estimate.around(
        1.0,
        lower=(low - chance) / (1 - chance),
        upper=1.0,
        level=level,
        n=n,
        method=f"{method} 0 at perfect agreement, Wilson limit carried through",
        bounds=(-1, 1),
    )


def _wald(
    estimate: float, variance: float, z: float, *, level: float, n: float, method: str
) -> Estimate:
    half = z * math.sqrt(max(0.0, variance))
    return Estimate.around(
        estimate,
        lower=estimate - half,
        upper=estimate + half,
        level=level,
        n=n,
        method=method,
        bounds=(-1, 1),
    )
