"""Whether predicted probabilities come true as often as they say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from surveillance.statistics.estimate import (
    ArrayError,
    Estimate,
    Floats,
    ProportionError,
    check_lengths,
    flags,
    normal_quantile,
    not_estimable,
    vector,
)

MAX_STEPS = 50
Binning = Literal["equal_width", "equal_mass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalibration:
    """Calibration-in-the-large (slope held at 1) and calibration slope."""

    intercept: Estimate
    slope: Estimate


def brier(*, probabilities: ArrayLike, labels: ArrayLike, level: float = 0.95) -> Estimate:
    """Brier score, the mean squared gap between probability and outcome, normal interval.

    One probability (0 to 1) and one label (0 or 1) per case. From 0 (perfect) to 1, cut there.
    Variance is that of the squared gaps; when they are all equal the interval has no width. Not
    estimable with fewer than two cases.

    Source: Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    >>> round(brier(probabilities=[0.1, 0.9, 0.8, 0.3], labels=[0, 1, 1, 0]).estimate, 4)
    0.0375
    """
    p, y = probability_cases(probabilities, labels)
    z, method = normal_quantile(level=level), "Brier score, normal interval"
    if len(p) < 2:
        return not_estimable(
            reason="A variance needs two cases.", method=method, n=len(p), level=level
        )
    gaps = (p - y) ** 2
    half = z * float(gaps.std(ddof=1)) / math.sqrt(len(p))
    score = float(gaps.mean())
    return Estimate.around(
        score,
        lower=score - half,
        upper=score + half,
        level=level,
        n=len(p),
        method=method,
        bounds=(0, 1),
    )


def recalibration(
    *, probabilities: ArrayLike, labels: ArrayLike, level: float = 0.95
) -> Recalibration:
    """Calibration intercept and slope by logistic recalibration, Newton's method, Wald intervals.

    `intercept` is a in logit P(y) = a + logit p (0 is calibrated, above 0 means risks are too low);
    `slope` is b in logit P(y) = a + b logit p (1 is calibrated, below 1 means too extreme).
    Probabilities must lie strictly between 0 and 1. Not estimable with one class only; the slope
    not with one distinct probability, nor when the probabilities separate the classes.

    Source: Cox (1958), doi:10.1093/biomet/45.3-4.562; Van Calster et al. (2019),
    doi:10.1186/s12916-019-1466-7.

    >>> r = recalibration(probabilities=[0.2, 0.2, 0.6, 0.6, 0.6], labels=[0, 1, 0, 1, 1])
    >>> round(r.intercept.estimate, 3), round(r.slope.estimate, 3)
    (0.776, 0.387)
    """
    p, y = probability_cases(probabilities, labels)
    if len(p) and not (p.min() > 0 and p.max() < 1):
        raise ProportionError(
            "`probabilities` holds 0 or 1, whose logit is infinite; leave those cases out, or cut"
            " to the resolution of the score and say so."
        )
    x = np.asarray(logit(p), dtype=np.float64)
    ones = np.ones((len(x), 1))
    return Recalibration(
        intercept=_coefficient(ones, y, offset=x, kind="intercept", level=level),
        slope=_coefficient(
            np.column_stack([ones, x]), y, offset=np.zeros(len(x)), kind="slope", level=level
        ),
    )


def expected_calibration_error(
    *,
    probabilities: ArrayLike,
    labels: ArrayLike,
    bins: int = 10,
    binning: Binning = "equal_width",
    level: float = 0.95,
) -> Estimate:
    """Expected calibration error: mean gap of observed share and mean probability over bins.

    `equal_width` cuts 0 to 1 into `bins` of one width, each holding its upper edge; `equal_mass`
    cuts the sorted cases into `bins` of nearly one size, equal
    probabilities staying together. From 0 to 1. Chance alone pushes it up:
    the lower limit takes off its mean under calibration, as in `drift`. The value depends on the
    bins, so `method` states them. Not estimable without cases.

    Source: Naeini, Cooper & Hauskrecht (2015), doi:10.1609/aaai.v29i1.9602.

    >>> e = expected_calibration_error(probabilities=[0.25, 0.25, 0.75, 0.75],
    ...                                labels=[0, 0, 1, 0], bins=2)
    >>> e.estimate
    0.25
    """
    p, y = probability_cases(probabilities, labels)
    z = normal_quantile(level=level)
    method = f"expected calibration error, {bins} {binning.replace('_', ' ')} bins"
    index = bin_index(p, bins=bins, binning=binning)
    if len(p) == 0:
        return not_estimable(reason="There were no cases.", method=method, level=level)
    gaps = np.abs(np.bincount(index, weights=y - p, minlength=bins)) / len(p)
    noise = np.sqrt(np.bincount(index, weights=p * (1 - p), minlength=bins)) / len(p)
    half = z * float(np.sqrt((noise**2).sum()))
    error = float(gaps.sum())
    return Estimate.around(
        error,
        lower=error - math.sqrt(2 / math.pi) * float(noise.sum()) - half,
        upper=error + half,
        level=level,
        n=len(p),
        method=method,
        bounds=(0, 1),
    )


def bin_index(p: Floats, *, bins: int, binning: Binning) -> NDArray[np.intp]:
    """Bin of each probability, by either binning of `expected_calibration_error`."""
    if bins < 1 or binning not in ("equal_width", "equal_mass"):
        raise ArrayError(
            f"`bins` is {bins!r} and `binning` {binning!r};"
            " give 1 or more bins, equal_width or equal_mass."
        )
    if binning == "equal_width":
        # Rounding keeps an edge such as 0.07 of 100 bins in the bin below it.
        return np.clip(np.ceil(np.round(p * bins, 9)).astype(np.intp) - 1, 0, bins - 1)
    return np.asarray(np.searchsorted(np.sort(p), p) * bins // max(1, len(p)), dtype=np.intp)


def probability_cases(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, Floats]:
    p, y = vector(probabilities, name="probabilities"), flags(labels, name="labels")
    check_lengths(probabilities=p, labels=y)
    if ((p < 0) | (p > 1)).any():
        raise ProportionError(
            "`probabilities` holds a value outside 0 to 1; give probabilities, not scores."
        )
    return p, y.astype(np.float64)


def _coefficient(
    design: NDArray[np.float64], y: Floats, *, offset: Floats, kind: str, level: float
) -> Estimate:
    """Last coefficient of a logistic regression, or why there is none."""
    method, z = f"calibration {kind}, logistic recalibration, Wald", normal_quantile(level=level)

    def none(reason: str) -> Estimate:
        return not_estimable(reason=reason, method=method, n=len(y), level=level)

    if y.min(initial=1) == y.max(initial=0) or len(y) == 0:
        return none("Recalibration needs cases with and without the disease.")
    x = design[:, -1]
    if kind == "slope":
        if np.ptp(x) == 0:
            return none("All probabilities are equal, so a slope does not exist.")
        ill, well = x[y == 1], x[y == 0]
        if ill.min() >= well.max() or well.min() >= ill.max():
            return none("The probabilities separate the classes, so the slope is infinite.")
    fit = logistic_fit(design, y, offset=offset)
    if fit is None:
        return none(f"Newton's method did not converge in {MAX_STEPS} steps.")
    estimate = float(fit[0][-1])
    half = z * math.sqrt(float(np.linalg.inv(fit[1])[-1, -1]))
    return Estimate.around(
        estimate,
        lower=estimate - half,
        upper=estimate + half,
        level=level,
        n=len(y),
        method=method,
    )


def logistic_fit(
    design: NDArray[np.float64],
    y: Floats,
    *,
    offset: Floats,
    weights: Floats | None = None,
    start: Floats | None = None,
) -> tuple[Floats, NDArray[np.float64]] | None:
    """Coefficients and information of a logistic regression by Newton's method, None if it fails.

    `y` may hold shares of `weights` cases each. Data that separate the classes are the caller's to
    refuse. `start` holds coefficients to set out from, by default 0.
    """
    beta = np.zeros(design.shape[1]) if start is None else start
    weights = np.ones(len(y)) if weights is None else weights
    for _ in range(MAX_STEPS):
        fitted = np.asarray(expit(design @ beta + offset), dtype=np.float64)
        information = design.T @ (design * (weights * fitted * (1 - fitted))[:, None])
        step = np.linalg.solve(information, design.T @ (weights * (y - fitted)))
        # Newton can overshoot from far away; a step of at most 5 logits always comes back.
        beta = beta + step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-300))
        if float(np.abs(step).max()) < 1e-10:
            return beta, information
    return None
