"""Kernel discrepancy of embeddings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surveillance.statistics.embedding_drift import kernel_mmd
from surveillance.statistics.estimate import ArgumentError, ArrayError

rows = st.integers(2, 12).flatmap(
    lambda n: arrays(np.float64, (n, 2), elements=st.integers(-20, 20).map(float))
)


@settings(deadline=None)
@given(reference=rows, current=rows, seed=st.integers(0, 9))
def test_the_effect_is_bounded_held_and_blind_to_order_shift_and_scale(reference, current, seed):
    """Row order, and a shift and scale of both samples, change nothing; either way round is alike."""
    found = kernel_mmd(reference=reference, current=current, permutations=5)
    if not found.effect.estimable:
        assert found.effect.reason == "All embeddings are the same."
        return
    assert 0 <= found.effect.lower <= found.effect.estimate <= found.effect.upper <= 1
    assert 0 < found.p_value <= 1
    order = np.random.default_rng(seed).permutation(len(current))
    for x, y in (
        (reference, current[order]),
        (current, reference),
        (1e3 + 5 * reference, 1e3 + 5 * current),
    ):
        again = kernel_mmd(reference=x, current=y, permutations=5)
        assert again.mmd_squared == pytest.approx(found.mmd_squared, abs=1e-9)
        assert again.effect.numbers() == pytest.approx(found.effect.numbers(), abs=1e-6)


@pytest.mark.parametrize("n", [50, 10**3, 10**5])
def test_equal_samples_raise_nothing_at_any_size(n):
    """The same rows twice, shuffled, have effect 0 and an interval from 0."""
    x = np.random.default_rng(1).normal(size=(n, 8))
    found = kernel_mmd(reference=x, current=x[::-1], permutations=50)
    assert found.enough
    assert found.effect.lower == 0 < found.effect.upper < 10 / np.sqrt(min(n, 1000))
    assert found.effect.estimate < 0.005


@pytest.mark.parametrize(("n", "size"), [(50, 3), (100, 32)])
def test_two_samples_of_one_population_rarely_leave_0(n, size):
    """At most 5 of 100 lower limits lie above 0; the test is significant at 5 % in about 5."""
    rng, raised, significant = np.random.default_rng(n), 0, 0
    for _ in range(150):
        found = kernel_mmd(
            reference=rng.normal(size=(n, size)), current=rng.normal(size=(n, size)), permutations=39
        )  # fmt: skip
        raised += found.effect.lower > 0
        significant += found.p_value <= 0.05
    assert raised / 150 <= 0.05
    assert 0.01 <= significant / 150 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.5])
def test_the_interval_holds_the_true_effect(shift):
    """Normals a shift apart, kernel of bandwidth 1: the effect is 1 - exp(-shift^2 / 6)."""
    rng, held, truth = np.random.default_rng(21), 0, 1 - np.exp(-(shift**2) / 6)
    for _ in range(200):
        found = kernel_mmd(
            reference=rng.normal(size=80), current=rng.normal(shift, 1, 60), bandwidth=1, permutations=1
        ).effect  # fmt: skip
        held += found.lower <= truth <= found.upper
    assert held / 200 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)


def test_a_large_sample_does_not_make_a_small_drift_large():
    """A sixth of a deviation: p falls to its least, the effect stays below a hundredth."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(5000, 2)), rng.normal(0.15, 1, (5000, 2))
    found = kernel_mmd(reference=x, current=y, maximum_n=1500, permutations=99)
    assert found.p_value == 0.01
    assert 0 < found.effect.lower < found.effect.upper < 0.015


def test_a_change_of_spread_or_of_shape_is_seen():
    """Not only the mean: doubled spread, and two lumps of the same mean and variance."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(300, 2))
    lumps = x[:, :1] * 0.3 + rng.choice([-1, 1], (300, 1)) * np.sqrt(1 - 0.09)
    assert kernel_mmd(reference=x, current=2 * rng.normal(size=(300, 2))).effect.lower > 0.01
    assert kernel_mmd(reference=rng.normal(size=300), current=lumps).effect.lower > 0.002


def test_large_samples_are_drawn_from_and_say_so():
    """The rows used are counted, the same for the same seed."""
    x = np.random.default_rng(3).normal(size=(300, 2))
    found = kernel_mmd(reference=x, current=x + 1, maximum_n=100, permutations=9)
    assert found == kernel_mmd(reference=x, current=x + 1, maximum_n=100, permutations=9)
    assert found.effect.n == 100
    assert "100 of 300 and 100 of 300 rows" in found.effect.method
    assert found.enough


def test_what_cannot_be_compared_has_a_reason():
    """One row, one point, or a bandwidth without neighbours."""
    assert "two cases" in kernel_mmd(reference=[[1, 2]], current=[[1, 2], [3, 4]]).effect.reason
    assert "two cases" in kernel_mmd(reference=[], current=[1, 2]).effect.reason
    assert "the same" in kernel_mmd(reference=[1, 1], current=[1, 1]).effect.reason
    apart = kernel_mmd(reference=[0, 1], current=[2, 3], bandwidth=1e-3)
    assert "no two cases are alike" in apart.effect.reason
    assert apart.p_value is None
    mostly = kernel_mmd(reference=[0] * 9, current=[0] * 8 + [1], permutations=9)
    assert mostly.bandwidth == pytest.approx(17 / 153)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"current": [[1, 2, 3]]}, ArrayError, "2 columns and `current` 3"),
        ({"current": [[1, 2], [3]]}, ArrayError, "not a complete table"),
        ({"current": [[1, np.nan]]}, ArrayError, "no gaps"),
        ({"bandwidth": 0}, ArgumentError, "`bandwidth` is 0"),
        ({"maximum_n": 1}, ArgumentError, "`maximum_n` is 1"),
        ({"permutations": 0}, ArgumentError, "`permutations` 0"),
    ],
)
def test_wrong_inputs_are_refused(change, error, sentence):
    """Each with its sentence."""
    with pytest.raises(error, match=sentence):
        kernel_mmd(**{"reference": [[1, 2], [3, 4]], "current": [[1, 2], [3, 5]]} | change)
