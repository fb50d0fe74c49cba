"""When began what a chart found, and what rang before anybody looked."""

from datetime import timedelta
from itertools import pairwise

import pandas as pd
import pytest

from surveillance.drill import hospital
from surveillance.monitors.alarms import Said, told
from surveillance.monitors.chart_record import STANDING_DAYS
from surveillance.monitors.charted import chart
from surveillance.monitors.sequential import follow
from surveillance.monitors.verdict import Answer
from tests.surveillance.monitors import test_charts
from tests.surveillance.monitors.test_charts import Make, verdicts, work
from tests.surveillance.monitors.test_sequential import ONSET, charts, frames, seen

material = test_charts.material
BEGAN = pd.Timestamp(hospital.FIRST_DAY + timedelta(days=ONSET))


@pytest.mark.parametrize(
    ("fault", "watch"),
    [
        ("paediatric_off_label_use", "out_of_scope"),
        ("feed_outage", "study_feed"),
        ("label_noise", "reference"),
        ("threshold_shift", "operating_point"),
    ],
)
def test_a_fault_began_on_the_study_day_on_which_it_was_put_in(
    registered: str, material: Make, fault: str, watch: str
) -> None:
    """Cases count weeks after their study and the chart rings and starts anew: each alarm names the same days, and these hold the day."""
    with work(registered) as session:
        of = material(fault, rules=[{"watch": watch}])
        rung = [
            (path, alarm) for path in chart(session, of).paths for alarm in path.alarms
            if path.stream["day"].iloc[alarm.index] >= BEGAN
        ]  # fmt: skip
    assert rung
    for path, alarm in rung:
        began = path.began(alarm)
        assert began.earliest <= BEGAN <= began.latest
        assert abs((began.about - BEGAN).days) <= 21
        assert f"It most likely began on {began.about:%Y-%m-%d}" in path.sentence(alarm)


def test_alarms_that_agree_on_the_day_are_told_together(registered: str, material: Make) -> None:
    """Children are sent from one day on and it rings again and again: the last alarm tells all studies since the chart stood at 0 before the first."""
    with work(registered) as session:
        of = material("paediatric_off_label_use", rules=[{"watch": "out_of_scope"}])
        (path,) = chart(session, of).paths
    *_, last = path.alarms
    rung = path.of_one_change(last)
    assert len(rung) > 1
    assert all(path.began(a).earliest <= path.began(b).latest for a, b in pairwise(rung[::-1]))
    since, only = path.since(last), path.since(rung[0])
    assert since.index[0] == only.index[0]
    assert len(since) - len(only) == last.index - rung[0].index
    assert f"{int(since['flag'].sum())} of {len(since):,} outside the indication" in path.sentence(last)  # fmt: skip
    assert f"It rang {len(rung)} times, from {rung[0].on:%Y-%m-%d} to {last.on:%Y-%m-%d}." in path.sentence(last)  # fmt: skip


def test_a_change_within_the_reference_window_is_dated_within_it(
    registered: str, material: Make
) -> None:
    """The window holds forty days of the fault: the day is still the true one."""
    window = {"from": str(hospital.FIRST_DAY), "to": str(hospital.FIRST_DAY + timedelta(days=ONSET + 40))}  # fmt: skip
    with work(registered) as session:
        of = material("paediatric_off_label_use", rules=[{"watch": "out_of_scope"}], reference=window)  # fmt: skip
        (path,) = (charted := chart(session, of)).paths
        (said,) = verdicts(of, charted)
        began = path.began(path.alarms[0])
    assert abs((began.about - BEGAN).days) <= 1
    assert not began.from_the_start
    assert "The reference window, up to 2023-07-21, holds it already" in said.sentence


def test_what_rang_before_the_first_cycle_is_told_by_it(registered: str, material: Make) -> None:
    """A year that is imported at once: an outage of long ago rings, and says that it is past."""
    rules = [{"watch": "study_feed"}]
    with work(registered) as session:
        (first,) = verdicts(late := material("feed_outage", rules=rules), chart(session, late))
        days = (late.as_of.date() - hospital.FIRST_DAY).days
        assert days - ONSET > STANDING_DAYS
        assert first.answer is Answer.SHIFTED
        assert (
            "That was before the charts were first followed; it has not rung again"
            in first.sentence
        )
        assert first.window_from is not None
        assert first.window_from >= BEGAN.date() - timedelta(days=1)


def test_another_plan_does_not_ring_what_was_told_long_ago(registered: str, material: Make) -> None:
    """The charts began with the first plan; a new one locks anew and tells only what is recent."""
    with work(registered) as session:
        early = material("feed_outage", days=200, rules=[{"watch": "study_feed"}])
        assert [v.answer for v in verdicts(early, chart(session, early))] == [Answer.SHIFTED]
        late = material("feed_outage", rules=[{"watch": "study_feed"}], false_alarms_per_year=3)
        (said,) = verdicts(late, chart(session, late))
    assert said.answer is Answer.STEADY
    assert "It rang" in said.sentence


def test_what_rang_long_after_explains_nothing() -> None:
    """Told at once or as it came, a loss is a loss: the reference that fell in doubt a hundred days later was not so then."""
    paths = follow(charts(), seen(*frames("label_noise")))
    alarm = next(one for path in paths if path.chart.rule.watch == "reference" for one in path.alarms)  # fmt: skip
    first = pd.Timestamp(hospital.FIRST_DAY)
    as_it_came = told(paths, first_cycle=first, every=1)
    at_once = told(paths, first_cycle=first, every=1, followed_since=alarm.on + pd.Timedelta(days=200))  # fmt: skip
    assert [one.said for one in at_once] == [one.said for one in as_it_came]
    assert Said.REFERENCE in {one.said for one in at_once}
    assert {one.stands_until for one in at_once if one.seen <= alarm.on} == {
        alarm.on + pd.Timedelta(days=200 + STANDING_DAYS)
    }


def test_a_window_in_which_something_changed_says_so(registered: str, material: Make) -> None:
    """Children are sent from day 160 on: a window that holds them names the day; one before them is steady."""
    plan = {"rules": [{"watch": "out_of_scope"}], "false_alarms_per_year": 0.1}
    window = {
        "from": str(hospital.FIRST_DAY),
        "to": str(hospital.FIRST_DAY + timedelta(days=220)),
    }
    with work(registered) as session:
        of = material("paediatric_off_label_use", **plan)
        steady = chart(session, of).reference
        mixed = chart(session, material("paediatric_off_label_use", **plan, reference=window)).reference  # fmt: skip
    assert steady is not None
    assert steady.unsteady == []
    assert mixed is not None
    (said,) = mixed.unsteady
    days = [BEGAN + pd.Timedelta(days=off) for off in (-1, 0, 1)]
    assert any(f"It most likely began on {day:%Y-%m-%d}" in said for day in days)
