"""Time to an event that not every case has had yet: curve, quantiles, restricted mean, log-rank."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from surveillance.statistics.estimate import (
    ArgumentError,
    ArrayError,
    Estimate,
    Floats,
    check_inside,
    check_lengths,
    flags,
    normal_quantile,
    not_estimable,
    vector,
)

NO_CASES = "There were no cases."


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile with limits that may be open; None for one that was not reached."""

    estimate: float | None
    lower: float | None
    upper: float | None
    level: float
    n: int
    method: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KaplanMeier:
    """The share still without the event at each time, and the quartiles of the time."""

    times: tuple[float, ...]
    survival: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    lower_quartile: Quantile
    median: Quantile
    upper_quartile: Quantile
    n: int
    events: int
    method: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """Comparison of two curves: events seen and expected in each group, and the test."""

    chi2: float | None
    p_value: float | None
    observed_1: int
    expected_1: float
    observed_2: int
    expected_2: float
    method: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Product-limit curve at the distinct event times; `follow_up` holds every case's time, sorted."""

    follow_up: Floats
    times: Floats
    events: Floats
    at_risk: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    lower_at_start: float

    def risk_at(self, times: Floats) -> Floats:
        """Cases still followed and without the event just before each time."""
        passed = np.searchsorted(self.follow_up, times, side="left")
        return np.asarray(len(self.follow_up) - passed, dtype=np.float64)

    @property
    def increments(self) -> Floats:
        """Greenwood's d / (n (n - d)), 0 where nobody is left."""
        left = self.at_risk - self.events
        return self.events / (self.at_risk * np.where(left > 0, left, np.inf))


def kaplan_meier(
    *, times: ArrayLike, events: ArrayLike, at: ArrayLike | None = None, level: float = 0.95
) -> KaplanMeier:
    """Kaplan–Meier curve with log-log pointwise intervals, and quartiles of the time.

    One time of 0 or more (any unit) and one flag (1 event, 0 censored) per case; a case censored at
    the time of an event is still at risk then. `at` holds the times to read off, by default the
    distinct event times. Each interval holds its point at `level`, not all at once; near the end,
    with few at risk, coverage falls. Where nobody has had the event the lower limit is the exact
    binomial one of those still at risk; where everybody has, the upper is that of the step before.
    Past the last follow-up the curve is None unless it has reached 0. Quartiles as in
    `kaplan_meier_quantile`.

    Source: Kaplan & Meier (1958), doi:10.1080/01621459.1958.10501452; Kalbfleisch & Prentice (1980)
    The Statistical Analysis of Failure Time Data.

    >>> k = kaplan_meier(times=[6, 6, 6, 6, 7, 9, 10, 10], events=[1, 1, 1, 0, 1, 0, 1, 0], at=[6])
    >>> k.survival, round(k.lower[0], 3), k.at_risk
    ((0.625,), 0.229, (8,))
    """
    curve = product_limit(times, events, level)
    read = curve.times if at is None else vector(at, name="at")
    place = np.searchsorted(curve.times, read, side="right") - 1
    risk, tail = curve.risk_at(read), (1 - level) / 2
    points: list[tuple[float | None, float | None, float | None]] = []
    for i, left in zip(place, risk, strict=True):
        if left == 0 and (i < 0 or curve.survival[i] > 0):
            points.append((None, None, None))
        elif i < 0:
            points.append((1.0, tail ** (1 / left), 1.0))
        else:
            points.append((float(curve.survival[i]), float(curve.lower[i]), float(curve.upper[i])))
    n, reason = len(curve.follow_up), None
    if not len(curve.times):
        reason = "No case had the event." if n else NO_CASES
    return KaplanMeier(
        times=tuple(read.tolist()),
        survival=tuple(point[0] for point in points),
        lower=tuple(point[1] for point in points),
        upper=tuple(point[2] for point in points),
        at_risk=tuple(int(left) for left in risk),
        lower_quartile=_quantile(curve, 0.25, level),
        median=_quantile(curve, 0.5, level),
        upper_quartile=_quantile(curve, 0.75, level),
        n=n,
        events=int(curve.events.sum()),
        method="Kaplan–Meier, log-log intervals",
        reason=reason,
    )


def kaplan_meier_quantile(
    *, times: ArrayLike, events: ArrayLike, quantile: float = 0.5, level: float = 0.95
) -> Quantile:
    """Time by which a share of the cases has had the event, Brookmeyer–Crowley log-log interval.

    Arrays as in `kaplan_meier`; `quantile` is the share, above 0 and below 1. The first time at
    which the curve is at or below 1 - quantile; where it lies exactly there until the next event,
    the middle of the two (as in R and SAS). The limits are where the pointwise limits cross, None
    for an open upper limit. The lower limit is 0 where even no event in a sample of this size would
    be compatible with the quantile (n of 5 or fewer for the median). Not estimable, but perhaps
    with a lower limit, when the curve does not fall that far.

    Source: Brookmeyer & Crowley (1982), doi:10.2307/2530286.

    >>> q = kaplan_meier_quantile(times=[1, 2, 3, 4, 5, 6, 7, 8], events=[1] * 8)
    >>> q.estimate, q.lower, q.upper
    (4.5, 1.0, 7.0)
    """
    check_inside(quantile=quantile, closed=False)
    return _quantile(product_limit(times, events, level), quantile, level)


def restricted_mean(
    *, times: ArrayLike, events: ArrayLike, horizon: float, level: float = 0.95
) -> Estimate:
    """Mean time without the event up to a horizon: area under Kaplan–Meier, Greenwood variance.

    Arrays as in `kaplan_meier`, `horizon` above 0 in the same unit. Wald limits cut to 0 and
    `horizon`; at 95 % they cover about 92 % of
    samples of 40, and less with fewer than about ten events before it. With no event
    before the horizon the estimate is the horizon and the lower limit what the exact binomial limit
    allows were all such events at time 0. If all have had the event at one same time the variance
    is 0 and the limits are those the exact upper limit 1 - tail^(1/n) allows. Not estimable when
    the horizon lies past the last follow-up while some are still without the event.

    Source: Royston & Parmar (2013), doi:10.1186/1471-2288-13-152; Uno et al. (2014),
    doi:10.1200/JCO.2014.55.2208.

    >>> m = restricted_mean(times=[1, 2, 3, 4], events=[1, 1, 0, 1], horizon=3)
    >>> m.estimate, round(m.lower, 3)
    (2.25, 1.437)
    """
    if not (math.isfinite(horizon) and horizon > 0):
        raise ArgumentError(f"`horizon` is {horizon!r}; give a time above 0.")
    curve = product_limit(times, events, level)
    n, method = len(curve.follow_up), "restricted mean, Greenwood variance, Wald interval"
    reason = None
    if n == 0:
        reason = NO_CASES
    elif horizon > curve.follow_up[-1] and not (len(curve.times) and curve.survival[-1] == 0):
        reason = (
            f"The horizon {horizon:g} lies past the last follow-up {curve.follow_up[-1]:g} while"
            " some cases are still without the event."
        )
    if reason:
        return not_estimable(reason=reason, method=method, n=n, level=level)
    before = curve.times < horizon
    steps = np.concatenate([[0.0], curve.times[before], [horizon]])
    areas = np.diff(steps) * np.concatenate([[1.0], curve.survival[before]])
    mean, remaining = float(areas.sum()), np.cumsum(areas[::-1])[::-1][1:]
    variance = float((remaining**2) @ curve.increments[before])
    half, tail = normal_quantile(level=level) * math.sqrt(variance), (1 - level) / 2
    lower, upper = mean - half, mean + half
    if not before.any():
        method = "restricted mean, no event: exact binomial lower limit"
        lower = horizon * tail ** (1 / float(curve.risk_at(np.array([horizon]))[0] or 1))
    elif variance == 0:
        method = "restricted mean, one event time: exact binomial limits"
        lower, upper = mean * tail ** (1 / n), mean + (horizon - mean) * (1 - tail ** (1 / n))
    return Estimate.around(
        mean, lower=lower, upper=upper, level=level, n=n, method=method, bounds=(0, horizon)
    )


def log_rank(
    *, times_1: ArrayLike, events_1: ArrayLike, times_2: ArrayLike, events_2: ArrayLike
) -> LogRank:
    """Log-rank test of two curves, with hypergeometric variance.

    Arrays of each group as in `kaplan_meier`. `chi2` has one degree of freedom and `p_value` is its
    upper tail, approximate with fewer than about ten events; expected events are those under equal
    hazards. Not estimable where no event happened while both groups were at risk.

    Source: Mantel (1966) Cancer Chemother Rep 50:163-170; Peto & Peto (1972), doi:10.2307/2344317.

    >>> r = log_rank(times_1=[1, 2, 3], events_1=[1, 1, 1], times_2=[4, 5, 6], events_2=[1, 1, 0])
    >>> round(r.expected_1, 3), round(r.chi2, 3)
    (1.15, 5.052)
    """
    t1, e1 = _cases(times_1, events_1, "times_1", "events_1")
    t2, e2 = _cases(times_2, events_2, "times_2", "events_2")
    when, d = np.unique(np.concatenate([t1[e1], t2[e2]]), return_counts=True)
    r1, r2 = (len(t) - np.searchsorted(np.sort(t), when, side="left") for t in (t1, t2))
    r = np.asarray(r1 + r2, dtype=np.float64)
    expected = float((d * r1 / r).sum())
    variance = float((d * r1 * r2 * (r - d) / (r**2 * np.maximum(r - 1, 1))).sum())
    reason = None if variance > 0 else "No event happened while both groups were at risk."
    chi2 = (int(e1.sum()) - expected) ** 2 / variance if variance > 0 else None
    return LogRank(
        chi2=chi2,
        p_value=None if chi2 is None else float(chdtrc(1, chi2)),
        observed_1=int(e1.sum()),
        expected_1=expected,
        observed_2=int(e2.sum()),
        expected_2=float(d.sum()) - expected,
        method="log-rank",
        reason=reason,
    )


def _cases(
    times: ArrayLike, events: ArrayLike, times_name: str, events_name: str
) -> tuple[Floats, np.typing.NDArray[np.bool_]]:
    t, e = vector(times, name=times_name), flags(events, name=events_name)
    check_lengths(**{times_name: t, events_name: e})
    if (t < 0).any():
        raise ArrayError(f"`{times_name}` holds a negative time; give times of 0 or more.")
    return t, e


def product_limit(times: ArrayLike, events: ArrayLike, level: float) -> Curve:
    """The product-limit curve with log-log limits; arrays as in `kaplan_meier`."""
    z, tail = normal_quantile(level=level), (1 - level) / 2
    t, e = _cases(times, events, "times", "events")
    n, follow_up = len(t), np.sort(t)
    when, counts = np.unique(t[e], return_counts=True)
    d = counts.astype(np.float64)
    risk = np.asarray(n - np.searchsorted(follow_up, when, side="left"), dtype=np.float64)
    survival = np.asarray(np.cumprod(1 - d / risk), dtype=np.float64)
    inner = survival > 0
    s = survival[inner]
    spread = z * np.sqrt(np.cumsum(d[inner] / (risk[inner] * (risk[inner] - d[inner]))))
    with np.errstate(over="ignore", under="ignore"):
        factor = np.exp(spread / -np.log(s))
        lower, upper = s**factor, s ** (1 / factor)
    if not inner.all():
        lower = np.append(lower, 0.0)
        upper = np.append(upper, upper[-1] if len(upper) else 1 - tail ** (1 / n))
    start = tail ** (1 / n) if n else 0.0
    return Curve(follow_up, when, d, risk, survival, lower, upper, start)


def _quantile(curve: Curve, quantile: float, level: float) -> Quantile:
    goal, slack = 1 - quantile, 1e-12

    def crossing(line: Floats) -> float | None:
        below = np.flatnonzero(line <= goal + slack)
        return float(curve.times[below[0]]) if len(below) else None

    estimate, reason, n = crossing(curve.survival), None, len(curve.follow_up)
    if estimate is None:
        reason = f"The curve does not fall to {goal:g} within the follow-up." if n else NO_CASES
    else:
        i = int(np.searchsorted(curve.times, estimate))
        if abs(curve.survival[i] - goal) <= slack and i + 1 < len(curve.times):
            estimate = (estimate + float(curve.times[i + 1])) / 2
    lower = 0.0 if n and curve.lower_at_start <= goal else crossing(curve.lower)
    return Quantile(
        estimate=estimate,
        lower=lower,
        upper=None if estimate is None else crossing(curve.upper),
        level=level,
        n=n,
        method="Kaplan–Meier quantile, Brookmeyer–Crowley log-log interval",
        reason=reason,
    )
