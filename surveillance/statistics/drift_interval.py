"""The interval of a distance between two distributions.

A plug-in distance is never negative, so chance alone pushes it up. Each interval here takes that
push (`bias`) off below and adds the sampling error on both sides: two samples of one population
have a lower limit of 0 (but for the rare 1 - level), whatever their size, and a large n narrows the
interval without inventing a difference. All limits are closed-form: no resampling, no seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    Floats,
    check_counts,
    check_lengths,
    normal_quantile,
    not_estimable,
    vector,
)

MINIMUM_N = 50
MINIMUM_PER_CATEGORY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """An effect size, and whether both samples reach `minimum_n`, below which it is a guess."""

    effect: Estimate
    enough: bool
    minimum_n: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Shares of two sets of counts over the same categories, and their totals."""

    p: Floats
    q: Floats
    n: float
    m: float
    categories: int

    @property
    def minimum_n(self) -> int:
        return max(MINIMUM_N, MINIMUM_PER_CATEGORY * self.categories)

    @property
    def scale(self) -> float:
        return 1 / self.n + 1 / self.m

    def delta_variance(self, dp: Floats, dq: Floats) -> float:
        """Variance of a smooth function of p and q with these gradients."""
        of_p = float(self.p @ dp**2 - (self.p @ dp) ** 2) / self.n
        of_q = float(self.q @ dq**2 - (self.q @ dq) ** 2) / self.m
        return of_p + of_q


def pair_of(reference: ArrayLike, current: ArrayLike, *, add: float = 0.0) -> Pair | None:
    a, b = vector(reference, name="reference"), vector(current, name="current")
    check_lengths(reference=a, current=b)
    if len(a) < 2:
        raise ArrayError(f"`reference` has {len(a)} categories; give counts of at least 2.")
    check_counts(reference=float(a.min()), current=float(b.min()))
    n, m = float(a.sum()), float(b.sum())
    if n == 0 or m == 0:
        return None
    kept = (a + b) > 0
    a, b = a[kept], b[kept]
    if not (a.all() and b.all()):
        a, b = a + add, b + add
    return Pair(a / a.sum(), b / b.sum(), n, m, len(kept))


def quadratic_drift(
    pair: Pair,
    value: float,
    *,
    curvature: float,
    delta: float,
    level: float,
    method: str,
    largest: float = math.inf,
) -> Drift:
    """A divergence that is near no drift `curvature` times a chi-square over the sample sizes."""
    bias = curvature * pair.scale * (pair.categories - 1)
    variance = delta + 2 * (pair.categories - 1) * (curvature * pair.scale) ** 2
    return drift_between(
        max(0.0, value),
        bias=bias,
        error=normal_quantile(level=level) * math.sqrt(variance),
        sizes=(pair.n, pair.m),
        minimum_n=pair.minimum_n,
        level=level,
        method=method,
        largest=largest,
    )


def drift_between(
    value: float,
    *,
    bias: float,
    error: float,
    sizes: tuple[float, float],
    minimum_n: int,
    level: float,
    method: str,
    largest: float = math.inf,
) -> Drift:
    effect = Estimate.around(
        value,
        lower=value - bias - error,
        upper=value + error,
        level=level,
        n=sizes[1],
        method=method,
        bounds=(0, largest),
    )
    return Drift(effect=effect, enough=min(sizes) >= minimum_n, minimum_n=minimum_n)


def nothing_to_compare(method: str, level: float) -> Drift:
    effect = not_estimable(reason="One of the samples is empty.", method=method, level=level)
    return Drift(effect=effect, enough=False, minimum_n=MINIMUM_N)
