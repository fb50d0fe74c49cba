"""Prevalence and accuracy against a reference that errs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.imperfect_reference import (
    USELESS,
    corrected_accuracy,
    rogan_gladen,
)

cell = st.integers(0, 10**4)
share = st.floats(0, 1)


@given(positives=cell, more=cell, sensitivity=share, specificity=share)
def test_true_prevalence_is_a_proportion_or_has_a_reason(positives, more, sensitivity, specificity):
    """Any inputs give 0 <= lower <= estimate <= upper <= 1, or a sentence."""
    p = rogan_gladen(positives=positives, trials=positives + more, sensitivity=sensitivity,
                     specificity=specificity)  # fmt: skip
    if sensitivity + specificity - 1 <= 0:
        assert p.reason == USELESS
    else:
        assert p.reason or 0 <= p.lower <= p.estimate <= p.upper <= 1


def test_a_perfect_reference_changes_nothing():
    """With no error, prevalence and accuracy are the apparent ones."""
    assert rogan_gladen(positives=30, trials=100, sensitivity=1, specificity=1).estimate == 0.3
    a = corrected_accuracy(tp=80, fp=30, fn=20, tn=270, reference_sensitivity=1,
                           reference_specificity=1)  # fmt: skip
    assert a.sensitivity.estimate == pytest.approx(0.8)
    assert a.specificity.estimate == pytest.approx(0.9)


@given(counts=st.tuples(cell, cell, cell, cell), sensitivity=share, specificity=share)
def test_corrected_accuracy_is_a_proportion_or_has_a_reason(counts, sensitivity, specificity):
    """Any inputs give limits in 0 to 1 around the estimate, or a sentence."""
    tp, fp, fn, tn = counts
    a = corrected_accuracy(tp=tp, fp=fp, fn=fn, tn=tn, reference_sensitivity=sensitivity,
                           reference_specificity=specificity)  # fmt: skip
    for side in (a.sensitivity, a.specificity):
        assert side.reason or 0 <= side.lower <= side.estimate <= side.upper <= 1


def _judged(rng, n, prevalence, test, reference):
    ill = rng.random(n) < prevalence
    called = np.where(ill, rng.random(n) < test[0], rng.random(n) < 1 - test[1])
    judged = np.where(ill, rng.random(n) < reference[0], rng.random(n) < 1 - reference[1])
    count = lambda c, r: int(((called == c) & (judged == r)).sum())  # noqa: E731
    return {"tp": count(True, True), "fp": count(True, False), "fn": count(False, True),
            "tn": count(False, False)}  # fmt: skip


@pytest.mark.parametrize("test", [(1.0, 1.0), (0.85, 0.92)])
def test_corrected_intervals_cover_a_perfect_and_an_ordinary_test(test):
    """A reference with specificity 0.90 at 10 % prevalence: apparent accuracy is corrected."""
    rng, held, apparent = np.random.default_rng(31), np.zeros(2), []
    for _ in range(400):
        counts = _judged(rng, 2000, 0.1, test, (1.0, 0.9))
        apparent.append(counts["tp"] / (counts["tp"] + counts["fn"]))
        a = corrected_accuracy(**counts, reference_sensitivity=1, reference_specificity=0.9)
        held += [side.lower <= truth <= side.upper
                 for side, truth in zip((a.sensitivity, a.specificity), test, strict=True)]  # fmt: skip
    assert (held / 400 >= 0.93).all()
    if test == (1.0, 1.0):
        assert np.mean(apparent) == pytest.approx(0.526, abs=0.01)
    else:
        assert (held / 400 <= 0.985).all()


def test_prevalence_not_above_the_references_errors_is_not_estimable():
    """Ten per cent positives of a reference with 10 % false positives hold no disease."""
    a = corrected_accuracy(tp=5, fp=5, fn=5, tn=185, reference_sensitivity=1,
                           reference_specificity=0.9)  # fmt: skip
    assert "errors of the reference" in a.sensitivity.reason


def test_no_cases_and_a_useless_reference_have_reasons():
    """Neither an empty table nor a coin-flip reference gives a number."""
    none = corrected_accuracy(tp=0, fp=0, fn=0, tn=0, reference_sensitivity=1,
                              reference_specificity=0.9)  # fmt: skip
    assert none.sensitivity.reason == "There were no cases."
    coin = corrected_accuracy(tp=9, fp=1, fn=1, tn=9, reference_sensitivity=0.5,
                              reference_specificity=0.5)  # fmt: skip
    assert coin.specificity.reason == USELESS
    assert rogan_gladen(positives=0, trials=0, sensitivity=1, specificity=1).reason


def test_rogan_gladen_covers():
    """True prevalence 10 %, apparent 17 %: near 95 % of 1000 seeded samples hold 10 %."""
    rng, held = np.random.default_rng(4), 0
    apparent = 0.1 * 0.9 + 0.9 * 0.1
    for positives in rng.binomial(500, apparent, 1000):
        p = rogan_gladen(positives=int(positives), trials=500, sensitivity=0.9, specificity=0.9)
        held += p.lower <= 0.1 <= p.upper
    assert 0.93 <= held / 1000 <= 0.97


def test_no_error_seen_is_not_taken_for_no_error():
    """A perfect specificity keeps the exact limit of a zero count, and one alarm reaches no less far."""
    limits = [
        corrected_accuracy(
            tp=100, fp=fp, fn=90, tn=810 - fp, reference_sensitivity=1, reference_specificity=0.9
        ).specificity.lower
        for fp in (0, 1, 2, 5, 20)
    ]
    assert limits[0] == pytest.approx(1 - 3.69 / 813.7, abs=2e-4)
    assert limits == sorted(limits, reverse=True)


@pytest.mark.parametrize("parts", [2, 3])
def test_several_references_of_the_same_accuracy_are_one(parts):
    """However the cases are shared out among them."""
    rates = {"reference_sensitivity": 0.9, "reference_specificity": 0.95}
    one = corrected_accuracy(tp=60 * parts, fp=30 * parts, fn=12 * parts, tn=300 * parts, **rates)
    several = corrected_accuracy(
        tp=[60] * parts, fp=[30] * parts, fn=[12] * parts, tn=[300] * parts, **rates
    )
    for metric in ("sensitivity", "specificity"):
        assert getattr(several, metric).numbers() == pytest.approx(
            getattr(one, metric).numbers(), abs=1e-9
        )


def test_a_reference_without_error_beside_one_that_errs():
    """Its cases count as they are, the others as corrected; together they add up."""
    both = corrected_accuracy(tp=[100, 30], fp=[0, 2], fn=[90, 10], tn=[810, 58],
                              reference_sensitivity=[1, 1], reference_specificity=[0.9, 1])  # fmt: skip
    hits, misses = 100 + 30, 0 + 10
    assert both.sensitivity.estimate == pytest.approx(hits / (hits + misses), abs=1e-6)
    assert both.sensitivity.n == 1100
