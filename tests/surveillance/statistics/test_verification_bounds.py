"""Bounds when verification may depend on the disease."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError, CountError
from surveillance.statistics.verification import NO_NEGATIVE, begg_greenes
from surveillance.statistics.verification_bounds import missing_not_at_random_bounds

CELLS = "tp", "fp", "fn", "tn", "unverified_positive", "unverified_negative"
HEPATIC = {"tp": 231, "fp": 32, "fn": 27, "tn": 54, "unverified_positive": 166,
           "unverified_negative": 140}  # fmt: skip
counts = st.tuples(*[st.integers(0, 2000)] * 6)


@given(counts=counts, low=st.floats(0, 1), high=st.floats(1, 50))
def test_bounds_are_ordered_proportions(counts, low, high):
    """Any counts and any range give 0 <= lower <= smallest <= largest <= upper <= 1, or a reason."""
    cells = dict(zip(CELLS, counts, strict=True))
    for ends in ({}, {"odds_ratio_lower": low, "odds_ratio_upper": high}):
        result = missing_not_at_random_bounds(**cells, **ends)
        for side in (result.sensitivity, result.specificity):
            assert (
                side.reason or 0 <= side.lower <= side.smallest <= side.largest <= side.upper <= 1
            )


@given(counts=st.tuples(*[st.integers(1, 2000)] * 6))
def test_a_wider_assumption_contains_a_narrower_one(counts):
    """Missing at random lies within odds ratio 1/2 to 2, and that within the worst case."""
    cells = dict(zip(CELLS, counts, strict=True))
    ranges = [
        missing_not_at_random_bounds(**cells, odds_ratio_lower=low, odds_ratio_upper=high)
        for low, high in ((1, 1), (0.5, 2), (0, None))
    ]
    for name in ("sensitivity", "specificity"):
        inner, middle, outer = (getattr(r, name) for r in ranges)
        assert outer.smallest <= middle.smallest <= inner.smallest + 1e-12
        assert inner.largest <= middle.largest + 1e-12 <= outer.largest + 2e-12


@given(counts=counts)
def test_no_selection_is_begg_greenes(counts):
    """With the odds ratio fixed at 1, estimate and limits are those of the correction."""
    cells = dict(zip(CELLS, counts, strict=True))
    bounds = missing_not_at_random_bounds(**cells, odds_ratio_lower=1, odds_ratio_upper=1)
    corrected = begg_greenes(**cells)
    if corrected.sensitivity.estimable and corrected.specificity.estimable:
        for name in ("sensitivity", "specificity"):
            side, known = getattr(bounds, name), getattr(corrected, name)
            assert (side.smallest, side.lower, side.upper) == pytest.approx(known.numbers())
            assert side.largest == pytest.approx(known.estimate)


def test_the_worst_case_needs_nobody_verified():
    """With no negative verified the worst case still has bounds; a finite odds ratio has none."""
    cells = HEPATIC | {"fn": 0, "tn": 0}
    worst = missing_not_at_random_bounds(**cells).sensitivity
    assert worst.smallest == pytest.approx(231 / (231 + 140))
    assert worst.largest == worst.upper == 1
    tight = missing_not_at_random_bounds(**cells, odds_ratio_lower=0.5, odds_ratio_upper=2)
    assert tight.sensitivity.reason == NO_NEGATIVE


def test_full_verification_leaves_no_range():
    """When everybody was verified both bounds are the raw share, whatever is assumed."""
    side = missing_not_at_random_bounds(
        **HEPATIC | {"unverified_positive": 0, "unverified_negative": 0}
    ).sensitivity
    assert side.smallest == pytest.approx(231 / 258)
    assert side.largest == pytest.approx(side.smallest)
    assert side.lower < side.smallest < side.upper


def test_nobody_at_all_has_a_reason():
    """An empty table gives sentences, as does one in which nobody can be diseased."""
    empty = missing_not_at_random_bounds(**dict.fromkeys(CELLS, 0))
    assert "no case was diseased" in empty.sensitivity.reason
    healthy = missing_not_at_random_bounds(**dict.fromkeys(CELLS, 0) | {"tn": 5})
    assert healthy.sensitivity.reason
    assert healthy.specificity.smallest == 1


def test_a_reversed_range_is_refused():
    """The smaller odds ratio comes first and none is negative."""
    with pytest.raises(ArgumentError, match="`odds_ratio_lower` is 2"):
        missing_not_at_random_bounds(**HEPATIC, odds_ratio_lower=2, odds_ratio_upper=1)
    with pytest.raises(CountError, match="`odds_ratio_lower` is -1"):
        missing_not_at_random_bounds(**HEPATIC, odds_ratio_lower=-1)


def test_limits_hold_the_truth_under_selection():
    """Diseased negatives are verified three times as often: bounds hold, the correction does not."""
    rng, held, corrected = np.random.default_rng(43), 0, 0
    for _ in range(300):
        ill = rng.random(3000) < 0.15
        called = np.where(ill, rng.random(3000) < 0.8, rng.random(3000) < 0.1)
        seen = rng.random(3000) < np.where(called, 0.9, np.where(ill, 0.6, 0.2))
        cells = {
            name: int((seen & (called == c) & (ill == i)).sum())
            for name, c, i in (("tp", 1, 1), ("fp", 1, 0), ("fn", 0, 1), ("tn", 0, 0))
        }
        cells["unverified_positive"] = int((called & ~seen).sum())
        cells["unverified_negative"] = int((~called & ~seen).sum())
        # Odds of verification 0.6 : 0.2 and of not 0.4 : 0.8, so the odds ratio is 1/6.
        side = missing_not_at_random_bounds(**cells, odds_ratio_lower=1 / 6, odds_ratio_upper=1)
        held += side.sensitivity.lower <= 0.8 <= side.sensitivity.upper
        known = begg_greenes(**cells).sensitivity
        corrected += known.lower <= 0.8 <= known.upper
    assert held / 300 >= 0.95
    assert corrected / 300 < 0.2
