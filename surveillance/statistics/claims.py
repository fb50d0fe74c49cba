"""Whether a proportion lives up to the value on the label, and what is still needed to say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from scipy.optimize import brentq

from surveillance.statistics.estimate import (
    CountError,
    Estimate,
    LevelError,
    ProportionError,
    check_inside,
    check_part,
    normal_quantile,
    not_estimable,
)
from surveillance.statistics.proportions import clopper_pearson, wilson


class Verdict(StrEnum):
    """What the data say about a claim."""

    MET = "met"
    NOT_SHOWN = "not_shown"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecision:
    """The proportion, the threshold it was held to, the verdict and the trials still needed."""

    proportion: Estimate
    threshold: float
    verdict: Verdict
    n_needed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudererSize:
    """Cases to recruit so that both intervals are as narrow as wanted."""

    diseased: int
    healthy: int
    total_for_sensitivity: int
    total_for_specificity: int
    total: int


def non_inferiority(
    *,
    successes: float,
    trials: float,
    claim: float,
    margin: float = 0.0,
    alpha: float = 0.025,
    method: Literal["score", "exact"] = "score",
    effective_n: float | None = None,
) -> ClaimDecision:
    """One-sided test of a proportion against `threshold` = claim - margin, in both directions.

    *Met*: the lower limit is above the threshold, so p <= threshold is rejected at `alpha`.
    *Breached*: the upper limit is below it, so p >= threshold is rejected at `alpha`. Otherwise
    *not shown*: the data fit either, which is no finding against the product. Limits are Wilson's
    (inverting the score test) or Clopper–Pearson's (exact) at level 1 - 2 alpha. For clustered data
    give the `effective_n` (`n` of `clustered_proportion`), never above `trials`.

    `n_needed` is how many further trials (not effective ones) would reach a verdict if the observed
    proportion stayed as it is: 0 once decided, None when it lies on the threshold, or with the
    exact method so near that 10^9 trials would not do. It is a median, not a guarantee: planned so,
    about half of studies would decide. At 0/n and n/n the rule is the same. Without trials the
    proportion is not estimable and the verdict is *not shown*.

    Source: Wilson (1927), doi:10.1080/01621459.1927.10502953; margin: Piaggio et al. (2012),
    doi:10.1001/jama.2012.87802.

    >>> d = non_inferiority(successes=180, trials=200, claim=0.90, margin=0.05)
    >>> d.verdict.value, d.n_needed
    ('met', 0)
    """
    if not 0 < alpha <= 0.25:
        raise LevelError(f"`alpha` is {alpha!r}; give a one-sided error rate above 0, up to 0.25.")
    check_part(part="successes", of="trials", successes=successes, trials=trials)
    check_inside(claim=claim)
    threshold = claim - margin
    if margin < 0 or not 0 < threshold < 1:
        raise ProportionError(
            f"`margin` is {margin!r} and `claim` {claim!r}; give a margin of 0 or more that leaves"
            " claim - margin above 0 and below 1."
        )
    if effective_n is not None and not 0 < effective_n <= trials:
        raise CountError(
            f"`effective_n` is {effective_n!r}; give a number above 0, at most `trials` {trials!r}."
        )
    interval = {"score": wilson, "exact": clopper_pearson}.get(method)
    if interval is None:
        raise LevelError(f"`method` is {method!r}; give score or exact.")
    level = 1 - 2 * alpha
    if trials == 0:
        none = not_estimable(reason="There were no trials.", method=f"{method} limits", level=level)
        return ClaimDecision(
            proportion=none, threshold=threshold, verdict=Verdict.NOT_SHOWN, n_needed=None
        )
    p, n = successes / trials, trials if effective_n is None else effective_n

    def lead(size: float) -> float:
        """By how much the interval clears the threshold at this size; negative when it holds it."""
        _, low, high = interval(successes=p * size, trials=size, level=level).numbers()
        return low - threshold if p > threshold else threshold - high

    proportion = interval(successes=p * n, trials=n, level=level)
    verdict = Verdict.NOT_SHOWN
    if lead(n) > 0:
        verdict = Verdict.MET if p > threshold else Verdict.BREACHED
    needed: int | None = 0
    if verdict is Verdict.NOT_SHOWN:
        total = _decisive_size(
            p, threshold, normal_quantile(level=level), n, lead if method == "exact" else None
        )
        needed = None if total is None else max(1, math.ceil((total - n) * trials / n))
    return ClaimDecision(
        proportion=proportion, threshold=threshold, verdict=verdict, n_needed=needed
    )


def _decisive_size(
    p: float, threshold: float, z: float, n: float, lead: Callable[[float], float] | None
) -> float | None:
    if p == threshold:
        return None
    if lead is None:
        return z * z * threshold * (1 - threshold) / (p - threshold) ** 2
    if lead(1e9) <= 0:
        return None
    return float(brentq(lead, n, 1e9))


def buderer(
    *,
    sensitivity: float,
    specificity: float,
    prevalence: float,
    half_width: float,
    level: float = 0.95,
) -> BudererSize:
    """Buderer's sample size for sensitivity and specificity at a wanted half-width.

    `sensitivity` and `specificity` are expected values, `half_width` the wanted distance from
    estimate to limit, `prevalence` that of the cases recruited; each above 0 and below 1. Every
    number is rounded up. The formula is Wald's: at expectations near 0 or 1 it asks for too few.

    Source: Buderer (1996), doi:10.1111/j.1553-2712.1996.tb03538.x.

    >>> buderer(sensitivity=0.9, specificity=0.85, prevalence=0.2, half_width=0.05).total
    695
    """
    check_inside(
        closed=False,
        sensitivity=sensitivity,
        specificity=specificity,
        prevalence=prevalence,
        half_width=half_width,
    )
    scale = (normal_quantile(level=level) / half_width) ** 2
    diseased = math.ceil(scale * sensitivity * (1 - sensitivity))
    healthy = math.ceil(scale * specificity * (1 - specificity))
    for_sensitivity = math.ceil(diseased / prevalence)
    for_specificity = math.ceil(healthy / (1 - prevalence))
    return BudererSize(
        diseased=diseased,
        healthy=healthy,
        total_for_sensitivity=for_sensitivity,
        total_for_specificity=for_specificity,
        total=max(for_sensitivity, for_specificity),
    )
