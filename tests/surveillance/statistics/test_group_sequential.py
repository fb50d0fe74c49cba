"""Boundaries for planned looks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from surveillance.statistics.estimate import ArgumentError, ArrayError, ProportionError
from surveillance.statistics.group_sequential import SPENDING, group_sequential

times = st.lists(st.integers(2, 20), min_size=1, max_size=4, unique=True).map(
    lambda shares: [share / 20 for share in sorted(shares)]
)


@given(looks=times, alpha=st.floats(0.005, 0.3), sides=st.sampled_from([1, 2]),
       spending=st.sampled_from(sorted(SPENDING)))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_the_error_spent_is_that_of_the_normal_distribution(looks, alpha, sides, spending):
    """Against scipy's multivariate normal: the chance to stay within all boundaries is what is not spent."""
    g = group_sequential(looks=looks, alpha=alpha, sides=sides, spending=spending)
    assert (np.diff(g.spent) > 0).all()
    assert g.spent[-1] <= alpha * (1 + 1e-12)
    upper = np.array([40.0 if z is None else z for z in g.boundary])
    root = np.sqrt(looks)
    covariance = np.minimum.outer(root, root) / np.maximum.outer(root, root)
    inside = multivariate_normal(cov=covariance, abseps=1e-7, maxpts=200000, seed=1).cdf(
        upper, lower_limit=-upper if sides == 2 else np.full(len(looks), -np.inf)
    )
    assert 1 - float(inside) == pytest.approx(g.spent[-1], abs=2e-5)


@given(alpha=st.floats(0.001, 0.4))
def test_one_look_is_the_fixed_sample_test(alpha):
    """Normal quantiles, on one side or two."""
    for sides in (1, 2):
        g = group_sequential(looks=[1], alpha=alpha, sides=sides)
        assert g.boundary[0] == pytest.approx(norm.isf(alpha / sides), abs=1e-8)
        assert g.nominal_alpha[0] == pytest.approx(alpha)


def test_a_number_of_looks_is_equally_spaced():
    """Four looks are at the quarters."""
    assert (
        group_sequential(looks=4).boundary == group_sequential(looks=[0.25, 0.5, 0.75, 1]).boundary
    )


def test_a_look_too_early_to_spend_is_open_and_costs_nothing():
    """At 1 % of the information there is no boundary, and the later ones are as without it."""
    early, without = group_sequential(looks=[0.01, 0.5, 1]), group_sequential(looks=[0.5, 1])
    assert early.boundary[0] is None
    assert early.nominal_alpha[0] == 0
    assert early.boundary[1:] == pytest.approx(without.boundary, abs=1e-6)


def test_the_false_alarm_rate_is_alpha():
    """Of 40 000 random walks looked at four times, 5 % cross, and far more cross 1.96."""
    rng = np.random.default_rng(6)
    walk = np.cumsum(rng.normal(0, 0.5, (40000, 4)), axis=1) / np.sqrt([0.25, 0.5, 0.75, 1])
    for spending in sorted(SPENDING):
        boundary = np.array(group_sequential(looks=4, spending=spending).boundary)
        crossed = (np.abs(walk) >= boundary).any(axis=1).mean()
        assert abs(crossed - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 40000)
    assert (np.abs(walk) >= 1.96).any(axis=1).mean() > 0.1


@pytest.mark.parametrize(
    ("change", "refusal", "sentence"),
    [({"looks": [0.5, 0.5]}, ArrayError, "rise"), ({"looks": [0.5, 1.1]}, ArrayError, "at most 1"),
     ({"looks": []}, ArrayError, "`looks`"), ({"looks": 101}, ArgumentError, "up to 100"),
     ({"looks": [0.5, 0.5005]}, ArrayError, "apart"), ({"looks": 2.5}, ArgumentError, "whole number"),
     ({"alpha": 0}, ProportionError, "`alpha` is 0"), ({"sides": 3}, ArgumentError, "`sides` is 3"),
     ({"spending": "haybittle"}, ArgumentError, "`spending` is 'haybittle'")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(change, refusal, sentence):
    """Each refusal names the argument."""
    with pytest.raises(refusal, match=sentence):
        group_sequential(**{"looks": [0.5, 1]} | change)


@pytest.mark.parametrize("looks", [[0.5, 0.501, 1], [0.3, 0.302, 0.9, 0.901], [0.01, 0.02, 1]])
def test_looks_close_together_are_integrated_finely(looks):
    """Steps of very different size spend what they should, by scipy's multivariate normal."""
    g = group_sequential(looks=looks, alpha=0.025, sides=1, spending="pocock")
    root = np.sqrt(looks)
    covariance = np.minimum.outer(root, root) / np.maximum.outer(root, root)
    inside = multivariate_normal(cov=covariance, abseps=1e-8, maxpts=500000, seed=1).cdf(g.boundary)
    assert 1 - float(inside) == pytest.approx(0.025 if looks[-1] == 1 else g.spent[-1], abs=1e-6)
