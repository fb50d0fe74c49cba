"""A plan on a history that is known: when each chart counts a case, how soon it finds a change, and which alarms are of one change."""

import pytest

from register.monitoring_plan import FEEDS, monitoring_plan
from surveillance.drill import hospital
from surveillance.monitors.charted import chart
from surveillance.monitors.streams import STREAMS, WHEN_MATURE
from surveillance.plan_back_test import back_test
from tests.surveillance.monitors import test_charts
from tests.surveillance.monitors.test_charts import Make, verdicts, work
from tests.surveillance.monitors.test_sequential import frames, seen

NOT_SIMULATED = {"overruled", "ignored", "turnaround", "contradiction", "latency"}
material = test_charts.material


@pytest.mark.parametrize("name", sorted(set(STREAMS) - FEEDS - NOT_SIMULATED))
def test_outcomes_count_when_mature_and_nothing_else_waits(name: str) -> None:
    """No case of a watch of outcomes counts before it is mature; of the others some do."""
    stream = STREAMS[name](seen(*frames()))
    waits = (stream["entered"] - stream["day"]).dt.days
    assert not stream.empty
    assert (waits.min() >= hospital.MATURES_AFTER) == (name in WHEN_MATURE)


@pytest.mark.parametrize(
    ("fault", "watch"),
    [
        ("paediatric_off_label_use", "out_of_scope"), ("feed_outage", "study_feed"), ("label_noise", "reference"),
        ("threshold_shift", "sensitivity"), ("threshold_shift", "operating_point"), ("", "failure"),
    ],
)  # fmt: skip
def test_a_change_is_told_as_its_signal_is_called(
    registered: str, material: Make, fault: str, watch: str
) -> None:
    """The matter is that of the cycle's verdict, without the finding."""
    of = material(fault, rules=[{"watch": watch}])
    with work(registered) as session:
        (verdict,) = verdicts(of, chart(session, of))
    *_, last = back_test(of, monitoring_plan(of.view.entry.monitoring)).alarms
    assert last.matter == verdict.matter.removeprefix(f"{hospital.FINDING}: ").replace("_", " ")


def test_how_soon_a_change_is_found_holds_the_days_until_outcomes_count(material: Make) -> None:
    """Sensitivity waits sixty days more than its cases take to come; failures wait for nothing."""
    of = material(rules=[{"watch": "sensitivity"}, {"watch": "failure"}])
    tried = back_test(of, monitoring_plan(of.view.entry.monitoring))
    missed, failed = (path.chart for path in tried.paths)
    for of_rule, waits in ((missed, of.view.matures_after_days(hospital.FINDING)), (failed, 0)):
        assert of_rule.design.arl1 is not None
        assert tried.finds_in(of_rule) == pytest.approx(365.25 * of_rule.design.arl1 / of_rule.per_year + waits)  # fmt: skip
    assert of.view.matures_after_days(hospital.FINDING) == 60


def test_alarms_are_told_by_change(material: Make) -> None:
    """Children are sent from one day on: all alarms of the chart are of one change, in their order, and none is lost."""
    of = material("paediatric_off_label_use", rules=[{"watch": w} for w in ("sensitivity", "out_of_scope", "missingness")])  # fmt: skip
    tried = back_test(of, monitoring_plan(of.view.entry.monitoring))
    (rung,) = [rung for rung in tried.changes if rung[0].path.chart.rule.watch == "out_of_scope"]
    assert len(rung) > 1
    assert [one.alarm for one in rung] == list(rung[0].path.alarms)
    assert sum(map(len, tried.changes)) == len(tried.alarms)
