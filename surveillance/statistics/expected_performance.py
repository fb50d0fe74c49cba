"""Performance to be expected before the outcomes are known, from calibrated probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.statistics.estimate import (
    ArgumentError,
    Estimate,
    Floats,
    ProportionError,
    check_lengths,
    check_whole,
    flags,
    normal_quantile,
    not_estimable,
    vector,
)
from surveillance.statistics.poisson_binomial import (
    Count,
    grouped,
    poisson_binomial,
    share_limits,
)
from surveillance.statistics.score_calibration import Calibrator, Matured

DRAWS = 20
KNOWN = "expected from probabilities, Poisson-binomial band"
NO_CASES = "There were no cases."
NO_DISEASE = "The probabilities leave no disease to be expected."
NO_HEALTH = "The probabilities leave no healthy case to be expected."
NO_CALLS = "No case was called positive."
ALL_CALLS = "No case was called negative."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedConfusion:
    """The four counts and the four measures that may be expected to come true, each with its band."""

    tp: Estimate
    fp: Estimate
    fn: Estimate
    tn: Estimate
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate


def expected_confusion(
    *,
    probabilities: ArrayLike,
    threshold: float | None = None,
    called: ArrayLike | None = None,
    level: float = 0.95,
) -> ExpectedConfusion:
    """Confusion matrix expected from calibrated probabilities, without outcomes (CBPE).

    One probability of disease (0 to 1) per case, and the decision: a `threshold` at or above which
    a probability was called positive, or `called` (1 or 0 per case) where it was made on something
    else. TP is the sum of the probabilities called positive, FN of the others; FP and TN of their
    complements; measures are ratios of these sums. The band is where the value of these very cases
    will lie with chance `level` if every probability is right and cases are independent: exact
    Poisson-binomial limits, for sensitivity and specificity of the ratio of two such counts. It is
    conservative for small counts. Not in the band: wrong probabilities, for which see
    `expected_confusion_calibrated`; a change of what scores mean (new disease, new scanner, concept
    change), which nothing but outcomes shows: hence `back_test`. `n` is the cases a count or a
    measure rests on, for sensitivity and specificity the expected ones. Not estimable without
    cases, or where the denominator is certain to be empty.

    Source: Kivimäki et al. (2024), arXiv:2407.08649; NannyML documentation, How it works,
    Confidence-based Performance Estimation; Hong (2013), doi:10.1016/j.csda.2012.10.006.

    >>> e = expected_confusion(probabilities=[0.9, 0.8, 0.4, 0.1], threshold=0.5)
    >>> round(e.tp.estimate, 3), round(e.sensitivity.estimate, 3), e.tp.lower, e.tp.upper
    (1.7, 0.773, 1.0, 2.0)
    """
    p = vector(probabilities, name="probabilities")
    if ((p < 0) | (p > 1)).any():
        raise ProportionError(
            "`probabilities` holds a value outside 0 to 1; give calibrated probabilities, not scores."
        )
    positive = _decision(p, threshold, called)
    normal_quantile(level=level)
    ill, well = p[positive], p[~positive]
    tp, fn = poisson_binomial(ill), poisson_binomial(well)
    fp, tn = _complement(tp, len(ill)), _complement(fn, len(well))

    def share(part: Count, rest: Count) -> tuple[float, float]:
        return share_limits(part, rest, level)

    return _matrix(
        sums=(float(ill.sum()), float(well.sum()), len(ill), len(well)),
        limits={
            "tp": tp.limits(level), "fp": fp.limits(level), "fn": fn.limits(level), "tn": tn.limits(level),
            "sensitivity": share(tp, fn), "specificity": share(tn, fp),
        },
        level=level,
        method=KNOWN,
    )  # fmt: skip


def expected_confusion_calibrated(
    *,
    scores: ArrayLike,
    outcomes: ArrayLike,
    new_scores: ArrayLike,
    threshold: float | None = None,
    called: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    method: Calibrator = "isotonic",
    resamples: int = 500,
    seed: int = 0,
    level: float = 0.95,
) -> ExpectedConfusion:
    """Expected confusion matrix of new scores, its band allowing for the error of the calibration.

    Matured and new cases as in `calibrated_probabilities`; a new case is called positive at a score
    of `threshold` or more, on the scale of the scores, or as `called` says. Where not every case was
    verified, `weights` holds for how many cases each matured one stands (one over its chance of being
    verified): then the cases verified need not be like the others of their score. The probabilities
    come from all matured cases; the band from `resamples` Bayesian bootstraps of them, each with 20 draws of what would
    come true (`seed`). It is wider than that of `expected_confusion`, the more so the fewer matured
    cases there are. An isotonic curve is too steep when they are few, so sensitivity and
    specificity are expected too high; at 95 % its bands hold 91 to 96 % with 1,000 matured cases,
    87 to 95 % with 300, 84 to 93 % with 100. The logistic holds 92 to 96 % where its shape is
    right. What no band can hold is said in `expected_confusion`. Not estimable as there and in
    `calibrated_probabilities`.

    Source: Kivimäki et al. (2024), arXiv:2407.08649; Rubin (1981), doi:10.1214/aos/1176345338.

    >>> e = expected_confusion_calibrated(scores=[1, 2, 3, 4] * 20, outcomes=[0, 1, 0, 1] * 20,
    ...                                   new_scores=[1, 3, 3, 4] * 5, threshold=3)
    >>> e.tp.estimate, e.sensitivity.estimate
    (10.0, 1.0)
    """
    matured = Matured.of(scores, outcomes, method, weights)
    new = vector(new_scores, name="new_scores")
    positive = _decision(new, threshold, called)
    normal_quantile(level=level)
    check_whole(resamples=resamples, seed=seed)
    if resamples < 100:
        raise ArgumentError(f"`resamples` is {resamples}; give at least 100 for limits to rest on.")
    if threshold is not None and not math.isfinite(threshold):
        raise ArgumentError(f"`threshold` is {threshold!r}; give a finite score.")
    named = f"expected after {method} calibration, Bayesian bootstrap band"
    if isinstance(matured, str):
        none = not_estimable(reason=matured, method=named, n=len(new), level=level)
        return ExpectedConfusion(
            tp=none, fp=none, fn=none, tn=none, sensitivity=none, specificity=none, ppv=none, npv=none
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    p = matured.predict(new)
    drawn = np.empty((2, resamples, DRAWS))
    for place in range(resamples):
        again = matured.redrawn(new, rng)
        for kind, part in enumerate((again[positive], again[~positive])):
            chance, size = grouped(part)
            drawn[kind, place] = rng.binomial(
                size.astype(np.int64), chance, (DRAWS, len(size))
            ).sum(axis=1)
    tp, fn = drawn[0].ravel(), drawn[1].ravel()
    called, rest = int(positive.sum()), int((~positive).sum())
    parts = {
        "tp": tp, "fp": called - tp, "fn": fn, "tn": rest - fn,
        "sensitivity": _ratio(tp, fn), "specificity": _ratio(rest - fn, called - tp),
    }  # fmt: skip
    tails = [(1 - level) / 2, (1 + level) / 2]
    limits = {}
    for name, values in parts.items():
        if len(values):
            low, high = np.quantile(values, tails, method="inverted_cdf")
            limits[name] = (float(low), float(high))
    return _matrix(
        sums=(float(p[positive].sum()), float(p[~positive].sum()), called, rest),
        limits=limits,
        level=level,
        method=named,
    )


def _decision(p: Floats, threshold: float | None, called: ArrayLike | None) -> NDArray[np.bool_]:
    if (threshold is None) == (called is None):
        raise ArgumentError("`threshold` and `called`: give one of the two.")
    if threshold is not None:
        return np.asarray(p >= threshold, dtype=np.bool_)
    positive = flags(called if called is not None else (), name="called")
    check_lengths(cases=p, called=positive)
    return positive


def _complement(count: Count, n: int) -> Count:
    return Count(n - count.first - len(count.chance) + 1, count.chance[::-1])


def _ratio(part: Floats, rest: Floats) -> Floats:
    total = part + rest
    return part[total > 0] / total[total > 0]


def _matrix(
    *,
    sums: tuple[float, float, int, int],
    limits: dict[str, tuple[float, float]],
    level: float,
    method: str,
) -> ExpectedConfusion:
    """Estimates from the expected TP and FN and the calls of either kind, with their limits."""
    tp, fn, called, rest = sums
    fp, tn, n = called - tp, rest - fn, called + rest

    def count(name: str, value: float, cases: int) -> Estimate:
        if n == 0:
            return not_estimable(reason=NO_CASES, method=method, level=level)
        return _within(value, limits[name], cases, cases, level, method)

    def share(name: str, part: float, whole: float, reason: str) -> Estimate:
        if n == 0 or whole <= 0 or name not in limits:
            why = NO_CASES if n == 0 else reason
            return not_estimable(reason=why, method=method, n=n, level=level)
        return _within(part / whole, limits[name], whole, 1.0, level, method)

    of_calls, of_rest = max(called, 1), max(rest, 1)
    if n:
        limits["ppv"] = (limits["tp"][0] / of_calls, limits["tp"][1] / of_calls)
        limits["npv"] = (limits["tn"][0] / of_rest, limits["tn"][1] / of_rest)
    return ExpectedConfusion(
        tp=count("tp", tp, called),
        fp=count("fp", fp, called),
        fn=count("fn", fn, rest),
        tn=count("tn", tn, rest),
        sensitivity=share("sensitivity", tp, tp + fn, NO_DISEASE),
        specificity=share("specificity", tn, tn + fp, NO_HEALTH),
        ppv=share("ppv", tp, called, NO_CALLS),
        npv=share("npv", tn, rest, ALL_CALLS),
    )


def _within(
    value: float, limits: tuple[float, float], n: float, most: float, level: float, method: str
) -> Estimate:
    value = min(max(value, 0.0), most)
    return Estimate.around(
        value, lower=limits[0], upper=limits[1], level=level, n=n, method=method, bounds=(0, most)
    )
