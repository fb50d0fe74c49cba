"""Accuracy against kinds of evidence that are themselves wrong at times, corrected for their errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from register.error_rates import ErrorRates, Validated
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.imperfect_reference import corrected_accuracy
from surveillance.statistics.reference_uncertainty import corrected_accuracy_uncertain

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
    rates = [(e.sensitivity, e.specificity) if e else (PERFECT, PERFECT) for e in errors]
    if not any(rate.of for pair in rates for rate in pair):
        return corrected_accuracy(
            **cells,
            reference_sensitivity=[first.rate for first, _ in rates],
            reference_specificity=[second.rate for _, second in rates],
            level=level,
        )
    validated: dict[str, Any] = {
        "sensitivity_positives": [_right(first) for first, _ in rates],
        "sensitivity_trials": [first.of or KNOWN for first, _ in rates],
        "specificity_negatives": [_right(second) for _, second in rates],
        "specificity_trials": [second.of or KNOWN for _, second in rates],
    }
    return corrected_accuracy_uncertain(**cells, **validated, level=level)


PERFECT = Validated(rate=1.0)


def _right(rate: Validated) -> float:
    return rate.rate * KNOWN if rate.right is None else rate.right
