"""Where predicted probabilities go wrong: the curve, Murphy's decomposition, Spiegelhalter's test."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from surveillance.statistics.calibration import Binning, bin_index, probability_cases
from surveillance.statistics.estimate import Floats, normal_quantile
from surveillance.statistics.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class MurphyDecomposition:
    """Brier = reliability - resolution + uncertainty + within_bin, or why there is none."""

    brier: float | None
    reliability: float | None
    resolution: float | None
    uncertainty: float | None
    within_bin: float | None
    n: int
    method: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationTest:
    """A statistic, standard normal when the probabilities are right, and its two-sided p-value."""

    z: float | None
    p_value: float | None
    n: int
    method: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityCurve:
    """One entry per bin that holds cases, lowest probabilities first."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    cases: tuple[int, ...]
    method: str
    reason: str | None = None


def murphy_decomposition(
    *,
    probabilities: ArrayLike,
    labels: ArrayLike,
    bins: int | None = None,
    binning: Binning = "equal_width",
    bias_corrected: bool = False,
) -> MurphyDecomposition:
    """Murphy's decomposition of the Brier score into reliability, resolution and uncertainty.

    One probability (0 to 1) and one label (0 or 1) per case. Reliability (0 is calibrated) is the
    mean squared gap of mean probability and observed share over groups; resolution (higher is
    better, at most the uncertainty) that of observed share and prevalence; uncertainty is
    prevalence (1 - prevalence). Without `bins` a group is one distinct probability and the
    decomposition is exact, `within_bin` 0; that suits forecasts of few values only, as with all
    values distinct every case is its own group. With `bins` (cut as in
    `expected_calibration_error`) `within_bin` is what remains, Stephenson's within-bin variance
    less covariance. Both reliability and resolution are too high by chance; `bias_corrected` takes
    that off (Ferro & Fricker, a group of one case left as it is), keeps their balance, and may give
    values below 0. Not estimable without cases, nor bias-corrected with fewer than two.

    Source: Murphy (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2; Stephenson et al.
    (2008), doi:10.1175/2007WAF2006116.1; Ferro & Fricker (2012), doi:10.1002/qj.1924.

    >>> m = murphy_decomposition(probabilities=[0.2, 0.2, 0.2, 0.8, 0.8], labels=[0, 0, 1, 1, 1])
    >>> [round(part, 4) for part in (m.brier, m.reliability, m.resolution, m.uncertainty)]
    [0.16, 0.0267, 0.1067, 0.24]
    """
    p, y = probability_cases(probabilities, labels)
    groups = "each distinct probability"
    if bins is None:
        index = np.unique(p, return_inverse=True)[1]
    else:
        index = bin_index(p, bins=bins, binning=binning)
        groups = f"{bins} {binning.replace('_', ' ')} bins"
    method = f"Murphy decomposition, {groups}{', bias-corrected' if bias_corrected else ''}"
    n = len(p)
    if n < 1 + bias_corrected:
        return MurphyDecomposition(
            brier=None,
            reliability=None,
            resolution=None,
            uncertainty=None,
            within_bin=None,
            n=n,
            method=method,
            reason="A bias correction needs two cases." if n else "There were no cases.",
        )
    count, predicted, observed = _grouped(index, p, y)
    prevalence, brier = float(y.mean()), float(((p - y) ** 2).mean())
    reliability = float(count @ (predicted - observed) ** 2) / n
    resolution = float(count @ (observed - prevalence) ** 2) / n
    uncertainty = prevalence * (1 - prevalence)
    within_bin = 0.0 if bins is None else brier - (reliability - resolution + uncertainty)
    if bias_corrected:
        spread = observed * (1 - observed) * count / np.maximum(count - 1, 1)
        by_chance, of_all = float(spread.sum()) / n, uncertainty / (n - 1)
        reliability -= by_chance
        resolution += of_all - by_chance
        uncertainty += of_all
    return MurphyDecomposition(
        brier=brier,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bin=within_bin,
        n=n,
        method=method,
    )


def spiegelhalter_z(*, probabilities: ArrayLike, labels: ArrayLike) -> CalibrationTest:
    """Spiegelhalter's test of calibration: the Brier score against its expectation if calibrated.

    One probability (0 to 1) and one label (0 or 1) per case. Z = sum((y - p)(1 - 2p)) /
    sqrt(sum((1 - 2p)^2 p (1 - p))), standard normal for many cases when every probability is right;
    above 0 where the Brier score is worse than the probabilities say it should be. `p_value` is
    two-sided; with few cases at risk (under about 10 expected events) it is approximate. A case of
    probability 0 that was diseased, or of 1 that was not, refutes calibration by itself and counts
    in Z without adding variance. Not estimable when all probabilities are 0, 1/2 or 1, which leaves
    no variance. It sees nothing at 1/2, and errors of opposite sign can cancel: read it beside the
    curve.

    Source: Spiegelhalter (1986), doi:10.1002/sim.4780050506.

    >>> t = spiegelhalter_z(probabilities=[0.1, 0.2, 0.7, 0.9], labels=[0, 1, 1, 0])
    >>> round(t.z, 3), round(t.p_value, 3)
    (2.201, 0.028)
    """
    p, y = probability_cases(probabilities, labels)
    weight, method = 1 - 2 * p, "Spiegelhalter's Z"
    variance = float(weight**2 @ (p * (1 - p)))
    if variance == 0:
        return CalibrationTest(
            z=None,
            p_value=None,
            n=len(p),
            method=method,
            reason="All probabilities are 0, 1/2 or 1, which leaves no variance to judge by."
            if len(p)
            else "There were no cases.",
        )
    z = float((y - p) @ weight) / math.sqrt(variance)
    return CalibrationTest(z=z, p_value=2 * float(ndtr(-abs(z))), n=len(p), method=method)


def reliability_curve(
    *,
    probabilities: ArrayLike,
    labels: ArrayLike,
    bins: int = 10,
    binning: Binning = "equal_width",
    level: float = 0.95,
) -> ReliabilityCurve:
    """Observed share against mean predicted probability, bin by bin, with Wilson intervals.

    Bins as in `expected_calibration_error`; those without cases are left out, and `cases` counts
    the rest. Each interval holds its observed share at `level` by itself, not all at once. Not
    estimable without cases.

    Source: Bröcker & Smith (2007), doi:10.1175/WAF993.1; Wilson (1927),
    doi:10.1080/01621459.1927.10502953.

    >>> c = reliability_curve(probabilities=[0.1, 0.2, 0.2, 0.9], labels=[0, 0, 1, 1], bins=2)
    >>> [round(p, 3) for p in c.predicted], [round(o, 3) for o in c.observed], c.cases
    ([0.167, 0.9], [0.333, 1.0], (3, 1))
    """
    p, y = probability_cases(probabilities, labels)
    index = bin_index(p, bins=bins, binning=binning)
    normal_quantile(level=level)
    method = f"reliability curve, {bins} {binning.replace('_', ' ')} bins, Wilson score"
    count, predicted, observed = _grouped(index, p, y)
    limits = [
        wilson(successes=share * size, trials=size, level=level).numbers()
        for share, size in zip(observed, count, strict=True)
    ]
    return ReliabilityCurve(
        predicted=tuple(map(float, predicted)),
        observed=tuple(map(float, observed)),
        lower=tuple(limit[1] for limit in limits),
        upper=tuple(limit[2] for limit in limits),
        cases=tuple(map(int, count)),
        method=method,
        reason=None if len(p) else "There were no cases.",
    )


def _grouped(index: NDArray[np.intp], p: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Cases, mean probability and observed share of each group that holds cases."""
    size = np.bincount(index)
    used = size > 0
    count = size[used].astype(np.float64)
    predicted = np.bincount(index, weights=p)[used] / count
    observed = np.bincount(index, weights=y)[used] / count
    return count, np.asarray(predicted), np.asarray(observed)
