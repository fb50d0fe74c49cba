"""Two readings of the same cases, where cases come in clusters: several studies of one patient."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc

from surveillance.statistics.comparisons import newcombe_paired
from surveillance.statistics.estimate import Estimate, Floats, check_lengths, flags, not_estimable


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredMcNemar:
    """Difference first - second, Obuchowski's statistic (1 degree of freedom) and its two-sided P."""

    difference: Estimate
    chi2: float
    p_value: float


def clustered_mcnemar(
    *, first: ArrayLike, second: ArrayLike, clusters: ArrayLike, level: float = 0.95
) -> ClusteredMcNemar:
    """McNemar's test for cases in clusters, with Newcombe's paired interval at an effective n.

    One entry per case: 0 or 1 by the first and by the second reading, and the id of its cluster. With
    every case a cluster of its own the statistic is McNemar's without correction, times (K - 1) / K.
    Interval: the four counts of pairs are divided by the design effect of the difference (its
    variance between clusters over that of independent pairs, never below 1) and enter Newcombe's
    paired method 10; where no pair is discordant the answers within a cluster are taken to be
    identical. `n` of the difference is the effective number of pairs. Without a discordant cluster P is
    1. Not estimable with fewer than two clusters.

    Source: Obuchowski (1998), doi:10.1002/(SICI)1097-0258(19980715)17:13<1495::AID-SIM863>3.0.CO;2-I;
    Rao & Scott (1992), doi:10.2307/2532311.

    >>> m = clustered_mcnemar(first=[1, 1, 1, 0, 1, 0], second=[0, 0, 1, 0, 1, 1], clusters=[1, 1, 2, 2, 3, 4])
    >>> round(m.difference.estimate, 3), m.chi2, round(m.p_value, 3)
    (0.167, 0.15, 0.699)
    """
    x, y = flags(first, name="first"), flags(second, name="second")
    ids = np.asarray(clusters)
    check_lengths(first=x, second=y, clusters=ids)
    _, place = np.unique(ids, return_inverse=True)
    pairs, count = len(x), int(place.max(initial=-1)) + 1
    excess = x.astype(np.float64) - y
    method = "Newcombe hybrid score for pairs (method 10) with Rao–Scott effective n"
    if count < 2:
        return ClusteredMcNemar(
            difference=not_estimable(
                reason=f"There were {count} clusters; the variance between clusters needs two.",
                method=method, n=pairs, level=level,
            ),
            chi2=0.0, p_value=1.0,
        )  # fmt: skip
    sizes = np.bincount(place, minlength=count).astype(np.float64)
    sums = np.bincount(place, weights=excess, minlength=count).astype(np.float64)
    effect = _design_effect(excess, sums, sizes)
    found = newcombe_paired(
        both=int((x & y).sum()) / effect,
        only_first=int((x & ~y).sum()) / effect,
        only_second=int((~x & y).sum()) / effect,
        neither=int((~x & ~y).sum()) / effect,
        level=level,
    )
    estimate, lower, upper = found.numbers()
    spread = float(sums @ sums)
    chi2 = (count - 1) / count * float(sums.sum()) ** 2 / spread if spread else 0.0
    return ClusteredMcNemar(
        difference=Estimate.around(
            estimate, lower=lower, upper=upper, level=level, n=pairs / effect,
            method=f"{method} (design effect {effect:.2f}, {count} clusters)",
        ),
        chi2=chi2,
        p_value=float(erfc(math.sqrt(chi2 / 2))),
    )  # fmt: skip


def _design_effect(excess: Floats, sums: Floats, sizes: Floats) -> float:
    pairs, count = len(excess), len(sums)
    mean = float(excess.mean())
    plain = float(((excess - mean) ** 2).sum())
    if plain == 0:
        return float((sizes**2).sum()) / pairs
    between = count / (count - 1) * float(((sums - mean * sizes) ** 2).sum())
    return max(1.0, between / plain)
