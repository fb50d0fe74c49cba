"""Funnel limits around a target."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from surveillance.statistics.estimate import ArgumentError, CountError, ProportionError
from surveillance.statistics.funnel import funnel

units = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=25).map(
    lambda pairs: [(good, good + bad) for good, bad in pairs if good + bad]
)


@given(units=units, target=st.floats(0.02, 0.98))
def test_a_unit_is_outside_exactly_when_a_binomial_tail_does_not_hold_it(units, target):
    """The interpolated limits flag what the exact binomial tail flags, high and low alike."""
    if not units:
        return
    y, n = np.array(units).T
    found = funnel(successes=y, trials=n, target=target)
    for row, level in enumerate((0.95, 0.998)):
        tail = (1 - level) / 2
        low, high = binom.cdf(y, n, target), binom.sf(y - 1, n, target)
        clear = (np.abs(low - tail) > 1e-9) & (np.abs(high - tail) > 1e-9)
        expected = (high < tail).astype(int) - (low < tail)
        assert (found.outside[row] == expected)[clear].all()
    assert (found.lower[1] <= found.lower[0]).all()
    assert (found.upper[1] >= found.upper[0]).all()
    assert (found.lower >= 0).all()
    assert (found.upper <= 1).all()


@given(units=units, seed=st.integers(0, 99))
@pytest.mark.parametrize("overdispersion", ["none", "multiplicative", "additive"])
def test_order_of_units_and_meaning_of_success_change_nothing(units, seed, overdispersion):
    """Shuffled units keep their limits; counting failures mirrors them."""
    if len(units) < 2:
        return
    y, n = np.array(units).T
    order = np.random.default_rng(seed).permutation(len(y))
    options = {"overdispersion": overdispersion}
    found = funnel(successes=y, trials=n, **options)
    again = funnel(successes=y[order], trials=n[order], **options)
    mirror = funnel(successes=n - y, trials=n, **options)
    if found.reason:
        assert again.reason == mirror.reason == found.reason
        return
    assert again.lower == pytest.approx(found.lower[:, order], abs=1e-9)
    assert again.phi == pytest.approx(found.phi)
    assert mirror.lower == pytest.approx(1 - found.upper, abs=1e-7)
    assert mirror.tau == pytest.approx(found.tau, abs=1e-7)


@given(units=units)
def test_overdispersion_only_widens(units):
    """Neither correction draws a limit nearer to the target than chance alone puts it."""
    if len(units) < 2:
        return
    y, n = np.array(units).T
    plain = funnel(successes=y, trials=n)
    if plain.reason:
        return
    for kind in ("multiplicative", "additive"):
        wide = funnel(successes=y, trials=n, overdispersion=kind)
        assert (wide.lower <= plain.lower + 1e-12).all()
        assert (wide.upper >= plain.upper - 1e-12).all()
        assert (np.abs(wide.adjusted_z_scores) <= np.abs(plain.z_scores) + 1e-12).all()


def test_false_alarms_of_units_at_the_target():
    """Binomial units are outside 95 % at most 5 and outside 99.8 % at most 0.2 in 100."""
    rng = np.random.default_rng(8)
    n = rng.integers(20, 400, 20_000)
    outside = funnel(successes=rng.binomial(n, 0.9), trials=n, target=0.9).outside != 0
    assert 0.03 < outside[0].mean() <= 0.05
    assert outside[1].mean() <= 0.002


def test_overdispersion_is_estimated_and_silences_ordinary_units():
    """Sites that differ by a beta of known spread: tau is found, and additive limits hold 95 %."""
    rng = np.random.default_rng(9)
    p, n = rng.beta(45, 5, 400), rng.integers(100, 2000, 400)
    y = rng.binomial(n, p)
    found = funnel(successes=y, trials=n, overdispersion="additive", winsorise=0)
    assert found.tau == pytest.approx(np.sqrt(0.9 * 0.1 / 51), rel=0.15)
    assert (funnel(successes=y, trials=n).outside[0] != 0).mean() > 0.4
    assert (found.outside[0] != 0).mean() == pytest.approx(0.05, abs=0.03)
    assert found.adjusted_z_scores.std() == pytest.approx(1, abs=0.1)


def test_winsorising_keeps_one_wild_unit_from_hiding_itself():
    """Without it the outlier inflates phi; with it phi is that of the others."""
    y, n = [90] * 10 + [50], [100] * 11
    assert funnel(successes=y, trials=n, target=0.9, winsorise=0).phi > 10
    found = funnel(successes=y, trials=n, target=0.9, overdispersion="multiplicative")
    assert found.phi == pytest.approx(0, abs=1e-12)
    assert found.outside[1].tolist() == [0] * 10 + [-1]


def test_what_leaves_no_limits_has_a_reason():
    """One outcome only, or one unit only; a given target needs but one unit."""
    assert "same outcome" in funnel(successes=[5, 7], trials=[5, 7]).reason
    assert "two units" in funnel(successes=[5], trials=[7]).reason
    one = {"successes": [5], "trials": [7], "target": 0.5}
    assert funnel(**one).lower.shape == (2, 1)
    assert "two units" in funnel(**one, overdispersion="additive").reason
    assert funnel(**one, levels=[0.9]).upper.shape == (1, 1)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"trials": [0, 7]}, CountError, "without trials"),
        ({"successes": [8, 1]}, CountError, "outside them"),
        ({"successes": [1.5, 1]}, CountError, "not whole"),
        ({"overdispersion": "both"}, ArgumentError, "give none, multiplicative or additive"),
        ({"winsorise": 0.5}, ArgumentError, "`winsorise` is 0.5"),
        ({"target": 1}, ProportionError, "`target` is 1"),
        ({"levels": []}, ArgumentError, "`levels` is empty"),
        ({"levels": [95]}, ArgumentError, "`level` is 95"),
    ],
)
def test_wrong_inputs_are_refused(change, error, sentence):
    """Each with its sentence."""
    with pytest.raises(error, match=sentence):
        funnel(**{"successes": [1, 2], "trials": [3, 7]} | change)
