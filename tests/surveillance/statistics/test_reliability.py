"""The reliability curve, Murphy's decomposition and Spiegelhalter's test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.calibration import brier, expected_calibration_error
from surveillance.statistics.estimate import ArrayError, ProportionError
from surveillance.statistics.reliability import (
    murphy_decomposition,
    reliability_curve,
    spiegelhalter_z,
)

cases = st.lists(
    st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.integers(0, 1)), min_size=2, max_size=80
)
binning = st.sampled_from(["equal_width", "equal_mass"])


@given(cases=cases, bins=st.one_of(st.none(), st.integers(1, 12)), corrected=st.booleans())
def test_the_parts_add_up_to_the_brier_score(cases, bins, corrected):
    """Reliability - resolution + uncertainty + within_bin is the Brier score, corrected or not."""
    p, y = np.array(cases).T
    m = murphy_decomposition(probabilities=p, labels=y, bins=bins, bias_corrected=corrected)
    parts = m.reliability - m.resolution + m.uncertainty + m.within_bin
    assert parts == pytest.approx(m.brier, abs=1e-12)
    assert m.brier == pytest.approx(brier(probabilities=p, labels=y).estimate)
    if not corrected:
        assert m.reliability >= 0
        assert -1e-12 <= m.resolution <= m.uncertainty + 1e-12 <= 0.25 + 2e-12
    if bins is None:
        assert m.within_bin == 0


@given(cases=cases, seed=st.integers(0, 9), binning=binning)
def test_row_order_changes_nothing(cases, seed, binning):
    """A shuffle leaves the decomposition, the test and the curve as they were."""
    p, y = np.array(cases).T
    order = np.random.default_rng(seed).permutation(len(p))
    first, second = (
        murphy_decomposition(probabilities=a, labels=b, bins=5, binning=binning)
        for a, b in ((p, y), (p[order], y[order]))
    )
    assert first.reliability == pytest.approx(second.reliability, abs=1e-12)
    curves = [
        reliability_curve(probabilities=a, labels=b, binning=binning)
        for a, b in ((p, y), (p[order], y[order]))
    ]
    assert curves[0].cases == curves[1].cases
    assert curves[0].observed == pytest.approx(curves[1].observed)
    tests = [spiegelhalter_z(probabilities=a, labels=b) for a, b in ((p, y), (p[order], y[order]))]
    assert tests[0].reason == tests[1].reason
    if tests[0].reason is None:
        assert tests[0].z == pytest.approx(tests[1].z)


@given(cases=cases, bins=st.integers(1, 12), binning=binning)
def test_the_curve_holds_every_case_once(cases, bins, binning):
    """Counts add up, limits hold the observed share, and its gaps are the ECE."""
    p, y = np.array(cases).T
    curve = reliability_curve(probabilities=p, labels=y, bins=bins, binning=binning)
    assert sum(curve.cases) == len(p)
    assert list(curve.predicted) == sorted(curve.predicted)
    for low, share, high in zip(curve.lower, curve.observed, curve.upper, strict=True):
        assert 0 <= low <= share <= high <= 1
    gaps = np.abs(np.subtract(curve.predicted, curve.observed)) @ curve.cases / len(p)
    error = expected_calibration_error(probabilities=p, labels=y, bins=bins, binning=binning)
    assert gaps == pytest.approx(error.estimate, abs=1e-12)


def test_nothing_to_judge_has_a_reason():
    """No cases, one case to correct, and certain or even probabilities each have a sentence."""
    assert reliability_curve(probabilities=[], labels=[]).reason == "There were no cases."
    assert murphy_decomposition(probabilities=[], labels=[]).reason == "There were no cases."
    single = murphy_decomposition(probabilities=[0.3], labels=[1], bias_corrected=True)
    assert "two cases" in single.reason
    assert murphy_decomposition(probabilities=[0.3], labels=[1]).brier == pytest.approx(0.49)
    assert spiegelhalter_z(probabilities=[], labels=[]).reason == "There were no cases."
    assert "no variance" in spiegelhalter_z(probabilities=[0, 0.5, 1], labels=[0, 1, 1]).reason


def test_scores_and_impossible_bins_are_refused():
    """Values outside 0 to 1 and no bins at all."""
    with pytest.raises(ProportionError, match="outside 0 to 1"):
        spiegelhalter_z(probabilities=[2, 0.1], labels=[1, 0])
    for method in (murphy_decomposition, reliability_curve):
        with pytest.raises(ArrayError, match="`bins` is 0"):
            method(probabilities=[0.2], labels=[1], bins=0)


def test_one_class_has_no_uncertainty():
    """When nobody is diseased prevalence is certain and all of the score is reliability."""
    m = murphy_decomposition(probabilities=[0.1, 0.1, 0.4], labels=[0, 0, 0])
    assert m.uncertainty == m.resolution == 0
    assert m.reliability == pytest.approx(m.brier)


def test_an_edge_belongs_to_the_bin_below():
    """0.07 and 0.29 lie on edges of a hundred bins, whatever binary fractions make of them."""
    curve = reliability_curve(
        probabilities=[0.065, 0.07, 0.285, 0.29], labels=[0, 1, 0, 1], bins=100
    )
    assert curve.cases == (2, 2)


def test_spiegelhalter_keeps_its_error_rate_and_sees_overconfidence():
    """Calibrated: rejected in about 5 % of 800 sets of 300. Twice the logit: nearly always."""
    rng, false, true = np.random.default_rng(51), 0, 0
    for _ in range(800):
        p = rng.beta(1, 3, 300)
        y = rng.random(300) < p
        false += spiegelhalter_z(probabilities=p, labels=y).p_value < 0.05
        extreme = p**2 / (p**2 + (1 - p) ** 2)
        true += spiegelhalter_z(probabilities=extreme, labels=y).p_value < 0.05
    assert 0.03 <= false / 800 <= 0.07
    assert true / 800 > 0.9


def test_the_bias_correction_takes_chance_off():
    """A calibrated forecast has reliability above 0 by chance, and 0 on average corrected."""
    rng, raw, corrected = np.random.default_rng(52), [], []
    for _ in range(400):
        p = rng.choice([0.1, 0.3, 0.5, 0.7], 60)
        y = rng.random(60) < p
        raw.append(murphy_decomposition(probabilities=p, labels=y).reliability)
        fair = murphy_decomposition(probabilities=p, labels=y, bias_corrected=True)
        corrected.append(fair.reliability)
    assert np.mean(raw) > 0.008
    assert abs(np.mean(corrected)) < 3 * np.std(corrected) / 20


def test_curve_intervals_cover():
    """Each bin's interval holds its mean true risk in about 95 % of 400 sets."""
    rng, held, all_ = np.random.default_rng(53), 0, 0
    for _ in range(400):
        p = rng.choice([0.1, 0.3, 0.5, 0.7, 0.9], 150)
        curve = reliability_curve(probabilities=p, labels=rng.random(150) < p, bins=5)
        for low, truth, high in zip(curve.lower, curve.predicted, curve.upper, strict=True):
            held += low <= truth <= high
            all_ += 1
    assert 0.93 <= held / all_ <= 0.975
