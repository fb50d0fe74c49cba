"""What a chart told is settled by a person, and rings again only if it happens again."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlmodel import Session

from surveillance.drill import hospital
from surveillance.handling import SETTLED, NotHandled, take_step
from surveillance.material import Material
from surveillance.monitors.alarms import Said, told
from surveillance.monitors.chart_record import SettledAlarm
from surveillance.monitors.charts import chart
from surveillance.monitors.sequential import follow
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.signals import Signal, open_signals, raise_signals
from tests.surveillance.monitors import test_charts
from tests.surveillance.monitors.test_charts import Make, one, ring, verdicts, work
from tests.surveillance.monitors.test_sequential import charts, frames, seen

material = test_charts.material


def cycle(session: Session, of: Material) -> list[Verdict]:
    said = verdicts(of, chart(session, of))
    raise_signals(session, store(session, said, as_of=of.as_of), as_of=of.as_of)
    return [v for v in said if v.answer is Answer.SHIFTED]


def settle(session: Session, signal: Signal, at: datetime) -> None:
    take_step(session, signal.id or 0, SETTLED, reason="The line is repaired.", by="lead", name="Lead", role="clinical_lead", at=at)  # fmt: skip


def test_what_is_settled_closes_with_the_next_cycle(registered: str, material: Make) -> None:
    """The feed was out; it is repaired and settled, and does not ring on for the rest of ninety days."""
    rules = [{"watch": "study_feed"}]
    with work(registered) as session:
        assert cycle(session, material("feed_outage", days=200, rules=rules))
        (signal,) = open_signals(session)
        settle(session, signal, signal.opened_at + timedelta(hours=9))
        assert cycle(session, material("feed_outage", days=201, rules=rules)) == []
        assert open_signals(session) == []


def test_a_fault_that_goes_on_rings_again(registered: str, material: Make) -> None:
    """Settled at its first alarm although nothing was mended: the chart began anew, and the next alarm opens a new signal."""
    plan = {
        "rules": [{"watch": "sensitivity", "by": "device_serial_number"}],
        "false_alarms_per_year": 12,
    }
    with work(registered) as session:
        days = next(
            days for days in range(200, 300, 10)
            if cycle(session, material("sensitivity_drop_on_one_scanner", days=days, **plan))
        )  # fmt: skip
        (signal,) = open_signals(session)
        settle(session, signal, signal.opened_at + timedelta(hours=9))
        assert cycle(session, material("sensitivity_drop_on_one_scanner", days=days + 1, **plan)) == []  # fmt: skip
        assert cycle(session, material("sensitivity_drop_on_one_scanner", **plan))
        (again,) = open_signals(session)
        assert again.id != signal.id


def test_a_reference_that_is_no_longer_in_doubt_explains_nothing() -> None:
    """While it stands, performance is told as the reference's matter; settled on the day it rang, it is told as what it is."""
    first = pd.Timestamp(hospital.FIRST_DAY)
    paths = follow(charts(), seen(*frames("label_noise")))
    asked = [one for one in told(paths, first_cycle=first) if one.own is Said.REFERENCE]
    settled = [
        SettledAlarm(step=1, deployment="", finding="", watch="reference", by="", level="", up_to=one.alarm.on.date(), settled_on=one.seen.date())
        for one in asked
    ]  # fmt: skip
    assert Said.PERFORMANCE in {one.said for one in told(paths, first_cycle=first, settled=settled)}
    early = [SettledAlarm(**{**one.model_dump(), "up_to": one.up_to - timedelta(days=1)}) for one in settled[:1]]  # fmt: skip
    assert Said.PERFORMANCE not in {one.said for one in told(paths, first_cycle=first, settled=early)}  # fmt: skip


def test_only_a_chart_is_settled(registered: str) -> None:
    """What falls short of its claim rings until it no longer does; a scanner that is settled leaves the claim ringing."""
    at = datetime(2026, 11, 2, tzinfo=UTC)
    with work(registered) as session:
        ring(session, one("performance", Answer.BREACHED, "A"))
        (signal,) = open_signals(session)
        with pytest.raises(NotHandled, match="there is nothing to settle"):
            settle(session, signal, at)
        ring(session, one("performance", Answer.BREACHED, "A"), one("charts", Answer.SHIFTED, "B"), days=1)  # fmt: skip
        settle(session, signal, at)
        ring(session, one("performance", Answer.BREACHED, "A"), one("charts", Answer.STEADY, "B"), days=2)  # fmt: skip
        assert open_signals(session) == [signal]
