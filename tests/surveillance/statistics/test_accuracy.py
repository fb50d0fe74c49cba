"""Diagnostic accuracy from counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics import accuracy
from surveillance.statistics.estimate import ArgumentError, CountError, ProportionError
from surveillance.statistics.indeterminates import with_indeterminates

cell = st.integers(0, 10**5)


@given(tp=cell, fp=cell, fn=cell, tn=cell)
def test_proportions_need_their_denominator(tp, fp, fn, tn):
    """Each share is in 0 to 1 or says in a sentence which cases were missing."""
    for share, total, reason in (
        (accuracy.sensitivity(tp=tp, fn=fn), tp + fn, "No case was diseased."),
        (accuracy.specificity(tn=tn, fp=fp), tn + fp, "No case was healthy."),
        (accuracy.ppv(tp=tp, fp=fp), tp + fp, "No case was called positive."),
        (accuracy.npv(tn=tn, fn=fn), tn + fn, "No case was called negative."),
    ):
        if total == 0:
            assert share.reason == reason
        else:
            assert 0 <= share.lower <= share.estimate <= share.upper <= 1
            assert share.n == total


@given(tp=cell, fp=cell, fn=cell, tn=cell, prevalence=st.floats(0.001, 0.999))
def test_carried_predictive_values_are_probabilities(tp, fp, fn, tn, prevalence):
    """PPV and NPV at any prevalence are in 0 to 1 and hold their estimate, or have a reason."""
    for function in (accuracy.ppv_at, accuracy.npv_at):
        value = function(tp=tp, fp=fp, fn=fn, tn=tn, prevalence=prevalence)
        assert value.reason or 0 <= value.lower <= value.estimate <= value.upper <= 1


def test_predictive_values_at_the_sample_prevalence_are_those_of_the_sample():
    """Carrying PPV and NPV to the prevalence they came from changes nothing."""
    table = {"tp": 231, "fp": 32, "fn": 27, "tn": 54}
    at = 258 / 344
    assert accuracy.ppv_at(**table, prevalence=at).estimate == pytest.approx(231 / 263)
    assert accuracy.npv_at(**table, prevalence=at).estimate == pytest.approx(54 / 81)


def test_no_false_positive_gives_ppv_1_with_width():
    """A perfect specificity in the sample is not a certain PPV at low prevalence."""
    value = accuracy.ppv_at(tp=90, fp=0, fn=10, tn=100, prevalence=0.01)
    assert value.estimate == value.upper == 1
    assert value.lower < 0.5


def test_likelihood_ratios_and_youden_agree_with_their_definitions():
    """LR+, LR-, DOR and J follow from sensitivity 0.9 and specificity 0.8."""
    table = {"tp": 90, "fp": 20, "fn": 10, "tn": 80}
    assert accuracy.lr_positive(**table).estimate == pytest.approx(4.5)
    assert accuracy.lr_negative(**table).estimate == pytest.approx(0.125)
    assert accuracy.diagnostic_odds_ratio(**table).estimate == pytest.approx(36)
    assert accuracy.youden(**table).estimate == pytest.approx(0.7)


def test_interval_can_be_chosen_and_an_unknown_one_is_refused():
    """The named interval is used; a wrong name lists the right ones."""
    chosen = accuracy.sensitivity(tp=9, fn=1, interval="clopper_pearson")
    assert chosen.method == "Clopper–Pearson"
    with pytest.raises(ArgumentError, match="wilson, clopper_pearson"):
        accuracy.sensitivity(tp=9, fn=1, interval="wald")


def test_negative_counts_and_impossible_prevalence_are_refused():
    """The message names the argument."""
    with pytest.raises(CountError, match="`fn` is -1"):
        accuracy.sensitivity(tp=9, fn=-1)
    with pytest.raises(ProportionError, match="`prevalence` is 0"):
        accuracy.ppv_at(tp=9, fp=1, fn=1, tn=9, prevalence=0)


@given(tp=cell, fp=cell, fn=cell, tn=cell, ill=cell, well=cell)
def test_intention_to_diagnose_is_the_worst_case(tp, fp, fn, tn, ill, well):
    """No way of counting indeterminates is worse than counting each as wrong."""
    ways = with_indeterminates(
        tp=tp, fp=fp, fn=fn, tn=tn, indeterminate_diseased=ill, indeterminate_healthy=well
    )
    for way in (ways.excluded, ways.as_positive, ways.as_negative):
        for side in ("sensitivity", "specificity"):
            worst, other = getattr(ways.intention_to_diagnose, side), getattr(way, side)
            if other.estimable:
                assert worst.estimate <= other.estimate
