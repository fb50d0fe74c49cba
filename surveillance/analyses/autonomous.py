"""Reads that the algorithm closed alone: what an audit of them found, and whether to stop."""

import math
from typing import Any

import pandas as pd

from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.audit import false_negative_rate_horvitz_thompson
from surveillance.statistics.proportions import clopper_pearson

MODES = ("rule_out", "autonomous")
CONFIDENCE = 0.95


def analyse(material: Material) -> dict[str, Any] | None:
    """Misses among the reads closed by the algorithm, from random audits with their probabilities.

    A read is closed when the deployment ran in a mode that closes and the call was negative.
    An audit that states no probabilities is taken to be a simple random sample of the closed reads. Misses
    that came to light by themselves are counted apart: they say that there are misses, not how many.
    The stop limit is the entry's `acceptance.miss_rate.max`; `verdict` is *stop* when even the lower
    limit lies above it, *met* when the upper limit keeps it, *not shown* otherwise.
    """
    closing = material.ran[material.ran["use_mode"].isin(MODES)]
    if closing.empty:
        return None
    closed = closing[closing["call"] == "negative"]
    audited = closed[
        (closed["verification_reason"] == "random_audit") & closed["truth"].isin(DECIDED)
    ]
    missed = (audited["truth"] == "positive").to_numpy()
    probability = audited["verification_probability"].fillna(len(audited) / max(len(closed), 1))
    found = false_negative_rate_horvitz_thompson(
        misses=missed, probabilities=probability.to_numpy(), population=len(closed)
    )
    by_itself = closed[
        (closed["verification_reason"] != "random_audit") & (closed["truth"] == "positive")
    ]
    limit = material.view.entry.acceptance.get("miss_rate", {}).get("max")
    return {
        "received": len(material.cases),
        "eligible": len(closing),
        "closed": len(closed),
        "audited": len(audited),
        "misses_in_audit": int(missed.sum()),
        "misses_by_themselves": len(by_itself),
        "miss_rate": as_json(found.rate),
        "misses": as_json(found.number),
        "exact": as_json(clopper_pearson(successes=int(missed.sum()), trials=len(audited))),
        "stop_limit": limit,
        "verdict": _verdict(found.rate.lower, found.rate.upper, limit),
        "audits_needed": None
        if limit is None
        else math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-limit)),
        "by_month": _by_month(closed, audited),
    }


def _verdict(lower: float | None, upper: float | None, limit: float | None) -> str:
    if limit is None:
        return "no stop limit"
    if lower is None or upper is None:
        return "not audited"
    return "stop" if lower > limit else "met" if upper <= limit else "not shown"


def _by_month(closed: pd.DataFrame, audited: pd.DataFrame) -> list[dict[str, Any]]:
    month = pd.to_datetime(closed["day"]).dt.strftime("%Y-%m")
    return [
        {
            "month": str(name),
            "closed": len(part),
            "audited": int(part["inference_id"].isin(audited["inference_id"]).sum()),
            "misses": int(
                (audited.loc[audited.index.intersection(part.index), "truth"] == "positive").sum()
            ),
        }
        for name, part in closed.groupby(month, sort=True)
    ]
