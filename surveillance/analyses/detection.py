"""Detection lesion by lesion: found, missed, and marks of nothing."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from surveillance.judged_case import DECIDED
from surveillance.lesions import NO_MARK
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.proportions import clustered_proportion, wilson

POINTS = 12


def analyse(material: Material) -> dict[str, Any] | None:
    """Lesions of mature cases by what was marked and what was there, with a row for what was missed.

    A lesion is found when a mark of it was called positive. It is missed when its mark was not, or when
    it has no mark at all. Sensitivity is per lesion, clustered by patient; false marks are counted per
    study that is settled as a whole or lesion by lesion, also where nothing was marked. `froc` holds the sensitivity and the false marks per study at a row of scores.
    """
    cases = material.mature[["inference_id", "patient"]]
    lesions = material.lesions.merge(cases, on="inference_id")
    if lesions.empty:
        return None
    ill, marked = lesions["truth"] == "positive", lesions["call"] == "positive"
    real, false = lesions[ill], lesions[(lesions["truth"] == "negative") & marked]
    judged = lesions.loc[lesions["truth"].notna(), "inference_id"]
    settled = material.mature["truth"].isin(DECIDED) | material.mature["inference_id"].isin(judged)
    studies = int(settled.sum())
    return {
        "studies": studies,
        "lesions": len(real),
        "found": int((ill & marked).sum()),
        "missed_below_threshold": int((ill & ~marked & (lesions["call"] != NO_MARK)).sum()),
        "missed_without_mark": int((ill & (lesions["call"] == NO_MARK)).sum()),
        "false_marks": len(false),
        "unsettled_marks": int((lesions["truth"].isna() & marked).sum()),
        "sensitivity": as_json(_per_lesion(real), len(real)),
        "ppv": as_json(
            wilson(
                successes=int((ill & marked).sum()), trials=int((ill & marked).sum()) + len(false)
            )
        ),
        "false_per_study": _rate(len(false), studies),
        "froc": _froc(lesions, studies),
    }


def _per_lesion(real: pd.DataFrame) -> Estimate:
    found = real["call"] == "positive"
    by_patient = found.groupby(real["patient"]).agg(["sum", "size"])
    if len(by_patient) < 2 or len(by_patient) == len(real):
        return wilson(successes=int(found.sum()), trials=len(real))
    return clustered_proportion(successes=by_patient["sum"], trials=by_patient["size"])


def _rate(events: int, studies: int, level: float = 0.95) -> dict[str, Any]:
    """False marks per study with Garwood's exact Poisson limits."""
    tail = (1 - level) / 2
    lower = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    upper = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return {
        "estimate": events / studies,
        "lower": lower / studies,
        "upper": upper / studies,
        "n": studies,
        "method": "exact Poisson limits (Garwood)",
    }


def _froc(lesions: pd.DataFrame, studies: int) -> list[dict[str, Any]]:
    settled = lesions[lesions["truth"].isin(DECIDED)]
    real = int((settled["truth"] == "positive").sum())
    scores = settled["score"].dropna()
    if not real or scores.empty:
        return []
    points = np.unique(np.quantile(scores, np.linspace(0, 1, POINTS)).round(3))
    ill = settled["truth"] == "positive"
    return [
        {
            "score": float(point),
            "sensitivity": as_json(
                wilson(successes=int(((settled["score"] >= point) & ill).sum()), trials=real)
            ),
            "false_per_study": _rate(int(((settled["score"] >= point) & ~ill).sum()), studies),
        }
        for point in points
    ]
