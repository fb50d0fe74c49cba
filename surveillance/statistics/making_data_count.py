"""The two icons of NHS England's Making Data Count: what kind of variation, and whether a target is reliably met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.control_charts import xmr
from surveillance.statistics.estimate import ArgumentError, Floats, vector
from surveillance.statistics.special_causes import SpecialCauses, special_causes

Improvement = Literal["increase", "decrease", "neutral"]
COMMON, IMPROVING, CONCERNING = "common", "improving", "concerning"
HIGH, LOW = "high", "low"
PASSES, FAILS, EITHER = "passes", "fails", "hit_or_miss"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakingDataCount:
    """Centre and process limits of each point, the variation at each, and the two icons as of the last.

    `variation` is common, improving or concerning (high or low where neither direction is better); `assurance` is passes,
    fails or hit_or_miss, null without a target or a better direction.
    """

    centre: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    variations: tuple[str, ...]
    variation: str | None
    assurance: str | None
    reason: str | None = None


def making_data_count(
    *,
    values: ArrayLike,
    target: float | None = None,
    improvement: Improvement = "increase",
    rebase_at: Sequence[int] = (),
) -> MakingDataCount:
    """XmR chart with the icons of Making Data Count; limits are drawn anew from each index of `rebase_at` on.

    One value a period in time order, any unit, and a `target` in that unit. Variation is that of the last
    point by the rules of `special_causes`. Assurance holds the limits of the last part against the target: *passes*
    when both lie strictly on its better side, *fails* strictly on the other, else *hit_or_miss*: a series that is constantly at its target does not
    fail, and a rebase that puts the target between the new limits is hit or miss whatever went before. Parts of fewer than two points have no limits.

    Source: NHS England, Making Data Count (2019); NHSRplotthedots 0.2, R/ptd_calculate_assurance_type.R.

    >>> m = making_data_count(values=[1.0] * 12, target=1.0)
    >>> m.variation, m.assurance
    ('common', 'hit_or_miss')
    """
    x = vector(values, name="values")
    if improvement not in ("increase", "decrease", "neutral"):
        raise ArgumentError(
            f"`improvement` is {improvement!r}; give increase, decrease or neutral."
        )
    starts = [0, *rebase_at]
    if any(b <= a for a, b in pairwise(starts)) or starts[-1] >= max(len(x), 1):  # fmt: skip
        raise ArgumentError(
            f"`rebase_at` is {list(rebase_at)!r}; give rising indices of points after the first."
        )
    limits = np.full((3, len(x)), np.nan)
    variations: list[str] = []
    for start, end in zip(starts, [*starts[1:], len(x)], strict=True):
        chart = xmr(values=x[start:end])
        if chart.centre is not None:
            limits[:, start:end] = np.full(end - start, chart.centre), chart.lower, chart.upper
        variations += _variations(special_causes(chart=chart), chart.centre, improvement)  # fmt: skip
    known = len(x) > 0 and not np.isnan(limits[0, -1])
    return MakingDataCount(
        centre=_plain(limits[0]),
        lower=_plain(limits[1]),
        upper=_plain(limits[2]),
        variations=tuple(variations),
        variation=variations[-1] if known else None,
        assurance=_assurance(limits[1:, -1], target, improvement) if known else None,
        reason=None if known else "A moving range needs two points.",
    )


def _variations(causes: SpecialCauses, centre: float | None, improvement: Improvement) -> list[str]:
    found = []
    for place, special in enumerate(causes.any):
        signs = (causes.outside, causes.shift, causes.trend, causes.two_of_three)
        sign = next((int(rule[place]) for rule in signs if rule[place]), 0)
        if not special or centre is None:
            found.append(COMMON)
        elif improvement == "neutral":
            found.append(HIGH if sign > 0 else LOW)
        else:
            found.append(IMPROVING if (sign > 0) == (improvement == "increase") else CONCERNING)
    return found


def _assurance(limits: Floats, target: float | None, improvement: Improvement) -> str | None:
    if target is None or improvement == "neutral":
        return None
    if target > limits[1]:
        return FAILS if improvement == "increase" else PASSES
    if target < limits[0]:
        return PASSES if improvement == "increase" else FAILS
    return EITHER


def _plain(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
