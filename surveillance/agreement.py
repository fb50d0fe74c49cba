"""Agreement of the algorithm with the radiologist. Not accuracy: nobody knows here who was right."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveillance.clustering import patients_of, share
from surveillance.judged_case import DECIDED
from surveillance.statistics.agreement import cohen_kappa
from surveillance.statistics.estimate import Estimate

STUDY_READER = "study_reader"
PAIRS = {
    "both_positive": ("positive", "positive"),
    "ai_only": ("positive", "negative"),
    "report_only": ("negative", "positive"),
    "both_negative": ("negative", "negative"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The 2 × 2 of calls and reads with Cohen's kappa; what a reader left open is counted apart."""

    counts: dict[str, int]
    kappa: Estimate


def beside_calls(cases: pd.DataFrame, reads: pd.DataFrame) -> pd.DataFrame:
    """The reads with the algorithm's call beside them: one row a read, `case` is its row in `cases`."""
    numbered = pd.DataFrame(
        {
            "inference_id": cases["inference_id"],
            "ai_call": cases["call"],
            "case": np.arange(len(cases)),
            "person": patients_of(cases),
        }
    )
    return reads.merge(numbered, on="inference_id")


def agreement(pairs: pd.DataFrame) -> Agreement:
    """Count the pairs of call and read."""
    found = pairs.groupby(["ai_call", "call"], observed=True).size()
    counts = {name: int(found.get(pair, 0)) for name, pair in PAIRS.items()}
    kappa = cohen_kappa(
        table=[
            [counts["both_positive"], counts["ai_only"]],
            [counts["report_only"], counts["both_negative"]],
        ]
    )
    kappa = _clustered(kappa, pairs)
    counts["not_mentioned"] = int((pairs["call"] == "not_mentioned").sum())
    counts["indeterminate"] = len(pairs) - sum(counts.values())
    return Agreement(counts=counts, kappa=kappa)


def _clustered(kappa: Estimate, pairs: pd.DataFrame) -> Estimate:
    """Kappa with limits as far apart as the patients make the share of agreement."""
    both = pairs[pairs["ai_call"].isin(DECIDED) & pairs["call"].isin(DECIDED)]
    found = share(both["person"].to_numpy(), (both["ai_call"] == both["call"]).to_numpy())
    if not kappa.estimable or found.n >= len(both):
        return kappa
    estimate, lower, upper = kappa.numbers()
    effect = len(both) / found.n
    return Estimate.around(
        estimate,
        lower=estimate - math.sqrt(effect) * (estimate - lower),
        upper=estimate + math.sqrt(effect) * (upper - estimate),
        level=kappa.level,
        n=found.n,
        method=f"{kappa.method}, widened for clusters (design effect {effect:.2f})",
        bounds=(-1, 1),
    )


def by_level(pairs: pd.DataFrame, column: str) -> dict[str, Agreement]:
    """The agreement apart for each level of a column of the reads: reader, or whether the AI was visible."""
    return {
        str(level): agreement(part)
        for level, part in pairs.groupby(column, sort=True, observed=True)
    }


def clinical(pairs: pd.DataFrame) -> pd.DataFrame:
    """The reads that stand for the clinical report, one a case."""
    return pairs[pairs["deciding"].astype(bool)]


def by_study_readers(pairs: pd.DataFrame) -> pd.DataFrame:
    """The reads made for a study and not for care."""
    return pairs[pairs["reader_role"] == STUDY_READER]
