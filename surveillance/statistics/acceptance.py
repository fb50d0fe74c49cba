"""Acceptance sampling by attributes: how many cases to audit, and how many misses to accept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincc
from scipy.stats import hypergeom

from surveillance.statistics.estimate import (
    CountError,
    ProportionError,
    check_inside,
    check_whole,
    vector,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptancePlan:
    """Audit `sample` cases and accept with at most `acceptance_number` bad ones; the risks kept."""

    sample: int
    acceptance_number: int
    producer_risk: float
    consumer_risk: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingCharacteristic:
    """Chance of accepting at each proportion of bad cases."""

    accepted: tuple[float, ...]


def acceptance_sampling(
    *,
    acceptable_quality: float,
    limiting_quality: float,
    producer_risk: float = 0.05,
    consumer_risk: float = 0.1,
    lot_size: int | None = None,
) -> AcceptancePlan:
    """Smallest single sampling plan by attributes that keeps both risks.

    A lot with a share `acceptable_quality` of bad cases (AQL, 0 or more) is refused with at most
    `producer_risk`; one with `limiting_quality` (RQL or LTPD, larger) is accepted with at most
    `consumer_risk`. Binomial; hypergeometric when `lot_size` is given: then the lots judged hold
    the whole number of bad cases at or below the acceptable and at or above the limiting share, and
    a census of the lot is a plan. The risks returned are those the plan attains.

    Source: Guenther (1969) Journal of Quality Technology 1:105; Kiermeier (2008),
    doi:10.18637/jss.v026.i06.

    >>> p = acceptance_sampling(acceptable_quality=0.01, limiting_quality=0.05)
    >>> p.sample, p.acceptance_number
    (132, 3)
    """
    check_inside(acceptable_quality=acceptable_quality, limiting_quality=limiting_quality)
    check_inside(closed=False, producer_risk=producer_risk, consumer_risk=consumer_risk)
    if lot_size is not None:
        check_whole(lot_size=lot_size)
        # Shares such as 0.07 of 100 must not lose or gain a case to rounding.
        good = math.floor(acceptable_quality * lot_size + 1e-9)
        bad = math.ceil(limiting_quality * lot_size - 1e-9)
    if acceptable_quality >= limiting_quality or (lot_size is not None and good >= bad):
        raise ProportionError(
            f"`acceptable_quality` is {acceptable_quality!r} and `limiting_quality`"
            f" {limiting_quality!r}; give a limiting share above the acceptable one"
            " (by a case or more of the lot)."
        )

    def accepted(n: int, c: int, *, limiting: bool) -> float:
        if lot_size is None:
            return _binomial(n, c, limiting_quality if limiting else acceptable_quality)
        return float(hypergeom.cdf(c, lot_size, bad if limiting else good, n))

    sample, c = 1, 0
    while True:
        sample = _smallest(sample, c, accepted, consumer_risk, lot_size)
        # The factor lets rounding not decide a risk of exactly the one wanted.
        if 1 - accepted(sample, c, limiting=False) <= producer_risk * (1 + 1e-9):
            return AcceptancePlan(
                sample=sample,
                acceptance_number=c,
                producer_risk=1 - accepted(sample, c, limiting=False),
                consumer_risk=accepted(sample, c, limiting=True),
            )
        c += 1


def _smallest(
    start: int, c: int, accepted: Callable[..., float], risk: float, lot_size: int | None
) -> int:
    """Fewest cases, `start` or more, with which a limiting lot passes with at most `risk`."""
    low, high = start - 1, max(start, c + 1)

    def passes(n: int) -> bool:
        return accepted(n, c, limiting=True) > risk * (1 + 1e-9)

    while passes(high):
        low, high = high, 2 * high if lot_size is None else min(2 * high, lot_size)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return high


def operating_characteristic(
    *, sample: int, acceptance_number: int, proportions: ArrayLike, lot_size: int | None = None
) -> OperatingCharacteristic:
    """Chance that a single sampling plan accepts a lot, for each proportion of bad cases.

    Accept when at most `acceptance_number` of `sample` cases are bad. Binomial; hypergeometric when
    `lot_size` is given: each proportion is then taken to the nearest whole number of bad cases. 1
    at proportion 0; 0 at 1 unless the whole sample may be bad.

    Source: Kiermeier (2008), doi:10.18637/jss.v026.i06.

    >>> o = operating_characteristic(sample=10, acceptance_number=1, proportions=[0, 0.1, 0.3])
    >>> [round(p, 4) for p in o.accepted]
    [1.0, 0.7361, 0.1493]
    """
    check_whole(sample=sample, acceptance_number=acceptance_number)
    shares = vector(np.atleast_1d(np.asarray(proportions, dtype=np.float64)), name="proportions")
    for share in shares:
        check_inside(proportions=float(share))
    if lot_size is None:
        accepted = [_binomial(sample, acceptance_number, float(share)) for share in shares]
        return OperatingCharacteristic(accepted=tuple(accepted))
    check_whole(lot_size=lot_size)
    if sample > lot_size:
        raise CountError(
            f"`sample` is {sample!r} but `lot_size` {lot_size!r}; the sample is a part of the lot."
        )
    held = [round(float(share) * lot_size) for share in shares]
    found = [float(hypergeom.cdf(acceptance_number, lot_size, bad, sample)) for bad in held]
    return OperatingCharacteristic(accepted=tuple(found))


def _binomial(n: int, c: int, proportion: float) -> float:
    """Chance of at most `c` bad cases among `n`."""
    return 1.0 if c >= n else float(betaincc(c + 1, n - c, proportion))
