"""Probabilities from scores, learnt on cases whose outcome has matured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression
from scipy.special import expit

from surveillance.statistics.calibration import logistic_fit
from surveillance.statistics.estimate import (
    ArgumentError,
    Floats,
    check_lengths,
    flags,
    vector,
)

Calibrator = Literal["isotonic", "logistic"]
EDGE = 1e-12
ONE_CLASS = "Calibration needs matured cases with and without the disease."
SEPARATED = (
    "The scores separate the classes, so a logistic slope is infinite; add cases or use isotonic."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedProbabilities:
    """One probability of disease for each new score, or why there are none; `n` matured cases."""

    probabilities: tuple[float, ...]
    n: int
    method: str
    reason: str | None = None


def calibrated_probabilities(
    *,
    scores: ArrayLike,
    outcomes: ArrayLike,
    new_scores: ArrayLike,
    method: Calibrator = "isotonic",
) -> CalibratedProbabilities:
    """Probability of disease for new scores, by a calibration fitted on matured cases.

    One score (any scale, higher is more suspicious) and one outcome (1 diseased, 0 not) per matured
    case; one score per new case. `isotonic` is the best fitting curve that never falls (pool
    adjacent violators, tied scores together), joined by straight lines and held constant outside
    the scores seen; its ends can be exactly 0 or 1, which is more certain than the cases behind
    them. `logistic` is Platt's, logit P = a + b score, without his label smoothing; give logits
    where the scores are probabilities. It extrapolates, and may fall where higher scores were
    healthier. The matured cases must be a fair sample of the new ones at each score: those that
    were verified because of their score are, those verified because of anything else are not. Not
    estimable with one outcome only; the logistic not when the scores separate the outcomes.

    Source: Zadrozny & Elkan (2002), doi:10.1145/775047.775151; Platt (1999) in Advances in Large
    Margin Classifiers, MIT Press.

    >>> c = calibrated_probabilities(scores=[1, 2, 3, 4], outcomes=[0, 1, 0, 1],
    ...                              new_scores=[0, 1.5, 3, 9])
    >>> c.probabilities
    (0.0, 0.25, 0.5, 1.0)
    """
    matured = Matured.of(scores, outcomes, method)
    new = vector(new_scores, name="new_scores")
    named = f"{method} calibration"
    if isinstance(matured, str):
        return CalibratedProbabilities(
            probabilities=(), n=len(np.atleast_1d(scores)), method=named, reason=matured
        )
    fitted = matured.predict(new)
    return CalibratedProbabilities(
        probabilities=tuple(map(float, fitted)), n=len(matured.outcomes), method=named
    )


@dataclass(frozen=True, slots=True)
class Matured:
    """Matured cases at their distinct scores, each standing for `stands_for` cases, ready to be fitted again."""

    distinct: Floats
    place: np.typing.NDArray[np.intp]
    outcomes: Floats
    stands_for: Floats
    method: Calibrator
    start: Floats | None = None

    @classmethod
    def of(
        cls,
        scores: ArrayLike,
        outcomes: ArrayLike,
        method: Calibrator,
        weights: ArrayLike | None = None,
    ) -> Matured | str:
        """The cases, or the sentence why no calibration can be fitted to them; without weights each stands for itself."""
        x, y = vector(scores, name="scores"), flags(outcomes, name="outcomes")
        w = np.ones(len(x)) if weights is None else vector(weights, name="weights")
        check_lengths(scores=x, outcomes=y, weights=w)
        if (w <= 0).any():
            raise ArgumentError(
                f"`weights` holds {float(w.min())!r}; give for how many cases, above 0, each stands."
            )
        if method not in ("isotonic", "logistic"):
            raise ArgumentError(f"`method` is {method!r}; give isotonic or logistic.")
        if not len(y) or y.all() or not y.any():
            return ONE_CLASS
        ill, well = x[y], x[~y]
        if method == "logistic" and (ill.min() >= well.max() or well.min() >= ill.max()):
            return SEPARATED
        distinct, place = np.unique(x, return_inverse=True)
        cases = cls(distinct, place.ravel(), y.astype(np.float64), w, method)
        return cases if method == "isotonic" else replace(cases, start=cases._coefficients(w))

    def predict(self, new: Floats) -> Floats:
        """Probabilities of new scores."""
        return self._fitted(new, self.stands_for, None)

    def redrawn(self, new: Floats, rng: np.random.Generator) -> Floats:
        """Probabilities of new scores after one Bayesian bootstrap of the matured cases.

        Cases at an end of an isotonic curve that all had one outcome would have it in every
        bootstrap; their share is drawn from its posterior under Jeffreys' prior instead, as if of Kish's
        effective number of cases.
        """
        drawn = self.stands_for * rng.standard_exponential(len(self.outcomes))
        return self._fitted(new, drawn, rng)

    def _fitted(self, new: Floats, weights: Floats, rng: np.random.Generator | None) -> Floats:
        if self.method == "isotonic":
            size = np.bincount(self.place, weights=weights).astype(np.float64)
            share = np.bincount(self.place, weights=weights * self.outcomes) / size
            curve = np.clip(isotonic_regression(share, weights=size).x, 0, 1)
            if rng is not None:
                curve = self._uncertain_ends(curve, rng)
            return np.interp(new, self.distinct, curve)
        a, b = self._coefficients(weights)
        centre, scale = self.distinct.mean(), self.distinct.std()
        return np.asarray(expit(a + b * (new - centre) / scale), dtype=np.float64)

    def _uncertain_ends(self, curve: Floats, rng: np.random.Generator) -> Floats:
        low, high = curve <= EDGE, curve >= 1 - EDGE
        inner = curve[~low & ~high]
        least, most = (float(inner[0]), float(inner[-1])) if len(inner) else (0.5, 0.5)
        drawn = curve.copy()
        if low.any():
            drawn[low] = min(rng.beta(0.5, self._effective(low) + 0.5), least)
        if high.any():
            drawn[high] = max(rng.beta(self._effective(high) + 0.5, 0.5), most)
        return drawn

    def _effective(self, scores: np.typing.NDArray[np.bool_]) -> float:
        """Kish's effective number of the cases at some of the distinct scores."""
        weights = self.stands_for[scores[self.place]]
        return float(weights.sum() ** 2 / (weights**2).sum())

    def _coefficients(self, weights: Floats) -> Floats:
        """Of the logistic curve over standardised scores."""
        x = (self.distinct - self.distinct.mean()) / self.distinct.std()
        size = np.bincount(self.place, weights=weights).astype(np.float64)
        ill = weights * self.outcomes
        fit = logistic_fit(
            np.column_stack([np.ones(len(x)), x]),
            np.bincount(self.place, weights=ill) / size,
            offset=np.zeros(len(x)),
            weights=size,
            start=self.start,
        )
        if fit is None:
            raise ArgumentError("`scores` let the logistic fit not converge; use isotonic.")
        return fit[0]
