"""How far the truth of each month is known yet, and how fast it arrives."""

from typing import Any

import numpy as np
import pandas as pd

from surveillance.material import Material

DAYS = (1, 7, 14, 30, 60, 90, 180, 365, 730, 1095)
"""Days after the examination at which the arrival of labels is read off."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Labels by month of the examination and by days since; immature months are marked.

    `arrived` is the share of the month's processed cases whose truth was known so many days after the
    examination, null where not all of them are that old yet. A truth that became known before the
    examination counts from its first day. `young` are the cases that are not mature, whatever is known of them;
    `waiting` are those of them whose truth is not known.
    """
    ran = material.ran
    if ran.empty:
        return None
    wait = _waited(ran)
    age = (pd.Timestamp(material.as_of.date()) - pd.to_datetime(ran["day"])).dt.days
    mature = pd.to_datetime(ran["matures_on"]) <= pd.Timestamp(material.as_of.date())
    month = pd.to_datetime(ran["day"]).dt.strftime("%Y-%m")
    shown = [days for days in DAYS if days <= age.max()]
    return {
        "matures_after_days": material.protocol.matures_after_days,
        "days": shown,
        "months": [
            {
                "month": str(name),
                "processed": len(part),
                "known": int(part["truth"].notna().sum()),
                "young": int((~mature[part.index]).sum()),
                "waiting": int((part["truth"].isna() & ~mature[part.index]).sum()),
                "not_verified": int((part["truth"].isna() & mature[part.index]).sum()),
                "mature": bool(mature[part.index].all()),
                "arrived": [
                    float((wait[part.index] <= days).mean())
                    if age[part.index].min() >= days
                    else None
                    for days in shown
                ],
            }
            for name, part in ran.groupby(month, sort=True)
        ],
        "median_days_to_known": _median(wait),
    }


def _waited(ran: pd.DataFrame) -> "pd.Series[float]":
    known, taken = (pd.to_datetime(ran[name], utc=True) for name in ("known_at", "study_datetime"))
    waited = ((known - taken).dt.total_seconds() / 86400).clip(lower=0)
    return waited.where(ran["truth"].notna(), np.inf)


def _median(wait: "pd.Series[float]") -> float | None:
    known = wait[np.isfinite(wait)]
    return round(float(known.median()), 2) if len(known) else None
