"""Accuracy against a kind of evidence that is itself wrong at times, corrected for its errors."""

from register.error_rates import ErrorRates
from surveillance.statistics.accuracy import Accuracy
from surveillance.statistics.imperfect_reference import corrected_accuracy
from surveillance.statistics.reference_uncertainty import corrected_accuracy_uncertain


def corrected_for_reference(*, tp: int, fp: int, fn: int, tn: int, error: ErrorRates) -> Accuracy:
    """Sensitivity and specificity, given how often the reference errs.

    Where its rates come from a validation study, their uncertainty is carried through. Holds if
    algorithm and reference err independently of each other, given the disease.
    """
    sensitivity, specificity = error.sensitivity, error.specificity
    if None not in (sensitivity.right, sensitivity.of, specificity.right, specificity.of):
        return corrected_accuracy_uncertain(
            tp=tp, fp=fp, fn=fn, tn=tn,
            sensitivity_positives=sensitivity.right or 0, sensitivity_trials=sensitivity.of or 0,
            specificity_negatives=specificity.right or 0, specificity_trials=specificity.of or 0,
        )  # fmt: skip
    return corrected_accuracy(
        tp=tp, fp=fp, fn=fn, tn=tn,
        reference_sensitivity=sensitivity.rate, reference_specificity=specificity.rate,
    )  # fmt: skip
