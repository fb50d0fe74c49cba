"""What another operating point would have done: the threshold explorer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from register.error_rates import ErrorRates
from surveillance.clustering import design_effects, widened_accuracy
from surveillance.correction import Corrected, verification_weights, verified_by_tier
from surveillance.identifiability import BOTH, ERRING
from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import corrected, counted, share_of
from surveillance.reference_correction import corrected_for_both, corrected_for_reference
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.designed_samples import weighted_accuracy

STEPS = 20
"""Operating points shown, spread over the scores of the diseased and of all, beside the one in force."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Calls, hits and misses at a row of thresholds, raw and corrected for who was verified.

    A case is called positive at a threshold when its score reaches it. Verification followed the
    calls made at the threshold in force, so the raw figures of another one are biased the more, the
    further away it lies; the corrected ones weight the cases as the design or, without one, chance
    within the call in force and report would have it. An erring reference is corrected for at every
    threshold. The row in force holds the figures that stand everywhere else.
    """
    scored = material.mature[material.mature["score"].notna()]
    known = scored[scored["truth"].isin(DECIDED)]
    in_force = material.view.entry.threshold_for(material.finding)
    if in_force is None or known.empty or known["truth"].nunique() < 2:
        return None
    errors = material.view.errors_of(material.finding)
    whole = corrected(material.mature, material.reads, errors)
    reweigh = _Reweighing.of(scored, known, material, whole)
    return {
        "in_force": in_force,
        "use_mode": material.view.use_mode_on(material.as_of.date()),
        "scored": len(scored),
        "verified": len(known),
        "reason": reweigh.reason,
        "for": whole.cause if whole.accuracy else None,
        "points": [
            {
                "threshold": threshold,
                **at,
                "corrected": _corrected(
                    whole.accuracy if threshold == in_force else reweigh.at(threshold), at
                ),
            }
            for threshold in _thresholds(scored, known, in_force)
            for at in [_at(scored, known, threshold)]
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reweighing:
    """How the verified cases are made to speak of all at another threshold, or why they cannot."""

    scored: pd.DataFrame
    known: pd.DataFrame
    reads: pd.DataFrame
    effects: Mapping[str, float]
    weight: "pd.Series[float] | None"
    errors: Mapping[str, ErrorRates]
    reason: str | None

    @classmethod
    def of(
        cls, scored: pd.DataFrame, known: pd.DataFrame, material: Material, whole: Corrected
    ) -> Self:
        """By who was verified, by the errors of the reference, or by both, as the point in force is corrected."""
        erring = whole.accuracy is not None and whole.cause in (ERRING, BOTH)
        weight = (
            None
            if erring and whole.cause == ERRING
            else verification_weights(scored, material.reads)
        )
        complete = not isinstance(weight, str) and len(known) == len(scored)
        return cls(
            scored=scored,
            known=known,
            reads=material.reads,
            effects=design_effects(known),
            weight=None if complete or isinstance(weight, str) else weight,
            errors=material.view.errors_of(material.finding) if erring else {},
            reason=weight if isinstance(weight, str) else None,
        )

    def at(self, threshold: float) -> Accuracy | None:
        """The corrected accuracy of another threshold; None where the raw one is all there is."""
        if self.reason is not None:
            return None
        hit, ill = self.known["score"] >= threshold, self.known["truth"] == "positive"
        if self.errors and self.weight is not None:
            called = self.scored["score"] >= threshold
            entries = verified_by_tier(self.scored, self.reads, called=called)
            assert isinstance(entries, pd.DataFrame)
            both = corrected_for_both(entries, self.errors)
            found = Accuracy(sensitivity=both.sensitivity, specificity=both.specificity)
        elif self.errors:
            tiers = sorted(self.known["tier"].astype(str).unique())
            counts = [_cells(hit, ill, self.known["tier"].astype(str) == tier) for tier in tiers]
            found = corrected_for_reference(counts, [self.errors.get(tier) for tier in tiers])
        elif self.weight is not None:
            found = weighted_accuracy(
                called=hit.to_numpy(),
                diseased=ill.to_numpy(),
                probabilities=np.minimum(1 / self.weight[self.known.index].to_numpy(), 1.0),
            )
        else:
            return None
        return widened_accuracy(found, self.effects)


def _thresholds(scored: pd.DataFrame, known: pd.DataFrame, in_force: float) -> list[float]:
    shares = np.linspace(0.02, 0.98, STEPS // 2)
    ill = known.loc[known["truth"] == "positive", "score"]
    points = np.concatenate(
        [np.quantile(scored["score"], shares), np.quantile(ill, shares), [in_force]]
    )
    low, high = scored["score"].min(), scored["score"].max()
    found = {float(f"{point:.3g}") for point in points} | {in_force}
    return sorted(point for point in found if low < point <= high or point == in_force)


def _at(scored: pd.DataFrame, known: pd.DataFrame, threshold: float) -> dict[str, Any]:
    called, hit = scored["score"] >= threshold, known["score"] >= threshold
    ill = known["truth"] == "positive"
    return {
        "called_positive": int(called.sum()),
        "per_1000": 1000 * float(called.mean()),
        "counts": _cells(hit, ill, ill | True),
        "sensitivity": share_of(known[ill], hit[ill]),
        "specificity": share_of(known[~ill], ~hit[~ill]),
    }


def _cells(
    hit: "pd.Series[bool]", ill: "pd.Series[bool]", among: "pd.Series[bool]"
) -> dict[str, int]:
    cells = {"tp": hit & ill, "fp": hit & ~ill, "fn": ~hit & ill, "tn": ~hit & ~ill}
    return {name: int((cell & among).sum()) for name, cell in cells.items()}


def _corrected(found: Accuracy | None, trials: Mapping[str, Any]) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "sensitivity": counted(found.sensitivity, trials["sensitivity"]["n"]),
        "specificity": counted(found.specificity, trials["specificity"]["n"]),
    }
