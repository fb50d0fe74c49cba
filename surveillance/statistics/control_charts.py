"""Control charts as values: the points, their centre and their limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import CountError, Floats, check_lengths, vector

# d2 for a moving range of two: its mean is 1.128 standard deviations.
D2 = 1.128
RANGE_LIMIT = 3.267
NEEDS_TWO = "A chart needs two periods."


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChart:
    """Points with their centre line, process limits and sigma, one entry per period.

    `reason` is a sentence where there are too few points for limits; then the arrays of limits are
    empty. `sigma_z` is Laney's ratio of actual to binomial or Poisson spread, where the chart has one.
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

    Source: Shewhart (1931); Laney (2002), doi:10.1081/QEN-120003555.

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
        return _no_limits(points, method, NEEDS_TWO)
    centre = float(y.sum() / n.sum())
    sigma = np.sqrt(centre * (1 - centre) / n)
    return _attributes(points, centre, sigma, laney=laney, method=method, largest=1.0)


def u_chart(*, events: ArrayLike, exposure: ArrayLike, laney: bool = False) -> ControlChart:
    """Chart of events per unit of exposure with limits by exposure; Laney's u' when `laney` is true.

    One count of events and one exposure (cases, scanner hours, device days; above 0) per period in
    time order. An event need not be a property of one case, so a rate may exceed 1. Limits are the
    overall rate -/+ 3 Poisson sigmas, the lower cut to 0, the upper not cut; Laney's multiplies
    sigma by `sigma_z` as in `p_chart`. Without events sigma is 0, the limits are 0 and `sigma_z` is
    1. With fewer than about nine events expected in a period the lower limit is 0 and says nothing.
    No limits with fewer than two periods.

    Source: Montgomery (2013) Introduction to Statistical Quality Control, section 7.3; Laney
    (2002), doi:10.1081/QEN-120003555.

    >>> c = u_chart(events=[14, 12, 20], exposure=[10, 8, 13])
    >>> round(c.centre, 3), round(float(c.lower[0]), 3), round(float(c.upper[0]), 3)
    (1.484, 0.328, 2.64)
    """
    y, n = vector(events, name="events"), vector(exposure, name="exposure")
    check_lengths(events=y, exposure=n)
    if (n <= 0).any() or (y < 0).any():
        raise CountError(
            "`exposure` holds a period without exposure, or `events` a count below 0;"
            " leave empty periods out and give counts."
        )
    points, method = y / n, "Laney u'" if laney else "u"
    if len(points) < 2:
        return _no_limits(points, method, NEEDS_TWO)
    centre = float(y.sum() / n.sum())
    sigma = np.sqrt(centre / n)
    return _attributes(points, centre, sigma, laney=laney, method=method, largest=np.inf)


def _attributes(
    points: Floats, centre: float, sigma: Floats, *, laney: bool, method: str, largest: float
) -> ControlChart:
    """Three-sigma limits cut to 0 and `largest`, the sigmas multiplied by Laney's ratio if asked."""
    sigma_z = None
    if laney:
        sigma_z = 1.0
        if sigma.all():
            sigma_z = float(np.abs(np.diff((points - centre) / sigma)).mean()) / D2
        sigma = sigma * sigma_z
    return ControlChart(
        points=points,
        centre=centre,
        lower=np.maximum(0, centre - 3 * sigma),
        upper=np.minimum(largest, centre + 3 * sigma),
        sigma=sigma,
        method=method,
        sigma_z=sigma_z,
    )


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
