"""What the figures would be had everyone been verified, where that can be known at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from surveillance.clustering import design_effects, widened_accuracy, widened_all
from surveillance.identifiability import COMPLETE, NEEDS_AUDIT, NONE_VERIFIED, PARTIAL, UNDESIGNED
from surveillance.judged_case import DECIDED
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.designed_samples import (
    weighted_accuracy,
    weighted_auc,
    weighted_proportion,
)
from surveillance.statistics.estimate import Estimate, Floats
from surveillance.statistics.verification import begg_greenes


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Corrected accuracy with its method and what it assumes, or the reason why there is none.

    `others` holds by name what else could be corrected: ppv, npv, auc. `cause` is what is corrected for.
    `stands` names the raw figures that speak for all cases whatever else does: a predictive value when every
    case of its call was verified.
    """

    accuracy: Accuracy | None
    cause: str = PARTIAL
    others: Mapping[str, Estimate] = field(default_factory=dict)
    method: str | None
    reason: str | None
    stands: frozenset[str] = frozenset()

    def figure(self, metric: str) -> Estimate | None:
        """The corrected figure of a metric, or None where it could not be corrected."""
        found: Estimate | None = getattr(self.accuracy, metric, None)
        return found or self.others.get(metric)


def correct(matured: pd.DataFrame, reads: pd.DataFrame, *, level: float = 0.95) -> Corrected:
    """Correct for partial verification of mature, processed cases.

    With a designed sample (verification probabilities are known): cases found by clinical course stand
    for themselves, audited ones for all others of their stratum. Without one: Begg–Greenes, assuming
    that within a stratum chance decided who was verified. Strata are the call and whether the report
    was positive, since both drive who is investigated.
    """
    decided = matured[matured["call"].isin(DECIDED)]
    known = decided["truth"].isin(DECIDED)
    hindered = _hindered(decided, known)
    if hindered is None and known.all():
        hindered = COMPLETE
    stands = _standing(decided, known)
    if hindered:
        return Corrected(accuracy=None, method=None, reason=hindered, stands=stands)
    designed = known & decided["verification_probability"].notna()
    stratum = _strata(decided, reads)
    weight = _weights(decided, known, designed, stratum)
    if isinstance(weight, str):
        return Corrected(accuracy=None, method=None, reason=weight, stands=stands)
    verified, weight = decided[known], weight[known]
    effects = design_effects(verified)
    others = widened_all(
        {name: one for name, one in _others(verified, weight, level).items() if name not in stands},
        effects,
    )
    if designed.any():
        weighted = weighted_accuracy(
            called=(verified["call"] == "positive").to_numpy(),
            diseased=(verified["truth"] == "positive").to_numpy(),
            probabilities=_chances(weight),
            level=level,
        )
        return Corrected(
            accuracy=widened_accuracy(weighted, effects),
            others=others,
            stands=stands,
            method="inverse-probability weights of the random audit, post-stratified by call and report",
            reason="Audited cases stand for the unverified ones of their stratum; where there was no audit, "
            "verification is taken to be by chance within call and report.",
        )
    counts = verification_counts(decided, stratum % 2 == 1)
    return Corrected(
        accuracy=widened_accuracy(begg_greenes(**counts, level=level), effects),
        others=others,
        stands=stands,
        method="Begg–Greenes, stratified by the report",
        reason="Holds only if verification depended on nothing but the call and the report.",
    )


def _standing(decided: pd.DataFrame, known: "pd.Series[bool]") -> frozenset[str]:
    positive = decided["call"] == "positive"
    calls = {"ppv": positive, "npv": ~positive}
    return frozenset(name for name, called in calls.items() if called.any() and known[called].all())


def _hindered(decided: pd.DataFrame, known: "pd.Series[bool]") -> str | None:
    """Why the unverified cases cannot be stood for by the verified ones, whatever is counted of them."""
    if not known.any():
        return NONE_VERIFIED
    chosen = (decided.loc[known, "verification_reason"] == "protocol").any()
    if chosen and not known.all() and decided["verification_probability"].isna().all():
        return UNDESIGNED
    return None


def _others(
    verified: pd.DataFrame, weight: "pd.Series[float]", level: float
) -> dict[str, Estimate]:
    """Predictive values and AUC of all cases, each verified one weighted by those it stands for."""
    chance, ill = _chances(weight), (verified["truth"] == "positive").to_numpy()
    called, scored = (
        (verified["call"] == "positive").to_numpy(),
        verified["score"].notna().to_numpy(),
    )
    return {
        "ppv": weighted_proportion(values=ill[called], probabilities=chance[called], level=level),
        "npv": weighted_proportion(
            values=~ill[~called], probabilities=chance[~called], level=level
        ),
        "auc": weighted_auc(
            scores=verified["score"].to_numpy(dtype=float)[scored],
            labels=ill[scored],
            probabilities=chance[scored],
            level=level,
        ),
    }


def _chances(weight: "pd.Series[float]") -> Floats:
    """The chance of verification of a case that stands for so many."""
    return np.asarray(np.minimum(1 / weight.to_numpy(), 1.0), dtype=np.float64)


def verification_weights(matured: pd.DataFrame, reads: pd.DataFrame) -> "pd.Series[float] | str":
    """For how many mature cases each case with a settled truth stands, or why that cannot be said.

    The weights are those of `correct`: by the design of an audit, else by chance within call and report.
    """
    decided = matured[matured["call"].isin(DECIDED)]
    known = decided["truth"].isin(DECIDED)
    hindered = _hindered(decided, known)
    if hindered:
        return hindered
    designed = known & decided["verification_probability"].notna()
    found = _weights(decided, known, designed, _strata(decided, reads))
    return found if isinstance(found, str) else found[known]


def verified_by_tier(
    matured: pd.DataFrame, reads: pd.DataFrame, *, called: "pd.Series[bool] | None" = None
) -> pd.DataFrame | str:
    """The verified cases as `imperfectly_verified` takes them, with their tier, or why they speak for no others.

    Strata are call and report; where there was a random audit, those it drew and those found otherwise. `called` is
    what another operating point would have called; who was verified was decided by the call there was.
    """
    weight = verification_weights(matured, reads)
    if isinstance(weight, str):
        return weight
    verified = matured.loc[weight.index]
    positive = verified["call"] == "positive" if called is None else called[weight.index]
    drawn = verified["verification_probability"].notna()
    place = _strata(verified, reads) * 4 + drawn * 2 + positive
    cells = pd.DataFrame({
        "stratum_called": positive.astype(int), "strata": place, "tier": verified["tier"].astype(str),
        "stratum_cases": weight.groupby(place).transform("sum"),
        "stratum_positives": (verified["truth"] == "positive").astype(int),
        "stratum_negatives": (verified["truth"] == "negative").astype(int),
    })  # fmt: skip
    by = ["stratum_called", "strata", "stratum_cases", "tier"]
    return cells.groupby(by, as_index=False).sum()


def _strata(decided: pd.DataFrame, reads: pd.DataFrame) -> "pd.Series[int]":
    """0 to 3: the report is not positive or positive, the call is negative or (2 and 3) positive."""
    called = (decided["call"] == "positive").to_numpy()
    return pd.Series(called * 2 + reported_positive(decided, reads).to_numpy(), index=decided.index)


def _weights(
    decided: pd.DataFrame,
    known: "pd.Series[bool]",
    designed: "pd.Series[bool]",
    stratum: "pd.Series[int]",
) -> "pd.Series[float] | str":
    weight = pd.Series(1.0, index=decided.index)
    for group in stratum.unique():
        here = stratum == group
        total, drawn, found = (
            int(here.sum()),
            int((here & designed).sum()),
            int((here & known).sum()),
        )
        if found == 0:
            return NEEDS_AUDIT if group == 0 else _unseen(group)
        if drawn:
            weight[here & designed] = (total - (found - drawn)) / drawn
        else:
            weight[here] = total / found
    return weight


def verification_counts(decided: pd.DataFrame, reported: "pd.Series[bool]") -> dict[str, Any]:
    """Cases by call and truth, and those not verified, one count for each side of the report."""
    truth, positive = decided["truth"], decided["call"] == "positive"
    known = truth.isin(DECIDED)

    def cells(chosen: "pd.Series[bool]") -> list[int]:
        return [
            int((chosen & (reported == value)).sum())
            for value in (False, True)
            if (reported == value).any()
        ]

    return {
        "tp": cells(positive & (truth == "positive")),
        "fp": cells(positive & (truth == "negative")),
        "fn": cells(~positive & (truth == "positive")),
        "tn": cells(~positive & (truth == "negative")),
        "unverified_positive": cells(positive & ~known),
        "unverified_negative": cells(~positive & ~known),
    }


def reported_positive(decided: pd.DataFrame, reads: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the report that stands for each case called it positive."""
    positive = reads["deciding"].astype(bool) & (reads["call"] == "positive")
    return decided["inference_id"].isin(reads.loc[positive, "inference_id"])


def _unseen(group: int) -> str:
    call, report = (
        ("positive" if group >= 2 else "negative"),
        ("positive" if group % 2 else "not positive"),
    )
    return (
        f"Not identifiable: of the cases called {call} whose report was {report}, none was verified. "
        "Verify a random part of them."
    )
