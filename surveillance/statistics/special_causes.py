"""The special-cause signals of a control chart, point by point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.statistics.control_charts import ControlChart
from surveillance.statistics.estimate import ArrayError


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

    >>> from surveillance.statistics.control_charts import xmr
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
