"""Partial area under the ROC curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from surveillance.statistics.discrimination import auc
from surveillance.statistics.estimate import ArgumentError
from surveillance.statistics.partial_area import partial_auc

cases = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=2, max_size=60)
ends = st.tuples(st.floats(0, 0.9), st.floats(0.02, 1)).map(
    lambda pair: (pair[0], min(1.0, pair[0] + pair[1]))
)


@given(cases=cases, ends=ends, on=st.sampled_from(["fpr_range", "tpr_range"]))
def test_it_lies_within_the_range_or_has_a_reason(cases, ends, on):
    """Any scores give limits from 0 to the width around the estimate, or a sentence."""
    scores, labels = np.array(cases).T
    a = partial_auc(scores=scores, labels=labels, **{on: ends})
    if a.area.reason:
        assert min(labels.sum(), (1 - labels).sum()) < 2
    else:
        width = ends[1] - ends[0]
        assert -1e-12 <= a.area.lower <= a.area.estimate <= a.area.upper <= width + 1e-12
        assert a.standardised.lower <= a.standardised.estimate <= a.standardised.upper <= 1 + 1e-12


@given(cases=cases, cut=st.floats(0.05, 0.95), seed=st.integers(0, 9))
def test_the_parts_add_up_to_the_whole(cases, cut, seed):
    """Two ranges that meet have the AUC between them, in any order of the rows."""
    scores, labels = np.array(cases).T
    order = np.random.default_rng(seed).permutation(len(scores))
    for on in ("fpr_range", "tpr_range"):
        left = partial_auc(scores=scores, labels=labels, **{on: (0, cut)}).area
        right = partial_auc(scores=scores[order], labels=labels[order], **{on: (cut, 1)}).area
        if left.estimable:
            whole = auc(scores=scores, labels=labels).estimate
            assert left.estimate + right.estimate == pytest.approx(whole)


@given(cases=cases)
def test_the_whole_range_is_delong(cases):
    """Over 0 to 1, on either axis, area and limits are those of `auc` where it has a variance."""
    scores, labels = np.array(cases).T
    known = auc(scores=scores, labels=labels)
    for on in ("fpr_range", "tpr_range"):
        a = partial_auc(scores=scores, labels=labels, **{on: (0, 1)}).area
        assert a.estimable == known.estimable
        if known.estimable and "logit" in known.method:
            assert a.numbers() == pytest.approx(known.numbers())


def test_chance_is_one_half_and_perfection_one():
    """Standardised, equal scores give 1/2; perfect ones give 1, with room below."""
    labels = [0] * 20 + [1] * 20
    equal = partial_auc(scores=[1] * 40, labels=labels, fpr_range=[0.1, 0.3])
    assert equal.standardised.estimate == pytest.approx(0.5)
    perfect = partial_auc(scores=range(40), labels=labels, fpr_range=[0, 0.2])
    assert perfect.area.estimate == pytest.approx(0.2)
    assert perfect.standardised.estimate == pytest.approx(1)
    assert perfect.standardised.lower < 0.9
    assert "variance 0" in perfect.area.method


@pytest.mark.parametrize(
    "ranges",
    [
        {},
        {"fpr_range": [0, 0.1], "tpr_range": [0.9, 1]},
        {"fpr_range": [0.2, 0.1]},
        {"fpr_range": [0, 1.1]},
        {"tpr_range": [0.9]},
    ],
)
def test_a_range_is_two_shares_on_one_axis(ranges):
    """Neither, both, reversed, beyond 1 and incomplete ranges are refused."""
    with pytest.raises(ArgumentError, match="_range`"):
        partial_auc(scores=[1, 2, 3, 4], labels=[0, 1, 0, 1], **ranges)


@pytest.mark.parametrize(
    ("m", "n", "on", "ends"),
    [
        (100, 100, "fpr_range", (0, 0.2)),
        (100, 100, "tpr_range", (0.8, 1)),
        (30, 30, "fpr_range", (0.1, 0.5)),
    ],
)
def test_it_covers_on_either_axis(m, n, on, ends):
    """Binormal scores, known area: 92 to 98 % of 500 samples hold it."""
    rng, held = np.random.default_rng(61), 0
    height = (
        (lambda t: norm.sf(norm.isf(t) - 1.5))
        if on == "fpr_range"
        else (lambda t: norm.cdf(norm.isf(t) + 1.5))
    )
    truth, labels = quad(height, *ends)[0], np.repeat([1, 0], [m, n])
    for _ in range(500):
        scores = np.concatenate([rng.normal(1.5, 1, m), rng.normal(0, 1, n)])
        a = partial_auc(scores=scores, labels=labels, **{on: ends}).area
        held += a.lower <= truth <= a.upper
    assert 0.92 <= held / 500 <= 0.98
