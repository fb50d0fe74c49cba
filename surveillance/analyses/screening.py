"""Screening: recalls, screen-detected and interval cancers, for the programme and for the algorithm."""

from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.proportions import wilson

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
    as `not_followed`.
    """
    days = material.protocol.interval_days
    if days is None or material.ran.empty:
        return None
    screens = material.mature.merge(
        material.reported[["inference_id", "call", "recommended_action"]].rename(
            columns={"call": "report"}
        ),
        on="inference_id",
        how="left",
    )
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
        "ppv2": as_json(_ppv(settled[settled["recommended_action"] == "biopsy"])),
        "ppv3": as_json(_ppv(settled[settled["inference_id"].isin(biopsied)])),
        "cohorts": [
            {"year": str(year), **_cohort(part, part["report"] == "positive", days)}
            for year, part in read.groupby(pd.to_datetime(read["day"]).dt.year, sort=True)
        ],
    }


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
