"""Updates that nobody announced: by the version that outputs carry, by their configuration, and by charts that nothing explains."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.database import raw, unit_of_work
from register.deployment import Deployment
from register.revision import as_known, revise
from surveillance import cycle
from surveillance.change_ledger import LedgerEntry
from surveillance.drill import hospital
from surveillance.monitors import charts, updates
from surveillance.monitors.charted import chart
from surveillance.monitors.context import Context
from surveillance.monitors.verdict import Answer, Verdict, standing, store
from surveillance.signals import behind, open_signals, raise_signals
from tests.batches import INFERENCE, STUDY, write
from tests.surveillance.monitors.test_charts import FINDING, KEY, Make, material, work
from tests.surveillance.monitors.test_sequential import ONSET

__all__ = ["material"]
FIRST = date(2026, 2, 1)


@pytest.fixture
def ran(registered: str, take, tmp_path: Path):
    """Cycle over runs, one a day from 1 February on, each with what it says of itself; the verdicts that stand by metric."""

    def running(*runs: dict[str, str], as_of: date = date(2026, 4, 1), **events: Any) -> dict[str, Verdict]:  # fmt: skip
        studies, inferences = [], []
        for n, said in enumerate(runs):
            on = f"{FIRST + timedelta(days=n)}T10:00:00+00:00"
            uid = {"study_instance_uid": f"1.{n}"}
            studies.append({**STUDY, **uid, "patient_id": f"P{n}", "study_datetime": on})
            inferences.append({**INFERENCE, **uid, "inference_id": f"I{n}", "completed_at": on, **said})  # fmt: skip
        at = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        take(write(tmp_path / "b", studies=studies, inferences=inferences, **events), at=at - timedelta(days=1))  # fmt: skip
        with unit_of_work(registered, by="t") as session:
            cycle.run(session, raw(session), as_of=at)
            return {v.metric: v for v in standing(session, KEY) if v.monitor == "updates"}

    return running


def switch(url: str, day: date, version: str) -> None:
    with unit_of_work(url, by="t") as session:
        (entry,) = as_known(session, Deployment)
        stated = entry.model_dump(exclude={"revision", "recorded_at", "effective_from", "version"})
        revise(session, Deployment(**stated, version=version, effective_from=day, revision=0,
                                   recorded_at=datetime(day.year, day.month, day.day, tzinfo=UTC)))  # fmt: skip


IN_FORCE, OTHER = {"version": "2.3.1"}, {"version": "2.4.0"}


def test_a_version_that_the_register_does_not_hold_rings(registered: str, ran) -> None:
    """It is named with its first day and its outputs, and is a matter of its own."""
    said = ran(*[IN_FORCE] * 10, *[OTHER] * 5)["version"]
    assert said.answer is Answer.SHIFTED
    assert said.sentence == (
        "Version 2.4.0 from 2026-02-11 to 2026-02-15 (5 outputs): the register has another in force."
    )
    with work(registered) as session:
        (signal,) = [s for s in open_signals(session) if s.cause == f"{KEY}|version"]
    assert "Ask the manufacturer" in signal.action


def test_a_switch_in_the_register_explains_a_version(registered: str, ran) -> None:
    """From its day on the new one is in force, the day before it still may be; the old one then no longer is."""
    switch(registered, FIRST + timedelta(days=10), "2.4.0")
    assert ran(*[IN_FORCE] * 9, *[OTHER] * 5)["version"].answer is Answer.STEADY


def test_after_a_switch_the_former_version_rings(registered: str, ran) -> None:
    """Two days of grace are over: the machine was not updated."""
    switch(registered, FIRST + timedelta(days=5), "2.4.0")
    said = ran(*[IN_FORCE] * 10)["version"]
    assert said.answer is Answer.SHIFTED
    assert "Version 2.3.1 from 2026-02-07 to 2026-02-10 (4 outputs)" in said.sentence


def test_what_is_seen_no_more_and_what_says_nothing_is_quiet(ran) -> None:
    """Ninety days after its last output a foreign version no longer rings; the sentence keeps it."""
    said = ran(*[IN_FORCE] * 10, *[OTHER] * 5, as_of=date(2026, 8, 1))["version"]
    assert said.answer is Answer.STEADY
    assert said.sentence.endswith("(5 outputs): the register has another in force; not seen since.")


def test_outputs_without_a_version_are_not_held_against_it(ran) -> None:
    """Nothing is concluded where the machine does not say."""
    said = ran(*[{}] * 10)
    assert set(said) == {"version"}
    assert said["version"].answer is Answer.TOO_FEW


@pytest.mark.parametrize("recorded", [True, False])
def test_a_configuration_that_moved_rings_unless_it_is_recorded(ran, recorded: bool) -> None:
    """A digest that appears on the eleventh day, with and without a change of the threshold in the same week."""
    event = {
        "event_id": "E1", "deployment": KEY, "kind": "threshold_changed", "occurred_at": "2026-02-09T08:00:00+00:00",
    }  # fmt: skip
    said = ran(
        *[{"config_digest": "aaaa"}] * 10, *[{"config_digest": "bbbb"}] * 5, events=[event] if recorded else [],
    )["configuration"]  # fmt: skip
    assert said.answer is (Answer.STEADY if recorded else Answer.SHIFTED)
    if not recorded:
        assert said.sentence.startswith("Configuration bbbb from 2026-02-11 to 2026-02-15 (5 outputs): no change is")  # fmt: skip


@pytest.mark.parametrize("days_before", [0, 5, 21, None])
def test_a_chart_that_nothing_explains_asks_for_an_update(
    registered: str, material: Make, days_before: int | None
) -> None:
    """Scores rise overnight: the sentence joins the signal of the chart, unless a change is recorded for when they did, whatever was recorded three weeks before."""
    of = material("vendor_silent_update", days=ONSET + 40, rules=[{"watch": "score"}])
    with work(registered) as session:
        charted = chart(session, of)
        began = hospital.FIRST_DAY + timedelta(days=ONSET)
        recorded = () if days_before is None else (
            LedgerEntry(day=began - timedelta(days=days_before), kind="vendor_release", told="2.4", source="event"),
        )  # fmt: skip
        context = Context.of(of, {}, lambda: charted, recorded=recorded)
        (said,) = [v for v in updates.watch(context) if v.metric == "scores"]
        if days_before in (0, 5):
            assert said.answer is Answer.STEADY
            assert f"recorded for then: vendor release on {recorded[0].day}" in said.sentence
            return
        assert said.answer is Answer.SHIFTED
        assert "ask the manufacturer for an update that was not announced" in said.sentence
        raise_signals(session, store(session, [*charts.watch(context), said], as_of=of.as_of), as_of=of.as_of)  # fmt: skip
        (signal,) = [s for s in open_signals(session) if s.cause == f"{KEY}|{FINDING}: scores"]
        assert {stored.monitor for stored in behind(session, signal)} == {"charts", "updates"}


def test_a_quiet_hospital_is_asked_for_nothing(registered: str, material: Make) -> None:
    """Without an alarm there is nothing to explain."""
    of = material(days=ONSET + 40, rules=[{"watch": "score"}])
    with work(registered) as session:
        charted = chart(session, of)
        assert [v.metric for v in updates.watch(Context.of(of, {}, lambda: charted))] == ["version"]
