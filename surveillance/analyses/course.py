"""The course from month to month as a board reads it: XmR charts with the icons of Making Data Count."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from surveillance.change_ledger import LedgerEntry, around
from surveillance.judged_case import DECIDED, RAN
from surveillance.material import Material
from surveillance.statistics.control_charts import p_chart, xmr
from surveillance.statistics.making_data_count import COMMON, Improvement, making_data_count

LEAST_MONTHS = 12
"""Making Data Count asks for twelve points before limits are believed."""
LEAST_OF_LEVEL = 3
"""Fewer months are no level of their own."""


def analyse(material: Material, recorded: Sequence[LedgerEntry] = ()) -> dict[str, Any] | None:
    """Monthly shares of whole months with an XmR chart each, and beside it the limits of a p chart; a target is the label's claim.

    XmR limits come from how months differ from one to the next, those of the p chart from how many cases each has. Limits are drawn once over all
    months: drawn anew after a change they would make what came of it the new usual. `recorded` changes are named by their day. Where more than half of
    the months are special causes the series has no one level: `levels` then holds the mean of each, a new one beginning with the month that parts the
    months best, if it and the two after it all lie beyond the same limit of those before.

    Sensitivity and specificity are those of verified cases, not corrected for who was verified, of months that are mature. A month without
    a case is left out. Simulated dates have no course.
    """
    if material.dates_made_up or material.cases.empty:
        return None
    series = [
        _chart(name, counts, improvement, material)
        for name, improvement, counts in _series(material)
        if len(counts) > 1
    ]
    days = pd.to_datetime(material.cases["day"]).dt.date
    inside = around(tuple(recorded), days.min(), material.as_of.date())
    return {
        "least_months": LEAST_MONTHS,
        "series": series,
        "changes": [{"day": entry.day.isoformat(), "kind": entry.kind} for entry in inside],
    } if series else None  # fmt: skip


def _series(material: Material) -> Iterator[tuple[str, Improvement, pd.DataFrame]]:
    ran, received = material.ran, material.cases
    decided = ran[ran["call"].isin(DECIDED)]
    settled = material.settled
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
) -> pd.DataFrame:
    """The hits (`sum`) and cases (`count`) of each whole month of the evidence."""
    days = pd.to_datetime(material.cases["day"])
    cut = pd.Timestamp(material.as_of.date())
    counts = hit.groupby(_month(cases)).agg(["sum", "count"])
    months = pd.PeriodIndex(counts.index)
    whole = (months.start_time >= days.min()) & (months.end_time < cut)
    if mature:
        last = pd.to_datetime(material.ran["matures_on"]).groupby(_month(material.ran)).max()
        whole &= (last.reindex(months) <= cut).to_numpy()
    chosen: pd.DataFrame = counts[whole]
    return chosen


def _month(cases: pd.DataFrame) -> "pd.Series[pd.Period]":
    return pd.to_datetime(cases["day"]).dt.to_period("M")


def _chart(
    name: str, counts: pd.DataFrame, improvement: Improvement, material: Material
) -> dict[str, Any]:
    rates = counts["sum"] / counts["count"]
    chance = p_chart(successes=counts["sum"], trials=counts["count"])
    claim = material.claim(name)
    target = None if claim is None else float(claim["value"])
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
        "cases": [int(count) for count in counts["count"]],
        "p_lower": [float(limit) for limit in chance.lower],
        "p_upper": [float(limit) for limit in chance.upper],
        "variations": list(found.variations),
        "levels": list(_levels(counts)) if _mostly_special(found.variations) else [],
        "variation": found.variation if len(rates) >= LEAST_MONTHS else None,
        "assurance": found.assurance if len(rates) >= LEAST_MONTHS else None,
    }


def _mostly_special(variations: Sequence[str]) -> bool:
    return 2 * sum(variation != COMMON for variation in variations) > len(variations)


def _levels(counts: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The months of each level with its mean, in order; one level where no month parts them."""
    place = _step(counts)
    if place is None:
        yield {"from": str(counts.index[0]), "to": str(counts.index[-1]), "mean": _share(counts)}
    else:
        yield from _levels(counts[:place])
        yield from _levels(counts[place:])


def _step(counts: pd.DataFrame) -> int | None:
    """Where another level begins: the place that parts the months best, if those right after it all lie beyond the same limit of those before."""
    rates = (counts["sum"] / counts["count"]).to_numpy()
    places = range(LEAST_OF_LEVEL, len(rates) - LEAST_OF_LEVEL + 1)
    if not places:
        return None
    best = min(places, key=lambda place: sum(part.var() * len(part) for part in (rates[:place], rates[place:])))  # fmt: skip
    limits, after = xmr(values=rates[:best]), rates[best : best + LEAST_OF_LEVEL]
    apart = (after > limits.upper[-1]).all() or (after < limits.lower[-1]).all()
    return best if apart else None


def _share(counts: pd.DataFrame) -> float:
    return float(counts["sum"].sum() / counts["count"].sum())
