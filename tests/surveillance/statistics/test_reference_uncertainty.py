"""A reference whose own accuracy was estimated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError, CountError
from surveillance.statistics.imperfect_reference import USELESS, corrected_accuracy, rogan_gladen
from surveillance.statistics.reference_uncertainty import (
    UNVALIDATED,
    corrected_accuracy_uncertain,
    rogan_gladen_uncertain,
)

cell = st.integers(0, 500)
VALIDATION = "sensitivity_positives", "sensitivity_trials", "specificity_negatives"
VALIDATION += ("specificity_trials",)


def _validation(right_ill, wrong_ill, right_well, wrong_well):
    counts = right_ill, right_ill + wrong_ill, right_well, right_well + wrong_well
    return dict(zip(VALIDATION, counts, strict=True))


@given(positives=cell, more=cell, validation=st.tuples(cell, cell, cell, cell))
def test_prevalence_is_a_proportion_or_has_a_reason(positives, more, validation):
    """Any counts give 0 <= lower <= estimate <= upper <= 1, or a sentence."""
    p = rogan_gladen_uncertain(
        positives=positives, trials=positives + more, **_validation(*validation)
    )
    assert p.reason or 0 <= p.lower <= p.estimate <= p.upper <= 1


@settings(max_examples=50)
@given(counts=st.tuples(cell, cell, cell, cell), validation=st.tuples(cell, cell, cell, cell))
def test_accuracy_is_a_proportion_or_has_a_reason(counts, validation):
    """Any counts give limits in 0 to 1 around the estimate, or a sentence."""
    cells = dict(zip(("tp", "fp", "fn", "tn"), counts, strict=True))
    a = corrected_accuracy_uncertain(**cells, **_validation(*validation), draws=200)
    for side in (a.sensitivity, a.specificity):
        assert side.reason or 0 <= side.lower <= side.estimate <= side.upper <= 1


def test_a_large_validation_is_a_known_reference():
    """With a million validation cases both methods come to their known counterparts."""
    large = _validation(900_000, 100_000, 950_000, 50_000)
    p = rogan_gladen_uncertain(positives=240, trials=1000, **large)
    known = rogan_gladen(positives=240, trials=1000, sensitivity=0.9, specificity=0.95)
    assert p.numbers() == pytest.approx(known.numbers(), abs=0.002)
    cells = {"tp": 300, "fp": 150, "fn": 120, "tn": 1400}
    a = corrected_accuracy_uncertain(**cells, **large, draws=50_000).sensitivity
    fixed = corrected_accuracy(**cells, reference_sensitivity=0.9, reference_specificity=0.95)
    assert a.numbers() == pytest.approx(fixed.sensitivity.numbers(), abs=0.01)


def test_a_small_validation_widens_the_interval():
    """Twenty validation cases give a wider interval than two thousand, the same estimate."""
    small, large = _validation(18, 2, 18, 2), _validation(1800, 200, 1800, 200)
    p, q = (rogan_gladen_uncertain(positives=300, trials=1000, **v) for v in (small, large))
    assert p.estimate == pytest.approx(q.estimate)
    assert p.upper - p.lower > 1.5 * (q.upper - q.lower)
    cells = {"tp": 300, "fp": 150, "fn": 120, "tn": 430}
    a, b = (corrected_accuracy_uncertain(**cells, **v).specificity for v in (small, large))
    assert a.upper - a.lower > 1.5 * (b.upper - b.lower)


def test_a_flawless_validation_is_not_certainty():
    """Ten of ten right leaves more doubt than a thousand of a thousand."""
    few = rogan_gladen_uncertain(positives=20, trials=100, **_validation(10, 0, 10, 0))
    many = rogan_gladen_uncertain(positives=20, trials=100, **_validation(1000, 0, 1000, 0))
    assert few.upper - few.lower > many.upper - many.lower


def test_what_cannot_be_told_has_a_reason():
    """A coin-flip reference, no validation case and no trials each have their sentence."""
    coin, none = _validation(5, 5, 5, 5), _validation(0, 0, 9, 1)
    cells = {"tp": 9, "fp": 1, "fn": 1, "tn": 9}
    assert rogan_gladen_uncertain(positives=1, trials=9, **coin).reason == USELESS
    assert corrected_accuracy_uncertain(**cells, **coin).sensitivity.reason == USELESS
    assert rogan_gladen_uncertain(positives=1, trials=9, **none).reason == UNVALIDATED
    assert corrected_accuracy_uncertain(**cells, **none).specificity.reason == UNVALIDATED
    sound = _validation(9, 1, 9, 1)
    assert rogan_gladen_uncertain(positives=0, trials=0, **sound).reason == "There were no trials."


def test_impossible_counts_are_refused():
    """More right than validated, and too few draws."""
    with pytest.raises(CountError, match="`sensitivity_positives`"):
        rogan_gladen_uncertain(positives=1, trials=2, **_validation(9, -1, 9, 1))
    with pytest.raises(ArgumentError, match="`draws` is 10"):
        corrected_accuracy_uncertain(tp=1, fp=1, fn=1, tn=1, **_validation(9, 1, 9, 1), draws=10)


def test_the_seed_decides_the_draws():
    """One seed gives one answer."""
    given_ = {"tp": 30, "fp": 5, "fn": 9, "tn": 80, **_validation(45, 5, 45, 5), "draws": 500}
    first = corrected_accuracy_uncertain(**given_, seed=3)
    assert first == corrected_accuracy_uncertain(**given_, seed=3)
    assert first != corrected_accuracy_uncertain(**given_, seed=4)


@pytest.mark.parametrize(
    ("prevalence", "trials", "accuracy", "validated"),
    [(0.1, 500, (0.9, 0.95), 50), (0.3, 100, (0.8, 0.9), 20), (0.5, 50, (0.9, 0.9), 10)],
)
def test_prevalence_covers_with_small_validations(prevalence, trials, accuracy, validated):
    """At least 94 % of 2000 samples hold the prevalence, surveys and validations both drawn."""
    rng, held = np.random.default_rng(5), 0
    apparent = prevalence * accuracy[0] + (1 - prevalence) * (1 - accuracy[1])
    for _ in range(2000):
        ill, well = (int(rng.binomial(validated, chance)) for chance in accuracy)
        p = rogan_gladen_uncertain(
            positives=int(rng.binomial(trials, apparent)),
            trials=trials,
            **_validation(ill, validated - ill, well, validated - well),
        )
        held += p.reason is not None or p.lower <= prevalence <= p.upper
    assert 0.94 <= held / 2000 <= 0.995


@pytest.mark.parametrize(
    ("n", "test", "accuracy", "validated"),
    [(2000, (0.85, 0.92), (1, 0.95), 100), (50, (0.8, 0.9), (0.9, 0.9), 20)],
)
def test_accuracy_covers_with_small_validations(n, test, accuracy, validated):
    """At least 93 % of 250 samples hold the true sensitivity and specificity."""
    rng, held, told = np.random.default_rng(6), np.zeros(2), 0
    called, judged = np.array([test[0], 1 - test[0]]), np.array([accuracy[0], 1 - accuracy[0]])
    alarmed = np.array([1 - test[1], test[1]])
    wrongly = np.array([1 - accuracy[1], accuracy[1]])
    chance = 0.3 * np.outer(called, judged) + 0.7 * np.outer(alarmed, wrongly)
    for _ in range(250):
        tp, fp, fn, tn = (int(k) for k in rng.multinomial(n, chance.ravel()))
        ill, well = (int(rng.binomial(validated, c)) for c in accuracy)
        a = corrected_accuracy_uncertain(
            tp=tp, fp=fp, fn=fn, tn=tn, draws=2000,
            **_validation(ill, validated - ill, well, validated - well),
        )  # fmt: skip
        if a.sensitivity.estimable and a.specificity.estimable:
            told += 1
            held += [side.lower <= truth <= side.upper
                     for side, truth in zip((a.sensitivity, a.specificity), test, strict=True)]  # fmt: skip
    assert told >= 240
    assert (held / told >= 0.93).all()
