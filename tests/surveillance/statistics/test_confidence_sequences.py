"""Always-valid intervals for a mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.confidence_sequences import confidence_sequence
from surveillance.statistics.estimate import ArgumentError, ArrayError, LevelError
from surveillance.statistics.proportions import wilson

flags = st.lists(st.integers(0, 1), min_size=1, max_size=60)


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=60), level=st.floats(0.5, 0.999))
def test_each_limit_holds_its_own_mean_within_the_bounds(values, level):
    """0 to 1, around the mean so far, and changed once the limits of two cases exclude each other."""
    c = confidence_sequence(values=values, level=level)
    assert c.reason is None
    assert (
        (c.lower >= 0) & (c.lower <= c.estimate) & (c.estimate <= c.upper) & (c.upper <= 1)
    ).all()
    apart = [n for n in range(len(values)) if c.lower[: n + 1].max() > c.upper[: n + 1].min()]
    assert c.changed_by == (apart[0] + 1 if apart else None)


@given(values=flags)
def test_failures_counted_as_successes_mirror(values):
    """The limits of one less the share."""
    c = confidence_sequence(values=values)
    mirror = confidence_sequence(values=[1 - v for v in values])
    assert 1 - mirror.upper == pytest.approx(c.lower, abs=1e-12)
    assert mirror.changed_by == c.changed_by


@given(values=flags)
def test_no_limit_is_tighter_than_that_of_one_look(values):
    """Whatever came before: at no case do the limits lie within Wilson's of that case alone."""
    c = confidence_sequence(values=values)
    for n, hits in enumerate(np.cumsum(values)):
        w = wilson(successes=int(hits), trials=n + 1)
        assert c.upper[n] - c.lower[n] >= w.upper - w.lower


def test_scale_moves_the_limits():
    """Values in per cent give limits in per cent."""
    values = [0, 1, 1, 0, 1, 0.5]
    unit = confidence_sequence(values=values)
    scaled = confidence_sequence(
        values=[20 + 100 * v for v in values], lower_bound=20, upper_bound=120
    )
    assert 20 + 100 * unit.lower == pytest.approx(scaled.lower)
    assert 20 + 100 * unit.estimate == pytest.approx(scaled.estimate)


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_the_whole_path_holds_the_rate(rate):
    """Watched after each of 400 cases, at most 5 % of 400 paths ever miss; pointwise 95 % limits do far more often."""
    rng, missed, pointwise = np.random.default_rng(21), 0, 0
    for path in range(400):
        drawn = (rng.random(400) < rate).astype(int)
        c = confidence_sequence(values=drawn)
        missed += not ((c.lower <= rate) & (rate <= c.upper)).all()
        if path < 40:
            seen = (wilson(successes=int(s), trials=n + 1) for n, s in enumerate(np.cumsum(drawn)))
            pointwise += not all(w.lower <= rate <= w.upper for w in seen)
    assert missed / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert missed / 400 > 0
    assert pointwise / 40 > 0.15


def test_bounded_values_are_held_too():
    """Means of skewed values between 0 and 1 are missed in no more than 5 % of paths."""
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(300):
        c = confidence_sequence(values=rng.beta(0.2, 0.8, 200))
        missed += not ((c.lower <= 0.2) & (c.upper >= 0.2)).all()
    assert missed / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_the_price_of_looking_is_bounded():
    """After 2000 cases less than twice as wide as Wilson's interval for one look."""
    values = np.tile([1, 0, 0, 0], 500)
    c, w = confidence_sequence(values=values), wilson(successes=500, trials=2000)
    assert w.upper - w.lower < c.upper[-1] - c.lower[-1] < 2 * (w.upper - w.lower)


def test_a_mean_that_moves_is_said():
    """From 0 to 1: the limits exclude those of before, and each still holds the mean so far."""
    c = confidence_sequence(values=[0] * 300 + [1] * 300)
    assert 300 < c.changed_by < 320
    assert c.lower[c.changed_by - 1] > c.upper[299]
    assert c.lower[-1] < c.estimate[-1] == 0.5 < c.upper[-1]


def test_nothing_and_nonsense():
    """No cases have a reason; bounds the wrong way round and values outside are refused."""
    assert confidence_sequence(values=[]).reason == "There were no cases."
    with pytest.raises(ArgumentError, match="`lower_bound` is 1"):
        confidence_sequence(values=[1], lower_bound=1)
    with pytest.raises(ArrayError, match="outside"):
        confidence_sequence(values=[0, 1.5])
    with pytest.raises(LevelError):
        confidence_sequence(values=[0], level=1)


def test_a_hundred_thousand_cases_are_followed():
    """Every case has its limits."""
    drawn = np.random.default_rng(1).random(10**5) < 0.03
    c = confidence_sequence(values=drawn)
    assert len(c.lower) == 10**5
    assert c.lower[-1] < 0.03 < c.upper[-1]
