"""Distances between two distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from surveillance.statistics.drift import (
    cramers_v,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    total_variation,
    wasserstein,
)
from surveillance.statistics.estimate import ArrayError, CountError

OF_COUNTS = psi, jensen_shannon, cramers_v, total_variation
OF_VALUES = kolmogorov_smirnov, wasserstein
BASE = np.array([0.3, 0.25, 0.15, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01])
UNIFORM = np.full(10, 0.1)
bins = st.lists(st.integers(0, 10**6), min_size=5, max_size=5)


@pytest.mark.parametrize("method", OF_COUNTS)
@given(reference=bins, current=bins, seed=st.integers(0, 99))
def test_distances_of_counts_hold_their_estimate_and_ignore_the_order_of_bins(
    method, reference, current, seed
):
    """Limits of any two count vectors hold the estimate, are 0 or more, and survive a shuffle."""
    d = method(reference=reference, current=current)
    if not sum(reference) or not sum(current):
        assert d.effect.reason == "One of the samples is empty."
        assert not d.enough
        return
    assert 0 <= d.effect.lower <= d.effect.estimate <= d.effect.upper
    order = np.random.default_rng(seed).permutation(5)
    e = method(reference=np.array(reference)[order], current=np.array(current)[order])
    assert e.effect.numbers() == pytest.approx(d.effect.numbers(), abs=1e-9)


@pytest.mark.parametrize("method", [jensen_shannon, cramers_v, total_variation])
def test_bounded_distances_reach_1_and_stop(method):
    """Disjoint samples of one size are at distance 1."""
    assert method(reference=[80, 0], current=[0, 80]).effect.estimate == pytest.approx(1)
    assert method(reference=[80, 0], current=[0, 80]).effect.upper == pytest.approx(1)


@pytest.mark.parametrize("n", [50, 10**3, 10**6])
@pytest.mark.parametrize("method", OF_COUNTS)
def test_equal_counts_raise_nothing_at_any_size(method, n):
    """Equal samples have effect 0 and lower limit 0, with an upper limit that shrinks but stays."""
    counts = np.ceil(BASE * n)
    d = method(reference=counts, current=counts)
    assert d.enough
    assert d.effect.estimate == pytest.approx(0, abs=1e-12)
    assert d.effect.lower == 0 < d.effect.upper


@pytest.mark.parametrize("n", [50, 10**3, 10**6])
@pytest.mark.parametrize("method", OF_VALUES)
def test_equal_values_raise_nothing_at_any_size(method, n):
    """The same values twice have effect 0 and an interval from 0."""
    values = np.random.default_rng(1).random(n)
    d = method(reference=values, current=values[::-1])
    assert d.effect.estimate == pytest.approx(0, abs=1e-12)
    assert d.effect.lower == 0 < d.effect.upper


@pytest.mark.parametrize("n", [50, 10**3, 10**6])
def test_two_samples_of_one_population_rarely_leave_0(n):
    """At most 5 % of 200 pairs, at any size, and the effect shrinks with n."""
    rng, raised = np.random.default_rng(n), np.zeros(len(OF_COUNTS))
    for _ in range(200):
        pair = {"reference": rng.multinomial(n, BASE), "current": rng.multinomial(n, BASE)}
        raised += [method(**pair).effect.lower > 0 for method in OF_COUNTS]
    assert (raised / 200 <= 0.05).all()
    assert total_variation(**pair).effect.upper < 10 / np.sqrt(n)


@pytest.mark.parametrize("n", [100, 5000])
def test_intervals_cover_no_drift_and_strong_drift(n):
    """PSI, JS, V and TV hold the true distance in at least 93 % of 300 seeded pairs."""
    for q in (BASE, UNIFORM):
        p = BASE
        middle = (p + q) / 2
        truth = [
            float((p - q) @ np.log(p / q)),
            float(p @ np.log2(p / middle) + q @ np.log2(q / middle)) / 2,
            float(np.sqrt(((p - q) ** 2 / middle).sum())) / 2,
            float(np.abs(p - q).sum()) / 2,
        ]
        rng, held = np.random.default_rng(3), np.zeros(4)
        for _ in range(300):
            pair = {"reference": rng.multinomial(n, p), "current": rng.multinomial(n, q)}
            effects = [method(**pair).effect for method in OF_COUNTS]
            held += [e.lower <= t <= e.upper for e, t in zip(effects, truth, strict=True)]
        assert (held / 300 >= 0.93).all(), held


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_distances_of_values_cover(shift):
    """A normal shifted by s: KS and Wasserstein hold the true distance in 93 % or more."""
    rng, held = np.random.default_rng(17), np.zeros(2)
    truth = 2 * norm.cdf(shift / 2) - 1, shift
    for _ in range(300):
        pair = {"reference": rng.normal(size=400), "current": rng.normal(shift, size=150)}
        effects = [method(**pair).effect for method in OF_VALUES]
        held += [e.lower <= t <= e.upper for e, t in zip(effects, truth, strict=True)]
    assert (held / 300 >= 0.93).all(), held


def test_real_drift_is_seen():
    """A clear change has a lower limit above 0 in every method."""
    rng = np.random.default_rng(6)
    counts = {"reference": rng.multinomial(2000, BASE), "current": rng.multinomial(500, UNIFORM)}
    values = {"reference": rng.normal(size=2000), "current": rng.normal(0.8, size=500)}
    assert all(method(**counts).effect.lower > 0 for method in OF_COUNTS)
    assert all(method(**values).effect.lower > 0 for method in OF_VALUES)


def test_enough_asks_for_fifty_and_five_per_bin():
    """Twenty bins need 100 cases on both sides, two bins 50."""
    assert psi(reference=[50] * 20, current=[4] * 20).minimum_n == 100
    assert not psi(reference=[50] * 20, current=[4] * 20).enough
    assert psi(reference=[25, 25], current=[25, 25]).enough
    assert not kolmogorov_smirnov(reference=range(50), current=range(49)).enough


def test_wasserstein_is_in_units_of_its_scale():
    """Dividing by a standard deviation divides the whole interval."""
    pair = {"reference": [1.0, 2, 3, 7], "current": [2.0, 5, 6, 9]}
    plain, scaled = wasserstein(**pair).effect, wasserstein(**pair, scale=2).effect
    assert [2 * x for x in scaled.numbers()] == pytest.approx(plain.numbers())
    with pytest.raises(ArrayError, match="`scale` is 0"):
        wasserstein(**pair, scale=0)


def test_wrong_inputs_are_refused_and_empty_ones_have_a_reason():
    """Unequal bins, one bin and negative counts are refused; an empty sample is not estimable."""
    with pytest.raises(ArrayError, match="Lengths differ"):
        psi(reference=[1, 2], current=[1, 2, 3])
    with pytest.raises(ArrayError, match="at least 2"):
        psi(reference=[1], current=[2])
    with pytest.raises(CountError, match="`current` is -1"):
        psi(reference=[1, 2], current=[3, -1])
    assert kolmogorov_smirnov(reference=[], current=[1]).effect.reason
    assert wasserstein(reference=[1], current=[]).effect.reason
