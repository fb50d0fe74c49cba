"""Boundaries for a few planned looks at accumulating data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from surveillance.statistics.estimate import ArgumentError, ArrayError, Floats, check_inside, vector

Spending = Literal["obrien_fleming", "pocock"]
# A look that may spend less than this cannot stop anything.
NOTHING = 1e-14
FARTHEST = 9.0
MOST_LOOKS = 100
CLOSEST = 0.001
POINTS, SHARES = leggauss(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSequential:
    """For each look its share of the information, boundary and error spent.

    `boundary` is the value of the standard normal statistic to reach (in size where two-sided), None
    where a look spends practically nothing; `nominal_alpha` is the p-value that corresponds to it,
    on as many sides; `spent` is the error spent so far.
    """

    looks: Floats
    boundary: tuple[float | None, ...]
    nominal_alpha: tuple[float, ...]
    spent: Floats
    method: str


def group_sequential(
    *,
    looks: ArrayLike,
    alpha: float = 0.05,
    sides: Literal[1, 2] = 2,
    spending: Spending = "obrien_fleming",
) -> GroupSequential:
    """Lan–DeMets boundaries that spend the error over planned looks.

    `looks` holds the share of the planned information (cases, or events) at each look, rising,
    above 0 and at most 1, at least 0.001 apart; or one whole number of equally spaced looks, up to
    100. Spending of O'Brien–Fleming type is 2 - 2 Phi(z / sqrt(t)), of Pocock type
    alpha log(1 + (e - 1) t); where two-sided each side spends half of `alpha` by it. Boundaries are
    found by recursive numerical integration for a statistic with independent increments, and are
    accurate to 4 decimals. What a look spends depends on its time only, so looks may be added or
    moved as long as their times do not follow the data. A look at which nothing can be spent is
    None. A single look at 1 is the fixed-sample test.

    Source: Lan & DeMets (1983), doi:10.1093/biomet/70.3.659; Armitage, McPherson & Rowe (1969),
    doi:10.2307/2343787; Jennison & Turnbull (2000) Group Sequential Methods, chapter 19.

    >>> g = group_sequential(looks=5)
    >>> [round(z, 3) for z in g.boundary]
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    check_inside(closed=False, alpha=alpha)
    if sides not in (1, 2):
        raise ArgumentError(f"`sides` is {sides!r}; give 1 or 2.")
    if spending not in SPENDING:
        raise ArgumentError(f"`spending` is {spending!r}; give {' or '.join(SPENDING)}.")
    times = _times(looks)
    spent = sides * SPENDING[spending](times, alpha / sides)
    boundary: list[float | None] = []
    nodes, mass, used = np.zeros(1), np.ones(1), 0.0
    gains = np.diff(times, prepend=0.0)
    # The next step's kernel is integrated over this step's nodes: the narrower spaces them.
    finest = np.sqrt(np.minimum(gains, np.append(gains[1:], 1.0)))
    for time, due, gain, finer in zip(times, spent, gains, finest, strict=True):
        wanted = float(due) - used
        reach = _reach(nodes, mass, float(time), float(gain), wanted, sides)
        boundary.append(reach)
        # A look that spends nothing is open, and leaves its error to the next one.
        used += 0.0 if reach is None else wanted
        top = (FARTHEST if reach is None else reach) * math.sqrt(time)
        bottom = -top if sides == 2 else -FARTHEST * math.sqrt(time)
        panels = math.ceil((top - bottom) / (1.5 * finer))
        nodes, mass = _onwards(nodes, mass, float(gain), np.linspace(bottom, top, panels + 1))
    return GroupSequential(
        looks=times,
        boundary=tuple(boundary),
        nominal_alpha=tuple(0.0 if z is None else sides * float(ndtr(-z)) for z in boundary),
        spent=spent,
        method=f"Lan–DeMets, {spending} spending, recursive integration",
    )


def _times(looks: ArrayLike) -> Floats:
    if np.ndim(looks) == 0:
        count = float(np.asarray(looks, dtype=np.float64))
        if not (count == 1 or (count > 1 and count.is_integer() and count <= MOST_LOOKS)):
            raise ArgumentError(
                f"`looks` is {count!r}; give a whole number up to {MOST_LOOKS}, or a list of shares."
            )
        return np.arange(1, int(count) + 1) / count
    times = vector(looks, name="looks")
    if not 1 <= len(times) <= MOST_LOOKS or times[0] <= 0 or times[-1] > 1 or not _apart(times):
        raise ArrayError(
            f"`looks` is {times.tolist()!r}; give shares of the information that rise from above 0"
            f" to at most 1, {CLOSEST} or more apart."
        )
    return times


def _apart(times: Floats) -> bool:
    return bool((np.diff(times) >= CLOSEST - 1e-12).all())


def _obrien_fleming(time: Floats, alpha: float) -> Floats:
    return np.asarray(2 * ndtr(ndtri(alpha / 2) / np.sqrt(time)), dtype=np.float64)


def _pocock(time: Floats, alpha: float) -> Floats:
    return np.asarray(alpha * np.log1p((math.e - 1) * time), dtype=np.float64)


SPENDING: dict[str, Callable[[Floats, float], Floats]] = {
    "obrien_fleming": _obrien_fleming,
    "pocock": _pocock,
}


def _reach(
    nodes: Floats, mass: Floats, time: float, gain: float, wanted: float, sides: int
) -> float | None:
    """Boundary that is first crossed at this look with the wanted chance."""
    if wanted < NOTHING:
        return None

    def excess(z: float) -> float:
        edge, deviation = z * math.sqrt(time), math.sqrt(gain)
        crossed = log_ndtr((nodes - edge) / deviation)
        if sides == 2:
            crossed = np.logaddexp(crossed, log_ndtr((-nodes - edge) / deviation))
        return math.log(max(float(mass @ np.exp(crossed)), 1e-300)) - math.log(wanted)

    return float(brentq(excess, -FARTHEST, FARTHEST, xtol=1e-10))


def _onwards(nodes: Floats, mass: Floats, gain: float, edges: Floats) -> tuple[Floats, Floats]:
    """Where the statistic can stand between the outer edges after a further gain of information."""
    deviation, half = math.sqrt(gain), (edges[1] - edges[0]) / 2
    at = ((edges[:-1] + half)[:, None] + half * POINTS).ravel()
    z = (at[:, None] - nodes[None, :]) / deviation
    density = np.exp(-z * z / 2) @ mass / (deviation * math.sqrt(2 * math.pi))
    return at, np.tile(half * SHARES, len(edges) - 1) * density
