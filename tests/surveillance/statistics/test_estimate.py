"""The shape of an answer and the shared refusals."""

import math

import pytest

from surveillance.statistics.estimate import (
    ArgumentError,
    ArrayError,
    CountError,
    Estimate,
    LevelError,
    NotEstimableError,
    ProportionError,
    check_inside,
    check_lengths,
    check_part,
    check_whole,
    flags,
    normal_quantile,
    not_estimable,
    vector,
)


def test_an_estimate_outside_its_interval_is_refused():
    """Limits that do not hold the estimate cannot be built."""
    with pytest.raises(ArgumentError, match="outside"):
        Estimate(estimate=0.5, lower=0.6, upper=0.7, n=10, method="any")


def test_half_an_answer_is_refused():
    """An estimate without limits, or a reason beside numbers, cannot be built."""
    with pytest.raises(ArgumentError, match="give all three"):
        Estimate(estimate=0.5, lower=None, upper=None, n=10, method="any")
    with pytest.raises(ArgumentError, match="not both"):
        Estimate(estimate=0.5, lower=0.4, upper=0.6, n=10, method="any", reason="None.")


def test_nan_is_never_an_estimate():
    """A NaN does not pass for a number."""
    with pytest.raises(ArgumentError):
        Estimate(estimate=math.nan, lower=0.0, upper=1.0, n=10, method="any")


def test_numbers_of_what_is_not_estimable_raise_its_reason():
    """Asking for numbers that do not exist repeats the reason."""
    nothing = not_estimable(reason="There were no trials.", method="any")
    assert not nothing.estimable
    with pytest.raises(NotEstimableError, match="There were no trials"):
        nothing.numbers()


@pytest.mark.parametrize("level", [0.0, 0.49, 1.0, 95, math.nan])
def test_unusable_levels_are_refused(level):
    """A level below one half or not below 1 is refused by name."""
    with pytest.raises(LevelError, match="`level`"):
        normal_quantile(level=level)


@pytest.mark.parametrize(
    ("check", "error", "message"),
    [
        (lambda: check_part(part="a", of="b", a=3, b=2), CountError, "`a` is 3 but `b` is 2"),
        (lambda: check_part(part="a", of="b", a=-1, b=2), CountError, "`a` is -1"),
        (lambda: check_whole(a=1.5), CountError, "whole"),
        (lambda: check_inside(p=1.2), ProportionError, "`p` is 1.2"),
        (lambda: check_inside(closed=False, p=0), ProportionError, "above 0"),
        (lambda: vector([[1]], name="x"), ArrayError, "2 dimensions"),
        (lambda: vector([1, math.nan], name="x"), ArrayError, "1 values that are missing"),
        (lambda: flags([0, 2], name="y"), ArrayError, "other than 0 and 1"),
        (
            lambda: check_lengths(x=vector([1], name="x"), y=vector([], name="y")),
            ArrayError,
            "`x` 1, `y` 0",
        ),
    ],
)
def test_refusals_name_argument_and_value(check, error, message):
    """Each refusal names what was wrong."""
    with pytest.raises(error, match=message):
        check()
