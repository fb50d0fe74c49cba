"""Control charts and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.control_charts import p_chart, special_causes, xmr
from surveillance.statistics.estimate import ArrayError, CountError


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_xmr_limits_surround_the_centre_evenly(values):
    """Limits are 2.66 mean moving ranges either side of the mean."""
    chart = xmr(values=values)
    mean_range = np.abs(np.diff(values)).mean()
    assert chart.upper - chart.centre == pytest.approx(2.66 * mean_range, rel=1e-3, abs=1e-6)
    assert chart.centre - chart.lower == pytest.approx(chart.upper - chart.centre, abs=1e-6)


def test_constant_values_are_common_cause():
    """No variation is no signal, in XmR and at 0 % and 100 %."""
    assert not special_causes(chart=xmr(values=[0.1] * 20)).any.any()
    for successes in ([0] * 12, [30] * 12):
        chart = p_chart(successes=successes, trials=[30] * 12, laney=True)
        assert chart.sigma_z == 1
        assert not special_causes(chart=chart).any.any()


def test_too_few_points_have_a_reason():
    """One point has no moving range and no signal."""
    chart = xmr(values=[3])
    assert chart.centre is None
    assert "two points" in chart.reason
    assert special_causes(chart=chart).any.tolist() == [False]
    assert "two periods" in p_chart(successes=[1], trials=[2]).reason


def test_limits_of_proportions_follow_the_size_of_the_period():
    """A large month has narrow limits, cut to 0 to 1."""
    chart = p_chart(successes=[1, 100, 2], trials=[10, 1000, 20])
    assert (chart.upper - chart.lower)[1] < (chart.upper - chart.lower)[2]
    assert (chart.lower >= 0).all()
    assert (chart.upper <= 1).all()


def test_laney_widens_when_months_vary_more_than_chance():
    """With overdispersed large months, p alarms often and p' seldom; without, sigma_z is near 1."""
    rng = np.random.default_rng(14)
    trials = np.full(100, 5000)
    wild = rng.binomial(trials, np.clip(rng.normal(0.1, 0.02, 100), 0.01, 0.5))
    plain = special_causes(chart=p_chart(successes=wild, trials=trials)).outside
    laney = special_causes(chart=p_chart(successes=wild, trials=trials, laney=True)).outside
    assert (plain != 0).sum() > 20
    assert (laney != 0).sum() <= 2
    calm = p_chart(successes=rng.binomial(trials, 0.1), trials=trials, laney=True)
    assert calm.sigma_z == pytest.approx(1, abs=0.2)


def _chart(values):
    """A chart with centre 0 and sigma 1 whatever the points."""
    flat = xmr(values=[0.0] * len(values))
    ones = np.ones(len(values))
    return type(flat)(points=np.array(values, dtype=float), centre=0.0, lower=-3 * ones,
                      upper=3 * ones, sigma=ones, method="given")  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "values", "marks"),
    [
        ("outside", [0, 3.1, 0, -3.1, 3.0], [0, 1, 0, -1, 0]),
        ("shift", [1, 1, 1, 1, 1, 1, 1, -1], [1, 1, 1, 1, 1, 1, 1, 0]),
        ("shift", [1, 1, 1, 0, 1, 1, 1, 1], [0] * 8),
        ("trend", [7, 6, 5, 4, 3, 2, 1, 2], [-1, -1, -1, -1, -1, -1, -1, 0]),
        ("trend", [1, 2, 3, 4, 5, 6, 6, 5], [0] * 8),
        ("two_of_three", [0, 2.5, 0.5, 2.5, 0], [0, 1, 0, 1, 0]),
        ("two_of_three", [0, 2.5, -0.5, 2.5, 0], [0] * 5),
        ("two_of_three", [0, -2.1, -2.1, -0.1, 0], [0, -1, -1, 0, 0]),
        ("two_of_three", [0, 3.5, 2.5, 0.1, 0], [0] * 5),
    ],
)
def test_rules_mark_the_points_of_their_signal_only(rule, values, marks):
    """Each Making Data Count rule by example, with the near misses."""
    assert getattr(special_causes(chart=_chart(values)), rule).tolist() == marks


def test_trend_of_six_points_on_request():
    """Six rising points are a trend when six are asked for, and not by default."""
    chart = _chart([1, 2, 3, 4, 5, 6, 1])
    assert special_causes(chart=chart, trend_length=6).trend.tolist() == [1] * 6 + [0]
    assert not special_causes(chart=chart).trend.any()
    with pytest.raises(ArrayError, match="`trend_length` is 2"):
        special_causes(chart=chart, trend_length=2)


def test_empty_periods_are_refused():
    """A month without trials has no proportion and must be left out."""
    with pytest.raises(CountError, match="without trials"):
        p_chart(successes=[1, 0], trials=[2, 0])
