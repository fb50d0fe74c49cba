"""Time to an event: curve, quantiles, restricted mean, log-rank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError, ArrayError, ProportionError
from surveillance.statistics.percentiles import percentile
from surveillance.statistics.survival import (
    kaplan_meier,
    kaplan_meier_quantile,
    log_rank,
    restricted_mean,
)

samples = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


@given(rows=samples, seed=st.integers(0, 99))
def test_curve_falls_within_its_limits_whatever_the_row_order(rows, seed):
    """Points lie in 0 to 1 and never rise; limits hold them; shuffling changes nothing."""
    t, e = map(list, zip(*rows, strict=True))
    k = kaplan_meier(times=t, events=e, at=range(25))
    known = [s for s in k.survival if s is not None]
    assert known == sorted(known, reverse=True)
    for low, s, high in zip(k.lower, k.survival, k.upper, strict=True):
        if s is not None:
            assert 0 <= low <= s <= high <= 1
            assert high > low
    order = np.random.default_rng(seed).permutation(len(t))
    shuffled = kaplan_meier(times=np.array(t)[order], events=np.array(e)[order], at=range(25))
    assert shuffled == k
    for q in (k.lower_quartile, k.median, k.upper_quartile):
        assert (q.estimate is None) == (q.reason is not None)
        if q.estimate is not None:
            assert q.lower <= q.estimate
            assert q.upper is None or q.estimate <= q.upper


@given(rows=samples, horizon=st.floats(0.5, 25))
def test_restricted_mean_is_between_nothing_and_the_horizon(rows, horizon):
    """Limits hold the mean; scaling the unit scales all three."""
    t, e = map(list, zip(*rows, strict=True))
    m = restricted_mean(times=t, events=e, horizon=horizon)
    if m.estimable:
        assert 0 <= m.lower <= m.estimate <= m.upper <= horizon
        twice = restricted_mean(times=[2 * x for x in t], events=e, horizon=2 * horizon)
        assert twice.numbers() == pytest.approx([2 * x for x in m.numbers()])
        if 0 < m.estimate < horizon:
            assert m.lower < m.upper


def test_without_censoring_the_curve_is_the_share_left_and_the_mean_the_mean():
    """Plain arithmetic on 200 complete times, with ties."""
    t = np.random.default_rng(1).integers(0, 30, 200)
    k = kaplan_meier(times=t, events=np.ones(200), at=[3, 10, 28])
    assert k.survival == pytest.approx([(t > x).mean() for x in (3, 10, 28)])
    m = restricted_mean(times=t, events=np.ones(200), horizon=15)
    assert m.estimate == pytest.approx(np.minimum(t, 15).mean())
    assert k.median.estimate == np.median(t)


def test_no_event_leaves_room_and_gives_reasons():
    """All censored: survival 1 with the exact limit, nothing after follow-up, no median."""
    k = kaplan_meier(times=[5] * 20, events=[0] * 20, at=[0, 5, 6])
    assert k.survival == (1.0, 1.0, None)
    assert k.lower[1] == pytest.approx(0.025 ** (1 / 20))
    assert k.reason == "No case had the event."
    assert "does not fall to 0.5" in k.median.reason
    m = restricted_mean(times=[5] * 20, events=[0] * 20, horizon=5)
    assert m.estimate == m.upper == 5
    assert m.lower == pytest.approx(5 * 0.025 ** (1 / 20))
    assert "past the last follow-up 5" in restricted_mean(times=[5], events=[0], horizon=6).reason


def test_everybody_at_once_and_nobody_at_all():
    """A curve that drops to 0 in one step keeps a binomial upper limit; no rows have a reason."""
    k = kaplan_meier(times=[3] * 10, events=[1] * 10)
    assert (k.survival, k.lower) == ((0.0,), (0.0,))
    assert k.upper[0] == pytest.approx(0.3085, abs=1e-4)
    m = restricted_mean(times=[3] * 10, events=[1] * 10, horizon=5)
    assert 0 < m.lower < m.estimate == 3 < m.upper < 5
    for empty in (
        kaplan_meier(times=[], events=[]),
        restricted_mean(times=[], events=[], horizon=1),
        percentile(values=[], percentile=50),
        kaplan_meier_quantile(times=[], events=[]),
    ):
        assert empty.reason == "There were no cases."
    assert "no event" in log_rank(times_1=[], events_1=[], times_2=[1], events_2=[1]).reason.lower()


def test_refusals_name_the_argument():
    """Negative times, unequal lengths, a horizon of 0 and a quantile of 1 are refused."""
    with pytest.raises(ArrayError, match="`times` holds a negative"):
        kaplan_meier(times=[-1], events=[1])
    with pytest.raises(ArrayError, match="Lengths differ"):
        log_rank(times_1=[1, 2], events_1=[1], times_2=[1], events_2=[1])
    with pytest.raises(ArgumentError, match="`horizon`"):
        restricted_mean(times=[1], events=[1], horizon=0)
    with pytest.raises(ProportionError, match="`quantile`"):
        kaplan_meier_quantile(times=[1], events=[1], quantile=1)
    with pytest.raises(ProportionError, match="`percentile`"):
        percentile(values=[1], percentile=0)


@given(a=samples, b=samples)
def test_log_rank_is_symmetric_and_adds_up(a, b):
    """Swapping the groups keeps the test; expected and observed have one total."""
    (t1, e1), (t2, e2) = (tuple(map(list, zip(*s, strict=True))) for s in (a, b))
    r = log_rank(times_1=t1, events_1=e1, times_2=t2, events_2=e2)
    s = log_rank(times_1=t2, events_1=e2, times_2=t1, events_2=e1)
    assert r.expected_1 + r.expected_2 == pytest.approx(r.observed_1 + r.observed_2)
    assert (r.chi2 is None) == (s.chi2 is None)
    if r.chi2 is not None:
        assert s.chi2 == pytest.approx(r.chi2, abs=1e-9)
        assert 0 <= r.p_value <= 1


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=60), p=st.floats(1, 99))
def test_percentile_limits_hold_it_and_mirror(values, p):
    """Reflecting the values reflects the interval."""
    q = percentile(values=values, percentile=p)
    r = percentile(values=[-v for v in values], percentile=100 - p)
    assert r.estimate == pytest.approx(-q.estimate)
    for low, high in ((q.lower, r.upper), (r.lower, q.upper)):
        assert (low is None) == (high is None)
        assert low is None or low == pytest.approx(-high)
    assert q.lower is None or q.lower <= q.estimate
    assert q.upper is None or q.estimate <= q.upper


def test_five_values_have_no_median_limits_and_six_have():
    """1/32 is above 0.025, 1/64 below."""
    assert percentile(values=range(5), percentile=50).lower is None
    assert percentile(values=range(6), percentile=50).lower == 0
    assert kaplan_meier_quantile(times=range(1, 6), events=[1] * 5).lower == 0


def test_intervals_cover_and_the_test_keeps_its_level():
    """800 seeded samples of 40 exponential times, about 30 % censored."""
    rng, runs = np.random.default_rng(4), 800
    held = np.zeros(4)
    truth = np.log(2), 1 - np.exp(-1.0), np.exp(-0.5)
    for _ in range(runs):
        t, c = rng.exponential(size=(2, 80)), rng.uniform(1, 4, size=(2, 80))
        t, c = t[0], c[0]
        seen, event = np.minimum(t, c), t <= c
        k = kaplan_meier(times=seen[:40], events=event[:40], at=[0.5])
        m = restricted_mean(times=seen[:40], events=event[:40], horizon=1)
        r = log_rank(times_1=seen[:40], events_1=event[:40], times_2=seen[40:], events_2=event[40:])
        held += [
            k.median.lower <= truth[0] <= (k.median.upper or np.inf),
            m.lower <= truth[1] <= m.upper,
            k.lower[0] <= truth[2] <= k.upper[0],
            r.p_value > 0.05,
        ]
    assert (held / runs >= [0.915, 0.905, 0.925, 0.925]).all()
    assert (held / runs <= 0.985).all()


@pytest.mark.parametrize("n", [6, 15, 40])
def test_percentile_never_covers_less_than_its_level(n):
    """Median of 2000 seeded lognormal samples at small n."""
    x = np.random.default_rng(n).lognormal(size=(2000, n))
    held = 0
    for row in x:
        q = percentile(values=row, percentile=50)
        held += q.lower <= 1 <= q.upper
    assert held / 2000 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 2000)
