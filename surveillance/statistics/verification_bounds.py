"""What accuracy can be when verification may have depended on the disease itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import (
    ArgumentError,
    Floats,
    check_counts,
    normal_quantile,
)
from surveillance.statistics.verification import (
    NO_NEGATIVE,
    NO_POSITIVE,
    EstimatedTotal,
    odds_of_totals,
    of_a_stratum,
    verification_cells,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The smallest and largest value the data and the assumption allow, with sampling limits.

    `lower` is the lower confidence limit of `smallest`, `upper` the upper one of `largest`. Where
    there is none, `reason` is a sentence and the four are None.
    """

    smallest: float | None
    largest: float | None
    lower: float | None
    upper: float | None
    level: float
    n: float
    method: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyBounds:
    """Bounds of sensitivity and of specificity."""

    sensitivity: Bounds
    specificity: Bounds


def missing_not_at_random_bounds(
    *,
    tp: ArrayLike,
    fp: ArrayLike,
    fn: ArrayLike,
    tn: ArrayLike,
    unverified_positive: ArrayLike,
    unverified_negative: ArrayLike,
    odds_ratio_lower: float = 0.0,
    odds_ratio_upper: float | None = None,
    level: float = 0.95,
) -> AccuracyBounds:
    """Bounds of sensitivity and specificity when who got verified may depend on the disease.

    Counts, or arrays with one count per stratum, as in `begg_greenes`. The sensitivity parameter is
    the odds ratio of disease, unverified against verified cases of the same call and stratum: any
    value from `odds_ratio_lower` to `odds_ratio_upper` (none: infinity), for either call
    separately. The defaults assume nothing: the unverified may all be diseased or all healthy
    (worst-case bounds, identified without verifying anybody). From 1 to 1 is missing at random:
    then both bounds and the limits are those of `begg_greenes`. `lower` and `upper` are the outer
    limits of two intervals at `level`, one for each bound, with the method and zero cells of
    `begg_greenes`, so they hold the whole range with about that confidence and the truth with
    more (the shorter interval of Imbens and Manski holds only the truth). `n` is the verified cases
    of that kind. Under a finite odds ratio not identifiable when a stratum has calls of one kind
    and verified none of them; not estimable when no case can be diseased (or healthy).

    Source: Manski (2003), doi:10.1007/b97478; Kosinski & Barnhart (2003), doi:10.1002/sim.1517;
    Imbens & Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x.

    >>> b = missing_not_at_random_bounds(tp=231, fp=32, fn=27, tn=54,
    ...                                  unverified_positive=166, unverified_negative=140)
    >>> round(b.sensitivity.smallest, 3), round(b.sensitivity.largest, 3)
    (0.58, 0.936)
    """
    tp_, fp_, fn_, tn_, open_p, open_n = verification_cells(
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        unverified_positive=unverified_positive,
        unverified_negative=unverified_negative,
    ).values()
    normal_quantile(level=level)
    check_counts(odds_ratio_lower=odds_ratio_lower)
    low, high = odds_ratio_lower, math.inf if odds_ratio_upper is None else odds_ratio_upper
    if not low <= high:
        raise ArgumentError(
            f"`odds_ratio_lower` is {low!r} and `odds_ratio_upper` {high!r};"
            " give the smaller first, or none for no upper end."
        )
    assumed = f"odds ratio {low:g} to {high:g}" if low > 0 or high < math.inf else "worst case"
    method = f"missing not at random, {assumed}, outer logit limits"
    unknown = {
        of_a_stratum(said, len(seen)) if seen.any() else said: ((seen == 0) & (unseen > 0)).any()
        for said, seen, unseen in (
            (NO_POSITIVE, tp_ + fp_, open_p),
            (NO_NEGATIVE, fn_ + tn_, open_n),
        )
    }
    bounded = low > 0 or high < math.inf
    reason = next((said for said, found in unknown.items() if found and bounded), None)
    inverse = _inverse(high), _inverse(low)

    def side(
        hit: tuple[Floats, Floats, Floats],
        miss: tuple[Floats, Floats, Floats],
        *,
        ratios: tuple[float, float],
        empty: str,
    ) -> Bounds:
        n = float(hit[0].sum() + miss[0].sum())
        if reason:
            return _no_bounds(reason, method, n, level)
        ends = [
            odds_of_totals(
                _total(*hit, ratio=ours, level=level),
                _total(*miss, ratio=theirs, level=level),
                n=n,
                empty=empty,
                level=level,
                method=method,
            )
            for ours, theirs in (ratios, ratios[::-1])
        ]
        if not (ends[0].estimable and ends[1].estimable):
            return _no_bounds(empty, method, n, level)
        (smallest, lower, _), (largest, _, upper) = (end.numbers() for end in ends)
        return Bounds(
            smallest=smallest,
            largest=max(largest, smallest),
            lower=lower,
            upper=max(upper, largest, smallest),
            level=level,
            n=n,
            method=method,
        )

    return AccuracyBounds(
        sensitivity=side(
            (tp_, fp_, open_p), (fn_, tn_, open_n), ratios=(low, high),
            empty="Possibly no case was diseased.",
        ),
        specificity=side(
            (tn_, fn_, open_n), (fp_, tp_, open_p), ratios=inverse,
            empty="Possibly no case was healthy.",
        ),
    )  # fmt: skip


def _inverse(ratio: float) -> float:
    return math.inf if ratio == 0 else 0.0 if math.isinf(ratio) else 1 / ratio


def _total(
    cell: Floats, other: Floats, unseen: Floats, *, ratio: float, level: float
) -> EstimatedTotal:
    """Cases of the cell's kind, verified and assumed, when their odds differ by `ratio`."""
    seen = cell + other
    share = np.divide(cell, seen, out=np.zeros_like(cell), where=seen > 0)
    assumed, slope = _shifted(share, ratio)
    scale = seen + unseen * slope
    variance = share**2 * seen + assumed**2 * unseen
    used = seen > 0
    variance[used] += (scale**2 * share * (1 - share))[used] / seen[used]
    # -log(tail) is the exact upper limit of a Poisson count of which none was seen.
    at_most = np.ones_like(share)
    np.divide(-math.log((1 - level) / 2), seen, out=at_most, where=used)
    at_most = np.minimum(at_most, 1.0)
    unseen_total = float((seen * at_most + unseen * _shifted(at_most, ratio)[0]).max(initial=0.0))
    value = float((cell + unseen * assumed).sum())
    return EstimatedTotal(value, float(variance.sum()), 0.0 if value else unseen_total)


def _shifted(share: Floats, ratio: float) -> tuple[Floats, Floats]:
    """Proportions whose odds are `ratio` times those of `share`, and the derivative."""
    if ratio == 0 or math.isinf(ratio):
        return np.full_like(share, 0.0 if ratio == 0 else 1.0), np.zeros_like(share)
    # Beyond a thousand million the ratio only overflows.
    ratio = min(max(ratio, 1e-9), 1e9)
    below = 1 - share + ratio * share
    return ratio * share / below, ratio / below**2


def _no_bounds(reason: str, method: str, n: float, level: float) -> Bounds:
    return Bounds(
        smallest=None,
        largest=None,
        lower=None,
        upper=None,
        level=level,
        n=n,
        method=method,
        reason=reason,
    )
