"""Wald's sequential test."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError, ProportionError
from surveillance.statistics.sprt import SprtVerdict, sprt

rates = st.floats(0.01, 0.99)


@given(flags=st.lists(st.integers(0, 1), max_size=80), null=rates, alternative=rates)
def test_the_verdict_is_that_of_the_first_boundary_reached(flags, null, alternative):
    """Before the decision the path lies between the boundaries, at it on or beyond one."""
    assume(abs(null - alternative) > 1e-3)
    s = sprt(outcomes=flags, rate_null=null, rate_alternative=alternative)
    assert s.lower_boundary < 0 < s.upper_boundary
    before = s.log_likelihood_ratio[: s.decision]
    assert (before < s.upper_boundary).all()
    assert (before > s.lower_boundary).all()
    if s.decision is None:
        assert s.verdict is SprtVerdict.CONTINUE
    elif s.verdict is SprtVerdict.ACCEPT_ALTERNATIVE:
        assert s.log_likelihood_ratio[s.decision] >= s.upper_boundary - 1e-9
    else:
        assert s.log_likelihood_ratio[s.decision] <= s.lower_boundary + 1e-9


@given(flags=st.lists(st.integers(0, 1), min_size=1, max_size=60), null=rates, alternative=rates)
def test_failures_and_successes_are_alike(flags, null, alternative):
    """Counting successes instead gives the same path."""
    assume(abs(null - alternative) > 1e-3)
    one = sprt(outcomes=flags, rate_null=null, rate_alternative=alternative)
    other = sprt(outcomes=[1 - f for f in flags], rate_null=1 - null,
                 rate_alternative=1 - alternative)  # fmt: skip
    assert other.log_likelihood_ratio == pytest.approx(one.log_likelihood_ratio, abs=1e-8)


def test_later_cases_do_not_change_the_verdict():
    """What was decided stays decided, whatever the path does after."""
    start = [1, 1]
    first = sprt(outcomes=start, rate_null=0.01, rate_alternative=0.1)
    later = sprt(outcomes=start + [0] * 500, rate_null=0.01, rate_alternative=0.1)
    assert first.verdict is later.verdict is SprtVerdict.ACCEPT_ALTERNATIVE
    assert first.decision == later.decision == 1


@pytest.mark.parametrize("true", [0.1, 0.3])
def test_wrong_decisions_are_as_rare_as_wald_says(true):
    """Of 1500 tests at either rate at most alpha / (1 - beta), or beta / (1 - alpha), go wrong."""
    rng, wrong = np.random.default_rng(8), 0
    for _ in range(1500):
        s = sprt(outcomes=rng.random(400) < true, rate_null=0.1, rate_alternative=0.3,
                 alpha=0.05, beta=0.1)  # fmt: skip
        assert s.decision is not None
        wrong += s.verdict is (
            SprtVerdict.ACCEPT_ALTERNATIVE if true == 0.1 else SprtVerdict.ACCEPT_NULL
        )
    most = 0.05 / 0.9 if true == 0.1 else 0.1 / 0.95
    assert 0.01 < wrong / 1500 <= most + 3 * math.sqrt(most / 1500)


def test_no_cases_continue_with_a_reason_and_nonsense_is_refused():
    """Nothing seen decides nothing; equal rates and errors that sum to 1 are refused."""
    empty = sprt(outcomes=[], rate_null=0.1, rate_alternative=0.2)
    assert empty.verdict is SprtVerdict.CONTINUE
    assert empty.reason == "There were no cases."
    with pytest.raises(ArgumentError, match="same as `rate_null`"):
        sprt(outcomes=[1], rate_null=0.1, rate_alternative=0.1)
    with pytest.raises(ArgumentError, match="sum to"):
        sprt(outcomes=[1], rate_null=0.1, rate_alternative=0.2, alpha=0.5, beta=0.5)
    with pytest.raises(ProportionError, match="`rate_null` is 0"):
        sprt(outcomes=[1], rate_null=0, rate_alternative=0.2)
