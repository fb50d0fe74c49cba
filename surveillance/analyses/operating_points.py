"""What another operating point would have done: the threshold explorer."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.correction import verification_weights
from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json, share_of
from surveillance.statistics.designed_samples import weighted_accuracy

STEPS = 20
"""Operating points shown, spread over the scores of the diseased and of all, beside the one in force."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Calls, hits and misses at a row of thresholds, raw and corrected for who was verified.

    A case is called positive at a threshold when its score reaches it. Verification followed the
    calls made at the threshold in force, so the raw figures of another one are biased the more, the
    further away it lies; the corrected ones weight the cases as the design or, without one, chance
    within the call in force and report would have it.
    """
    scored = material.mature[material.mature["score"].notna()]
    known = scored[scored["truth"].isin(DECIDED)]
    in_force = material.view.entry.threshold_for(material.finding)
    if in_force is None or known.empty or known["truth"].nunique() < 2:
        return None
    weight = verification_weights(scored, material.reads)
    return {
        "in_force": in_force,
        "use_mode": material.view.use_mode_on(material.as_of.date()),
        "scored": len(scored),
        "verified": len(known),
        "reason": weight if isinstance(weight, str) else None,
        "points": [
            {"threshold": threshold, **_at(scored, known, threshold, weight)}
            for threshold in _thresholds(scored, known, in_force)
        ],
    }


def _thresholds(scored: pd.DataFrame, known: pd.DataFrame, in_force: float) -> list[float]:
    shares = np.linspace(0.02, 0.98, STEPS // 2)
    ill = known.loc[known["truth"] == "positive", "score"]
    points = np.concatenate(
        [np.quantile(scored["score"], shares), np.quantile(ill, shares), [in_force]]
    )
    low, high = scored["score"].min(), scored["score"].max()
    found = {float(f"{point:.3g}") for point in points} | {in_force}
    return sorted(point for point in found if low < point <= high or point == in_force)


def _at(
    scored: pd.DataFrame, known: pd.DataFrame, threshold: float, weight: "pd.Series[float] | str"
) -> dict[str, Any]:
    called, hit = scored["score"] >= threshold, known["score"] >= threshold
    ill = known["truth"] == "positive"
    tp, fp = int((hit & ill).sum()), int((hit & ~ill).sum())
    fn, tn = int((~hit & ill).sum()), int((~hit & ~ill).sum())
    said: dict[str, Any] = {
        "called_positive": int(called.sum()),
        "per_1000": 1000 * float(called.mean()),
        "counts": {"tp": tp, "fp": fp, "fn": fn, "tn": tn},
        "sensitivity": share_of(known[ill], hit[ill]),
        "specificity": share_of(known[~ill], ~hit[~ill]),
        "corrected": None,
    }
    if not isinstance(weight, str):
        found = weighted_accuracy(
            called=hit.to_numpy(),
            diseased=ill.to_numpy(),
            probabilities=np.minimum(1 / weight[known.index].to_numpy(), 1.0),
        )
        said["corrected"] = {
            "sensitivity": as_json(found.sensitivity),
            "specificity": as_json(found.specificity),
        }
    return said
