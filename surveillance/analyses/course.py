"""The course from month to month as a board reads it: XmR charts with the icons of Making Data Count."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED, RAN
from surveillance.material import Material
from surveillance.statistics.making_data_count import Improvement, making_data_count

LEAST_MONTHS = 12
"""Making Data Count asks for twelve points before limits are believed."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Monthly shares of whole months with an XmR chart each; a target is the label's claim.

    Sensitivity and specificity are those of verified cases, not corrected for who was verified, of months that are mature. A month without
    a case is left out. Simulated dates have no course.
    """
    if material.dates_made_up or material.cases.empty:
        return None
    series = [
        _chart(name, rates, improvement, material)
        for name, improvement, rates in _series(material)
        if len(rates) > 1
    ]
    return {"least_months": LEAST_MONTHS, "series": series} if series else None


def _series(material: Material) -> "Iterator[tuple[str, Improvement, pd.Series[float]]]":
    ran, received = material.ran, material.cases
    decided = ran[ran["call"].isin(DECIDED)]
    settled = material.verified[
        material.verified["call"].isin(DECIDED) & material.verified["truth"].isin(DECIDED)
    ]
    right = settled["call"] == settled["truth"]
    for metric, truth in (("sensitivity", "positive"), ("specificity", "negative")):
        chosen = settled["truth"] == truth
        yield metric, "increase", _monthly(material, settled[chosen], right[chosen], mature=True)
    in_scope = received[received["scope"] == "in"]
    yield "called positive", "neutral", _monthly(material, decided, decided["call"] == "positive")
    yield (
        "outside the indication",
        "decrease",
        _monthly(material, received, received["scope"] == "out"),
    )
    yield "runs without an output", "decrease", _monthly(material, in_scope, ~in_scope["call"].isin(RAN))  # fmt: skip


def _monthly(
    material: Material, cases: pd.DataFrame, hit: "pd.Series[bool]", *, mature: bool = False
) -> "pd.Series[float]":
    """The share of hits in each whole month of the evidence."""
    days = pd.to_datetime(material.cases["day"])
    cut = pd.Timestamp(material.as_of.date())
    rates = hit.groupby(_month(cases)).mean().astype(float)
    months = pd.PeriodIndex(rates.index)
    whole = (months.start_time >= days.min()) & (months.end_time < cut)
    if mature:
        last = pd.to_datetime(material.ran["matures_on"]).groupby(_month(material.ran)).max()
        whole &= (last.reindex(months) <= cut).to_numpy()
    chosen: pd.Series[float] = rates[whole]
    return chosen


def _month(cases: pd.DataFrame) -> "pd.Series[pd.Period]":
    return pd.to_datetime(cases["day"]).dt.to_period("M")


def _chart(
    name: str, rates: "pd.Series[float]", improvement: Improvement, material: Material
) -> dict[str, Any]:
    target = _claim(material, name)
    found = making_data_count(values=rates.to_numpy(), target=target, improvement=improvement)
    return {
        "series": name,
        "improvement": improvement,
        "target": target,
        "months": [str(month) for month in rates.index],
        "values": [float(value) for value in rates],
        "centre": list(found.centre),
        "lower": list(found.lower),
        "upper": list(found.upper),
        "variations": list(found.variations),
        "variation": found.variation if len(rates) >= LEAST_MONTHS else None,
        "assurance": found.assurance if len(rates) >= LEAST_MONTHS else None,
    }


def _claim(material: Material, name: str) -> float | None:
    return next(
        (
            float(claim["value"])
            for indication in material.view.indications
            if indication.finding == material.finding
            for claim in indication.claims
            if claim["metric"] == name
        ),
        None,
    )
