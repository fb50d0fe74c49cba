"""Exponentially weighted moving average of a measurement, with its run length."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from surveillance.statistics.cusum_path import NO_CASES
from surveillance.statistics.estimate import ArgumentError, Floats, vector
from surveillance.statistics.run_lengths import RunLength

EwmaLimits = Literal["exact", "asymptotic"]
WIDEST = 6.5
# Where the variance is this close to its asymptote, so are the limits to half of it.
SETTLED = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ewma:
    """The moving average after each value, its limits there, and the first value outside them.

    `signal` is an index from 0, or None. `arl0` is the average run length with these limits while
    the values are normal and independent with the given mean and standard deviation.
    """

    statistic: Floats
    centre: float
    lower: Floats
    upper: Floats
    width: float
    signal: int | None
    arl0: float
    method: str
    reason: str | None = None


def ewma(
    *,
    values: ArrayLike,
    mean: float,
    sd: float,
    weight: float,
    width: float | None = None,
    arl0: float | None = None,
) -> Ewma:
    """EWMA chart of single values with exact limits, which are narrower for the first values.

    One value per case or period in time order, any unit; `mean` and `sd` are those in control, known and
    not estimated from the same values. z_t = weight * x_t + (1 - weight) * z_(t-1) from z_0 = mean;
    limits are mean -/+ width * sd * sqrt(weight / (2 - weight) * (1 - (1 - weight)^(2t))). Give either
    `width` or the wanted in-control run length `arl0`. Weight 1 is a Shewhart chart. Values on a limit do
    not signal. Without values there are no limits, and a reason.

    Source: Roberts (1959), doi:10.1080/00401706.1959.10489860; Lucas & Saccucci (1990),
    doi:10.1080/00401706.1990.10484583.

    >>> e = ewma(values=[10, 11, 13, 14, 14], mean=10, sd=1, weight=0.2, width=3)
    >>> e.statistic.round(3).tolist(), round(float(e.upper[0]), 3), e.signal
    ([10.0, 10.2, 10.76, 11.408, 11.926], 10.6, 3)
    """
    x = vector(values, name="values")
    _check_weight(weight)
    if not (math.isfinite(mean) and math.isfinite(sd) and sd > 0):
        raise ArgumentError(
            f"`mean` is {mean!r} and `sd` is {sd!r}; give finite numbers, `sd` above 0."
        )
    if (width is None) == (arl0 is None):
        raise ArgumentError(
            f"`width` is {width!r} and `arl0` is {arl0!r}; give the one and leave out the other."
        )
    if arl0 is not None:
        width = _width_for(weight, arl0)
    width = width or 0.0
    _check_width(width)
    from scipy.signal import lfilter

    statistic = mean + lfilter([weight], [1.0, weight - 1], x - mean)
    half = width * sd * _spread(weight, np.arange(1, len(x) + 1))
    outside = np.flatnonzero(np.abs(statistic - mean) > half * (1 + 1e-12))
    return Ewma(
        statistic=np.asarray(statistic, dtype=np.float64),
        centre=float(mean),
        lower=mean - half,
        upper=mean + half,
        width=width,
        signal=int(outside[0]) if len(outside) else None,
        arl0=_exact(weight, width, 0.0),
        method="EWMA, exact limits, run length by quadrature",
        reason=None if len(x) else NO_CASES,
    )


def ewma_arl(
    *, weight: float, width: float, shift: float = 0.0, limits: EwmaLimits = "exact"
) -> RunLength:
    """Average run length of a two-sided EWMA chart, started at the mean, after a shift.

    `shift` is that of the mean, in standard deviations of a single value; values are independent and
    normal. `limits` is exact for limits that widen with the first values, as in `ewma`, or
    asymptotic for those they tend to, as in the tables of Lucas & Saccucci. The integral equation is
    solved by Gauss–Legendre quadrature, for exact limits after following the density until the
    limits have settled; accurate to 4 digits.

    Source: Crowder (1987), doi:10.1080/00401706.1987.10488267; Lucas & Saccucci (1990),
    doi:10.1080/00401706.1990.10484583; exact limits: Knoth (2003), Sequential Analysis
    22:241-255.

    >>> round(ewma_arl(weight=0.25, width=3, shift=1, limits="asymptotic").arl, 6)
    11.154267
    """
    _check_weight(weight)
    _check_width(width)
    if limits not in get_args(EwmaLimits):
        raise ArgumentError(f"`limits` is {limits!r}; give exact or asymptotic.")
    if not math.isfinite(shift):
        raise ArgumentError(f"`shift` is {shift!r}; give a finite number of standard deviations.")
    solve = _exact if limits == "exact" else _asymptotic
    return RunLength(arl=solve(weight, width, shift), method=f"EWMA, {limits} limits, quadrature")


def _check_weight(weight: float) -> None:
    if not 0.01 <= weight <= 1:
        raise ArgumentError(f"`weight` is {weight!r}; give a weight from 0.01 to 1.")


def _check_width(width: float) -> None:
    if not 0 < width <= WIDEST:
        raise ArgumentError(
            f"`width` is {width!r}; give a number of standard deviations above 0, at most {WIDEST}."
        )


def _spread(weight: float, step: ArrayLike) -> Floats:
    """Standard deviation of the moving average after so many values, that of a value being 1."""
    grown = -np.expm1(2 * np.asarray(step) * math.log1p(-weight)) if weight < 1 else 1.0
    return np.asarray(np.sqrt(weight / (2 - weight) * grown) * np.ones(np.shape(step)))


def _density(at: Floats, weight: float, shift: float, came_from: Floats | float = 0.0) -> Floats:
    """Density of the next moving average."""
    z = (at - (1 - weight) * came_from) / weight - shift
    return np.asarray(np.exp(-z * z / 2) / (weight * math.sqrt(2 * math.pi)), dtype=np.float64)


def _nodes(weight: float, half: float) -> tuple[Floats, Floats]:
    """Nodes and weights on -1 to 1, close enough for a kernel of this width."""
    nodes, shares = leggauss(30 + int(4 * half / weight))
    return np.asarray(nodes, dtype=np.float64), np.asarray(shares, dtype=np.float64)


def _lengths(weight: float, half: float, shift: float) -> tuple[Floats, Floats, Floats]:
    """Nodes, weights, and the run length that is left from each node within fixed limits."""
    nodes, shares = _nodes(weight, half)
    z, w = nodes * half, shares * half
    moves = w * _density(z[None, :], weight, shift, z[:, None])
    left = np.linalg.solve(np.eye(len(z)) - moves, np.ones(len(z)))
    return z, w, np.asarray(left, dtype=np.float64)


def _asymptotic(weight: float, width: float, shift: float) -> float:
    z, w, left = _lengths(weight, width * math.sqrt(weight / (2 - weight)), shift)
    return 1 + float((w * _density(z, weight, shift)) @ left)


def _exact(weight: float, width: float, shift: float) -> float:
    settled = math.log(SETTLED) / (2 * math.log1p(-weight)) if weight < 1 else 1.0
    halves = width * _spread(weight, np.arange(1, max(2, math.ceil(settled)) + 1))
    _, _, left = _lengths(weight, float(halves[-1]), shift)
    nodes, shares = _nodes(weight, float(halves[-1]))
    z, density, total = nodes * halves[0], _density(nodes * halves[0], weight, shift), 1.0
    for before, half in pairwise(halves):
        mass = shares * before * density
        total += float(mass.sum())
        density = _density((nodes * half)[:, None], weight, shift, z[None, :]) @ mass
        z = nodes * half
    return total + float((shares * halves[-1] * density) @ left)


def _width_for(weight: float, arl0: float) -> float:
    if not 2 <= arl0 <= 1e7:
        raise ArgumentError(f"`arl0` is {arl0!r}; give a number of values from 2 to 10^7.")

    def found(solve: Callable[[float, float, float], float], low: float, high: float) -> float:
        def excess(width: float) -> float:
            return math.log(solve(weight, width, 0.0) / arl0)

        return float(brentq(excess, low, high, xtol=1e-9))

    # Exact limits are narrower at first, so the same run length needs a little more width.
    settled = found(_asymptotic, 0.01, WIDEST)
    return found(_exact, settled - 0.005, settled + 1)
