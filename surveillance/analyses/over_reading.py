"""What the algorithm set in motion: investigations it alone triggered, what they yielded, whom they harmed."""

from typing import Any

import pandas as pd

from surveillance.material import Material
from surveillance.performance import as_json, share_of
from surveillance.statistics.proportions import wilson

TRIGGERS = ("ai", "both", "reader", "unknown")


def analyse(material: Material) -> dict[str, Any] | None:
    """Investigations per 1,000 processed cases by who triggered them, with their yield and harm.

    Only investigations of processed cases are counted. The rate counts cases with at least one
    investigation, the yield the investigations with a definite result that were positive; the number
    needed to investigate is one over the yield.
    """
    found = material.investigations[
        material.investigations["inference_id"].isin(material.ran["inference_id"])
    ]
    if found.empty:
        return None
    trigger = found["trigger"].fillna("unknown")
    return {
        "processed": len(material.ran),
        "investigations": len(found),
        "by_trigger": [
            {"trigger": name, **_of(found[trigger == name], len(material.ran))}
            for name in TRIGGERS
            if (trigger == name).any()
        ],
        "ai_only_false_positives": _false_positives(material, found[trigger == "ai"]),
    }


def _of(found: pd.DataFrame, processed: int) -> dict[str, Any]:
    cases = found["inference_id"].nunique()
    definite = found[found["result"].isin(["positive", "negative"])]
    positive = int((definite["result"] == "positive").sum())
    harm = found["harm"].fillna("not recorded")
    return {
        "investigations": len(found),
        "cases": cases,
        "share": as_json(wilson(successes=cases, trials=processed)),
        "per_1000": 1000 * cases / processed,
        "without_result": len(found) - len(definite),
        "yield": as_json(wilson(successes=positive, trials=len(definite))),
        "number_needed_to_investigate": len(definite) / positive if positive else None,
        "by_kind": {str(kind): int(n) for kind, n in sorted(found["kind"].value_counts().items())},
        "harm": {
            name: int((harm == name).sum()) for name in ("minor", "serious", "none", "not recorded")
        },
    }


def _false_positives(material: Material, found: pd.DataFrame) -> dict[str, Any]:
    """Cases investigated for the algorithm alone that turned out to be negative."""
    cases = material.mature[material.mature["inference_id"].isin(found["inference_id"])]
    settled = cases[cases["truth"].isin(["positive", "negative"])]
    return share_of(settled, settled["truth"] == "negative")
