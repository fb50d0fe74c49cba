"""Before outcomes are known: the performance to be expected of recent cases from their scores, and how well that held before."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from surveillance.claim import figures
from surveillance.correction import verification_weights
from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json, counted
from surveillance.statistics.back_test import back_test
from surveillance.statistics.expected_performance import (
    ExpectedConfusion,
    expected_confusion_calibrated,
)

METRICS = ("sensitivity", "specificity")
LEVEL = 0.95
LEAST_MATURED = 100
"""Verified cases below which a calibration is too steep to expect anything by."""
MOST_MATURED = 2000
"""Of more verified cases the last so many are learnt from."""
MOST_MONTHS = 12
RESAMPLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A mature month, its cases, and what was to be expected of them before it began, or why nothing was."""

    month: str
    cases: pd.DataFrame
    expected: ExpectedConfusion | str


def analyse(material: Material) -> dict[str, Any] | None:
    """Expected sensitivity and specificity of all scored cases by month, verified or not, from a calibration of the scores.

    The calibration weighs each verified mature case by those it stands for, as the corrected figures do (by the design of an audit, else by
    chance within call and report); where nobody can say for whom the verified ones stand there is no number but `reason`. `months` are
    those that are not mature. `back_test` asks each mature month (`tried`) of what was known before it, and holds the expectation against the
    corrected figure of that month (`came`), and of all tried months together. The band of a month that is not mature is at
    least as wide as the errors of the back-test. What scores mean may change; then the expectation is wrong and only outcomes show it.
    Nothing is corrected for a reference that errs (`erring`). Simulated dates have no before.
    """
    if material.dates_made_up:
        return None
    ran, reads = material.ran, material.reads
    scored = ran[ran["score"].notna() & ran["call"].isin(DECIDED)]
    cut = pd.Timestamp(material.as_of.date())
    old = _recent(scored[pd.to_datetime(scored["matures_on"]) <= cut])
    settled = old.loc[old["truth"].isin(DECIDED), "truth"]
    if len(settled) < LEAST_MATURED or settled.nunique() < 2:
        return None
    learnt = _learnt(old, reads)
    said = {"calibrated_on": len(settled), "erring": list(material.erring)}
    if isinstance(learnt, str):
        return {**said, "reason": learnt, "months": [], "tried": [], "back_test": {}}
    month = pd.to_datetime(scored["day"]).dt.to_period("M")
    mature = (pd.to_datetime(scored["matures_on"]) <= cut).groupby(month).all()
    tried = [
        Tried(month=str(name), cases=scored[month == name], expected=expected)
        for name in mature.index[mature][-MOST_MONTHS:]
        if (expected := _before(scored, reads, month == name, name.start_time)) is not None
    ]
    rows = [
        {**_said(one.month, one.cases, one.expected), "came": _came(one.cases, reads)}
        for one in tried
    ]
    held = {metric: _held(tried, rows, reads, metric) for metric in METRICS}
    return {
        **said,
        "reason": "",
        "months": [
            _no_narrower(_said(str(name), here, _expected(learnt, here)), held)
            for name in mature.index[~mature][-MOST_MONTHS:]
            for here in [scored[month == name]]
        ],
        "tried": rows,
        "back_test": held,
    }


def _recent(old: pd.DataFrame) -> pd.DataFrame:
    """Of a long history the cases from the day on which the last `MOST_MATURED` verified ones begin."""
    days = pd.to_datetime(old["day"])
    return old[days >= days[old["truth"].isin(DECIDED)].nlargest(MOST_MATURED).min()]


def _learnt(old: pd.DataFrame, reads: pd.DataFrame) -> pd.DataFrame | str:
    """The verified cases of mature ones with their `weight`, or why nobody can say for whom they stand."""
    weights = verification_weights(old, reads)
    return weights if isinstance(weights, str) else old.loc[weights.index].assign(weight=weights)


def _before(
    scored: pd.DataFrame, reads: pd.DataFrame, here: "pd.Series[bool]", begins: pd.Timestamp
) -> ExpectedConfusion | str | None:
    """What was to be expected of a month by the cases that were mature before it began, as far as their truth was known; None of too few."""
    old = scored[pd.to_datetime(scored["matures_on"]) <= begins]
    known = pd.to_datetime(old["known_at"], utc=True).dt.tz_localize(None) < begins
    old = _recent(old.assign(truth=old["truth"].where(known)))
    if old["truth"].isin(DECIDED).sum() < LEAST_MATURED:
        return None
    learnt = _learnt(old, reads)
    return learnt if isinstance(learnt, str) else _expected(learnt, scored[here])


def _expected(learnt: pd.DataFrame, cases: pd.DataFrame) -> ExpectedConfusion:
    return expected_confusion_calibrated(
        scores=learnt["score"].to_numpy(float),
        outcomes=(learnt["truth"] == "positive").to_numpy(),
        weights=learnt["weight"].to_numpy(float),
        new_scores=cases["score"].to_numpy(float),
        called=(cases["call"] == "positive").to_numpy(),
        resamples=RESAMPLES,
        level=LEVEL,
    )


def _said(month: str, cases: pd.DataFrame, expected: ExpectedConfusion | str) -> dict[str, Any]:
    found = {
        metric: {"estimate": None, "lower": None, "upper": None, "n": len(cases), "reason": expected}
        if isinstance(expected, str)
        else as_json(getattr(expected, metric))
        for metric in METRICS
    }  # fmt: skip
    return {"month": month, "cases": len(cases), **found}


def _came(cases: pd.DataFrame, reads: pd.DataFrame) -> dict[str, Any]:
    """The figures of all these cases once their outcomes are known, corrected where not all were verified."""
    found = figures(cases, reads, {}, alpha=(1 - LEVEL) / 2)
    return {
        metric: counted(found.figure(metric), found.trials(metric))
        if (why := found.describes_the_verified_only(metric)) is None
        else {"estimate": None, "lower": None, "upper": None, "n": found.trials(metric), "reason": why}
        for metric in METRICS
    }  # fmt: skip


def _held(
    tried: list[Tried], rows: list[dict[str, Any]], reads: pd.DataFrame, metric: str
) -> dict[str, Any]:
    """Each month against its band, and all of them together: a month alone rests on few cases."""
    both = [
        (one, row) for one, row in zip(tried, rows, strict=True)
        if row[metric]["estimate"] is not None and row["came"][metric]["estimate"] is not None
    ]  # fmt: skip
    found = back_test(
        estimates=[row[metric]["estimate"] for _, row in both],
        lower=[row[metric]["lower"] for _, row in both],
        upper=[row[metric]["upper"] for _, row in both],
        realised=[row["came"][metric]["estimate"] for _, row in both],
        level=LEVEL,
    )
    return {
        "months": found.n,
        "inside": as_json(found.inside),
        "reach": found.reach,
        "expected": _of_all([one.expected for one, _ in both], metric),
        "came": _came(pd.concat([one.cases for one, _ in both]), reads)[metric] if both else None,
    }


def _of_all(expected: list[ExpectedConfusion | str], metric: str) -> float | None:
    """A metric expected of all cases of several months."""
    hit, miss = ("tp", "fn") if metric == "sensitivity" else ("tn", "fp")
    hits, misses = (
        sum(getattr(one, cell).estimate for one in expected if not isinstance(one, str))
        for cell in (hit, miss)
    )
    return hits / (hits + misses) if hits + misses else None


def _no_narrower(month: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """The month with bands that reach at least as far as the errors of the back-test."""
    for metric in METRICS:
        said, reach = month[metric], held[metric]["reach"]
        if said["estimate"] is not None and reach is not None:
            said["lower"] = max(0.0, min(said["lower"], said["estimate"] - reach))
            said["upper"] = min(1.0, max(said["upper"], said["estimate"] + reach))
    return month
