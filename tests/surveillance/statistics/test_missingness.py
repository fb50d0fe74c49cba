"""Missing values by period."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.control_charts import p_chart
from surveillance.statistics.estimate import CountError
from surveillance.statistics.missingness import missingness

periods = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).filter(sum), min_size=2, max_size=15
)


@given(periods=periods)
def test_the_change_is_last_against_all_before_and_laney_only_widens(periods):
    """Without laney it is Newcombe's difference; with it the interval is no shorter."""
    gone = [a for a, _ in periods]
    cases = [a + b for a, b in periods]
    plain = missingness(missing=gone, cases=cases, laney=False)
    wide = missingness(missing=gone, cases=cases)
    assert plain.change == newcombe(
        successes_1=gone[-1], trials_1=cases[-1], successes_2=sum(gone[:-1]), trials_2=sum(cases[:-1])
    )  # fmt: skip
    assert plain.chart.upper == pytest.approx(p_chart(successes=gone, trials=cases).upper)
    assert wide.change.estimate == pytest.approx(plain.change.estimate)
    assert wide.change.upper - wide.change.lower >= plain.change.upper - plain.change.lower - 1e-9
    assert -1 <= wide.change.lower <= wide.change.upper <= 1


@pytest.mark.parametrize("scattered", [False, True])
def test_an_ordinary_month_is_no_change_and_a_broken_feed_is(scattered):
    """Twelve steady or scattered months: about 5 of 100 false changes; a doubling stands out."""
    rng, raised, seen = np.random.default_rng(31), 0, 0
    for _ in range(400):
        p = rng.beta(0.1 * 60, 0.9 * 60, 14) if scattered else np.full(14, 0.1)
        gone = rng.binomial(500, p)
        ordinary = missingness(missing=gone[:13], cases=[500] * 13).change
        broken = missingness(missing=[*gone[:12], 250], cases=[500] * 13).change
        raised += not ordinary.lower <= 0 <= ordinary.upper
        seen += broken.lower > 0
    assert raised / 400 <= 0.10
    assert seen / 400 > 0.95


def test_without_a_reference_there_is_a_share_and_no_change():
    """One period, or none."""
    one = missingness(missing=[3], cases=[40])
    assert one.share.estimate == pytest.approx(0.075)
    assert "before the last" in one.change.reason
    assert "two periods" in one.chart.reason
    assert not one.enough
    assert missingness(missing=[], cases=[]).share.reason


def test_nothing_missing_and_everything_missing_keep_their_intervals():
    """0 of n throughout, then n of n: the change is 1, its interval has width."""
    found = missingness(missing=[0, 0, 0, 0, 50], cases=[50] * 5)
    assert found.change.estimate == 1
    assert 0.85 < found.change.lower < 1
    steady = missingness(missing=[0] * 5, cases=[50] * 5)
    assert steady.change.lower < 0 < steady.change.upper


def test_a_period_without_cases_is_refused():
    """It has no share and must be left out."""
    with pytest.raises(CountError, match="without trials"):
        missingness(missing=[1, 0], cases=[2, 0])
