"""Claims on a label."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.claims import Verdict, buderer, non_inferiority
from surveillance.statistics.estimate import CountError, LevelError, ProportionError

counts = st.integers(1, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("method", ["score", "exact"])
@given(counts=counts, claim=st.floats(0.3, 0.99), margin=st.floats(0, 0.2))
def test_the_verdict_is_where_the_interval_lies(method, counts, claim, margin):
    """Met above the threshold, breached below it, not shown across it; 0 needed once decided."""
    d = non_inferiority(
        successes=counts[0], trials=counts[1], claim=claim, margin=margin, method=method
    )
    _, lower, upper = d.proportion.numbers()
    expected = Verdict.NOT_SHOWN
    if lower > d.threshold:
        expected = Verdict.MET
    elif upper < d.threshold:
        expected = Verdict.BREACHED
    assert d.verdict is expected
    assert (d.n_needed == 0) == (d.verdict is not Verdict.NOT_SHOWN)


@pytest.mark.parametrize("method", ["score", "exact"])
@pytest.mark.parametrize("successes", [41, 42, 46, 47])
def test_the_trials_still_needed_suffice_and_one_percent_fewer_do_not(method, successes):
    """At the present rate the stated number decides, and clearly fewer do not."""
    claim = {"claim": 0.88, "method": method}
    needed = non_inferiority(successes=successes, trials=50, **claim).n_needed
    for total, decided in ((50 + needed, True), (50 + math.floor(needed * 0.99) - 1, False)):
        d = non_inferiority(successes=successes / 50 * total, trials=total, **claim)
        assert (d.verdict is not Verdict.NOT_SHOWN) == decided


def test_on_the_threshold_no_number_is_enough():
    """A rate equal to the threshold never decides."""
    assert non_inferiority(successes=90, trials=100, claim=0.9).n_needed is None
    exact = non_inferiority(successes=90, trials=100, claim=0.9, method="exact")
    assert exact.n_needed is None


def test_clustering_delays_the_verdict():
    """With half the effective n the same counts no longer meet the claim, and more is needed."""
    plain = non_inferiority(successes=184, trials=200, claim=0.9, margin=0.03)
    halved = non_inferiority(successes=184, trials=200, claim=0.9, margin=0.03, effective_n=100)
    assert plain.verdict is Verdict.MET
    assert halved.verdict is Verdict.NOT_SHOWN
    assert halved.proportion.n == 100
    assert halved.n_needed > 0


def test_no_trials_decide_nothing():
    """Without trials the proportion has a reason and the verdict is not shown."""
    d = non_inferiority(successes=0, trials=0, claim=0.9)
    assert (d.verdict, d.n_needed) == (Verdict.NOT_SHOWN, None)
    assert d.proportion.reason == "There were no trials."


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"alpha": 0.5}, LevelError, "`alpha` is 0.5"),
        ({"margin": 0.95}, ProportionError, "`margin` is 0.95"),
        ({"margin": -0.1}, ProportionError, "`margin` is -0.1"),
        ({"claim": 90}, ProportionError, "`claim` is 90"),
        ({"effective_n": 101}, CountError, "`effective_n` is 101"),
        ({"method": "wald"}, LevelError, "score or exact"),
    ],
)
def test_impossible_plans_are_refused(arguments, error, message):
    """Each refusal names argument and value."""
    with pytest.raises(error, match=message):
        non_inferiority(**{"successes": 90, "trials": 100, "claim": 0.9} | arguments)


@pytest.mark.parametrize(("method", "most"), [("score", 0.035), ("exact", 0.025)])
def test_false_verdicts_on_the_threshold_are_as_rare_as_alpha(method, most):
    """With p on the threshold each wrong verdict happens at most about 2.5 % of 3000 times."""
    rng, seen = np.random.default_rng(9), dict.fromkeys(Verdict, 0)
    decide = {
        k: non_inferiority(successes=k, trials=150, claim=0.9, margin=0.05, method=method).verdict
        for k in range(151)
    }
    for k in rng.binomial(150, 0.85, 3000):
        seen[decide[int(k)]] += 1
    assert 0 < seen[Verdict.MET] / 3000 <= most
    assert 0 < seen[Verdict.BREACHED] / 3000 <= most


def test_buderer_grows_as_the_disease_gets_rare():
    """At 1 % prevalence the sensitivity rules the size, at 99 % the specificity."""
    plan = {"sensitivity": 0.9, "specificity": 0.9, "half_width": 0.05}
    rare, common = buderer(**plan, prevalence=0.01), buderer(**plan, prevalence=0.99)
    assert rare.total == rare.total_for_sensitivity == 13900
    assert common.total == common.total_for_specificity
    with pytest.raises(ProportionError, match="`half_width` is 0"):
        buderer(**plan | {"half_width": 0}, prevalence=0.1)
