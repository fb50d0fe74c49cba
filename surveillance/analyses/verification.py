"""Who got verified, and what sensitivity and specificity are under each reading of those who were not."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from surveillance.clustering import design_effects, widened_accuracy, widened_bounds
from surveillance.correction import Corrected, correct, reported_positive, verification_counts
from surveillance.identifiability import COMPLETE, UNDESIGNED
from surveillance.judged_case import DECIDED
from surveillance.material import Material
from surveillance.performance import against_truth, as_json, corrected, counted
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.imputation import multiple_imputation
from surveillance.statistics.verification import begg_greenes
from surveillance.statistics.verification_bounds import Bounds, missing_not_at_random_bounds

SELECTION = 2.0
"""How much likelier, in odds, the unverified may be diseased or healthy in the milder of two bounds."""


def analyse(material: Material) -> dict[str, Any] | None:
    """Verified cases by call and report, and the accuracy raw, corrected, imputed and bounded.

    `identifiable` is false when of the cases of some call and report none was verified, such as those
    that nobody called positive: what was missed cannot then be known, and the raw sensitivity is only an
    upper hope. It is false too when a protocol chose whom to verify with chances nobody knows; then
    nothing is corrected or imputed, and only the bounds speak of all cases.
    """
    decided = material.mature[material.mature["call"].isin(DECIDED)]
    if decided.empty:
        return None
    reported = reported_positive(decided, material.reads)
    strata = list(_strata(decided, reported))
    unseen = [s for s in strata if s["settled"] == 0]
    by_design = correct(material.mature, material.reads)
    errors = material.view.errors_of(material.finding)
    whole = corrected(material.mature, material.reads, errors)
    of_reference = whole if whole.method != by_design.method else None
    return {
        "strata": strata,
        "complete": by_design.reason == COMPLETE,
        "identifiable": not unseen and by_design.reason != UNDESIGNED,
        "reason": whole.reason
        if of_reference
        else None
        if by_design.accuracy is not None
        else by_design.reason,
        "estimates": []
        if decided["truth"].isna().all()
        else list(_estimates(material, decided, reported, by_design, of_reference)),
    }


def _strata(decided: pd.DataFrame, reported: "pd.Series[bool]") -> Iterator[dict[str, Any]]:
    for call in ("positive", "negative"):
        for report in (True, False):
            here = decided[(decided["call"] == call) & (reported == report)]
            if here.empty:
                continue
            reasons = here.loc[here["truth"].notna(), "verification_reason"].fillna("not stated")
            yield {
                "call": call,
                "report": "positive" if report else "not positive",
                "cases": len(here),
                "verified": int(here["truth"].notna().sum()),
                "settled": int(here["truth"].isin(DECIDED).sum()),
                "positive": int((here["truth"] == "positive").sum()),
                "reasons": {
                    str(name): int(n) for name, n in sorted(reasons.value_counts().items())
                },
            }


def _estimates(
    material: Material,
    decided: pd.DataFrame,
    reported: "pd.Series[bool]",
    by_design: Corrected,
    of_reference: Corrected | None,
) -> Iterator[dict[str, Any]]:
    raw = against_truth(material.verified)
    yield {
        "name": "raw",
        "assumption": "The verified cases stand for all. They do not where calls decided who was looked at.",
        "sensitivity": as_json(raw.sensitivity, raw.trials["sensitivity"]),
        "specificity": as_json(raw.specificity, raw.trials["specificity"]),
    }
    counts = verification_counts(decided, reported)
    taken = " The reference is taken to be right, which it is not." if material.erring else ""
    if of_reference is not None and of_reference.accuracy is not None:
        yield _accuracy(
            f"corrected for {of_reference.cause}",
            of_reference.reason or "",
            of_reference.accuracy,
            raw.trials,
        )
    if by_design.accuracy is not None and decided["verification_probability"].notna().any():
        yield _accuracy(
            "weighted by the design", by_design.reason or "", by_design.accuracy, raw.trials
        )
    if by_design.reason == COMPLETE:
        return
    effects = design_effects(material.verified)
    if by_design.reason != UNDESIGNED:
        by_chance = f"Within call and report, chance decided who was verified.{taken}"
        for name, found in (
            ("Begg–Greenes", begg_greenes(**counts)),
            ("multiple imputation", multiple_imputation(**counts)),
        ):
            yield _accuracy(name, by_chance, widened_accuracy(found, effects), raw.trials)
    mild = missing_not_at_random_bounds(
        **counts, odds_ratio_lower=1 / SELECTION, odds_ratio_upper=SELECTION
    )
    worst = missing_not_at_random_bounds(**counts)
    for name, assumption, bounds in (
        ("bounds, mild selection", f"The odds of disease among the unverified of a call and report are between "
         f"half and {SELECTION:g} times those of the verified.", mild),
        ("bounds, worst case", "Nothing is assumed of the unverified.", worst),
    ):  # fmt: skip
        yield {
            "name": name,
            "assumption": assumption + taken,
            "sensitivity": _bounds(
                bounds.sensitivity, effects["sensitivity"], raw.trials["sensitivity"]
            ),
            "specificity": _bounds(
                bounds.specificity, effects["specificity"], raw.trials["specificity"]
            ),
        }


def _accuracy(
    name: str, assumption: str, found: Accuracy, trials: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "name": name,
        "assumption": assumption,
        "sensitivity": counted(found.sensitivity, trials["sensitivity"]),
        "specificity": counted(found.specificity, trials["specificity"]),
    }


def _bounds(found: Bounds, effect: float, n: int) -> dict[str, Any]:
    return {**asdict(widened_bounds(found, effect)), "estimate": None, "n": n}
