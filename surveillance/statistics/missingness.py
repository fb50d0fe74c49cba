"""Missing values as a series of their own, and whether the last period misses more than before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtrit

from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.control_charts import ControlChart, p_chart
from surveillance.statistics.estimate import (
    Estimate,
    check_whole,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.proportions import wilson

STEADY = 3  # reference periods below which their spread is not estimated
RANGE_DF = 0.62  # degrees of freedom of a mean moving range, for each of its ranges


@dataclass(frozen=True, slots=True, kw_only=True)
class Missingness:
    """The chart of all periods, the share missing in the last and before it, and the change."""

    chart: ControlChart
    share: Estimate
    reference_share: Estimate
    change: Estimate
    enough: bool
    minimum_n: int


def missingness(
    *,
    missing: ArrayLike,
    cases: ArrayLike,
    laney: bool = True,
    minimum_n: int = 30,
    level: float = 0.95,
) -> Missingness:
    """Share of missing values by period, and how far the last period is from all before it.

    One count of missing values and of cases per period in time order, every period with cases; the
    last is the period watched, those before it the reference. `chart` is the `p_chart` of all of
    them. `change` is last minus reference share, Newcombe's interval. Sites and months differ by
    more than chance: with `laney` (the chart is then Laney's p') both counts are divided by the
    square of the reference periods' `sigma_z`, when that is above 1 and there are three of them or
    more, and the interval takes Student's t with 0.62 degrees of freedom a moving range, so that an
    ordinary bad month is not taken for a change; `n` of the change is then the effective one.
    `enough` is whether the last period and the reference
    both reach `minimum_n` cases. Shares are of cases, with Wilson intervals. The change is not
    estimable with fewer than two periods.

    Source: Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I;
    Laney (2002), doi:10.1081/QEN-120003555; design effect: Rao & Scott (1992), doi:10.2307/2532311.

    >>> m = missingness(missing=[2, 3, 2, 9], cases=[100, 100, 100, 100])
    >>> round(m.change.estimate, 3), round(m.change.lower, 3), m.enough
    (0.067, 0.018, True)
    """
    y, n = vector(missing, name="missing"), vector(cases, name="cases")
    check_whole(minimum_n=minimum_n)
    chart = p_chart(successes=y, trials=n, laney=laney)
    before, size = float(y[:-1].sum()), float(n[:-1].sum())
    last, now = float(y[-1:].sum()), float(n[-1:].sum())
    effect, wanted = 1.0, level
    normal_quantile(level=level)
    if laney and len(y) > STEADY:
        spread = p_chart(successes=y[:-1], trials=n[:-1], laney=True).sigma_z or 1.0
        if spread > 1:
            effect = spread**2
            t = float(stdtrit(RANGE_DF * (len(y) - 2), (1 + level) / 2))
            wanted = max(level, min(2 * float(ndtr(t)) - 1, 1 - 1e-12))
    change = newcombe(
        successes_1=last / effect,
        trials_1=now / effect,
        successes_2=before / effect,
        trials_2=size / effect,
        level=wanted,
    )
    change = replace(change, level=level)
    if len(y) < 2:
        reason = "A change needs a reference period before the last."
        change = not_estimable(reason=reason, method=change.method, n=now, level=level)
    return Missingness(
        chart=chart,
        share=wilson(successes=last, trials=now, level=level),
        reference_share=wilson(successes=before, trials=size, level=level),
        change=change,
        enough=min(now, size) >= minimum_n,
        minimum_n=minimum_n,
    )
