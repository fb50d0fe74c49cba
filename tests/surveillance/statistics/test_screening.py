"""Sensitivity of a screening programme, with and without unfinished follow-up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.statistics.estimate import ArgumentError
from surveillance.statistics.proportions import wilson
from surveillance.statistics.screening import programme_sensitivity

TIMES = st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40)


@given(detected=st.integers(0, 50), followed=TIMES)
def test_the_interval_holds_its_estimate_or_there_is_a_reason(
    detected: int, followed: list[tuple[int, bool]]
) -> None:
    """Whatever was followed for how long."""
    found = programme_sensitivity(
        screen_detected=detected, times=[t for t, _ in followed], events=[e for _, e in followed],
        horizon=24,
    )  # fmt: skip
    said = found.sensitivity
    if said.estimable:
        estimate, lower, upper = said.numbers()
        assert 0 <= lower <= estimate <= upper <= 1
        assert found.interval_cancers_expected is not None
        assert found.interval_cancers_expected >= found.interval_cancers_observed - 1e-9
    else:
        assert said.reason


@given(detected=st.integers(0, 60), interval=st.integers(0, 60), free=st.integers(1, 200))
def test_with_everyone_followed_it_is_the_plain_proportion(
    detected: int, interval: int, free: int
) -> None:
    """Of the cancers of a complete cohort, with Wilson's limits."""
    found = programme_sensitivity(
        screen_detected=detected, times=[10] * interval + [24] * free,
        events=[1] * interval + [0] * free, horizon=24,
    ).sensitivity  # fmt: skip
    plain = wilson(successes=detected, trials=detected + interval)
    if not plain.estimable:
        assert found.reason == "There was no cancer."
        return
    assert found.numbers() == pytest.approx(plain.numbers(), abs=1e-9)


def test_a_cancer_after_the_interval_does_not_count() -> None:
    """It belongs to the next screen."""
    found = programme_sensitivity(screen_detected=8, times=[24, 30], events=[0, 1], horizon=24)
    assert found.interval_cancers_observed == 0
    assert found.sensitivity.estimate == 1


def test_unfinished_follow_up_counts_more_cancers_than_were_seen() -> None:
    """Half the women were followed half the interval: their cancers of the second half are to come."""
    times = [24] * 500 + [12] * 480 + [18] * 20
    found = programme_sensitivity(
        screen_detected=60, times=times, events=[0] * 980 + [1] * 20, horizon=24
    )
    assert found.interval_cancers_expected == pytest.approx(1000 * 20 / 520)
    assert found.sensitivity.estimate == pytest.approx(60 / (60 + 1000 * 20 / 520))
    assert found.sensitivity.n < 60 + 20


def test_no_interval_cancer_yet_says_less_than_none_at_the_end() -> None:
    """The less of the interval is over, the wider."""
    lower = [
        programme_sensitivity(
            screen_detected=60, times=[24] + [seen] * 999, events=[0] * 1000, horizon=24
        ).sensitivity.lower
        for seen in (24, 12, 2)
    ]
    assert lower == sorted(lower, reverse=True)
    assert lower[0] == pytest.approx(wilson(successes=60, trials=60).lower)


def test_nobody_followed_to_the_end_is_not_estimable() -> None:
    """No number is made up for months that nobody has lived through."""
    found = programme_sensitivity(screen_detected=5, times=[12, 6], events=[0, 1], horizon=24)
    assert found.sensitivity.reason == (
        "No screen without recall has been followed for 24; the longest was 12."
    )
    assert found.interval_cancers_expected is None


def test_every_woman_recalled() -> None:
    """Then there is nobody to have an interval cancer."""
    found = programme_sensitivity(
        screen_detected=5, times=np.array([]), events=np.array([]), horizon=24
    )
    assert found.sensitivity.estimate == 1


@pytest.mark.parametrize("horizon", [0, -1, float("nan")])
def test_an_interval_has_a_length(horizon: float) -> None:
    """Anything else is refused by name."""
    with pytest.raises(ArgumentError, match="horizon"):
        programme_sensitivity(screen_detected=1, times=[1], events=[0], horizon=horizon)
