"""A plan on a history that is known: when each chart counts a case, how soon it finds a change, and which alarms are of one change."""

import pytest

from register.monitoring_plan import FEEDS, monitoring_plan
from surveillance.drill import hospital
from surveillance.monitors.streams import STREAMS, WHEN_MATURE
from surveillance.plan_back_test import back_test
from tests.surveillance.monitors import test_charts
from tests.surveillance.monitors.test_charts import Make
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


def test_how_soon_a_change_is_found_holds_the_days_until_outcomes_count(material: Make) -> None:
    """Sensitivity waits sixty days more than its cases take to come; failures wait for nothing."""
    of = material(rules=[{"watch": "sensitivity"}, {"watch": "failure"}])
    tried = back_test(of, monitoring_plan(of.view.entry.monitoring))
    missed, failed = (path.chart for path in tried.paths)
    for chart, waits in ((missed, of.view.matures_after_days(hospital.FINDING)), (failed, 0)):
        assert chart.design.arl1 is not None
        assert tried.finds_in(chart) == pytest.approx(365.25 * chart.design.arl1 / chart.per_year + waits)  # fmt: skip
    assert of.view.matures_after_days(hospital.FINDING) == 60
