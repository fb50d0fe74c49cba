"""Wald's sequential test of one failure rate against another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import ArgumentError, Floats, check_inside, flags
from surveillance.statistics.run_lengths import TOUCH


class SprtVerdict(StrEnum):
    """Which rate the cases so far speak for."""

    ACCEPT_NULL = "accept_null"
    ACCEPT_ALTERNATIVE = "accept_alternative"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprt:
    """The log likelihood ratio after each case, the two boundaries and the first one reached.

    `decision` is the index, from 0, of the case that decided, or None while none has. The path
    goes on after it; what comes later does not change the verdict.
    """

    verdict: SprtVerdict
    decision: int | None
    log_likelihood_ratio: Floats
    upper_boundary: float
    lower_boundary: float
    n: int
    method: str
    reason: str | None = None


def sprt(
    *,
    outcomes: ArrayLike,
    rate_null: float,
    rate_alternative: float,
    alpha: float = 0.05,
    beta: float = 0.05,
) -> Sprt:
    """Wald's sequential probability ratio test of a failure rate, decided as early as possible.

    `outcomes` holds one flag per case in time order, 1 for a failure. The alternative is accepted
    when the log likelihood ratio reaches log((1 - beta) / alpha), the null when it falls to
    log(beta / (1 - alpha)). The chance of a wrong decision is at most alpha / (1 - beta) under the
    null, beta / (1 - alpha) under the alternative, and their sum at most alpha + beta. The
    alternative may be the lower rate. Without a case the verdict is to continue, with a reason.

    Source: Wald (1945), doi:10.1214/aoms/1177731118; Wald (1947) Sequential Analysis.

    >>> s = sprt(outcomes=[0] * 30, rate_null=0.01, rate_alternative=0.1, beta=0.1)
    >>> s.verdict.value, s.decision
    ('accept_null', 23)
    """
    failed = flags(outcomes, name="outcomes")
    check_inside(closed=False, rate_null=rate_null, rate_alternative=rate_alternative,
                 alpha=alpha, beta=beta)  # fmt: skip
    if rate_null == rate_alternative:
        raise ArgumentError(
            f"`rate_alternative` is {rate_alternative!r}, the same as `rate_null`; give two rates."
        )
    if alpha + beta >= 1:
        raise ArgumentError(
            f"`alpha` is {alpha!r} and `beta` is {beta!r}; give chances of error that sum to"
            " less than 1."
        )
    failure = math.log(rate_alternative / rate_null)
    success = math.log1p(-rate_alternative) - math.log1p(-rate_null)
    failures = np.cumsum(failed)
    path = failures * failure + (np.arange(1, len(failed) + 1) - failures) * success
    upper, lower = math.log((1 - beta) / alpha), math.log(beta / (1 - alpha))
    reached = np.flatnonzero((path >= upper - TOUCH) | (path <= lower + TOUCH))
    decision = int(reached[0]) if len(reached) else None
    verdict = SprtVerdict.CONTINUE
    if decision is not None:
        alternative = path[decision] > 0
        verdict = SprtVerdict.ACCEPT_ALTERNATIVE if alternative else SprtVerdict.ACCEPT_NULL
    return Sprt(
        verdict=verdict,
        decision=decision,
        log_likelihood_ratio=np.asarray(path, dtype=np.float64),
        upper_boundary=upper,
        lower_boundary=lower,
        n=len(failed),
        method="Wald's sequential probability ratio test",
        reason=None if len(failed) else "There were no cases.",
    )
