"""Bounds when little or nothing was seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from surveillance.statistics.estimate import CountError, ProportionError
from surveillance.statistics.proportions import wilson
from surveillance.statistics.rare_events import (
    hypergeometric_upper,
    sample_size,
    zero_events_upper,
)


@given(trials=st.integers(1, 10**6), level=st.floats(0.5, 0.999))
def test_the_zero_bound_is_where_seeing_none_becomes_unlikely(trials, level):
    """(1 - upper)^n equals 1 - level."""
    assert (1 - zero_events_upper(trials=trials, level=level).upper) ** trials == pytest.approx(
        1 - level, rel=1e-6
    )


def test_no_trials_have_a_reason():
    """Neither bound exists without a sample."""
    assert zero_events_upper(trials=0).reason == "There were no trials."
    assert hypergeometric_upper(events=0, sampled=0, population=9).reason


sizes = st.integers(1, 120).flatmap(
    lambda n: st.integers(1, n).flatmap(
        lambda s: st.tuples(st.integers(0, s), st.just(s), st.just(n))
    )
)


@given(sizes=sizes)
def test_finite_bound_is_the_largest_total_not_refuted(sizes):
    """Against scipy's hypergeometric: the bound is not refuted and one more is."""
    events, sampled, population = sizes
    bound = hypergeometric_upper(events=events, sampled=sampled, population=population)
    top = int(bound.upper)
    assert events <= bound.estimate <= bound.upper <= population
    if top > bound.estimate:
        assert hypergeom.cdf(events, population, top, sampled) > 0.05 * (1 - 1e-8)
    if top < population - sampled + events and top > bound.estimate:
        assert hypergeom.cdf(events, population, top + 1, sampled) <= 0.05 * (1 + 1e-8)


def test_a_census_is_exact():
    """When everybody was looked at the bound is the count."""
    assert hypergeometric_upper(events=3, sampled=50, population=50).numbers() == (3, 3, 3)


def test_parts_cannot_exceed_wholes():
    """More events than cases, or cases than people, are refused."""
    with pytest.raises(CountError, match="cannot exceed"):
        hypergeometric_upper(events=3, sampled=2, population=5)
    with pytest.raises(CountError, match="`trials` is -1"):
        zero_events_upper(trials=-1)


@given(proportion=st.floats(0, 1), half_width=st.floats(0.01, 0.45))
def test_sample_size_suffices_and_one_fewer_does_not(proportion, half_width):
    """The stated number of trials is the smallest with the wanted width."""
    n = sample_size(proportion=proportion, half_width=half_width)

    def width(trials):
        _, lower, upper = wilson(successes=proportion * trials, trials=trials).numbers()
        return upper - lower

    assert width(n) <= 2 * half_width + 1e-12
    assert n == 1 or width(n - 1) > 2 * half_width - 1e-12


@given(proportion=st.floats(0, 1), half_width=st.floats(0.01, 0.3), population=st.integers(1, 5000))
def test_a_finite_population_needs_fewer(proportion, half_width, population):
    """Never more than the population nor than without it, and nearly as many if it is large."""
    free = sample_size(proportion=proportion, half_width=half_width)
    finite = sample_size(proportion=proportion, half_width=half_width, population=population)
    assert 1 <= finite <= min(free, population)
    large = sample_size(proportion=proportion, half_width=half_width, population=10**9)
    assert large in (free - 1, free)


def test_impossible_widths_are_refused():
    """A half-width of one half or more says nothing."""
    with pytest.raises(ProportionError, match=r"`half_width` is 0\.5"):
        sample_size(proportion=0.5, half_width=0.5)
    with pytest.raises(CountError, match="`population` is 0"):
        sample_size(proportion=0.5, half_width=0.1, population=0)
