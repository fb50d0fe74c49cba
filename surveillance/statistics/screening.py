"""Screening programmes: sensitivity where not every screen has been followed for the whole interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import (
    ArgumentError,
    Estimate,
    check_whole,
    not_estimable,
)
from surveillance.statistics.proportions import wilson
from surveillance.statistics.survival import product_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeSensitivity:
    """Sensitivity of a programme, and the interval cancers it is reckoned with."""

    sensitivity: Estimate
    interval_cancers_observed: int
    interval_cancers_expected: float | None


def programme_sensitivity(
    *,
    screen_detected: int,
    times: ArrayLike,
    events: ArrayLike,
    horizon: float,
    level: float = 0.95,
) -> ProgrammeSensitivity:
    """Screen-detected over screen-detected and interval cancers, with unfinished follow-up.

    `times` and `events` are of the screens without recall: time to an interval cancer (1) or to
    the end of follow-up (0), in the unit of `horizon`, the length of the screening interval. The
    interval cancers expected are the screens without recall times their Kaplan–Meier share with a
    cancer by the end of the interval; events later than that do not count. The limits are Wilson's
    at the effective number of cancers that Greenwood's variance leaves, so that with every screen
    followed to the end they are those of the plain proportion. With no interval cancer the
    screen-detected ones count by the share of the follow-up that is over. Not estimable while no
    screen has been followed to the end of the interval, or without any cancer.

    Source: definition of IARC Handbook 15 (2016) Breast Cancer Screening, chapter 4; Kaplan & Meier
    (1958), doi:10.1080/01621459.1958.10501452.

    >>> s = programme_sensitivity(screen_detected=60, times=[24] * 920 + [12] * 60 + [9] * 20,
    ...                           events=[0] * 980 + [1] * 20, horizon=24)
    >>> round(s.sensitivity.estimate, 3), round(s.interval_cancers_expected, 1)
    (0.75, 20.0)
    """
    check_whole(screen_detected=screen_detected)
    if not (math.isfinite(horizon) and horizon > 0):
        raise ArgumentError(f"`horizon` is {horizon!r}; give the length of the interval, above 0.")
    curve = product_limit(times, events, level)
    passed, inside = len(curve.follow_up), curve.times <= horizon
    observed, method = int(curve.events[inside].sum()), "Kaplan–Meier interval cancers, Wilson"
    reason = None
    if passed and curve.follow_up[-1] < horizon:
        reason = (
            f"No screen without recall has been followed for {horizon:g}; the longest was "
            f"{curve.follow_up[-1]:g}."
        )
    elif screen_detected + observed == 0:
        reason = "There was no cancer."
    if reason:
        none = not_estimable(
            reason=reason, method=method, n=screen_detected + observed, level=level
        )
        return ProgrammeSensitivity(
            sensitivity=none, interval_cancers_observed=observed, interval_cancers_expected=None
        )
    survival = float(curve.survival[inside][-1]) if observed else 1.0
    expected = passed * (1 - survival)
    if observed:
        relative = (survival / (1 - survival)) ** 2 * float(curve.increments[inside].sum())
        inflation = expected * (relative + 1 / passed)
    else:
        over = float(np.minimum(curve.follow_up, horizon).sum())
        inflation = passed * horizon / over if over else 1.0
    cancers = screen_detected + expected
    effective = cancers**2 / (expected + screen_detected * max(1.0, inflation))
    found = wilson(successes=effective * (screen_detected / cancers), trials=effective, level=level)
    estimate, lower, upper = found.numbers()
    return ProgrammeSensitivity(
        sensitivity=Estimate.around(
            estimate, lower=lower, upper=upper, level=level, n=effective, method=method
        ),
        interval_cancers_observed=observed,
        interval_cancers_expected=expected,
    )
