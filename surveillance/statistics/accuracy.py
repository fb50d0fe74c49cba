"""Diagnostic accuracy from counts against a reference standard.

tp, fp, fn, tn count cases: t/f says whether the call was right, p/n what the call was.
"""

from __future__ import annotations

from dataclasses import dataclass

from surveillance.statistics.comparisons import newcombe, odds_ratio, relative_risk
from surveillance.statistics.estimate import (
    ArgumentError,
    Estimate,
    check_counts,
    check_inside,
    not_estimable,
)
from surveillance.statistics.proportions import INTERVALS, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Sensitivity and specificity under one way of counting."""

    sensitivity: Estimate
    specificity: Estimate


def _share(right: float, wrong: float, *, empty: str, level: float, interval: Interval) -> Estimate:
    if interval not in INTERVALS:
        raise ArgumentError(f"`interval` is {interval!r}; give one of {', '.join(INTERVALS)}.")
    result = INTERVALS[interval](successes=right, trials=right + wrong, level=level)
    if result.estimable:
        return result
    return not_estimable(reason=empty, method=result.method, level=level)


def sensitivity(
    *, tp: float, fn: float, level: float = 0.95, interval: Interval = "wilson"
) -> Estimate:
    """Share of diseased cases that were called positive, tp / (tp + fn).

    From 0 to 1, interval Wilson unless named otherwise; limits at 0/n and n/n are that interval's.
    Counts may be effective sample sizes. Not estimable without diseased cases.

    Source: Altman & Bland (1994), doi:10.1136/bmj.308.6943.1552.

    >>> s = sensitivity(tp=231, fn=27)
    >>> round(s.estimate, 3), round(s.lower, 3), round(s.upper, 3)
    (0.895, 0.852, 0.927)
    """
    check_counts(tp=tp, fn=fn)
    return _share(tp, fn, empty="No case was diseased.", level=level, interval=interval)


def specificity(
    *, tn: float, fp: float, level: float = 0.95, interval: Interval = "wilson"
) -> Estimate:
    """Share of healthy cases that were called negative, tn / (tn + fp).

    As `sensitivity`. Not estimable without healthy cases.

    Source: Altman & Bland (1994), doi:10.1136/bmj.308.6943.1552.

    >>> round(specificity(tn=54, fp=32).estimate, 3)
    0.628
    """
    check_counts(tn=tn, fp=fp)
    return _share(tn, fp, empty="No case was healthy.", level=level, interval=interval)


def ppv(*, tp: float, fp: float, level: float = 0.95, interval: Interval = "wilson") -> Estimate:
    """Share of positive calls that were diseased, tp / (tp + fp), at the prevalence of the sample.

    As `sensitivity`. Not estimable without positive calls.

    Source: Altman & Bland (1994), doi:10.1136/bmj.309.6947.102.

    >>> round(ppv(tp=231, fp=32).estimate, 3)
    0.878
    """
    check_counts(tp=tp, fp=fp)
    return _share(tp, fp, empty="No case was called positive.", level=level, interval=interval)


def npv(*, tn: float, fn: float, level: float = 0.95, interval: Interval = "wilson") -> Estimate:
    """Share of negative calls that were healthy, tn / (tn + fn), at the prevalence of the sample.

    As `sensitivity`. Not estimable without negative calls.

    Source: Altman & Bland (1994), doi:10.1136/bmj.309.6947.102.

    >>> round(npv(tn=54, fn=27).estimate, 3)
    0.667
    """
    check_counts(tn=tn, fn=fn)
    return _share(tn, fn, empty="No case was called negative.", level=level, interval=interval)


def lr_positive(*, tp: float, fp: float, fn: float, tn: float, level: float = 0.95) -> Estimate:
    """Positive likelihood ratio, sensitivity / (1 - specificity), log interval.

    Above 0; 1 is uninformative. With an empty cell 1/2 is added to all four, and `method` says so.
    Not estimable without diseased or without healthy cases, or without positive calls.

    Source: Simel, Samsa & Matchar (1991), doi:10.1016/0895-4356(91)90128-V.

    >>> round(lr_positive(tp=231, fp=32, fn=27, tn=54).estimate, 3)
    2.406
    """
    check_counts(tp=tp, fp=fp, fn=fn, tn=tn)
    return relative_risk(
        successes_1=tp, trials_1=tp + fn, successes_2=fp, trials_2=fp + tn, level=level
    )


def lr_negative(*, tp: float, fp: float, fn: float, tn: float, level: float = 0.95) -> Estimate:
    """Negative likelihood ratio, (1 - sensitivity) / specificity, log interval.

    As `lr_positive`. Not estimable without negative calls.

    Source: Simel, Samsa & Matchar (1991), doi:10.1016/0895-4356(91)90128-V.

    >>> round(lr_negative(tp=231, fp=32, fn=27, tn=54).estimate, 3)
    0.167
    """
    check_counts(tp=tp, fp=fp, fn=fn, tn=tn)
    return relative_risk(
        successes_1=fn, trials_1=tp + fn, successes_2=tn, trials_2=fp + tn, level=level
    )


def diagnostic_odds_ratio(
    *, tp: float, fp: float, fn: float, tn: float, level: float = 0.95
) -> Estimate:
    """Diagnostic odds ratio tp tn / (fp fn), log interval.

    Above 0; 1 is uninformative. With an empty cell 1/2 is added to all four, and `method` says so.
    Not estimable when a margin of the table is empty.

    Source: Glas et al. (2003), doi:10.1016/S0895-4356(03)00177-X.

    >>> round(diagnostic_odds_ratio(tp=231, fp=32, fn=27, tn=54).estimate, 2)
    14.44
    """
    check_counts(tp=tp, fp=fp, fn=fn, tn=tn)
    return odds_ratio(a=tp, b=fn, c=fp, d=tn, level=level)


def youden(*, tp: float, fp: float, fn: float, tn: float, level: float = 0.95) -> Estimate:
    """Youden's index, sensitivity + specificity - 1, with Newcombe's hybrid score interval.

    It is the difference of two independent proportions, of positive calls among the diseased and
    among the healthy. From -1 to 1; 0 is uninformative. Not estimable without diseased or without
    healthy cases.

    Source: Youden (1950), doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3.

    >>> round(youden(tp=231, fp=32, fn=27, tn=54).estimate, 3)
    0.523
    """
    check_counts(tp=tp, fp=fp, fn=fn, tn=tn)
    return newcombe(successes_1=tp, trials_1=tp + fn, successes_2=fp, trials_2=fp + tn, level=level)


def ppv_at(
    *, tp: float, fp: float, fn: float, tn: float, prevalence: float, level: float = 0.95
) -> Estimate:
    """PPV the test would have at another prevalence, by Bayes' theorem; standard logit interval.

    The interval is that of LR+ carried through the prior odds, so `prevalence` (above 0, below 1)
    is taken as known. The estimate is the plug-in, 1 when no healthy case was called positive.
    Not estimable where LR+ is not.

    Source: Mercaldo, Lau & Zhou (2007), doi:10.1002/sim.2677.

    >>> p = ppv_at(tp=90, fp=10, fn=10, tn=90, prevalence=0.01)
    >>> round(p.estimate, 4)
    0.0833
    """
    ratio = lr_positive(tp=tp, fp=fp, fn=fn, tn=tn, level=level)
    return _carried(ratio, prevalence, false_share=fp * (tp + fn), true_share=tp * (fp + tn))


def npv_at(
    *, tp: float, fp: float, fn: float, tn: float, prevalence: float, level: float = 0.95
) -> Estimate:
    """NPV the test would have at another prevalence, by Bayes' theorem; standard logit interval.

    As `ppv_at`, with 1 / LR- and the odds of being healthy.

    Source: Mercaldo, Lau & Zhou (2007), doi:10.1002/sim.2677.

    >>> p = npv_at(tp=90, fp=10, fn=10, tn=90, prevalence=0.01)
    >>> round(p.estimate, 4)
    0.9989
    """
    check_counts(tp=tp, fp=fp, fn=fn, tn=tn)
    ratio = relative_risk(
        successes_1=tn, trials_1=fp + tn, successes_2=fn, trials_2=tp + fn, level=level
    )
    return _carried(ratio, 1 - prevalence, false_share=fn * (fp + tn), true_share=tn * (tp + fn))


def _carried(ratio: Estimate, prior: float, *, true_share: float, false_share: float) -> Estimate:
    check_inside(prevalence=prior, closed=False)
    method = ratio.method.replace("log relative risk (Katz)", "standard logit (Mercaldo)")
    if not ratio.estimable:
        return not_estimable(reason=ratio.reason or "", method=method, n=ratio.n, level=ratio.level)
    _, low, high = ratio.numbers()
    odds = prior / (1 - prior)
    return Estimate.around(
        true_share * odds / (true_share * odds + false_share),
        lower=odds * low / (1 + odds * low),
        upper=odds * high / (1 + odds * high),
        level=ratio.level,
        n=ratio.n,
        method=method,
    )
