"""Control charts as values: centre, limits and the special-cause signals of each point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.statistics.estimate import ArrayError, CountError, Floats, check_lengths, vector

# d2 for a moving range of two: its mean is 1.128 standard deviations.
D2 = 1.128
RANGE_LIMIT = 3.267


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChart:
    """Points with their centre line, process limits and sigma, one entry per period.

    `reason` is a sentence where there are too few points for limits; then the arrays of limits are
    empty. `sigma_z` is Laney's ratio of actual to binomial spread, where the chart has one.
    """

    points: Floats
    centre: float | None
    lower: Floats
    upper: Floats
    sigma: Floats
    method: str
    sigma_z: float | None = None
    range_limit: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialCauses:
    """For each point, -1 (low), 0 (no signal) or 1 (high), rule by rule."""

    outside: NDArray[np.int8]
    shift: NDArray[np.int8]
    trend: NDArray[np.int8]
    two_of_three: NDArray[np.int8]

    @property
    def any(self) -> NDArray[np.bool_]:
        """Points that are part of any signal."""
        rules = self.outside, self.shift, self.trend, self.two_of_three
        return np.asarray(np.any([rule != 0 for rule in rules], axis=0), dtype=np.bool_)


def xmr(*, values: ArrayLike) -> ControlChart:
    """Individuals (XmR) chart: mean -/+ 3 times the mean moving range over 1.128 (2.66 times it).

    One value per period in time order, any unit. `range_limit` is the limit of a moving range,
    3.267 times their mean. Equal values give limits on the centre. No limits with fewer than two
    points; Making Data Count asks for 12 or more before they are believed.

    Source: Wheeler & Chambers (1992) Understanding Statistical Process Control; Montgomery (2013)
    Introduction to Statistical Quality Control, section 6.4.

    >>> c = xmr(values=[10, 12, 11, 13, 12, 14])
    >>> c.centre, round(float(c.upper[0]), 2)
    (12.0, 16.26)
    """
    x = vector(values, name="values")
    if len(x) < 2:
        return _no_limits(x, "XmR", "A moving range needs two points.")
    mean_range = float(np.abs(np.diff(x)).mean())
    centre, sigma = float(x.mean()), np.full(len(x), mean_range / D2)
    return ControlChart(
        points=x,
        centre=centre,
        lower=centre - 3 * sigma,
        upper=centre + 3 * sigma,
        sigma=sigma,
        method="XmR",
        range_limit=RANGE_LIMIT * mean_range,
    )


def p_chart(*, successes: ArrayLike, trials: ArrayLike, laney: bool = False) -> ControlChart:
    """Chart of proportions with limits by period size; Laney's p' when `laney` is true.

    One pair of counts per period in time order, every period with trials. Limits are the overall
    proportion -/+ 3 binomial sigmas, cut to 0 to 1; Laney's multiplies sigma by the spread of the
    standardised points from their moving range (`sigma_z`, above 1 when periods vary more than
    chance). When the overall proportion is 0 or 1 sigma is 0, and `sigma_z` is 1. No limits with
    fewer than two periods.

    Source: Shewhart (1931); Laney (2002), doi:10.1081/QEN-120006555.

    >>> c = p_chart(successes=[10, 12, 8], trials=[100, 100, 100])
    >>> round(c.centre, 3), round(float(c.lower[0]), 3), round(float(c.upper[0]), 3)
    (0.1, 0.01, 0.19)
    """
    y, n = vector(successes, name="successes"), vector(trials, name="trials")
    check_lengths(successes=y, trials=n)
    if (n <= 0).any() or (y < 0).any() or (y > n).any():
        raise CountError(
            "`trials` holds a period without trials, or `successes` a count outside them;"
            " leave empty periods out and give counts."
        )
    points, method = y / n, "Laney p'" if laney else "p"
    if len(points) < 2:
        return _no_limits(points, method, "A chart needs two periods.")
    centre = float(y.sum() / n.sum())
    sigma = np.sqrt(centre * (1 - centre) / n)
    sigma_z = None
    if laney:
        sigma_z = 1.0
        if 0 < centre < 1:
            sigma_z = float(np.abs(np.diff((points - centre) / sigma)).mean()) / D2
        sigma = sigma * sigma_z
    return ControlChart(
        points=points,
        centre=centre,
        lower=np.maximum(0, centre - 3 * sigma),
        upper=np.minimum(1, centre + 3 * sigma),
        sigma=sigma,
        method=method,
        sigma_z=sigma_z,
    )


def special_causes(
    *, chart: ControlChart, shift_length: int = 7, trend_length: int = 7
) -> SpecialCauses:
    """NHS England's Making Data Count rules, every point that is part of a signal marked.

    `outside`: a single point beyond a process limit. `shift`: a run of `shift_length` points on one
    side of the centre. `trend`: `trend_length` points each above, or each below, the one before.
    `two_of_three`: two of three points between 2 sigmas and the limit, all three on that side of
    the centre. The defaults are those of NHSRplotthedots, which counts a trend of six successive
    steps as seven points; for six points give `trend_length=6`. A point on the centre breaks a run.
    Without limits nothing is marked.

    Source: NHS England, Making Data Count (2019); NHSRplotthedots 0.2,
    R/ptd_calculate_point_type.R.

    >>> c = xmr(values=[5, 4, 6, 5, 4, 5, 20, 5, 4])
    >>> special_causes(chart=c).outside.tolist()
    [0, 0, 0, 0, 0, 0, 1, 0, 0]
    """
    for name, length in (("shift_length", shift_length), ("trend_length", trend_length)):
        if length < 3:
            raise ArrayError(f"`{name}` is {length!r}; give a run of at least 3 points.")
    x, none = chart.points, np.zeros(len(chart.points), dtype=np.int8)
    if chart.centre is None:
        return SpecialCauses(outside=none, shift=none, trend=none, two_of_three=none)
    # A point that equals its limit up to rounding is not beyond it.
    slack = 1e-9 * max(1.0, float(np.abs(x).max()))
    gap = x - chart.centre
    side = np.sign(np.where(np.abs(gap) <= slack, 0, gap)).astype(np.int8)
    beyond = (x > chart.upper + slack) | (x < chart.lower - slack)
    near = ~beyond & (np.abs(gap) > 2 * chart.sigma + slack)
    steps = np.diff(x)
    slope = np.sign(np.where(np.abs(steps) <= slack, 0, steps)).astype(np.int8)
    trend = np.zeros(len(x), dtype=np.int8)
    for start, direction in _runs(slope, trend_length - 1):
        trend[start : start + trend_length] = direction
    shift = np.zeros(len(x), dtype=np.int8)
    for start, direction in _runs(side, shift_length):
        shift[start : start + shift_length] = direction
    pairs = np.zeros(len(x), dtype=np.int8)
    for start, direction in _runs(side, 3):
        window = slice(start, start + 3)
        if near[window].sum() >= 2:
            pairs[window] = np.where(near[window], direction, pairs[window])
    return SpecialCauses(
        outside=np.where(beyond, side, 0).astype(np.int8),
        shift=shift,
        trend=trend,
        two_of_three=pairs,
    )


def _runs(signs: NDArray[np.int8], length: int) -> list[tuple[int, int]]:
    """Start and sign of every window of this length with one sign, not 0."""
    starts = range(len(signs) - length + 1)
    return [
        (start, int(signs[start]))
        for start in starts
        if abs(int(signs[start : start + length].sum(dtype=np.int64))) == length
    ]


def _no_limits(points: Floats, method: str, reason: str) -> ControlChart:
    empty = np.zeros(0)
    return ControlChart(
        points=points,
        centre=None,
        lower=empty,
        upper=empty,
        sigma=empty,
        method=method,
        reason=reason,
    )
