"""Funnel limits: which of many units lie further from a target than their size explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr
from scipy.stats import binom

from surveillance.statistics.estimate import (
    ArgumentError,
    ArrayError,
    CountError,
    Floats,
    check_inside,
    check_lengths,
    normal_quantile,
    vector,
)

Overdispersion = Literal["none", "multiplicative", "additive"]
ALL_ALIKE = "All cases of all units had the same outcome, so a target has no spread around it."
TOO_FEW = "A funnel needs two units to set a target or a spread between them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Units against their limits; rows of limits and flags are levels, columns are units.

    `z_scores` are naive; `adjusted_z_scores` are divided by what overdispersion adds to the
    standard error. `outside` is -1 (low), 0 or 1 (high). Where there is a `reason` the arrays but
    the points are empty.
    """

    points: Floats
    target: float | None
    z_scores: Floats
    adjusted_z_scores: Floats
    lower: Floats
    upper: Floats
    outside: NDArray[np.int8]
    phi: float | None
    tau: float | None
    method: str
    reason: str | None = None


def funnel(
    *,
    successes: ArrayLike,
    trials: ArrayLike,
    target: float | None = None,
    overdispersion: Overdispersion = "none",
    winsorise: float = 0.1,
    levels: Sequence[float] = (0.95, 0.998),
) -> Funnel:
    """Funnel plot of proportions: exact binomial limits around a target, by the size of each unit.

    One pair of whole counts per unit (site, scanner, reader), every unit with trials. `target` is
    a proportion above 0 and below 1, by default that of all units together. Limits interpolate the
    binomial distribution as Spiegelhalter does, the upper as the lower limit of the failures, so
    that a unit is outside exactly when a tail of probability (1 - level) / 2 would not hold it.
    `phi` is the mean squared z-score after moving the `winsorise` share at either end to its
    nearest neighbour (0 for none; it then misses some of the spread on purpose); `tau` the standard
    deviation between units from it, DerSimonian and Laird's moments. `overdispersion`
    multiplicative widens the distance of limits to target by sqrt(phi), never below 1; additive by
    sqrt(1 + tau^2 / s^2), s the unit's binomial standard error: one site cannot then hide behind
    its size. Without overdispersion both leave the exact limits. Limits are cut to 0 and 1. With
    many units some lie outside 95 % by chance. No limits when all trials succeeded or all failed,
    or, unless a target is given and nothing is to be estimated, with fewer than two units.

    Source: Spiegelhalter (2005), doi:10.1002/sim.1970; overdispersion: Spiegelhalter (2005b),
    doi:10.1136/qshc.2005.013755; DerSimonian & Laird (1986), doi:10.1016/0197-2456(86)90046-2.

    >>> f = funnel(successes=[12, 5, 30], trials=[100, 100, 150], target=0.1)
    >>> f.outside.tolist(), round(float(f.upper[0, 0]), 4)
    ([[0, 0, 1], [0, 0, 1]], 0.1677)
    """
    y, n = vector(successes, name="successes"), vector(trials, name="trials")
    check_lengths(successes=y, trials=n)
    if (n <= 0).any() or (y < 0).any() or (y > n).any() or (y % 1).any() or (n % 1).any():
        raise CountError(
            "`trials` holds a unit without trials, or `successes` a count outside them or not whole;"
            " leave empty units out and give counts."
        )
    if overdispersion not in ("none", "multiplicative", "additive"):
        raise ArgumentError(
            f"`overdispersion` is {overdispersion!r}; give none, multiplicative or additive."
        )
    if not 0 <= winsorise < 0.5:
        raise ArgumentError(f"`winsorise` is {winsorise!r}; give a share from 0 to below 0.5.")
    if not len(levels):
        raise ArrayError("`levels` is empty; give confidence levels such as 0.95 and 0.998.")
    for level in levels:
        normal_quantile(level=level)
    points, method = y / n, f"funnel, exact binomial limits, overdispersion {overdispersion}"
    if len(points) < 2 and (target is None or overdispersion != "none"):
        return _none(points, target, method, TOO_FEW)
    if target is None:
        target = float(y.sum() / n.sum())
        if target in (0, 1):
            return _none(points, target, method, ALL_ALIKE)
    check_inside(closed=False, target=target)
    error = np.sqrt(target * (1 - target) / n)
    z = (points - target) / error
    phi = float((_winsorised(z, winsorise) ** 2).mean())
    tau2 = _between(phi, error) if len(points) > 1 else 0.0
    wider = np.ones(len(points))
    if overdispersion == "multiplicative":
        wider *= max(1.0, phi) ** 0.5
    elif overdispersion == "additive":
        wider = np.sqrt(1 + tau2 / error**2)
    tails = (1 - np.asarray(levels, dtype=np.float64))[:, None] / 2
    below = _exact(tails, n, target) / n - target
    above = 1 - _exact(tails, n, 1 - target) / n - target
    lower, upper = target + wider * below, target + wider * above
    # A count that equals its limit up to rounding is not beyond it.
    slack = 1e-12
    outside = (points > upper + slack).astype(np.int8) - (points < lower - slack).astype(np.int8)
    return Funnel(
        points=points,
        target=target,
        z_scores=z,
        adjusted_z_scores=z / wider,
        lower=np.maximum(lower, 0),
        upper=np.minimum(upper, 1),
        outside=outside,
        phi=phi,
        tau=tau2**0.5,
        method=method,
    )


def _exact(tails: Floats, n: Floats, p: float) -> Floats:
    """The count, interpolated between whole ones, below which a binomial has this probability."""
    count = np.asarray(binom.ppf(tails, n, p), dtype=np.float64)
    over = (bdtr(count, n.astype(np.int64), p) - tails) / binom.pmf(count, n, p)
    return np.asarray(count - over, dtype=np.float64)


def _winsorised(z: Floats, share: float) -> Floats:
    ends = np.sort(z)
    moved = int(len(z) * share + 1e-9)
    return np.clip(z, ends[moved], ends[len(z) - 1 - moved])


def _between(phi: float, error: Floats) -> float:
    """Variance between units by moments, 0 where phi is below what chance gives."""
    weight, units = error**-2, len(error)
    spare = float(weight.sum() - (weight**2).sum() / weight.sum())
    return max(0.0, (units * phi - (units - 1)) / spare)


def _none(points: Floats, target: float | None, method: str, reason: str) -> Funnel:
    empty = np.zeros(0)
    return Funnel(
        points=points,
        target=target,
        z_scores=empty,
        adjusted_z_scores=empty,
        lower=empty,
        upper=empty,
        outside=np.zeros(0, dtype=np.int8),
        phi=None,
        tau=None,
        method=method,
        reason=reason,
    )
