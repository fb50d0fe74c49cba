"""What a chart told is settled by a person, and rings again only if it happens again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlmodel import Session

from dashboards.pages.charts import charts_page
from dashboards.pages.signal import signal_page
from surveillance.drill import hospital
from surveillance.handling import SETTLED, NotHandled, take_step
from surveillance.material import Material
from surveillance.monitors.alarms import Said, told
from surveillance.monitors.charted import chart
from surveillance.monitors.drawn import draw
from surveillance.monitors.sequential import follow
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.signals import Signal, open_signals, raise_signals
from tests.surveillance.monitors import test_charts
from tests.surveillance.monitors.test_charts import FINDING, KEY, Make, one, ring, verdicts, work
from tests.surveillance.monitors.test_sequential import ONSET, charts, frames, seen

material = test_charts.material
FIRST = hospital.FIRST_DAY


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
    """Settled at its first alarm although nothing was mended: studies since ring again, say so, and open a new signal."""
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
        rang = cycle(session, material("sensitivity_drop_on_one_scanner", **plan))
        (said,) = [v for v in rang if v.about == signal.cause and "It was settled" in v.sentence]
        settled_on = FIRST + timedelta(days=days)
        assert said.sentence.endswith(f"It was settled on {settled_on} and rings again, for studies since.")  # fmt: skip
        assert said.window_from is not None
        assert said.window_from >= settled_on
        (again,) = open_signals(session)
        assert again.id != signal.id


def test_a_signal_keeps_what_rang_about_it_and_its_chart_starts_at_0(
    registered: str, material: Make
) -> None:
    """A claim keeps the signal open after its chart was settled: page and charts still tell what the chart found and when it began."""
    rules = [{"watch": "reference"}]
    with work(registered) as session:
        of = material("label_noise", days=250, rules=rules)
        (rang,) = cycle(session, of)
        (signal,) = open_signals(session)
        claim = one("performance", Answer.BREACHED, matter=rang.matter)
        raise_signals(session, store(session, [rang, claim], as_of=of.as_of), as_of=of.as_of)
        settle(session, signal, of.as_of + timedelta(hours=9))
        later = material("label_noise", days=251, rules=rules)
        charted = chart(session, later)
        said = [*verdicts(later, charted), claim]
        raise_signals(session, store(session, said, as_of=later.as_of), as_of=later.as_of)
        draw(session, KEY, FINDING, charted)
        (open_still,) = open_signals(session)
        assert (open_still.id, len(open_still.verdicts)) == (signal.id, 1)
        page = signal_page(session, signal.id or 0, at=later.as_of, role="clinical_lead")
        assert [v.sentence for v in page.past] == [rang.sentence]
        assert len(page.charts) == 1
        assert "for when it may have begun, by the chart of reference" in page.recorded
        assert "What rings about it beside its charts is not settled by that" in page.settled
        assert page.badge.word == "Charts settled"
        assert rang.sentence in {v.sentence for v in page.verdicts}
        charts_shown = charts_page(session, KEY, FINDING, ("reference", "", ""), at=later.as_of)
        (line,) = charts_shown.lines
        assert line.stands == 0
        assert charts_shown.episodes[0].signals == (signal.id,)
        (told_so,) = charts_shown.settled
        assert told_so.startswith(f"Settled on {of.as_of.date()} by lead, and follows studies of that day")  # fmt: skip


def test_another_plan_does_not_revive_what_was_settled(registered: str, material: Make) -> None:
    """The charts are locked anew with other limits and ring on other days: all of it lies before the day on which it was settled."""
    rules = [{"watch": "out_of_scope"}]
    with work(registered) as session:
        assert cycle(session, material("paediatric_off_label_use", days=200, rules=rules))
        (signal,) = open_signals(session)
        settle(session, signal, signal.opened_at + timedelta(hours=9))
        for budget in (0.2, 5):
            of = material("paediatric_off_label_use", days=200, rules=rules, false_alarms_per_year=budget)  # fmt: skip
            charted = chart(session, replace(of, as_of=of.as_of + timedelta(hours=10)))
            assert charted.alarms
            assert [v.answer for v in verdicts(of, charted)] == [Answer.STEADY]


def test_studies_from_before_the_mend_do_not_ring_when_they_mature() -> None:
    """Outcomes were wrong from day 160 and were mended on day 230: settled then, those of the weeks before count no more, though they mature later."""
    cases, reads = frames("label_noise")
    mended = FIRST + timedelta(days=ONSET + 70)
    healthy, _ = frames()
    both = pd.concat([cases[cases["day"] < pd.Timestamp(mended)], healthy[healthy["day"] >= pd.Timestamp(mended)]])  # fmt: skip
    watch = seen(both, reads)
    rang = follow(charts(), watch)
    settled = {path.chart.question: [mended] for path in rang}
    after = {
        name: [a.on for path in paths for a in path.alarms if path.chart.rule.watch == "reference" and a.on >= pd.Timestamp(mended)]
        for name, paths in (("left alone", rang), ("settled", follow(charts(), watch, settled=settled)))
    }  # fmt: skip
    assert after["left alone"]
    assert after["settled"] == []
    for path in follow(charts(), watch, settled=settled):
        late = path.stream[path.stream["entered"] >= pd.Timestamp(mended)]
        assert (late["day"] >= pd.Timestamp(mended)).all()


def test_a_reference_that_is_no_longer_in_doubt_explains_nothing() -> None:
    """While it stands, performance is told as the reference's matter; settled on the day it rang, it is told as what it is."""
    first = pd.Timestamp(hospital.FIRST_DAY)
    watch = seen(*frames("label_noise"))
    left_alone = told(follow(charts(), watch), first_cycle=first)
    assert Said.PERFORMANCE not in {one.said for one in left_alone}
    asked = [one for one in left_alone if one.own is Said.REFERENCE]
    settled = {asked[0].path.chart.question: [one.seen.date() for one in asked]}
    after = told(follow(charts(), watch, settled=settled), first_cycle=first)
    assert Said.PERFORMANCE in {one.said for one in after}


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
