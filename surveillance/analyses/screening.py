"""Screening: recalls, screen-detected and interval cancers, for the programme and for the algorithm."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.proportions import wilson
from surveillance.statistics.screening import programme_sensitivity
from surveillance.statistics.survival import kaplan_meier

MONTH = 30.4375
BANDS = ((0, 12), (12, 24), (24, 36))
"""Months after a negative screen in which interval cancers are counted apart."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Recall, detection and interval cancers of complete cohorts, by what recalls: readers or algorithm.

    A screen-detected cancer follows a recall, an interval cancer comes to light within the screening
    interval after a screen without recall. Sensitivity is that of the programme, screen-detected over
    screen-detected and interval cancers, and stands for complete cohorts only: a screen enters when the
    protocol's maturity has passed and its truth is settled. The younger screens are counted as
    `censored`, for their interval cancers cannot be known yet; mature ones without a settled truth
    as `not_followed`. `so_far` takes the young ones in, each for as long as it has been followed.
    """
    days = material.protocol.interval_days
    if days is None or material.ran.empty:
        return None
    every = material.ran.merge(
        material.reported[["inference_id", "call", "recommended_action"]].rename(
            columns={"call": "report"}
        ),
        on="inference_id",
        how="left",
    )
    screens = every[every["inference_id"].isin(material.mature["inference_id"])]
    settled = screens[screens["truth"].isin(DECIDED)]
    biopsied = material.investigations.loc[
        material.investigations["kind"] == "biopsy", "inference_id"
    ]
    read = settled[settled["report"].isin(DECIDED)]
    return {
        "interval_days": days,
        "screens": len(material.ran),
        "complete": len(settled),
        "censored": len(material.ran) - len(material.mature),
        "not_followed": len(screens) - len(settled),
        "programme": _cohort(read, read["report"] == "positive", days) if len(read) else None,
        "algorithm": _cohort(settled, settled["call"] == "positive", days),
        "so_far": {
            who: _so_far(part, part[column] == "positive", material)
            for who, column in (("programme", "report"), ("algorithm", "call"))
            if len(part := every[every[column].isin(DECIDED)])
        },
        "ppv2": as_json(_ppv(settled[settled["recommended_action"] == "biopsy"])),
        "ppv3": as_json(_ppv(settled[settled["inference_id"].isin(biopsied)])),
        "cohorts": [
            {"year": str(year), **_cohort(part, part["report"] == "positive", days)}
            for year, part in read.groupby(pd.to_datetime(read["day"]).dt.year, sort=True)
        ],
    }


def _so_far(
    screens: pd.DataFrame, recalled: "pd.Series[bool]", material: Material
) -> dict[str, Any]:
    """Interval cancers by month from every screen, followed to the day that outcomes are complete to.

    That day lies before the data cut by what the protocol allows beyond the interval for outcomes to arrive.
    """
    days = material.protocol.interval_days or 0
    lag = pd.Timedelta(days=max(0, material.protocol.matures_after_days - days))
    taken = pd.to_datetime(screens["study_datetime"], utc=True)
    followed = (pd.Timestamp(material.as_of) - lag - taken).dt.total_seconds() / 86_400
    begun = followed > 0
    cancer = (screens["truth"] == "positive")[begun]
    found = (pd.to_datetime(screens["occurred_at"], utc=True) - taken).dt.total_seconds() / 86_400
    end = np.minimum(followed, days)[begun]
    passed, after = ~recalled[begun], found[begun]
    event = cancer & (after <= end)
    times = np.where(event, after.clip(lower=0), end)
    sensitivity = programme_sensitivity(
        screen_detected=int((recalled[begun] & cancer).sum()),
        times=times[passed], events=event[passed], horizon=days,
    )  # fmt: skip
    return {
        "screens": int(begun.sum()),
        "without_recall": int(passed.sum()),
        "sensitivity": as_json(sensitivity.sensitivity),
        "interval_cancers": sensitivity.interval_cancers_observed,
        "interval_cancers_expected": sensitivity.interval_cancers_expected,
        "by_month": list(_by_month(times[passed], event[passed].to_numpy(), days)),
    }


def _by_month(times: Any, events: Any, days: int) -> Iterator[dict[str, Any]]:
    """Cumulative interval cancers per 1,000 screens without recall, by Kaplan–Meier."""
    months = [month for month in range(6, 61, 6) if month * MONTH < days + MONTH / 2]
    curve = kaplan_meier(times=times, events=events, at=[min(m * MONTH, days) for m in months])
    for place, month in enumerate(months):
        yield {
            "month": month,
            "at_risk": curve.at_risk[place],
            "estimate": _arisen(curve.survival[place]),
            "lower": _arisen(curve.upper[place]),
            "upper": _arisen(curve.lower[place]),
        }


def _arisen(free: float | None) -> float | None:
    """Per 1,000, what is no longer free of cancer."""
    return None if free is None else 1000 * (1 - free)


def _cohort(screens: pd.DataFrame, recalled: "pd.Series[bool]", days: int) -> dict[str, Any]:
    cancer = screens["truth"] == "positive"
    after = (
        pd.to_datetime(screens["occurred_at"], utc=True)
        - pd.to_datetime(screens["study_datetime"], utc=True)
    ).dt.days
    detected = int((recalled & cancer).sum())
    within = ~recalled & cancer & (after <= days)
    interval = int(within.sum())
    healthy = int((~cancer).sum())
    return {
        "screens": len(screens),
        "recalled": int(recalled.sum()),
        "screen_detected": detected,
        "interval_cancers": interval,
        "interval_by_months": {
            f"{low}-{high - 1}": int(
                (within & after.between(low * MONTH, high * MONTH, inclusive="left")).sum()
            )
            for low, high in BANDS
            if low * MONTH < days
        },
        "recall_rate": as_json(wilson(successes=int(recalled.sum()), trials=len(screens))),
        "detection_per_1000": _per_1000(wilson(successes=detected, trials=len(screens))),
        "interval_per_1000": _per_1000(wilson(successes=interval, trials=len(screens))),
        "sensitivity": as_json(wilson(successes=detected, trials=detected + interval)),
        "specificity": as_json(wilson(successes=int((~recalled & ~cancer).sum()), trials=healthy)),
        "ppv1": as_json(wilson(successes=detected, trials=int(recalled.sum()))),
    }


def _ppv(screens: pd.DataFrame) -> Estimate:
    return wilson(successes=int((screens["truth"] == "positive").sum()), trials=len(screens))


def _per_1000(rate: Estimate) -> dict[str, Any]:
    said = as_json(rate)
    for part in ("estimate", "lower", "upper"):
        said[part] = None if said[part] is None else 1000 * said[part]
    return said
