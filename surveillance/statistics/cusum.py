"""CUSUM of failures against one known rate, with its run lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.cusum_path import (
    NO_CASES,
    TOO_LONG,
    Cusum,
    check_choice,
    check_limit,
    check_run_length,
    divergence,
    followed,
    lengths,
)
from surveillance.statistics.estimate import ArgumentError, check_inside, flags
from surveillance.statistics.run_lengths import (
    TOUCH,
    RunLength,
    limit_for,
    run_length,
    two_score_run_length,
)

# From so many scores up to the limit the grid is as good as the exact count, and faster.
MANY_SCORES = 40
FINE_GRID = 3000
METHOD = "Bernoulli CUSUM, run length by Markov chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumLimit:
    """A limit with the average run lengths it gives; None, with a reason, beyond 10^12 cases."""

    limit: float
    arl0: float | None
    arl1: float | None
    floor: float | None
    method: str
    reason: str | None = None


def bernoulli_cusum(
    *,
    outcomes: ArrayLike,
    rate_in_control: float,
    rate_out_of_control: float,
    limit: float | None = None,
    arl0: float | None = None,
) -> Cusum:
    """CUSUM of log likelihood ratios for a failure rate that moves from one value to another.

    `outcomes` holds one flag per case in time order, 1 for a failure such as a missed finding. Each
    case adds log(p1/p0) if it failed, log((1 - p1)/(1 - p0)) if not, and the sum never falls below
    0; the chart signals when it reaches the limit. An out-of-control rate below the one in control
    watches for improvement. Give either `limit` or the wanted in-control run length `arl0`, for
    which `bernoulli_cusum_limit` finds the limit. Without a case there are limits but no path, and
    a reason; without a failure the path stays at 0.

    Source: Reynolds & Stoumbos (1999), doi:10.1080/00224065.1999.11979900; floor: Lorden (1971),
    doi:10.1214/aoms/1177693055.

    >>> c = bernoulli_cusum(outcomes=[0, 1, 0, 1, 1], rate_in_control=0.1,
    ...                     rate_out_of_control=0.2, limit=1.5)
    >>> c.statistic.round(3).tolist(), c.signal
    ([0.0, 0.693, 0.575, 1.269, 1.962], 4)
    """
    failed = flags(outcomes, name="outcomes")
    up, down = _scores(rate_in_control, rate_out_of_control)
    check_choice(limit=limit, arl0=arl0)
    if arl0 is not None:
        limit = _limit(rate_in_control, rate_out_of_control, arl0)
    design = _design(rate_in_control, rate_out_of_control, limit or 0.0)
    better = rate_out_of_control < rate_in_control
    path, signal = followed(np.where(failed != better, up, -down), design.limit)
    return Cusum(
        statistic=path,
        limit=design.limit,
        signal=signal,
        arl0=design.arl0,
        arl1=design.arl1,
        floor=design.floor,
        method=design.method,
        reason=design.reason if len(failed) else NO_CASES,
    )


def bernoulli_cusum_limit(
    *, rate_in_control: float, rate_out_of_control: float, arl0: float
) -> CusumLimit:
    """Limit of a Bernoulli CUSUM for a wanted in-control average run length, in cases.

    The run length rises with the limit in steps, so the one attained, `arl0` of the answer, is the
    wanted one or up to 0.1 % more, or the next step above where steps are larger. The lowest limit
    is the score of one failure: then every failure signals and `arl0` is 1 / rate; no chart has
    less. Rates down to 0.001 take well under a second, rates closer than 1.25-fold longer.

    Source: as `bernoulli_cusum_arl`.

    >>> c = bernoulli_cusum_limit(rate_in_control=0.05, rate_out_of_control=0.1, arl0=1000)
    >>> round(c.limit, 2), round(c.arl0), round(c.arl1)
    (2.76, 1008, 102)
    """
    limit = _limit(rate_in_control, rate_out_of_control, arl0)
    return _design(rate_in_control, rate_out_of_control, limit)


def bernoulli_cusum_arl(
    *, rate_in_control: float, rate_out_of_control: float, limit: float, rate: float
) -> RunLength:
    """Average run length of a Bernoulli CUSUM, started at 0, when failures come at `rate`.

    Exact up to 1e-9: the chart is followed from one return to 0 to the next. Where `limit` is more
    than 40 times the score of one failure, by a Markov chain of 3000 states, accurate to about
    0.3 %. At rate 1 (or 0, watching for improvement) it is the number of failures to the limit. No
    run length where the watched-for outcome never comes, or above 10^12 cases.

    Source: Brook & Evans (1972), doi:10.1093/biomet/59.3.539; Kemp (1971), JRSS B
    33:331-360.

    >>> a = bernoulli_cusum_arl(rate_in_control=0.1, rate_out_of_control=0.2, limit=3, rate=0.1)
    >>> round(a.arl, 1)
    638.9
    """
    up, down = _scores(rate_in_control, rate_out_of_control)
    check_inside(rate=rate)
    check_limit(limit)
    chance = _chance(rate_in_control, rate_out_of_control, rate)
    if chance == 0:
        return RunLength(arl=None, method=METHOD, reason="The chart never signals at this rate.")
    arl = _arl(up, down, chance, limit)
    if not math.isfinite(arl):
        return RunLength(arl=None, method=METHOD, reason="The run length is above 10^12 cases.")
    return RunLength(arl=arl, method=METHOD)


def _scores(rate_in_control: float, rate_out_of_control: float) -> tuple[float, float]:
    """How far the watched-for outcome takes the sum up, and the other takes it down."""
    check_inside(
        closed=False, rate_in_control=rate_in_control, rate_out_of_control=rate_out_of_control
    )
    if abs(rate_in_control - rate_out_of_control) < TOUCH:
        raise ArgumentError(
            f"`rate_out_of_control` is {rate_out_of_control!r}, the same as `rate_in_control`;"
            " give the rate to be detected."
        )
    failure = math.log(rate_out_of_control / rate_in_control)
    success = math.log1p(-rate_out_of_control) - math.log1p(-rate_in_control)
    return max(failure, success), -min(failure, success)


def _chance(rate_in_control: float, rate_out_of_control: float, rate: float) -> float:
    """How likely the watched-for outcome is: a failure, or where improvement is, a success."""
    return rate if rate_out_of_control > rate_in_control else 1 - rate


def _arl(up: float, down: float, chance: float, limit: float) -> float:
    if limit > MANY_SCORES * up:
        chances = np.array([chance, 1 - chance])
        return run_length(
            scores=np.array([up, -down]), chances=chances, limit=limit, cells=FINE_GRID
        )
    return two_score_run_length(up=up, down=down, chance=chance, limit=limit)


def _limit(rate_in_control: float, rate_out_of_control: float, arl0: float) -> float:
    check_run_length(arl0=arl0)
    up, down = _scores(rate_in_control, rate_out_of_control)
    chance = _chance(rate_in_control, rate_out_of_control, rate_in_control)
    return limit_for(arl=lambda limit: _arl(up, down, chance, limit), wanted=arl0, lowest=up)


def _design(rate_in_control: float, rate_out_of_control: float, limit: float) -> CusumLimit:
    up, down = _scores(rate_in_control, rate_out_of_control)
    in_control, out_of_control = (
        _arl(up, down, _chance(rate_in_control, rate_out_of_control, rate), limit)
        for rate in (rate_in_control, rate_out_of_control)
    )
    each = float(divergence(of=rate_out_of_control, against=rate_in_control))
    arl0, arl1, floor = lengths(in_control, out_of_control, each=each)
    return CusumLimit(
        limit=limit,
        arl0=arl0,
        arl1=arl1,
        floor=floor,
        method=METHOD,
        reason=TOO_LONG if arl0 is None else None,
    )
