"""Expected confusion matrices, the calibration they rest on, their back-test, and helper models."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson_binom

from surveillance.statistics.back_test import back_test
from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.estimate import ArgumentError, ArrayError, ProportionError
from surveillance.statistics.expected_performance import (
    expected_confusion,
    expected_confusion_calibrated,
)
from surveillance.statistics.helper_divergence import helper_divergence
from surveillance.statistics.poisson_binomial import poisson_binomial
from surveillance.statistics.score_calibration import calibrated_probabilities

COUNTS = "tp", "fp", "fn", "tn"
SHARES = "sensitivity", "specificity", "ppv", "npv"
probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(deadline=None)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_count_has_the_poisson_binomial_distribution(p):
    """Its chances are those scipy gives."""
    count = poisson_binomial(np.array(p))
    assert count.chance == pytest.approx(poisson_binom(p).pmf(count.counts.astype(int)), abs=1e-12)
    assert count.chance.sum() == pytest.approx(1)


def test_many_cases_are_grouped_without_changing_the_count():
    """10,000 rare cases: the grouped distribution has their mean and variance."""
    p = np.random.default_rng(2).beta(0.2, 10, 10_000)
    count = poisson_binomial(p)
    mean = count.counts @ count.chance
    assert mean == pytest.approx(p.sum())
    assert (count.counts - mean) ** 2 @ count.chance == pytest.approx((p * (1 - p)).sum(), rel=1e-4)


@settings(deadline=None)
@given(p=probabilities, threshold=st.floats(0, 1), seed=st.integers(0, 9))
def test_sums_add_up_bands_hold_and_order_changes_nothing(p, threshold, seed):
    """Counts add to the cases, shares lie in 0 to 1, and a shuffle or given calls change nothing."""
    found = expected_confusion(probabilities=p, threshold=threshold)
    order = np.random.default_rng(seed).permutation(len(p))
    again = expected_confusion(
        probabilities=np.array(p)[order], called=np.array(p)[order] >= threshold
    )
    assert sum(getattr(found, name).estimate for name in COUNTS) == pytest.approx(len(p))
    for name in COUNTS + SHARES:
        one, other = getattr(found, name), getattr(again, name)
        assert one.reason == other.reason
        if one.estimable:
            assert one.numbers() == pytest.approx(other.numbers(), abs=1e-6)
            assert 0 <= one.lower <= one.upper <= (1 if name in SHARES else len(p))


def test_certain_probabilities_leave_no_band():
    """Probabilities of 0 and 1 say exactly what will come true."""
    found = expected_confusion(probabilities=[1, 1, 0, 0, 0], threshold=0.5)
    assert found.sensitivity.numbers() == (1, 1, 1)
    assert found.tn.numbers() == (3, 3, 3)
    mixed = expected_confusion(probabilities=[1, 1, 0, 0], called=[1, 0, 1, 0])
    assert mixed.sensitivity.numbers() == pytest.approx((0.5, 0.5, 0.5))


def test_what_cannot_be_expected_has_a_reason():
    """No case, no disease, no call."""
    assert expected_confusion(probabilities=[], threshold=0.5).tp.reason == "There were no cases."
    healthy = expected_confusion(probabilities=[0, 0], threshold=0.5)
    assert "no disease" in healthy.sensitivity.reason
    assert "called positive" in healthy.ppv.reason
    assert healthy.specificity.numbers() == (1, 1, 1)
    ill = expected_confusion(probabilities=[1, 1], threshold=0.5)
    assert "no healthy case" in ill.specificity.reason
    assert "called negative" in ill.npv.reason


@pytest.mark.parametrize("n", [40, 400])
def test_the_band_holds_what_comes_true(n):
    """With right probabilities at least 95 % (less Monte-Carlo error) of realised values lie in it."""
    rng = np.random.default_rng(n)
    p = rng.beta(0.5, 2, n)
    found, called = expected_confusion(probabilities=p, threshold=0.4), p >= 0.4
    ill = rng.random((4000, n)) < p
    tp, fn = (ill & called).sum(axis=1), (ill & ~called).sum(axis=1)
    fp, tn = called.sum() - tp, (~called).sum() - fn
    realised = {"tp": tp, "fn": fn, "sensitivity": tp / np.maximum(tp + fn, 1), "specificity": tn / (tn + fp),
                "ppv": tp / (tp + fp), "npv": tn / (tn + fn)}  # fmt: skip
    for name, values in realised.items():
        band = getattr(found, name)
        held = (values >= band.lower - 1e-12) & (values <= band.upper + 1e-12)
        assert held.mean() >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 4000), name


@given(seed=st.integers(0, 500))
def test_isotonic_probabilities_rise_and_keep_the_number_of_diseased(seed):
    """The curve never falls, and over its own cases it expects as many diseased as there were."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 12, 30), rng.integers(0, 2, 30)
    found = calibrated_probabilities(scores=x, outcomes=y, new_scores=x)
    if found.reason:
        assert y.min() == y.max()
        return
    p = np.array(found.probabilities)
    assert p.sum() == pytest.approx(y.sum())
    assert (np.diff(p[np.argsort(x, kind="stable")]) >= -1e-12).all()


def test_logistic_calibration_follows_units_and_says_when_it_cannot():
    """Scores in other units give the same probabilities; separated or one-sided ones a reason."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=300)
    y = rng.random(300) < 1 / (1 + np.exp(-2 * x + 1))
    pair = {"outcomes": y, "method": "logistic"}
    one = calibrated_probabilities(scores=x, new_scores=[-1, 0, 2], **pair)
    other = calibrated_probabilities(scores=1e4 + 1e3 * x, new_scores=[9e3, 1e4, 1.2e4], **pair)
    assert one.probabilities == pytest.approx(other.probabilities, abs=1e-8)
    assert one.probabilities[1] == pytest.approx(1 / (1 + np.e), abs=0.08)
    apart = calibrated_probabilities(
        scores=[1, 2], outcomes=[0, 1], new_scores=[1], method="logistic"
    )
    assert "separate" in apart.reason
    assert "with and without" in calibrated_probabilities(
        scores=[1], outcomes=[1], new_scores=[1]
    ).reason  # fmt: skip


def test_the_calibrated_band_is_wider_and_the_same_for_the_same_seed():
    """It holds the error of the calibration too, which shrinks with more matured cases."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=4400)
    y = (rng.random(4400) < 1 / (1 + np.exp(-2 * x))).astype(int)
    new, widths = x[4000:], []
    for matured in (100, 4000):
        given_ = {"scores": x[:matured], "outcomes": y[:matured], "new_scores": new, "threshold": 0.3, "resamples": 200}  # fmt: skip
        found = expected_confusion_calibrated(**given_, seed=1)
        assert found == expected_confusion_calibrated(**given_, seed=1)
        p = calibrated_probabilities(scores=x[:matured], outcomes=y[:matured], new_scores=new)
        known = expected_confusion(probabilities=p.probabilities, called=new >= 0.3)
        assert found.sensitivity.estimate == pytest.approx(known.sensitivity.estimate)
        widths.append((found.tp.upper - found.tp.lower) / (known.tp.upper - known.tp.lower))
    assert widths[0] > 1.5
    assert 0.9 < widths[1] < widths[0]


@pytest.mark.parametrize("method", ["isotonic", "logistic"])
def test_a_case_that_stands_for_many_counts_as_many(method):
    """A weight of 3 is three like cases, a given call that of the threshold; the band is that of the cases there are."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=300).round(1)
    y = (rng.random(300) < 1 / (1 + np.exp(-x))).astype(int)
    w = np.where(y == 1, 1, 3)
    fit = {"new_scores": x[:100], "threshold": 0.5, "method": method, "resamples": 200}
    weighted = expected_confusion_calibrated(scores=x, outcomes=y, weights=w, **fit)
    copied = expected_confusion_calibrated(scores=np.repeat(x, w), outcomes=np.repeat(y, w), **fit)
    assert weighted.sensitivity.estimate == pytest.approx(copied.sensitivity.estimate, abs=1e-6)
    assert weighted.tp.upper - weighted.tp.lower > copied.tp.upper - copied.tp.lower
    called = {**fit, "called": x[:100] >= 0.5, "threshold": None}
    assert expected_confusion_calibrated(scores=x, outcomes=y, weights=w, **called) == weighted


def test_the_band_allows_for_how_few_were_drawn():
    """Of calls below the threshold a tenth is verified: weighted bands hold what comes true, as those of all cases would."""
    rng, held = np.random.default_rng(17), 0
    for _ in range(100):
        x = rng.normal(-1.5, 1.5, 1300)
        ill = rng.random(1300) < 1 / (1 + np.exp(-x))
        chance = np.where(x[:1000] >= -0.5, 1, 0.1)
        drawn = rng.random(1000) < chance
        found = expected_confusion_calibrated(
            scores=x[:1000][drawn], outcomes=ill[:1000][drawn], weights=1 / chance[drawn],
            new_scores=x[1000:], threshold=-0.5, resamples=100,
        ).sensitivity  # fmt: skip
        came = ill[1000:][x[1000:] >= -0.5].sum() / ill[1000:].sum()
        held += found.lower <= came <= found.upper
    assert held >= 95 - 3 * np.sqrt(100 * 0.95 * 0.05)


@pytest.mark.parametrize("periods", [1, 6])
def test_the_next_error_lies_within_reach(periods):
    """Of normal errors around 0, 95 % of the next ones."""
    errors = np.random.default_rng(periods).normal(0, 0.03, (2000, periods + 1))
    within = [
        abs(next_) <= back_test(estimates=past * 0, lower=past * 0, upper=past * 0, realised=past).reach
        for *past_, next_ in errors
        for past in [np.array(past_)]
    ]  # fmt: skip
    assert np.mean(within) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 2000))


def test_one_outcome_only_leaves_nothing_to_expect():
    """The reason of the calibration is that of every number."""
    found = expected_confusion_calibrated(
        scores=[1, 2], outcomes=[0, 0], new_scores=[1], threshold=1
    )
    assert "with and without" in found.sensitivity.reason
    assert "with and without" in found.tp.reason


@given(
    rows=st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 3), st.floats(-9, 9)), max_size=20),
)
def test_the_back_test_counts_what_was_held(rows):
    """Share, mean error and flags agree with each other."""
    guess, half, true = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.zeros(0),) * 3  # fmt: skip
    found = back_test(estimates=guess, lower=guess - half, upper=guess + half, realised=true)
    assert found.n == len(rows)
    if not rows:
        assert found.inside.reason
        assert found.mean_absolute_error is None
        assert found.reach is None
        return
    assert found.inside.estimate == pytest.approx(found.held.mean())
    assert found.mean_absolute_error == pytest.approx(np.abs(true - guess).mean())
    assert found.mean_error.estimable == (len(rows) > 1)


def test_a_back_test_finds_out_wrong_probabilities():
    """Right bands hold about their level; where disease doubles, error and coverage show it."""
    rng = np.random.default_rng(12)
    for factor, right in ((1.0, True), (2.0, False)):
        rows = []
        for _ in range(60):
            p = rng.beta(1, 6, 300)
            found = expected_confusion(probabilities=p, threshold=0.2).ppv
            came = rng.random(300) < np.clip(factor * p, 0, 1)
            rows.append((*found.numbers(), came[p >= 0.2].mean()))
        guess, low, high, true = np.array(rows).T
        tested = back_test(estimates=guess, lower=low, upper=high, realised=true)
        assert (tested.inside.upper >= 0.95) == right
        assert (tested.mean_error.lower <= 0 <= tested.mean_error.upper) == right


@given(cells=st.lists(st.integers(0, 30), min_size=8, max_size=8))
def test_divergence_from_a_helper_is_newcombes_difference(cells):
    """Whichever way they differ counts, and the change is that of the two shares."""
    now, then = np.repeat(np.arange(4), cells[:4]), np.repeat(np.arange(4), cells[4:])
    found = helper_divergence(
        decisions=now // 2, helper_decisions=now % 2,
        reference_decisions=then // 2, reference_helper_decisions=then % 2,
    )  # fmt: skip
    expected = newcombe(successes_1=cells[1] + cells[2], trials_1=sum(cells[:4]),
                        successes_2=cells[5] + cells[6], trials_2=sum(cells[4:]))  # fmt: skip
    assert found.change == expected
    assert found.enough == (min(sum(cells[:4]), sum(cells[4:])) >= 30)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: expected_confusion(probabilities=[0.5]), ArgumentError, "give one of the two"),
        (lambda: expected_confusion(probabilities=[1.5], threshold=1), ProportionError, "not scores"),
        (lambda: expected_confusion(probabilities=[0.5], called=[1, 0]), ArrayError, "Lengths differ"),
        (lambda: calibrated_probabilities(scores=[1], outcomes=[1], new_scores=[1], method="x"),
         ArgumentError, "give isotonic or logistic"),
        (lambda: expected_confusion_calibrated(scores=[1, 2], outcomes=[0, 1], new_scores=[1], threshold=1,
                                               resamples=10), ArgumentError, "at least 100"),
        (lambda: expected_confusion_calibrated(scores=[1, 2], outcomes=[0, 1], new_scores=[1],
                                               threshold=np.nan), ArgumentError, "`threshold` is nan"),
        (lambda: expected_confusion_calibrated(scores=[1, 2], outcomes=[0, 1], new_scores=[1], threshold=1,
                                               weights=[1, 0]), ArgumentError, "above 0"),
        (lambda: back_test(estimates=[1], lower=[2], upper=[1], realised=[1]), ArrayError, "above its"),
        (lambda: helper_divergence(decisions=[1], helper_decisions=[1, 0]), ArrayError, "Lengths differ"),
    ],
)  # fmt: skip
def test_wrong_inputs_are_refused(call, error, sentence):
    """Each with its sentence."""
    with pytest.raises(error, match=sentence):
        call()
