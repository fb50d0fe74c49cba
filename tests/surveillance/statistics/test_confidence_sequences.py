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
def test_limits_only_narrow_within_the_bounds(values, level):
    """Monotone in time, 0 to 1, not crossing while given, None only with a reason."""
    c = confidence_sequence(values=values, level=level)
    given_lower, given_upper = (
        [x for x in limits if x is not None] for limits in (c.lower, c.upper)
    )
    assert (np.diff(given_lower) >= 0).all()
    assert (np.diff(given_upper) <= 0).all()
    assert all(0 <= a <= b <= 1 for a, b in zip(given_lower, given_upper, strict=True))
    assert (c.reason is None) == (len(given_lower) == len(values))


@given(values=flags)
def test_the_first_intervals_hold_the_mean_and_mirror(values):
    """The interval of one look holds its mean; failures counted as successes give its mirror."""
    c = confidence_sequence(values=values)
    mirror = confidence_sequence(values=[1 - v for v in values])
    if c.reason is None:
        assert [1 - x for x in mirror.upper] == pytest.approx(list(c.lower), abs=1e-12)
    still = confidence_sequence(values=[sum(values) / len(values)] * len(values))
    assert still.reason is None
    assert still.lower[-1] <= still.estimate[-1] <= still.upper[-1]


def test_scale_moves_the_limits():
    """Values in per cent give limits in per cent."""
    values = [0, 1, 1, 0, 1, 0.5]
    unit = confidence_sequence(values=values)
    scaled = confidence_sequence(
        values=[20 + 100 * v for v in values], lower_bound=20, upper_bound=120
    )
    assert [20 + 100 * x for x in unit.lower] == pytest.approx(list(scaled.lower))
    assert 20 + 100 * unit.estimate == pytest.approx(scaled.estimate)


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_the_whole_path_holds_the_rate(rate):
    """Watched after each of 400 cases, at most 5 % of 400 paths ever miss; pointwise 95 % limits do far more often."""
    rng, missed, pointwise = np.random.default_rng(21), 0, 0
    for path in range(400):
        drawn = (rng.random(400) < rate).astype(int)
        c = confidence_sequence(values=drawn)
        missed += c.reason is not None or not c.lower[-1] <= rate <= c.upper[-1]
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
        missed += c.reason is not None or not c.lower[-1] <= 0.2 <= c.upper[-1]
    assert missed / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_the_price_of_looking_is_bounded():
    """After 2000 cases less than twice as wide as Wilson's interval for one look."""
    values = np.tile([1, 0, 0, 0], 500)
    c, w = confidence_sequence(values=values), wilson(successes=500, trials=2000)
    assert w.upper - w.lower < c.upper[-1] - c.lower[-1] < 2 * (w.upper - w.lower)


def test_a_mean_that_moves_is_said():
    """From 2 % to 60 %: the limits meet, then there are none but a reason."""
    c = confidence_sequence(values=[0] * 300 + [1] * 300)
    assert c.upper[-1] is None
    assert c.upper[299] is not None
    assert "no single mean agrees" in c.reason
    assert c.estimate[-1] == 0.5


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
