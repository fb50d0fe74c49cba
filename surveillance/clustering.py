"""Patients who came more than once: their cases are not independent, and every interval says so."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.discrimination import design_effect
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.placements import placements_of
from surveillance.statistics.proportions import clustered_proportion, widened, wilson
from surveillance.statistics.verification_bounds import Bounds


def patients_of(cases: pd.DataFrame) -> "np.ndarray[Any, Any]":
    """A number per case for its patient; a case whose patient is not known is one of its own."""
    return np.asarray(pd.factorize(cases["patient"].fillna(cases["inference_id"]))[0])


def share(patient: "np.ndarray[Any, Any]", hit: "np.ndarray[Any, Any]") -> Estimate:
    """The share of cases that are a hit: Wilson's interval, clustered where a patient came more than once."""
    groups, trials = np.unique(patient, return_counts=True)
    if len(groups) == len(patient) or len(groups) < 2:
        return wilson(successes=int(hit.sum()), trials=len(hit))
    hits = np.bincount(np.searchsorted(groups, patient), weights=hit.astype(float))
    return clustered_proportion(successes=hits, trials=trials)


def design_effects(verified: pd.DataFrame) -> dict[str, float]:
    """By metric how many times the variance is what it would be had every case its own patient, 1 or more.

    Of verified cases, whose calls and truths are decided; that of the AUC is of those with a score.
    """
    decided = verified[verified["call"].isin(DECIDED) & verified["truth"].isin(DECIDED)]
    call, ill = (decided[name].to_numpy() == "positive" for name in ("call", "truth"))
    patient = patients_of(decided)
    among = {
        "sensitivity": (ill, call), "specificity": (~ill, ~call), "ppv": (call, ill), "npv": (~call, ~ill),
    }  # fmt: skip
    effects = {
        name: max(1.0, int(chosen.sum()) / found.n)
        if (found := share(patient[chosen], hit[chosen])).n
        else 1.0
        for name, (chosen, hit) in among.items()
    }
    scored = decided["score"].notna().to_numpy()
    scores = decided["score"].to_numpy(dtype=float)[scored]
    repeated = len(np.unique(patient[scored])) < len(scores)
    placed = placements_of(scores, ill[scored], patient[scored], name="score")
    effects["auc"] = design_effect(placed) if repeated else 1.0
    return effects


def widened_accuracy(accuracy: Accuracy, effects: Mapping[str, float]) -> Accuracy:
    """Sensitivity and specificity with intervals as wide as the patients make them."""
    return Accuracy(
        sensitivity=widened(accuracy.sensitivity, design_effect=effects["sensitivity"]),
        specificity=widened(accuracy.specificity, design_effect=effects["specificity"]),
    )


def widened_all(
    figures: Mapping[str, Estimate], effects: Mapping[str, float]
) -> dict[str, Estimate]:
    """Each figure by name with an interval as wide as the patients make it."""
    return {name: widened(figure, design_effect=effects[name]) for name, figure in figures.items()}


def widened_bounds(bounds: Bounds, effect: float) -> Bounds:
    """Bounds whose sampling limits are as wide as the patients make them."""
    if (
        bounds.smallest is None
        or bounds.largest is None
        or bounds.lower is None
        or bounds.upper is None
    ):
        return bounds
    low, high = (
        widened(
            Estimate.around(
                end, lower=min(limit, end), upper=max(limit, end),
                level=bounds.level, n=bounds.n, method=bounds.method,
            ),
            design_effect=effect,
        )
        for end, limit in ((bounds.smallest, bounds.lower), (bounds.largest, bounds.upper))
    )  # fmt: skip
    return replace(bounds, lower=low.lower, upper=high.upper, n=low.n, method=low.method)
