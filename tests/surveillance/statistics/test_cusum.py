"""CUSUMs of failures, plain and risk-adjusted, and their run lengths."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveillance.statistics.cusum import (
    bernoulli_cusum,
    bernoulli_cusum_arl,
    bernoulli_cusum_limit,
)
from surveillance.statistics.estimate import ArgumentError, ArrayError, ProportionError
from surveillance.statistics.risk_adjusted_cusum import risk_adjusted_cusum
from surveillance.statistics.run_lengths import run_length, two_score_run_length

rates = st.floats(0.02, 0.5)
ratios = st.sampled_from([0.5, 1.5, 2.0, 3.0])
outcomes = st.lists(st.integers(0, 1), min_size=1, max_size=60)


def _simulated(score, limit, draws, rng):
    """Run lengths of `draws` charts whose scores `score` draws, all followed to their signal."""
    level, length, alive, step = np.zeros(draws), np.zeros(draws), np.ones(draws, bool), 0
    while alive.any():
        step += 1
        level = np.maximum(0, level + score(rng, draws))
        hit = alive & (level >= limit - 1e-9)
        length[hit] = step
        alive &= ~hit
    return length.mean(), length.std() / math.sqrt(draws)


@given(flags=outcomes, rate=rates, ratio=ratios, limit=st.floats(0.5, 5))
def test_the_path_is_that_of_the_recursion(flags, rate, ratio, limit):
    """Never below 0, one step after the other, and the signal is its first value at the limit."""
    other = min(rate * ratio, 0.9)
    c = bernoulli_cusum(
        outcomes=flags, rate_in_control=rate, rate_out_of_control=other, limit=limit
    )
    level, expected = 0.0, []
    for failed in flags:
        score = math.log(other / rate) if failed else math.log((1 - other) / (1 - rate))
        level = max(0.0, level + score)
        expected.append(level)
    assert c.statistic == pytest.approx(expected, abs=1e-9)
    crossed = [i for i, value in enumerate(expected) if value >= limit - 1e-9]
    assert c.signal == (crossed[0] if crossed else None)


@given(rate=rates, ratio=ratios, limit=st.floats(0.3, 4))
@settings(max_examples=40)
def test_run_lengths_are_bounded_by_theory(rate, ratio, limit):
    """In control at least exp(limit) and one wait for the outcome; out of control sooner than in."""
    other = min(rate * ratio, 0.9)
    c = bernoulli_cusum(outcomes=[0], rate_in_control=rate, rate_out_of_control=other, limit=limit)
    assert c.arl0 >= math.exp(limit) * (1 - 1e-9)
    assert 1 <= c.arl1 < c.arl0
    assert c.floor > 0


@pytest.mark.parametrize(
    ("rate", "other", "limit", "true"),
    [(0.1, 0.2, 2.5, 0.1), (0.1, 0.2, 2.5, 0.2), (0.3, 0.15, 2.0, 0.3), (0.5, 0.6, 1.5, 0.55)],
)
def test_run_lengths_agree_with_simulation(rate, other, limit, true):
    """Within four Monte-Carlo errors of 4000 simulated charts, at rates the chart was not made for too."""
    steps = np.array([math.log((1 - other) / (1 - rate)), math.log(other / rate)])
    mean, error = _simulated(
        lambda rng, n: steps[(rng.random(n) < true).astype(int)],
        limit, 4000, np.random.default_rng(3),
    )  # fmt: skip
    found = bernoulli_cusum_arl(
        rate_in_control=rate, rate_out_of_control=other, limit=limit, rate=true
    )
    assert abs(found.arl - mean) < 4 * error


@pytest.mark.parametrize(
    ("rate", "other", "wanted"),
    [(0.001, 0.002, 100), (0.001, 0.002, 10**5), (0.01, 0.05, 5000), (0.2, 0.1, 1000), (0.5, 0.7, 10**6)],
)  # fmt: skip
def test_the_limit_gives_the_wanted_run_length_or_the_next_step(rate, other, wanted):
    """At least what was wanted, and just below the limit less."""
    c = bernoulli_cusum_limit(rate_in_control=rate, rate_out_of_control=other, arl0=wanted)
    assert c.arl0 >= wanted
    first = abs(math.log(other / rate)) if other > rate else math.log((1 - other) / (1 - rate))
    if c.limit > first + 2e-4 and c.arl0 > 1.001 * wanted:
        less = bernoulli_cusum_arl(
            rate_in_control=rate, rate_out_of_control=other, limit=c.limit - 2e-4, rate=rate
        )
        assert less.arl < wanted


@given(rate=st.floats(0.05, 0.5), ratio=st.sampled_from([1.5, 2.0]), limit=st.floats(1, 4))
@settings(max_examples=25)
def test_the_grid_agrees_with_the_exact_count(rate, ratio, limit):
    """Two ways to a run length: the exact one rises in steps, the grid runs between those near the limit."""
    other = min(0.9, rate * ratio)
    up, down = math.log(other / rate), -math.log((1 - other) / (1 - rate))
    assume(limit > 1.06 * up)
    low, high = (
        two_score_run_length(up=up, down=down, chance=rate, limit=share * limit)
        for share in (0.95, 1.05)
    )
    grid = run_length(
        scores=np.array([up, -down]), chances=np.array([rate, 1 - rate]), limit=limit, cells=1500
    )
    assert 0.98 * low <= grid <= 1.02 * high


def test_a_chart_of_close_rates_is_on_the_grid_and_near_the_exact_count():
    """Where 40 scores fit below the limit the grid is used, within half a per cent."""
    asked = {"rate_in_control": 0.4, "rate_out_of_control": 0.45, "limit": 5, "rate": 0.4}
    up, down = math.log(0.45 / 0.4), -math.log(0.55 / 0.6)
    exact = two_score_run_length(up=up, down=down, chance=0.4, limit=5)
    assert bernoulli_cusum_arl(**asked).arl == pytest.approx(exact, rel=0.005)


def test_rates_at_which_nothing_or_everything_fails():
    """Without failures there is no run length but a reason; with nothing else, a plain count."""
    asked = {"rate_in_control": 0.1, "rate_out_of_control": 0.2, "limit": 3}
    never = bernoulli_cusum_arl(**asked, rate=0)
    assert never.arl is None
    assert "never signals" in never.reason
    assert bernoulli_cusum_arl(**asked, rate=1).arl == 5
    assert (
        bernoulli_cusum(
            outcomes=[0] * 50, rate_in_control=0.1, rate_out_of_control=0.2, limit=3
        ).statistic.tolist()
        == [0] * 50
    )


def test_no_cases_have_a_reason():
    """An empty path; the limits of a known rate stand, those of an unknown mix do not."""
    known = bernoulli_cusum(outcomes=[], rate_in_control=0.1, rate_out_of_control=0.2, arl0=500)
    assert known.reason == "There were no cases."
    assert known.arl0 >= 500
    mix = risk_adjusted_cusum(outcomes=[], probabilities=[], odds_ratio=2, arl0=500)
    assert mix.reason == "There were no cases."
    assert mix.limit is mix.arl0 is mix.arl1 is mix.floor is mix.signal is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"limit": 3, "arl0": 9}, "`arl0` is 9; give the one"), ({}, "give the one"),
     ({"limit": 0}, "`limit` is 0"), ({"limit": 99}, "at most 20"), ({"arl0": 1}, "`arl0` is 1"),
     ({"limit": 3, "rate_out_of_control": 0.1}, "same as `rate_in_control`"),
     ({"limit": 3, "rate_in_control": 0}, "`rate_in_control` is 0"),
     ({"limit": 3, "outcomes": [0, 2]}, "`outcomes` holds values other")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(change, sentence):
    """Each refusal names the argument."""
    asked = {"outcomes": [0, 1], "rate_in_control": 0.1, "rate_out_of_control": 0.2}
    with pytest.raises(ArgumentError, match=sentence):
        bernoulli_cusum(**asked | change)


def test_risks_that_cannot_be_meant_are_refused():
    """Certain risks, an odds ratio of 1, and unequal lengths."""
    good = {"outcomes": [0, 1], "probabilities": [0.1, 0.2], "odds_ratio": 2, "limit": 3}
    for change, refusal in (({"probabilities": [0, 0.2]}, ProportionError), ({"odds_ratio": 1}, ArgumentError),
                            ({"odds_ratio": -2}, ArgumentError), ({"outcomes": [1]}, ArrayError)):  # fmt: skip
        with pytest.raises(refusal):
            risk_adjusted_cusum(**good | change)


@given(flags=outcomes, rate=rates, odds_ratio=st.sampled_from([0.5, 2.0, 3.0]))
@settings(max_examples=30)
def test_equal_risks_are_the_plain_chart(flags, rate, odds_ratio):
    """Same path and signal; run lengths within 3 % of the exact ones."""
    other = odds_ratio * rate / (1 - rate + odds_ratio * rate)
    limit = 2.2
    plain = bernoulli_cusum(
        outcomes=flags, rate_in_control=rate, rate_out_of_control=other, limit=limit
    )
    adjusted = risk_adjusted_cusum(
        outcomes=flags, probabilities=[rate] * len(flags), odds_ratio=odds_ratio, limit=limit
    )
    assert adjusted.statistic == pytest.approx(plain.statistic, abs=1e-9)
    assert adjusted.signal == plain.signal
    assert adjusted.arl0 == pytest.approx(plain.arl0, rel=0.03)
    assert adjusted.arl1 == pytest.approx(plain.arl1, rel=0.03)


@pytest.mark.parametrize("odds_ratio", [2.0, 0.5])
def test_run_length_over_a_case_mix_agrees_with_simulation(odds_ratio):
    """The limit solved for 300 cases gives it, in and out of control, in 3000 simulated charts."""
    rng = np.random.default_rng(11)
    risks = rng.beta(1.5, 8, 500)
    chart = risk_adjusted_cusum(
        outcomes=np.zeros(500), probabilities=risks, odds_ratio=odds_ratio, arl0=300
    )
    assert 300 <= chart.arl0 <= 301

    def drawn(times):
        def score(rng, n):
            p = rng.choice(risks, n)
            failed = rng.random(n) < times * p / (1 - p + times * p)
            return failed * math.log(odds_ratio) - np.log(1 - p + odds_ratio * p)

        return score

    for times, found in ((1, chart.arl0), (odds_ratio, chart.arl1)):
        mean, error = _simulated(drawn(times), chart.limit, 3000, rng)
        assert abs(found - mean) < 4 * error + 0.002 * mean


def test_many_cases_are_quick_enough_to_follow():
    """A million cases with a million different risks; the order of equal cases does not matter."""
    rng = np.random.default_rng(0)
    risks = rng.uniform(0.01, 0.2, 10**6)
    failed = rng.random(10**6) < risks
    chart = risk_adjusted_cusum(outcomes=failed, probabilities=risks, odds_ratio=2, limit=5)
    assert len(chart.statistic) == 10**6
    assert chart.statistic.min() == 0


@pytest.mark.parametrize(("rate", "other"), [(0.001, 0.0005), (0.001, 0.002)])
def test_run_lengths_nobody_could_compute_are_not_given(rate, other):
    """Beyond 10^12 cases there is a reason in place of digits that mean nothing; the path stands."""
    c = bernoulli_cusum(outcomes=[1, 0], rate_in_control=rate, rate_out_of_control=other, limit=20)
    assert c.arl0 is c.arl1 is c.floor is None
    assert "10^12" in c.reason
    assert len(c.statistic) == 2
