"""A chart whose rate in control was only estimated keeps the rate of false alarms it states."""

from functools import cache

import numpy as np
import pytest

from surveillance.statistics.cusum import bernoulli_cusum_limit
from surveillance.statistics.cusum_path import followed
from surveillance.statistics.estimate import ArgumentError
from surveillance.statistics.estimated_control import TOO_LITTLE, estimated_control_limit
from surveillance.statistics.risk_adjusted_cusum import case_scores

RATE, RATIO, ARL0, LEARNT = 0.1, 2.25, 2000, 400


def test_with_a_known_rate_it_is_the_limit_of_the_bernoulli_chart() -> None:
    """Two ways of reckoning, one limit: 0.1 against 0.2."""
    known = bernoulli_cusum_limit(rate_in_control=0.1, rate_out_of_control=0.2, arl0=ARL0)
    found = estimated_control_limit(
        probabilities=[RATE], odds_ratio=RATIO, arl0=ARL0, reference_cases=1e9
    )
    assert found.limit == pytest.approx(known.limit, abs=0.05)
    assert found.arl1 == pytest.approx(known.arl1, rel=0.03)
    assert found.floor == pytest.approx(known.floor, rel=0.01)


def test_the_fewer_cases_the_reference_holds_the_higher_the_limit() -> None:
    """And below some number no limit keeps the rate, which is said."""
    limits = [
        estimated_control_limit(probabilities=[RATE], odds_ratio=RATIO, arl0=ARL0, reference_cases=n)
        for n in (10**6, 1000, 300, 20)
    ]  # fmt: skip
    found = [one.limit for one in limits]
    assert found == sorted(found)
    assert limits[-1].arl0 is None
    assert limits[-1].reason == TOO_LITTLE


def test_a_risk_that_is_certain_is_refused() -> None:
    """No chance of 0 or 1 has odds."""
    with pytest.raises(ArgumentError, match="not between 0 and 1"):
        estimated_control_limit(probabilities=[0.1, 1], odds_ratio=2, arl0=100, reference_cases=50)


def test_averaged_over_what_one_reference_leaves_open_it_rings_as_often_as_stated() -> None:
    """40 failures of 400; 400 rates drawn from the posterior, 20,000 cases at each: 1 / ARL0 alarms a case."""
    rng = np.random.default_rng(5)
    rates = rng.beta(40.5, 360.5, size=400)
    limit = _limit(RATE, LEARNT)
    rung = sum(_alarms(rng.random(20_000) < rate, RATE, limit) for rate in rates)
    assert rung == pytest.approx(400 * 20_000 / ARL0, rel=0.15)


def test_over_many_references_of_one_rate_it_keeps_what_it_states_and_a_trusting_chart_does_not() -> None:  # fmt: skip
    """200 references of 400 cases, 20,000 cases after each. Taking the estimate for the truth rings a quarter more."""
    rng = np.random.default_rng(5)
    rung = {LEARNT: 0, 1e9: 0}
    for _ in range(200):
        estimate = (int(rng.binomial(LEARNT, RATE)) + 0.5) / (LEARNT + 1)
        flags = rng.random(20_000) < RATE
        for worth in rung:
            rung[worth] += _alarms(flags, estimate, _limit(estimate, worth))
    stated = 200 * 20_000 / ARL0
    assert 0.6 * stated < rung[LEARNT] < 1.1 * stated
    assert rung[1e9] > 1.2 * stated


def _alarms(flags: np.ndarray, rate: float, limit: float) -> int:
    """How often a chart rings that starts again at 0 after each alarm."""
    scores = case_scores(flags, np.full(len(flags), rate), RATIO)
    rung, start = 0, 0
    while start < len(scores):
        _, signal = followed(scores[start:], limit)
        if signal is None:
            break
        rung, start = rung + 1, start + signal + 1
    return rung


@cache
def _limit(rate: float, worth: float) -> float:
    return estimated_control_limit(
        probabilities=[rate], odds_ratio=RATIO, arl0=ARL0, reference_cases=worth
    ).limit


@pytest.mark.parametrize("n", [50, 1000, 20_000, 1_000_000])
def test_equal_samples_raise_nothing_whatever_their_size(n: int) -> None:
    """The very cases of the reference come again: at one alarm in 26 years of 2 n cases the chart stays quiet."""
    flags = np.random.default_rng(n).random(n) < RATE
    rate = (flags.sum() + 0.5) / (n + 1)
    design = estimated_control_limit(
        probabilities=[rate], odds_ratio=RATIO, arl0=min(26 * 2 * n, 1e8), reference_cases=n
    )
    path, signal = followed(case_scores(flags, np.full(n, rate), RATIO), design.limit)
    assert signal is None
    assert path.max() < design.limit
