"""Numbers needed to harm and to diagnose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.estimate import CountError
from surveillance.statistics.numbers_needed import (
    number_needed_to_diagnose,
    number_needed_to_harm,
)

group = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(first=group, second=group)
def test_limits_are_the_reciprocals_of_those_of_the_difference(first, second):
    """Whatever the counts, the sides hold the estimate, or 0 does, and infinity is told."""
    n = number_needed_to_harm(
        events_1=first[0], trials_1=first[1], events_2=second[0], trials_2=second[1]
    )
    change, low, high = n.difference.numbers()
    assert n.through_infinity == (low <= 0 <= high)
    assert n.through_infinity == ("infinity" in n.interval)
    if change == 0:
        assert n.estimate is None
        assert "infinite" in n.reason
    elif change > 0:
        assert n.harm_lower - 1e-9 <= n.estimate <= (n.harm_upper or float("inf")) + 1e-9
    else:
        assert n.benefit_lower - 1e-9 <= -n.estimate <= (n.benefit_upper or float("inf")) + 1e-9
    if low > 0:
        assert (n.harm_lower, n.harm_upper) == pytest.approx((1 / high, 1 / low))
        assert n.benefit_lower is n.benefit_upper is None


@given(first=group, second=group)
def test_exchanging_the_groups_exchanges_harm_and_benefit(first, second):
    """What harms one way benefits the other."""
    a, b = (
        number_needed_to_harm(events_1=x[0], trials_1=x[1], events_2=y[0], trials_2=y[1])
        for x, y in ((first, second), (second, first))
    )
    assert a.harm_lower == pytest.approx(b.benefit_lower)
    assert a.harm_upper == pytest.approx(b.benefit_upper)


def test_altmans_interval_is_written_out():
    """A difference of 10 points with limits of opposite sign passes infinity, on either side."""
    harm = number_needed_to_harm(events_1=15, trials_1=100, events_2=10, trials_2=100)
    assert harm.interval == "NNTH 6.94 to infinity to NNTB 22.9"
    benefit = number_needed_to_harm(events_1=10, trials_1=100, events_2=15, trials_2=100)
    assert benefit.interval == "NNTB 6.94 to infinity to NNTH 22.9"
    assert benefit.estimate == pytest.approx(-20)
    clear = number_needed_to_harm(events_1=2, trials_1=100, events_2=30, trials_2=100)
    assert clear.interval.startswith("NNTB 2.")
    assert not clear.through_infinity


def test_empty_groups_and_impossible_counts():
    """No patients is a reason, more harmed than treated a refusal."""
    empty = number_needed_to_harm(events_1=0, trials_1=0, events_2=1, trials_2=9)
    assert empty.reason == "A group had no patients."
    with pytest.raises(CountError, match="cannot exceed"):
        number_needed_to_harm(events_1=5, trials_1=4, events_2=1, trials_2=9)


@given(counts=st.tuples(*[st.integers(0, 300)] * 4))
def test_number_needed_to_diagnose_is_at_least_one(counts):
    """Estimate and limits are reciprocals of Youden's index; none without information."""
    n = number_needed_to_diagnose(**dict(zip(("tp", "fp", "fn", "tn"), counts, strict=True)))
    if n.youden.estimable and n.youden.estimate > 0:
        assert 1 <= n.lower <= n.estimate + 1e-9
        assert (n.upper is None) == n.through_infinity
        assert n.upper is None or n.upper >= n.estimate - 1e-9
    else:
        assert n.estimate is n.upper is None
        assert n.reason


def test_a_perfect_test_needs_one():
    """Everything right: one patient, with an upper limit above it."""
    n = number_needed_to_diagnose(tp=20, fp=0, fn=0, tn=20)
    assert n.estimate == n.lower == 1
    assert 1 < n.upper < 2
