"""Intervals of one proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from surveillance.statistics.estimate import CountError
from surveillance.statistics.proportions import INTERVALS, clustered_proportion, wilson

counts = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


@pytest.mark.parametrize("name", INTERVALS)
@given(counts=counts, level=levels)
def test_every_interval_lies_in_0_to_1_and_holds_its_estimate(name, counts, level):
    """Bounds, order and the observed proportion inside, at any count and level."""
    successes, trials = counts
    p, lower, upper = INTERVALS[name](successes=successes, trials=trials, level=level).numbers()
    assert 0 <= lower <= p <= upper <= 1
    assert p == successes / trials


@pytest.mark.parametrize("name", INTERVALS)
@given(counts=counts)
def test_intervals_mirror_when_success_and_failure_swap(name, counts):
    """The interval of failures is one minus that of successes."""
    successes, trials = counts
    _, lower, upper = INTERVALS[name](successes=successes, trials=trials).numbers()
    _, low, high = INTERVALS[name](successes=trials - successes, trials=trials).numbers()
    assert (lower, upper) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize("name", INTERVALS)
def test_the_ends_stay_informative(name):
    """0 of n has lower limit 0 and an upper one strictly inside; n of n mirrors it."""
    none = INTERVALS[name](successes=0, trials=30)
    every = INTERVALS[name](successes=30, trials=30)
    assert none.lower == 0
    assert 0 < none.upper < 0.15
    assert every.upper == 1
    assert 0.85 < every.lower < 1


@pytest.mark.parametrize("name", INTERVALS)
def test_no_trials_is_not_estimable(name):
    """0 of 0 has a reason and no numbers."""
    assert INTERVALS[name](successes=0, trials=0).reason == "There were no trials."


def test_more_successes_than_trials_is_refused():
    """The message names both numbers."""
    with pytest.raises(CountError, match="`successes` is 5 but `trials` is 4"):
        wilson(successes=5, trials=4)


def _exact_coverage(name, p, n):
    x = np.arange(n + 1)
    held = [
        lower <= p <= upper
        for _, lower, upper in (INTERVALS[name](successes=k, trials=n).numbers() for k in x)
    ]
    return float(stats.binom.pmf(x, n, p) @ held)


@pytest.mark.parametrize(
    ("name", "least_mean", "most_mean"),
    [("wilson", 0.945, 0.96), ("clopper_pearson", 0.95, 0.985),
     ("jeffreys", 0.945, 0.96), ("mid_p", 0.95, 0.965)],
)  # fmt: skip
def test_mean_coverage_over_p_is_near_the_level(name, least_mean, most_mean):
    """Coverage summed exactly over the binomial, averaged over 101 values of p, at n = 60."""
    covered = [_exact_coverage(name, p, 60) for p in np.linspace(0.01, 0.99, 101)]
    assert least_mean <= np.mean(covered) <= most_mean
    if name == "clopper_pearson":
        assert min(covered) >= 0.95


# statsmodels 0.15.0: proportion_confint(81, 263, alpha=0.1, method=...)
@pytest.mark.parametrize(
    ("name", "theirs"),
    [("wilson", "wilson"), ("clopper_pearson", "beta"), ("jeffreys", "jeffreys")],
)
def test_intervals_agree_with_statsmodels(name, theirs):
    """90 % limits equal those of an independent package."""
    ours = INTERVALS[name](successes=81, trials=263, level=0.9)
    assert (ours.lower, ours.upper) == pytest.approx(
        proportion_confint(81, 263, alpha=0.1, method=theirs), abs=1e-9
    )


clusters = st.lists(
    st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2, max_size=30,
)  # fmt: skip


@given(clusters=clusters, seed=st.integers(0, 99))
def test_effective_n_never_exceeds_the_trials_and_order_is_irrelevant(clusters, seed):
    """Clustering only ever widens, and shuffled clusters give the same interval."""
    y, n = np.array(clusters).T
    first = clustered_proportion(successes=y, trials=n)
    assert 0 < first.n <= n.sum() * (1 + 1e-12)
    assert 0 <= first.lower <= first.estimate <= first.upper <= 1
    order = np.random.default_rng(seed).permutation(len(y))
    second = clustered_proportion(successes=y[order], trials=n[order])
    assert second.numbers() == pytest.approx(first.numbers(), abs=1e-12)


def test_identical_answers_within_patients_count_once():
    """Ten copies of every patient's answer weigh like one answer each, up to m / (m - 1)."""
    answers = np.array([1, 1, 1, 0, 1, 0, 1, 1, 1, 1] * 4)
    clustered = clustered_proportion(successes=10 * answers, trials=np.full(40, 10))
    assert clustered.n == pytest.approx(39)


def test_all_successes_in_clusters_are_not_certainty():
    """At n/n the effective n falls to that of identical answers: 20 patients, not 100 lesions."""
    clustered = clustered_proportion(successes=[5] * 20, trials=[5] * 20)
    assert clustered.n == 20
    assert clustered.lower == pytest.approx(wilson(successes=20, trials=20).lower)


def test_one_cluster_is_not_estimable():
    """A variance between clusters needs two of them."""
    assert "needs two" in clustered_proportion(successes=[3], trials=[5]).reason


def test_clustered_interval_covers_where_the_naive_one_fails():
    """With beta-binomial patients (correlation 0.5) Rao–Scott covers near 95 %, Wilson far less."""
    rng = np.random.default_rng(20240501)
    clustered = naive = 0
    for _ in range(1000):
        trials = rng.integers(1, 6, 60)
        successes = rng.binomial(trials, rng.beta(0.8, 0.2, 60))
        c = clustered_proportion(successes=successes, trials=trials)
        w = wilson(successes=successes.sum(), trials=trials.sum())
        clustered += c.lower <= 0.8 <= c.upper
        naive += w.lower <= 0.8 <= w.upper
    assert 0.93 <= clustered / 1000 <= 0.97
    assert naive / 1000 < 0.88
