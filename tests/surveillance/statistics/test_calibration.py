"""Calibration of probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from surveillance.statistics.calibration import (
    brier,
    expected_calibration_error,
    recalibration,
)
from surveillance.statistics.estimate import ArrayError, ProportionError

cases = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=2, max_size=60)


@given(cases=cases, seed=st.integers(0, 99), binning=st.sampled_from(["equal_width", "equal_mass"]))
def test_scores_are_bounded_and_ignore_row_order(cases, seed, binning):
    """Brier and ECE lie in 0 to 1, hold their estimate, and survive a shuffle."""
    p, y = np.array(cases).T
    order = np.random.default_rng(seed).permutation(len(p))
    for first, second in (
        (brier(probabilities=p, labels=y), brier(probabilities=p[order], labels=y[order])),
        (
            expected_calibration_error(probabilities=p, labels=y, binning=binning),
            expected_calibration_error(probabilities=p[order], labels=y[order], binning=binning),
        ),
    ):
        assert 0 <= first.lower <= first.estimate <= first.upper <= 1
        assert second.numbers() == pytest.approx(first.numbers(), abs=1e-12)


@given(cases=cases)
def test_recalibration_always_answers(cases):
    """Any probabilities strictly inside 0 to 1 give numbers or a sentence, never an exception."""
    p, y = np.array(cases).T
    r = recalibration(probabilities=np.clip(p, 1e-6, 1 - 1e-6), labels=y)
    for part in (r.intercept, r.slope):
        assert part.reason or part.lower <= part.estimate <= part.upper


@pytest.mark.parametrize(
    ("probabilities", "labels", "reason"),
    [
        ([0.2, 0.3], [1, 1], "with and without"),
        ([0.3, 0.3, 0.3], [0, 1, 1], "equal"),
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], "separate"),
        ([], [], "with and without"),
    ],
)
def test_a_slope_that_does_not_exist_has_a_reason(probabilities, labels, reason):
    """One class, one value and separation each have their sentence."""
    assert reason in recalibration(probabilities=probabilities, labels=labels).slope.reason


def test_certain_probabilities_are_refused_by_recalibration():
    """0 and 1 have no logit."""
    with pytest.raises(ProportionError, match="infinite"):
        recalibration(probabilities=[0.0, 0.5], labels=[0, 1])


def test_scores_are_not_probabilities():
    """Values outside 0 to 1 and impossible bins are refused."""
    with pytest.raises(ProportionError, match="outside 0 to 1"):
        brier(probabilities=[2, 0.1], labels=[1, 0])
    with pytest.raises(ArrayError, match="`bins` is 0"):
        expected_calibration_error(probabilities=[0.2], labels=[1], bins=0)
    assert expected_calibration_error(probabilities=[], labels=[]).reason
    assert brier(probabilities=[0.5], labels=[1]).reason


def test_calibrated_probabilities_have_no_ece_above_0():
    """The lower limit of a calibrated model is 0, that of a miscalibrated one is not."""
    rng = np.random.default_rng(16)
    p = rng.beta(2, 5, 3000)
    honest = expected_calibration_error(probabilities=p, labels=rng.random(3000) < p)
    biased = expected_calibration_error(probabilities=p, labels=rng.random(3000) < p / 2)
    assert honest.lower == 0
    assert biased.lower > 0.05


def test_intervals_cover():
    """True intercept 0 and slope 0.8 of scores shrunk by logit, Brier's expectation: 93 to 97 %."""
    rng, held = np.random.default_rng(13), np.zeros(2)
    p = rng.beta(2, 3, 400)
    true = expit(0.8 * logit(p))
    expected = float((true * (1 - p) ** 2 + (1 - true) * p**2).mean())
    for _ in range(500):
        y = rng.random(400) < true
        slope = recalibration(probabilities=p, labels=y).slope
        score = brier(probabilities=p, labels=y)
        held += [slope.lower <= 0.8 <= slope.upper, score.lower <= expected <= score.upper]
    assert (held / 500 >= 0.93).all()
    assert (held / 500 <= 0.98).all()
