"""Charts on streams: order does not matter, what has rung stays, and only what changed rings."""

import re
from datetime import timedelta
from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.monitoring_plan import MonitoringPlan, monitoring_plan
from surveillance.drill import hospital
from surveillance.drill.faults import FAULTS
from surveillance.monitors.alarms import Said, told
from surveillance.monitors.sequential import Chart, Path, follow, lock, new_levels
from surveillance.monitors.streams import Watched, watched

DAYS, REFERENCE, ONSET = 300, 120, 160
PLAN = monitoring_plan(
    {
        "rules": [
            {"watch": name}
            for name in ("sensitivity", "specificity", "reference", "agreement", "score", "study_feed")
        ]
    }
)  # fmt: skip
Frames = tuple[pd.DataFrame, pd.DataFrame]


@cache
def frames(fault: str = "", seed: int = 11) -> Frames:
    """A hospital of 300 days, with a fault from day 160 on."""
    arrived = hospital.arrivals(seed, DAYS)
    under = hospital.conditions(arrived)
    for one in FAULTS:
        if one.name == fault:
            one.does(under, arrived["number"] - ONSET)
    return hospital.happen(arrived, under)


def seen(cases: pd.DataFrame, reads: pd.DataFrame, *, until: int = DAYS) -> Watched:
    """What is known on a day."""
    first = hospital.FIRST_DAY
    window = (first, first + timedelta(days=REFERENCE - 1))
    return watched(cases, reads, until=first + timedelta(days=until), reference=window)


@cache
def charts() -> tuple[Chart, ...]:
    """The charts that the first 120 days set."""
    return lock(PLAN, seen(*frames(), until=REFERENCE + hospital.MATURES_AFTER))


def rung(paths: tuple[Path, ...]) -> list[tuple[str, str, pd.Timestamp, int]]:
    """Every alarm as text."""
    return [(p.chart.name, p.chart.side, a.on, a.cases) for p in paths for a in p.alarms]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    """A table has no order; what became known first counts first."""
    cases, reads = frames("label_noise")
    plain = follow(charts(), seen(cases, reads))
    mixed = follow(charts(), seen(cases.sample(frac=1, random_state=seed), reads.sample(frac=1, random_state=seed)))  # fmt: skip
    assert rung(plain)
    assert rung(mixed) == rung(plain)
    for one, other in zip(plain, mixed, strict=True):
        assert one.statistic.tolist() == pytest.approx(other.statistic.tolist())


@settings(max_examples=8, deadline=None)
@given(until=st.integers(REFERENCE + 31, DAYS))
def test_an_alarm_does_not_move_when_later_cases_come(until: int) -> None:
    """What a cycle saw on a day is what a later one says of that day."""
    cases, reads = frames("label_noise")
    whole = rung(follow(charts(), seen(cases, reads)))
    end = pd.Timestamp(hospital.FIRST_DAY + timedelta(days=until))
    cut = rung(follow(charts(), seen(cases, reads, until=until)))
    assert cut == [alarm for alarm in whole if alarm[2] <= end]


def test_locking_again_later_gives_the_same_charts() -> None:
    """Outcomes of the reference that come late do not move limits that were locked."""
    assert lock(PLAN, seen(*frames())) == charts()


def expected_and_flagged(name: str, fault: str) -> tuple[float, float, float]:
    """Expected and flagged cases since the fault, and the share flagged, over four hospitals."""
    expected = flagged = cases = 0.0
    for seed in range(21, 25):
        plan = monitoring_plan({"rules": [{"watch": name}]})
        set_by = lock(plan, seen(*frames("", seed), until=REFERENCE + hospital.MATURES_AFTER))
        (path,) = follow(set_by, seen(*frames(fault, seed)))
        since = (path.stream["day"] >= pd.Timestamp(hospital.FIRST_DAY + timedelta(days=ONSET))).to_numpy()  # fmt: skip
        expected += path.expected[since].sum()
        flagged += path.stream["flag"].to_numpy()[since].sum()
        cases += since.sum()
    return expected, flagged, flagged / cases


def test_who_is_verified_moves_the_expectation_and_not_the_chart() -> None:
    """More audit and follow-up bring a third more misses to light; as many are expected, so that nothing has changed."""
    *_, before = expected_and_flagged("sensitivity", "")
    expected, flagged, after = expected_and_flagged("sensitivity", "verification_policy_change")
    assert after > 1.2 * before
    assert flagged == pytest.approx(expected, rel=0.15)


def test_twice_the_disease_is_no_loss_of_sensitivity_nor_of_specificity() -> None:
    """Both are shares among cases of one truth and report."""
    for name in ("sensitivity", "specificity"):
        expected, flagged, _ = expected_and_flagged(name, "prevalence_doubling")
        assert flagged == pytest.approx(expected, rel=0.15)


def test_while_the_reference_is_in_doubt_no_loss_of_performance_is_told() -> None:
    """Wrong labels make AI and report look worse alike; a threshold that was moved does not."""
    first = pd.Timestamp(hospital.FIRST_DAY)
    said = told(follow(charts(), seen(*frames("label_noise"))), first_cycle=first)
    assert {one.path.chart.rule.watch for one in said} > {"reference"}
    assert Said.PERFORMANCE not in {one.said for one in said}
    assert all((one.seen - first).days % 7 == 0 and one.seen >= one.alarm.on for one in said)


def test_a_scanner_unknown_to_the_reference_is_named_on_its_tenth_study() -> None:
    """Nothing is estimated: ten studies are ten studies."""
    watch = seen(*frames("new_scanner"))
    sent = watch.cases[watch.cases["device_serial_number"] == hospital.NEW_SCANNER]
    assert new_levels(watch, "device_serial_number") == {hospital.NEW_SCANNER: sent["day"].iloc[9]}
    assert new_levels(seen(*frames()), "device_serial_number") == {}


def test_the_reference_come_again_raises_nothing() -> None:
    """The same 120 days once more, with all their weekdays, outcomes and reports: nothing has changed."""
    cases, reads = frames()
    first = pd.Timestamp(hospital.FIRST_DAY)
    once = cases[(cases["day"] < first + pd.Timedelta(days=REFERENCE - 1))]
    later = pd.Timedelta(days=REFERENCE - 1)  # 17 weeks
    again = once.assign(
        inference_id="again-" + once["inference_id"],
        **{name: once[name] + later for name in ("day", "matures_on", "known_at")},
    )
    said = reads[reads["inference_id"].isin(once["inference_id"])]
    said_again = said.assign(
        inference_id="again-" + said["inference_id"], reported_at=said["reported_at"] + later
    )
    both = seen(pd.concat([once, again]), pd.concat([said, said_again]), until=2 * (REFERENCE - 1))
    window = (both.reference[0], both.reference[1] - pd.Timedelta(days=1))
    both = Watched(cases=both.cases, until=both.until, reference=window)
    assert rung(follow(lock(PLAN, both), both)) == []


@pytest.mark.parametrize(
    "watch", ["sensitivity", "calibration", "operating_point", "outcome_feed", "missingness"]
)
def test_a_stream_without_a_case_is_silent_and_says_why(watch: str) -> None:
    """A deployment on its first day has charts without a limit, and no alarm."""
    cases, reads = frames()
    plan: MonitoringPlan = monitoring_plan({"rules": [{"watch": watch}]})
    empty = seen(cases[:0], reads[:0])
    for path in follow(lock(plan, empty), empty):
        assert path.alarms == ()
        assert path.chart.design.arl0 is None
        assert path.chart.design.reason


def test_the_sentence_says_what_was_seen_and_what_was_expected() -> None:
    """A clinical lead reads the counts since the chart last stood at 0 and a day; the rule states the rate."""
    paths = follow(charts(), seen(*frames("label_noise")))
    path = next(p for p in paths if p.chart.rule.watch == "reference")
    alarm = path.alarms[0]
    words = path.sentence(alarm)
    said = re.search(r" from (.*) to (.*), known by (.*): (\d+) of (\d+) contradicted by the outcome", words)  # fmt: skip
    assert said is not None
    flagged, last = int(said[4]), int(said[5])
    days = path.stream["day"].iloc[alarm.index + 1 - last : alarm.index + 1]
    assert said.groups()[:3] == tuple(f"{day:%Y-%m-%d}" for day in (days.min(), days.max(), alarm.on))  # fmt: skip
    assert days.max() < alarm.on
    assert flagged == path.stream["flag"].iloc[alarm.index + 1 - last : alarm.index + 1].sum()
    assert path.statistic[alarm.index - last] == 0
    assert (path.statistic[alarm.index + 1 - last : alarm.index + 1] > 0).all()
    assert f"It rang on {alarm.on:%Y-%m-%d}." in words
    assert "where the reference window leads to expect" in words
    assert "false alarms a year" in path.chart.words()


def test_an_attribute_that_the_indication_asks_for_is_missed_when_it_no_longer_comes() -> None:
    """A scanner stops to send its slice thickness: whether its studies are in scope cannot be said, and the chart rings."""
    cases, reads = frames()
    plan = monitoring_plan({"rules": [{"watch": "missingness"}]})
    quiet = seen(cases, reads)
    assert rung(follow(lock(plan, quiet), quiet)) == []
    lost = pd.Timestamp(hospital.FIRST_DAY + timedelta(days=ONSET))
    silent = (cases["day"] >= lost) & (
        cases["device_serial_number"] == cases["device_serial_number"].iloc[0]
    )
    without = seen(cases.assign(scope=cases["scope"].mask(silent, "undeterminable")), reads)
    (path,) = follow(lock(plan, without), without)
    assert path.alarms
    assert abs((path.began(path.alarms[0]).about - lost).days) <= 2
