"""Exponentially weighted moving averages."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from surveillance.statistics.estimate import ArgumentError, ArrayError
from surveillance.statistics.ewma import ewma, ewma_arl


@given(
    values=st.lists(st.floats(-5, 5), min_size=1, max_size=40),
    weight=st.floats(0.05, 1),
    width=st.floats(1, 4),
)
@settings(max_examples=40)
def test_the_chart_is_that_of_the_recursion(values, weight, width):
    """Average, limits and signal follow step by step from the definition."""
    e = ewma(values=values, mean=1, sd=2, weight=weight, width=width)
    level, variance, signal = 1.0, 0.0, None
    for i, value in enumerate(values):
        level = weight * value + (1 - weight) * level
        variance = (1 - weight) ** 2 * variance + weight**2 * 4
        half = width * math.sqrt(variance)
        assert e.statistic[i] == pytest.approx(level, abs=1e-9)
        assert (e.lower[i], e.upper[i]) == pytest.approx((1 - half, 1 + half))
        if signal is None and abs(level - 1) > half * (1 + 1e-12):
            signal = i
    assert e.signal == signal


@given(weight=st.floats(0.05, 1), width=st.floats(0.5, 3.5), shift=st.floats(0, 3))
@settings(max_examples=40)
def test_run_lengths_are_ordered(weight, width, shift):
    """At least 1, even in the shift, shorter after it, and shorter with limits that start narrow."""
    in_control = ewma_arl(weight=weight, width=width).arl
    shifted = ewma_arl(weight=weight, width=width, shift=shift).arl
    assert 1 <= shifted <= in_control * (1 + 1e-6)
    assert ewma_arl(weight=weight, width=width, shift=-shift).arl == pytest.approx(shifted)
    fixed = ewma_arl(weight=weight, width=width, shift=shift, limits="asymptotic").arl
    assert shifted <= fixed * (1 + 1e-4)


@given(width=st.floats(0.5, 4), shift=st.floats(-2, 2))
def test_weight_one_is_a_shewhart_chart(width, shift):
    """Run length 1 / chance of a single value outside."""
    outside = norm.sf(width - shift) + norm.cdf(-width - shift)
    for limits in ("exact", "asymptotic"):
        found = ewma_arl(weight=1, width=width, shift=shift, limits=limits).arl
        assert found == pytest.approx(1 / outside, rel=1e-6)


@pytest.mark.parametrize(("weight", "width", "shift"), [(0.1, 1.8, 0), (0.05, 2, 0.5), (0.4, 2, 0)])
def test_exact_limits_agree_with_simulation(weight, width, shift):
    """Within four Monte-Carlo errors of 4000 charts run by the chart itself."""
    rng, draws = np.random.default_rng(5), 4000
    level, length, alive, step = np.zeros(draws), np.zeros(draws), np.ones(draws, bool), 0
    while alive.any():
        step += 1
        level = weight * rng.normal(shift, 1, draws) + (1 - weight) * level
        half = width * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * step)))
        hit = alive & (np.abs(level) > half)
        length[hit] = step
        alive &= ~hit
    found = ewma_arl(weight=weight, width=width, shift=shift).arl
    assert abs(found - length.mean()) < 4 * length.std() / math.sqrt(draws)


@pytest.mark.parametrize("weight", [0.05, 0.2, 1])
@pytest.mark.parametrize("wanted", [2, 370, 10**5])
def test_the_width_gives_the_wanted_run_length(weight, wanted):
    """Solved to six digits."""
    e = ewma(values=[0], mean=0, sd=1, weight=weight, arl0=wanted)
    assert e.arl0 == pytest.approx(wanted, rel=1e-5)


def test_constant_values_do_not_signal_and_none_have_a_reason():
    """On the mean is within limits; nothing is nothing."""
    assert ewma(values=[3] * 20, mean=3, sd=1, weight=0.2, width=3).signal is None
    empty = ewma(values=[], mean=3, sd=1, weight=0.2, width=3)
    assert empty.reason == "There were no cases."
    assert len(empty.lower) == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"weight": 0}, "`weight` is 0"), ({"sd": 0}, "`sd` is 0"), ({"width": None}, "give the one"),
     ({"arl0": 100}, "give the one"), ({"width": 9}, "`width` is 9"),
     ({"width": None, "arl0": 1}, "`arl0` is 1")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(change, sentence):
    """Each refusal names the argument."""
    asked = {"values": [1, 2], "mean": 0, "sd": 1, "weight": 0.2, "width": 3}
    with pytest.raises(ArgumentError, match=sentence):
        ewma(**asked | change)
    with pytest.raises(ArrayError, match="missing"):
        ewma(**asked | {"values": [1, math.nan]})
    with pytest.raises(ArgumentError, match="`limits` is 'fixed'"):
        ewma_arl(weight=0.2, width=3, limits="fixed")
