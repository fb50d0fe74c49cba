"""Acceptance sampling plans."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from surveillance.statistics.acceptance import acceptance_sampling, operating_characteristic
from surveillance.statistics.estimate import CountError, ProportionError


@settings(max_examples=40)
@given(
    acceptable=st.floats(0.001, 0.1),
    ratio=st.floats(2.5, 8),
    producer=st.floats(0.01, 0.2),
    consumer=st.floats(0.01, 0.2),
)
def test_the_plan_keeps_its_risks_and_no_smaller_one_does(acceptable, ratio, producer, consumer):
    """Against scipy: both risks are kept, and with one case fewer no acceptance number does."""
    limiting = acceptable * ratio
    plan = acceptance_sampling(
        acceptable_quality=acceptable,
        limiting_quality=limiting,
        producer_risk=producer,
        consumer_risk=consumer,
    )
    n, c = plan.sample, plan.acceptance_number
    assert binom.sf(c, n, acceptable) == pytest.approx(plan.producer_risk, abs=1e-9)
    assert binom.cdf(c, n, limiting) == pytest.approx(plan.consumer_risk, abs=1e-9)
    assert plan.producer_risk <= producer + 1e-9
    assert plan.consumer_risk <= consumer + 1e-9
    for fewer in range(c + 1):
        kept = binom.cdf(fewer, n - 1, limiting) <= consumer * (1 - 1e-9)
        assert not (kept and binom.sf(fewer, n - 1, acceptable) <= producer * (1 - 1e-9))


@given(lot=st.integers(30, 400), good=st.integers(0, 3), more=st.integers(3, 20))
def test_a_plan_for_a_lot_keeps_its_risks(lot, good, more):
    """Against scipy's hypergeometric; the sample is never more than the lot."""
    plan = acceptance_sampling(
        acceptable_quality=good / lot, limiting_quality=(good + more) / lot, lot_size=lot
    )
    n, c = plan.sample, plan.acceptance_number
    assert n <= lot
    assert hypergeom.sf(c, lot, good, n) <= 0.05 + 1e-9
    assert hypergeom.cdf(c, lot, good + more, n) <= 0.1 + 1e-9


def test_a_lot_one_case_apart_needs_a_census():
    """To tell 3 bad cases from 4 nearly everything is looked at."""
    plan = acceptance_sampling(acceptable_quality=0.03, limiting_quality=0.04, lot_size=100)
    assert plan.sample > 90
    assert plan.acceptance_number in (2, 3)


def test_shares_that_do_not_differ_are_refused():
    """A limiting share at or below the acceptable one, or by less than a case, has no plan."""
    for lot in (None, 100):
        with pytest.raises(ProportionError, match="`limiting_quality`"):
            acceptance_sampling(acceptable_quality=0.05, limiting_quality=0.05, lot_size=lot)
    with pytest.raises(ProportionError, match="`producer_risk` is 0"):
        acceptance_sampling(acceptable_quality=0.01, limiting_quality=0.05, producer_risk=0)


@given(n=st.integers(1, 200), c=st.integers(0, 20), p=st.floats(0, 1))
def test_the_curve_is_the_binomial_and_falls(n, c, p):
    """It starts at 1, agrees with scipy and never rises with the share of bad cases."""
    points = operating_characteristic(
        sample=n, acceptance_number=c, proportions=[0, p, min(1, p + 0.1), 1]
    ).accepted
    assert points[0] == 1
    assert points[1] == pytest.approx(binom.cdf(c, n, p), abs=1e-9)
    assert points[1] >= points[2] - 1e-12
    assert points[3] == (1 if c >= n else 0)


def test_a_sample_is_a_part_of_the_lot():
    """More cases than the lot holds, and shares beyond 1, are refused."""
    with pytest.raises(CountError, match="`sample` is 60"):
        operating_characteristic(sample=60, acceptance_number=1, proportions=[0], lot_size=50)
    with pytest.raises(ProportionError, match="`proportions`"):
        operating_characteristic(sample=6, acceptance_number=1, proportions=[1.5])
