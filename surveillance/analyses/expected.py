"""Before outcomes are known: the performance to be expected of recent cases from their scores, and how well that held before."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.back_test import back_test
from surveillance.statistics.expected_performance import (
    ExpectedConfusion,
    expected_confusion_calibrated,
)
from surveillance.statistics.proportions import wilson

METRICS = ("sensitivity", "specificity")
LEAST_MATURED = 100
"""Verified cases below which a calibration is too steep to expect anything by."""
MOST_MATURED = 2000
MOST_MONTHS = 12
RESAMPLES = 100


def analyse(material: Material) -> dict[str, Any] | None:
    """Expected sensitivity and specificity by month, from a calibration of the scores on verified mature cases.

    `months` are those that are not mature: their scored cases are judged by the calibration of all that are. `back_test` asks each
    mature month of what was known before it, and holds the expectation against the verified cases of that month. What scores
    mean may change; then the expectation is wrong and only outcomes show it. Simulated dates have no before.
    """
    threshold = material.view.entry.threshold_for(material.finding)
    if threshold is None or material.dates_made_up:
        return None
    scored = material.ran[material.ran["score"].notna() & material.ran["call"].isin(DECIDED)]
    settled = material.verified[
        material.verified["score"].notna() & material.verified["truth"].isin(DECIDED)
    ]
    if len(settled) < LEAST_MATURED or settled["truth"].nunique() < 2:
        return None
    cut = pd.Timestamp(material.as_of.date())
    month = pd.to_datetime(scored["day"]).dt.to_period("M")
    mature = (pd.to_datetime(scored["matures_on"]) <= cut).groupby(month).all()
    tried = [
        row
        for name in mature.index[mature][-MOST_MONTHS:]
        if (row := _tried(settled, name, threshold)) is not None
    ]
    return {
        "calibrated_on": min(len(settled), MOST_MATURED),
        "months": [
            {"month": str(name), "cases": int((month == name).sum()),
             **_said(_expected(settled, scored[month == name], threshold))}
            for name in mature.index[~mature][-MOST_MONTHS:]
        ],
        "tried": tried,
        "back_test": {metric: _held(tried, metric) for metric in METRICS},
    }  # fmt: skip


def _expected(settled: pd.DataFrame, cases: pd.DataFrame, threshold: float) -> ExpectedConfusion:
    learnt = settled.sort_values(["day", "inference_id"]).tail(MOST_MATURED)
    return expected_confusion_calibrated(
        scores=learnt["score"].to_numpy(float),
        outcomes=(learnt["truth"] == "positive").to_numpy(),
        new_scores=cases["score"].to_numpy(float),
        threshold=threshold,
        resamples=RESAMPLES,
    )


def _tried(settled: pd.DataFrame, month: Any, threshold: float) -> dict[str, Any] | None:
    """What was expected of the verified cases of a month from those whose truth was known before it began."""
    begins = pd.Timestamp(month.start_time)
    known = pd.to_datetime(settled["known_at"], utc=True).dt.tz_localize(None)
    days = pd.to_datetime(settled["day"]).dt.to_period("M")
    before, here = settled[known < begins], settled[days == month]
    if len(before) < LEAST_MATURED or before["truth"].nunique() < 2 or here.empty:
        return None
    right = (here["score"] >= threshold) == (here["truth"] == "positive")
    came = {
        metric: as_json(wilson(successes=int(right[of].sum()), trials=int(of.sum())))
        for metric, truth in zip(METRICS, DECIDED, strict=True)
        for of in [here["truth"] == truth]
    }
    return {"month": str(month), "cases": len(here), **_said(_expected(before, here, threshold)), "came": came}  # fmt: skip


def _said(expected: ExpectedConfusion) -> dict[str, Any]:
    return {metric: as_json(getattr(expected, metric)) for metric in METRICS}


def _held(tried: list[dict[str, Any]], metric: str) -> dict[str, Any]:
    rows = [
        (row[metric]["estimate"], row[metric]["lower"], row[metric]["upper"], row["came"][metric]["estimate"])
        for row in tried
    ]  # fmt: skip
    known = np.array([row for row in rows if None not in row], dtype=float).reshape(-1, 4)
    found = back_test(
        estimates=known[:, 0], lower=known[:, 1], upper=known[:, 2], realised=known[:, 3]
    )
    return {
        "months": found.n,
        "inside": as_json(found.inside),
        "mean_error": as_json(found.mean_error),
        "mean_absolute_error": found.mean_absolute_error,
    }
