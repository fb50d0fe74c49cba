"""Control charts and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.control_charts import p_chart, u_chart, xmr
from surveillance.statistics.estimate import ArrayError, CountError
from surveillance.statistics.special_causes import special_causes


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


@given(
    events=st.lists(st.integers(0, 500), min_size=2, max_size=30),
    exposure=st.floats(0.5, 1e4),
    unit=st.floats(0.01, 100),
    laney=st.booleans(),
)
def test_rates_follow_their_unit_of_exposure(events, exposure, unit, laney):
    """Exposure in other units gives the same chart in other units; the upper limit is not cut to 1."""
    sizes = exposure * (1 + np.arange(len(events)) % 3)
    chart = u_chart(events=events, exposure=sizes, laney=laney)
    other = u_chart(events=events, exposure=sizes * unit, laney=laney)
    for name in ("points", "lower", "upper", "sigma"):
        assert getattr(chart, name) == pytest.approx(getattr(other, name) * unit, rel=1e-9)
    assert (chart.lower >= 0).all()
    assert chart.upper == pytest.approx(chart.centre + 3 * chart.sigma)


def test_many_events_a_case_have_an_upper_limit_above_1():
    """Two findings a case on average are a rate of 2, not an error."""
    chart = u_chart(events=[200, 210, 190], exposure=[100, 100, 100])
    assert chart.centre == pytest.approx(2)
    assert chart.upper[0] == pytest.approx(2 + 3 * np.sqrt(0.02))


def test_without_events_a_rate_chart_is_flat_and_silent():
    """No events, no spread, no signal."""
    chart = u_chart(events=[0] * 12, exposure=[10.0] * 12, laney=True)
    assert chart.sigma_z == 1
    assert chart.centre == 0
    assert not chart.upper.any()
    assert not special_causes(chart=chart).any.any()
    assert "two periods" in u_chart(events=[1], exposure=[2]).reason


def test_poisson_rates_are_seldom_outside_and_overdispersed_ones_need_laney():
    """Poisson months leave 3 sigmas in about 3 of 1,000; gamma-mixed ones often, except under u'."""
    rng = np.random.default_rng(15)
    exposure = rng.uniform(50, 150, 2000)
    calm = u_chart(events=rng.poisson(exposure), exposure=exposure)
    assert (special_causes(chart=calm).outside != 0).mean() < 0.01
    wild = rng.poisson(exposure * rng.gamma(25, 1 / 25, 2000))
    plain = special_causes(chart=u_chart(events=wild, exposure=exposure)).outside
    laney = special_causes(chart=u_chart(events=wild, exposure=exposure, laney=True)).outside
    assert (plain != 0).mean() > 0.1
    assert (laney != 0).mean() < 0.02


def test_events_without_exposure_are_refused():
    """A month in which nothing ran has no rate."""
    with pytest.raises(CountError, match="without exposure"):
        u_chart(events=[1, 0], exposure=[2, 0])
    with pytest.raises(CountError, match="below 0"):
        u_chart(events=[1, -1], exposure=[2, 3])
