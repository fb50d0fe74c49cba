"""Average run length of a CUSUM: how many cases until it signals, exactly or on a fine grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_toeplitz

from surveillance.statistics.estimate import Floats

# Scores are sums of logarithms; one within TOUCH of a boundary has reached it.
TOUCH = 1e-9
GRID = 2000
# Beyond this many cases the equations have no digits left to give.
LONGEST = 1e12
# A secant no steeper than this says nothing of where the wanted run length lies.
FLATTEST = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLength:
    """An average run length in cases, or the reason why there is none."""

    arl: float | None
    method: str
    reason: str | None = None


def two_score_run_length(*, up: float, down: float, chance: float, limit: float) -> float:
    """Exact average run length, started at 0, of a CUSUM whose score is `up` or -`down`.

    `up` comes with probability `chance`. An excursion from 0 is followed on the lattice
    (number of ups, number of downs), row by row of ups, until less than 1e-9 of the chance of a
    signal is left; run length = mean length of an excursion / its chance of reaching `limit`.
    Infinite beyond 10^12.

    >>> round(two_score_run_length(up=1, down=1, chance=0.5, limit=2), 9)
    6.0
    """
    from scipy.signal import lfilter

    def window(ups: int) -> tuple[int, int]:
        top = ups * up
        lowest = math.floor((top - limit + TOUCH) / down) + 1
        return max(0, lowest), math.ceil((top - TOUCH) / down)

    if up >= limit - TOUCH:
        return 1 / chance
    ups, (first, last) = 1, window(1)
    entered = np.zeros(last - first)
    entered[0] = 1.0
    steps, signalled = 1 / chance, 0.0
    while True:
        visits = lfilter([1.0], [1.0, chance - 1], entered)
        steps += float(visits.sum())
        risen, ups = chance * visits, ups + 1
        nxt, last = window(ups)
        signalled += float(risen[: nxt - first].sum())
        staying = risen[nxt - first :]
        if float(staying.sum()) <= 1e-9 * signalled:
            return steps / signalled if steps < LONGEST * signalled else math.inf
        entered = np.zeros(last - nxt)
        entered[: len(staying)] = staying
        first = nxt


def run_length(*, scores: Floats, chances: Floats, limit: float, cells: int = GRID) -> float:
    """Average run length, started at 0, of a CUSUM whose score is drawn from `scores`.

    Markov chain on `cells` equal steps from 0 to `limit`; a score that falls between two states is
    shared between them so that its mean is kept, and the state just below the limit is carried on
    linearly up to it. Accurate to about 0.1 % for varied risks at 2000 cells, 1 % where there are few
    distinct scores far smaller than a cell; infinite beyond 10^12.

    Source: Brook & Evans (1972), doi:10.1093/biomet/59.3.539.

    >>> fair = np.array([0.5, 0.5])
    >>> round(run_length(scores=np.array([1.0, -1.0]), chances=fair, limit=2, cells=500), 6)
    6.0
    """
    place = scores * (cells / limit)
    cell = np.floor(place + TOUCH)
    share = np.maximum(place - cell, 0)
    beyond = np.abs(cell) > cells
    share = np.where(beyond, 0, share)
    zero = cells + 1
    at = (np.clip(cell, -zero, cells) + zero).astype(np.int64)
    size = 2 * cells + 3
    below = np.bincount(at, weights=chances * (1 - share), minlength=size)
    above = np.bincount(at, weights=chances * share, minlength=size)
    moved = below.copy()
    moved[1:] += above[:-1]
    state = np.arange(cells)
    up_to = np.cumsum(below + above)
    to_zero = up_to[zero - state - 1] + below[zero - state]
    edge = above[zero + cells - 1 - state]
    column, row = -moved[zero - state], -moved[zero + state]
    column[0] += 1
    row[0] = column[0]
    sides = np.column_stack([np.ones(cells), to_zero - moved[zero - state], edge])
    plain, from_zero, from_edge = np.asarray(solve_toeplitz((column, row), sides), dtype=float).T

    def at_limit(length: Floats) -> float:
        return float(2 * length[-1] - length[-2])

    system = np.array(
        [
            [1 - from_zero[0], -from_edge[0]],
            [-at_limit(from_zero), 1 - at_limit(from_edge)],
        ]
    )
    found = float(np.linalg.solve(system, np.array([plain[0], at_limit(plain)]))[0])
    return found if 0 < found <= LONGEST else math.inf


def limit_for(*, arl: Callable[[float], float], wanted: float, lowest: float) -> float:
    """Limit from `lowest` up whose average run length is `wanted` or up to 0.1 % more.

    `arl` never falls as the limit rises. Where it jumps past that range, the limit just above the
    jump, to 1e-4; where `lowest` already gives more, `lowest`. The logarithm of a run length of log likelihood
    ratios grows nearly evenly with the limit, so that the search steps along its last secant.

    >>> round(limit_for(arl=math.exp, wanted=100, lowest=1), 3)
    4.606
    """
    low, high = lowest, math.inf
    before, target = arl(low), math.log(1.0005 * wanted)
    if before >= wanted:
        return low
    at, height = low, math.log(before)
    limit = low + 1
    while high - low > 1e-4:
        found = arl(limit)
        if wanted <= found <= 1.001 * wanted:
            return limit
        low, high = (limit, high) if found < wanted else (low, limit)
        reached = math.log(min(found, LONGEST))
        slope = (reached - height) / (limit - at)
        at, height = limit, reached
        limit += (target - reached) / max(slope, FLATTEST)
        if math.isfinite(high):
            edge = 0.05 * (high - low)
            if not low + edge < limit < high - edge:
                limit = (low + high) / 2
    return high
