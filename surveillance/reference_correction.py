"""Accuracy against kinds of evidence that are themselves wrong at times, corrected for their errors."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from register.error_rates import ErrorRates, Validated
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.estimate import Estimate
from surveillance.statistics.imperfect_reference import corrected_accuracy, rogan_gladen
from surveillance.statistics.imperfectly_verified import AccuracyOfCalls, imperfectly_verified
from surveillance.statistics.proportions import wilson
from surveillance.statistics.reference_uncertainty import (
    corrected_accuracy_uncertain,
    rogan_gladen_uncertain,
)

KNOWN = 10**9
"""Cases of a validation that stand for a rate which is taken as known, beside estimated ones."""


def corrected_for_reference(
    counts: Sequence[Mapping[str, int]],
    errors: Sequence[ErrorRates | None],
    *,
    level: float = 0.95,
) -> Accuracy:
    """Sensitivity and specificity, given how often each kind of evidence errs (None: never).

    `counts` holds tp, fp, fn, tn of the cases that each kind decided. Where rates come from a validation
    study, their uncertainty is carried through. Holds if algorithm and reference err independently of
    each other, given the disease.
    """
    cells: dict[str, Any] = {
        name: [part[name] for part in counts] for name in ("tp", "fp", "fn", "tn")
    }
    rates = [_rates(error) for error in errors]
    if not any(rate.of for pair in rates for rate in pair):
        return corrected_accuracy(
            **cells,
            reference_sensitivity=[first.rate for first, _ in rates],
            reference_specificity=[second.rate for _, second in rates],
            level=level,
        )
    return corrected_accuracy_uncertain(**cells, **_validations(errors), level=level)


def corrected_for_both(
    entries: pd.DataFrame, errors: Mapping[str, ErrorRates], *, level: float = 0.95
) -> AccuracyOfCalls:
    """Accuracy of all cases from those verified of each stratum, given how often each kind of evidence errs.

    `entries` holds strata with their call, cases, positives and negatives by tier, as in
    `imperfectly_verified`; a tier without stated errors is taken to be right.
    """
    rates = [errors.get(tier) for tier in entries["tier"]]
    numbers = entries.drop(columns="tier").to_dict(orient="list")
    return imperfectly_verified(
        **{str(k): v for k, v in numbers.items()}, **_validations(rates), level=level
    )


def predictive_values(
    counts: Sequence[Mapping[str, int]],
    errors: Sequence[ErrorRates | None],
    *,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """PPV and NPV under the same assumption: the prevalence among the calls of each kind, Rogan–Gladen.

    Calls that several kinds of evidence judged are added up by their numbers, the distances to the
    limits squared and added (MOVER).
    """
    ppv = [
        _prevalence(part["tp"], part["tp"] + part["fp"], error, level)
        for part, error in zip(counts, errors, strict=True)
    ]
    missed = [
        _prevalence(part["fn"], part["fn"] + part["tn"], error, level)
        for part, error in zip(counts, errors, strict=True)
    ]
    return {"ppv": _added_up(ppv), "npv": _added_up([_complement(share) for share in missed])}


def _prevalence(positives: int, trials: int, error: ErrorRates | None, level: float) -> Estimate:
    if error is None:
        return wilson(successes=positives, trials=trials, level=level)
    if not (error.sensitivity.of or error.specificity.of):
        return rogan_gladen(
            positives=positives,
            trials=trials,
            sensitivity=error.sensitivity.rate,
            specificity=error.specificity.rate,
            level=level,
        )
    return rogan_gladen_uncertain(
        positives=positives,
        trials=trials,
        sensitivity_positives=_right(error.sensitivity),
        sensitivity_trials=error.sensitivity.of or KNOWN,
        specificity_negatives=_right(error.specificity),
        specificity_trials=error.specificity.of or KNOWN,
        level=level,
    )


def _complement(share: Estimate) -> Estimate:
    if not share.estimable:
        return share
    estimate, lower, upper = share.numbers()
    return Estimate.around(
        1 - estimate,
        lower=1 - upper,
        upper=1 - lower,
        level=share.level,
        n=share.n,
        method=share.method,
    )


def _added_up(parts: Sequence[Estimate]) -> Estimate:
    """The share over all parts, each weighing its cases; parts without cases say nothing."""
    told = [part for part in parts if part.n] or list(parts[:1])
    refused = next((part for part in told if not part.estimable), None)
    if len(told) == 1 or refused is not None:
        return refused or told[0]
    total = sum(part.n for part in told)
    weight = [part.n / total for part in told]
    numbers = [part.numbers() for part in told]
    estimate = sum(w * middle for w, (middle, _, _) in zip(weight, numbers, strict=True))
    down, up = (
        math.hypot(*(w * (three[0] - three[end]) for w, three in zip(weight, numbers, strict=True)))
        for end in (1, 2)
    )
    return Estimate.around(
        estimate,
        lower=estimate - down,
        upper=estimate + up,
        level=told[0].level,
        n=total,
        method="Rogan–Gladen per kind of evidence, added up (MOVER)",
        bounds=(0, 1),
    )


def _rates(error: ErrorRates | None) -> tuple[Validated, Validated]:
    return (error.sensitivity, error.specificity) if error else (PERFECT, PERFECT)


def _validations(errors: Sequence[ErrorRates | None]) -> dict[str, Any]:
    """The validation behind each kind of evidence, as the methods take it."""
    rates = [_rates(error) for error in errors]
    return {
        "sensitivity_positives": [_right(first) for first, _ in rates],
        "sensitivity_trials": [first.of or KNOWN for first, _ in rates],
        "specificity_negatives": [_right(second) for _, second in rates],
        "specificity_trials": [second.of or KNOWN for _, second in rates],
    }


PERFECT = Validated(rate=1.0)


def _right(rate: Validated) -> float:
    return rate.rate * KNOWN if rate.right is None else rate.right
