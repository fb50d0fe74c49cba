"""Differences and ratios of two proportions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.comparisons import (
    newcombe,
    newcombe_paired,
    odds_ratio,
    relative_risk,
    square_and_add,
)
from surveillance.statistics.estimate import LevelError, ProportionError
from surveillance.statistics.proportions import wilson

cell = st.integers(0, 10**5)
group = st.integers(1, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(one=group, two=group)
def test_newcombe_stays_in_minus_1_to_1_and_mirrors(one, two):
    """Swapping the groups turns the sign, and the interval holds its estimate."""
    d = newcombe(successes_1=one[0], trials_1=one[1], successes_2=two[0], trials_2=two[1])
    r = newcombe(successes_1=two[0], trials_1=two[1], successes_2=one[0], trials_2=one[1])
    assert -1 <= d.lower <= d.estimate <= d.upper <= 1
    assert (d.lower, d.upper) == pytest.approx((-r.upper, -r.lower))


@given(both=cell, first=cell, second=cell, neither=cell)
def test_paired_difference_stays_in_minus_1_to_1(both, first, second, neither):
    """Any table with pairs gives an interval that holds its estimate; none gives a reason."""
    d = newcombe_paired(both=both, only_first=first, only_second=second, neither=neither)
    if both + first + second + neither == 0:
        assert d.reason == "There were no pairs."
    else:
        assert -1 <= d.lower <= d.estimate <= d.upper <= 1


# Newcombe & Altman (2000) in Statistics with Confidence: 0.20, 0.056 to 0.329.
def test_paired_difference_of_sputum_cultures():
    """Fifty specimens on two media give the published interval."""
    d = newcombe_paired(both=20, only_first=12, only_second=2, neither=16)
    assert (d.estimate, d.lower, d.upper) == pytest.approx((0.2, 0.056, 0.329), abs=6e-4)
    assert d.n == 50


@given(a=cell, b=cell, c=cell, d=cell)
def test_odds_ratio_is_finite_or_has_a_reason(a, b, c, d):
    """An empty margin has a reason; every other table has positive finite numbers."""
    result = odds_ratio(a=a, b=b, c=c, d=d)
    if 0 in (a + b, c + d, a + c, b + d):
        assert "empty" in result.reason
    else:
        assert 0 < result.lower <= result.estimate <= result.upper < np.inf
        assert ("Haldane" in result.method) == (0 in (a, b, c, d))


@given(one=group, two=group)
def test_relative_risk_turns_over_with_the_groups(one, two):
    """Swapping the groups gives the reciprocal; no success anywhere gives a reason."""
    r = relative_risk(successes_1=one[0], trials_1=one[1], successes_2=two[0], trials_2=two[1])
    s = relative_risk(successes_1=two[0], trials_1=two[1], successes_2=one[0], trials_2=one[1])
    if one[0] == two[0] == 0:
        assert r.reason == "Neither group had a success."
    else:
        assert (r.lower, r.upper) == pytest.approx((1 / s.upper, 1 / s.lower), rel=1e-9)


def test_everybody_in_both_groups_has_a_ratio_with_width():
    """n/n against m/m is ratio 1 with the correction, not a zero-width interval."""
    r = relative_risk(successes_1=10, trials_1=10, successes_2=10, trials_2=10)
    assert (r.estimate, r.n) == (1, 20)
    assert r.lower < 1 < r.upper


def test_empty_group_is_not_estimable():
    """A comparison needs trials on both sides."""
    assert not newcombe(successes_1=0, trials_1=0, successes_2=1, trials_2=2).estimable
    assert not relative_risk(successes_1=0, trials_1=0, successes_2=1, trials_2=2).estimable


def test_two_levels_cannot_be_added():
    """Intervals at different levels are refused, and so is an impossible correlation."""
    one, two = wilson(successes=1, trials=2), wilson(successes=1, trials=2, level=0.9)
    with pytest.raises(LevelError, match="use one level"):
        square_and_add(first=one, second=two, method="any")
    with pytest.raises(ProportionError, match="-1 to 1"):
        square_and_add(first=one, second=one, correlation=2, method="any")


def test_difference_intervals_cover():
    """Unpaired and paired Newcombe intervals cover near 95 % of 800 seeded samples each."""
    rng, unpaired, paired = np.random.default_rng(5), 0, 0
    for _ in range(800):
        x, y = rng.binomial(80, 0.9), rng.binomial(60, 0.8)
        d = newcombe(successes_1=x, trials_1=80, successes_2=y, trials_2=60)
        unpaired += d.lower <= 0.1 <= d.upper
        a, b, c, e = map(int, rng.multinomial(100, [0.7, 0.15, 0.05, 0.1]))
        d = newcombe_paired(both=a, only_first=b, only_second=c, neither=e)
        paired += d.lower <= 0.1 <= d.upper
    assert 0.93 <= unpaired / 800 <= 0.975
    assert 0.93 <= paired / 800 <= 0.985
