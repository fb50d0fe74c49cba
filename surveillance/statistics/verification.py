"""Accuracy when not every case was verified, or the reference standard itself errs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.estimate import (
    Estimate,
    Floats,
    check_counts,
    check_lengths,
    normal_quantile,
    not_estimable,
    vector,
)

NO_NEGATIVE = (
    "Not identifiable: no test-negative case was verified, so the missed cases are unknown;"
    " a random audit of test-negatives is needed."
)
NO_POSITIVE = (
    "Not identifiable: no test-positive case was verified, so the hits are unknown;"
    " a random audit of test-positives is needed."
)


def of_a_stratum(reason: str, strata: int) -> str:
    """A reason of the two above in its own words, where it holds within one of several strata.

    >>> of_a_stratum(NO_NEGATIVE, 2)[:75]
    'Not identifiable: in one of the strata no test-negative case was verified, '
    """
    return reason if strata == 1 else reason.replace(": no", ": in one of the strata no", 1)


@dataclass(frozen=True, slots=True)
class EstimatedTotal:
    """Estimated number of cases in a cell, its variance, and how many more may hide where none was seen."""

    value: float
    variance: float
    unseen: float


def begg_greenes(
    *,
    tp: ArrayLike,
    fp: ArrayLike,
    fn: ArrayLike,
    tn: ArrayLike,
    unverified_positive: ArrayLike,
    unverified_negative: ArrayLike,
    level: float = 0.95,
) -> Accuracy:
    """Sensitivity and specificity corrected for partial verification (Begg & Greenes).

    tp, fp, fn, tn count verified cases; `unverified_*` those with that call and no reference. Give
    numbers, or arrays with one entry per stratum of a covariate that drove verification. Holds if
    verification depends on call and stratum only (missing at random). Interval: delta method on the
    logit, widened (MOVER) by what may hide in incompletely verified strata without a case of the kind.
    Where no missed case (or no hit, ...) was seen its total is taken to be 0 and the open
    limit is MOVER-R with the exact upper limit of a zero count; `method` says so. `n` is the
    verified cases. Not identifiable when a stratum has calls of one kind and verified none of them;
    not estimable when nobody had, or nobody lacked, the disease.

    Source: Begg & Greenes (1983), doi:10.2307/2530820; strata: Zhou (1998) Statistical Methods
    in Medical Research 7:337-353; MOVER-R: Donner & Zou (2012), same journal, 21:347-359.

    >>> a = begg_greenes(tp=231, fp=32, fn=27, tn=54,
    ...                  unverified_positive=166, unverified_negative=140)
    >>> round(a.sensitivity.estimate, 3), round(a.specificity.estimate, 3)
    (0.836, 0.738)
    """
    tp_, fp_, fn_, tn_, open_p, open_n = verification_cells(
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        unverified_positive=unverified_positive,
        unverified_negative=unverified_negative,
    ).values()
    method, verified = "Begg–Greenes, logit interval", float((tp_ + fp_ + fn_ + tn_).sum())
    for seen, unseen, reason in (
        (fn_ + tn_, open_n, NO_NEGATIVE),
        (tp_ + fp_, open_p, NO_POSITIVE),
    ):
        if not seen.any() or ((seen == 0) & (unseen > 0)).any():
            said = of_a_stratum(reason, len(seen)) if seen.any() else reason
            none = not_estimable(reason=said, method=method, n=verified, level=level)
            return Accuracy(sensitivity=none, specificity=none)

    def total(cell: Floats, other: Floats, unverified: Floats) -> EstimatedTotal:
        used = cell + other > 0
        seen, all_ = (cell + other)[used], (cell + other + unverified)[used]
        share = cell[used] / seen
        variance = all_**2 * share * (1 - share) / seen + all_ * share**2
        return EstimatedTotal(
            float((all_ * share).sum()),
            float(variance.sum()),
            may_hide(all_ / seen, all_, cell[used], level),
        )

    def side(hit: EstimatedTotal, miss: EstimatedTotal, n: float, empty: str) -> Estimate:
        return odds_of_totals(hit, miss, n=n, empty=empty, level=level, method=method)

    return Accuracy(
        sensitivity=side(
            total(tp_, fp_, open_p),
            total(fn_, tn_, open_n),
            float((tp_ + fn_).sum()),
            "No verified case was diseased.",
        ),
        specificity=side(
            total(tn_, fn_, open_n),
            total(fp_, tp_, open_p),
            float((tn_ + fp_).sum()),
            "No verified case was healthy.",
        ),
    )


def verification_cells(**cells: ArrayLike) -> dict[str, Floats]:
    """Counts per stratum under each name, one stratum where a plain number was given."""
    counts = {
        name: vector(np.atleast_1d(np.asarray(value, dtype=np.float64)), name=name)
        for name, value in cells.items()
    }
    check_lengths(**counts)
    for name, values in counts.items():
        check_counts(**{name: float(values.min(initial=0.0))})
    return counts


def may_hide(weights: Floats, cases: Floats, seen: Floats, level: float) -> float:
    """Upper limit of the cases of a kind where the sample holds none of it.

    One entry per stratum: for how many cases each verified one stands, the cases in all, and the
    verified ones of the kind. Strata of like weight (within a factor of 1.4) count as one. That none
    was seen bounds their expected number by -log(tail) (Poisson), and so their total by that many of
    the heaviest. A stratum that was verified whole hides none, unless none was seen anywhere.

    >>> round(may_hide(np.array([1.0, 12.0]), np.array([60.0, 3600.0]), np.array([59.0, 0.0]), 0.95), 1)
    44.3
    """
    alike = np.round(2 * np.log2(weights))
    kinds, place = np.unique(alike, return_inverse=True)
    empty = (np.bincount(place, weights=seen, minlength=len(kinds)) == 0)[place]
    if seen.any():
        empty &= weights > 1 + 1e-9
    if not empty.any():
        return 0.0
    return min(float(cases[empty].sum()), float(weights[empty].max()) * -math.log((1 - level) / 2))


def odds_of_totals(
    hit: EstimatedTotal, miss: EstimatedTotal, *, n: float, empty: str, level: float, method: str
) -> Estimate:
    z = normal_quantile(level=level)
    if hit.value + miss.value == 0:
        return not_estimable(reason=empty, method=method, n=n, level=level)
    if hit.value == 0:
        mirrored = odds_of_totals(miss, hit, n=n, empty=empty, level=level, method=method)
        p, low, high = mirrored.numbers()
        return Estimate.around(
            1 - p, lower=1 - high, upper=1 - low, level=level, n=n, method=mirrored.method
        )
    relative = math.sqrt(hit.variance) / hit.value
    if miss.value == 0:
        low = math.exp(-z * relative)
        odds = hit.value * math.sqrt(low * (2 - low)) / miss.unseen if miss.unseen else math.inf
        return Estimate.around(
            1.0,
            lower=1 / (1 + 1 / odds),
            upper=1.0,
            level=level,
            n=n,
            method=f"{method} replaced by MOVER-R at a zero cell",
        )
    odds = hit.value / miss.value
    own, theirs = z * relative, z * math.sqrt(miss.variance) / miss.value
    down = math.exp(math.hypot(own, _upwards(theirs, miss)))
    up = math.exp(math.hypot(_upwards(own, hit), theirs))
    return Estimate.around(
        hit.value / (hit.value + miss.value),
        lower=odds / down / (1 + odds / down),
        upper=odds * up / (1 + odds * up),
        level=level,
        n=n,
        method=method,
    )


def _upwards(reach: float, total: EstimatedTotal) -> float:
    """How far the logarithm of a total reaches up, with what may hide beside what was seen (MOVER)."""
    return math.log1p(math.hypot(math.expm1(reach), total.unseen / total.value))
