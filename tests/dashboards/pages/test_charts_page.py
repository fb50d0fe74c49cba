"""The page of all charts, and how changes lie to when began what they found."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlmodel import Session

from backend.clock import now
from backend.database import unit_of_work
from dashboards.figures.control_chart import control_chart
from dashboards.figures.markings import Pin, pin_lines
from dashboards.pages.charts import NoSuchChart, charts_page
from dashboards.pages.happened import (
    AFTER,
    BEFORE,
    THEN,
    Happened,
    Onset,
    happened,
    onset,
    recorded_then,
)
from dashboards.pages.signal import signal_page
from surveillance.monitors.chart_record import DrawnChart, LockedReference
from surveillance.signals import behind, open_signals
from surveillance.view import view

CT, ICH = "ctbrain-north-ed", "intracranial_haemorrhage"


@pytest.fixture
def session(demo_database_url: str) -> Iterator[Session]:
    with unit_of_work(demo_database_url, by="test") as found:
        yield found


def side(*alarms: tuple[str, str, str, str], or_before: bool = False) -> DrawnChart:
    """A chart of the share out of scope; an alarm is the day it rang and the earliest, likely and latest day it began."""
    return DrawnChart(
        deployment=CT, finding=ICH, reference=1, watch="out_of_scope", by="", level="", side="higher",
        content={
            "limit": 2.0, "words": "a change of 0.03 higher, 1 false alarms a year", "where": "", "cases": [],
            "days": ["2026-06-01", "2026-09-30"], "values": [0.5, 1.0],
            "alarms": [
                {"on": on, "first": earliest, "last": on, "earliest": earliest, "about": about, "latest": latest,
                 "change": on, "from_the_start": or_before, "sentence": "Studies: 9 of 30."}
                for on, earliest, about, latest in alarms
            ],
        },
    )  # fmt: skip


def test_each_alarm_of_the_year_is_told_with_what_changed_then(session: Session) -> None:
    """Children sent all the time ring again and again, and are told once, with the signal on which to act."""
    page = charts_page(session, CT, ICH, ("out_of_scope", "", ""), at=now())
    assert page.chart is not None
    (episode,) = page.episodes
    (line,) = [one for one in page.lines if one.current]
    assert line.rang > 1
    assert re.search(rf"It rang {line.rang} times, from \S+ to {line.last}\.", episode.sentence)
    assert line.normal.endswith(" % outside the indication")
    assert "outside the indication" in episode.sentence
    assert "It most likely began on" in episode.sentence
    (number,) = episode.signals
    signal = signal_page(session, number, at=now(), role="clinical_lead")
    assert signal.matter == "use outside the indication"
    assert "What keeps out more than before is patient age" in signal.sentence
    assert signal.choices
    stands = [one.stands for one in page.lines]
    assert stands == sorted(stands, reverse=True)


def test_the_outage_of_long_ago_has_a_signal_and_its_event(session: Session) -> None:
    """It rang before anybody followed the charts: the lead reads of it, and that the outage is recorded for that day."""
    (found,) = [s for s in open_signals(session, CT) if s.cause == f"{CT}|failure"]
    page = signal_page(session, found.id or 0, at=now(), role="clinical_lead")
    assert "That was before the charts were first followed; it has not rung again" in page.sentence
    assert re.fullmatch(
        r"Recorded for when it may have begun, by the chart of failure, on (\S+): 1 \(outage, \1\)\.",
        page.recorded,
    )
    assert page.happened[-1].when == THEN
    assert re.search(r": (\d{2,}) of \1 without an output", page.sentence)


def test_what_differs_after_a_change_names_what_began_later(session: Session) -> None:
    """In the ninety days after the outage sensitivity fell on one scanner, and another was installed: the row of the outage says so, on whichever signal it stands."""
    (found,) = [s for s in open_signals(session, CT) if s.cause == f"{CT}|failure"]
    outage = signal_page(session, found.id or 0, at=now(), role="clinical_lead").happened[-1]
    assert outage.kind == "Outage"
    assert "what the chart of sensitivity where device serial number is 73211 (SOMATOM Force) found (" in outage.after  # fmt: skip
    assert "In the days that were compared lies also: " in outage.after
    assert "scanner installed (" in outage.after
    assert outage.after.endswith("that may show here as well.")


def test_the_claim_that_fails_is_dated_by_its_chart(session: Session) -> None:
    """One sentence for the signal: what fails, and since when."""
    (found,) = [s for s in open_signals(session, CT) if s.cause.endswith(": sensitivity")]
    claim, chart, *_ = behind(session, found)
    assert (claim.monitor, chart.monitor) == ("performance", "charts")
    assert found.sentence == f"{claim.verdict().sentence} {chart.verdict().began}"
    assert "By the chart of sensitivity where device serial number is 73211" in found.sentence


def test_a_chart_that_is_not_kept_is_refused(session: Session) -> None:
    """By its name."""
    with pytest.raises(NoSuchChart, match="No chart is kept of the moon"):
        charts_page(session, CT, ICH, ("the_moon", "", ""), at=now())


def test_both_directions_of_a_question_are_one_chart_wherever_their_rules_stand(
    registered: str,
) -> None:
    """Another rule between them: one line in the table, and one line a direction in the chart."""
    with unit_of_work(registered, by="t") as session:
        for place, (watch, way) in enumerate((("agreement", "lower"), ("failure", "higher"), ("agreement", "higher"))):  # fmt: skip
            one = side()
            one.id, one.watch, one.side = place + 1, watch, way
            if watch == "failure":
                one.content = one.content | {"values": [0.5, 2.1]}  # it rang last and starts anew
            session.add(one)
        session.add(
            LockedReference(
                deployment=CT, finding=ICH, plan="p", first_day=date(2026, 1, 1), last_day=date(2026, 5, 31),
                mature_on=date(2026, 7, 1), locked_at=now(), cases=9, charts=[],
            )
        )  # fmt: skip
        session.flush()
        page = charts_page(session, CT, ICH, ("agreement", "", ""), at=now())
    assert [(line.question, line.stands) for line in page.lines] == [("Agreement", 50), ("Failure", 0)]  # fmt: skip
    assert page.chart is not None
    assert [line["name"] for line in page.chart.plot["data"]] == ["lower", "higher", "rang"]
    assert page.episodes == ()


def test_without_charts_the_page_says_why(session: Session) -> None:
    """Study dates of the cytology cases are simulated."""
    page = charts_page(session, "cytology-lab", None, None, at=now())
    assert (page.chart, page.lines, page.reference) == (None, (), "")


def test_changes_lie_before_at_or_after_the_onset(registered: str) -> None:
    """The band decides; where it may have begun before the charts did, all before is possible."""
    days = {"earliest": date(2026, 5, 10), "about": date(2026, 5, 12), "latest": date(2026, 5, 20)}
    known = Onset(found="failure", **days, or_before=False)
    lies = {day: known.lies(date(2026, 5, day)) for day in (9, 10, 20, 21)}
    assert lies == {9: BEFORE, 10: THEN, 20: THEN, 21: AFTER}
    open_ = Onset(found="failure", **days, or_before=True)
    assert open_.lies(date(2026, 1, 1)) == THEN
    with unit_of_work(registered, by="t") as session:
        assert recorded_then((), None) == ""
        nothing = recorded_then((), known)
        assert "Nothing is recorded for when it may have begun, by the chart of failure, from 2026-05-10 to 2026-05-20: ask" in nothing  # fmt: skip
        assert "up to 2026-05-20" in recorded_then((), open_)
        far = Happened(number=1, day="2026-01-05", kind="Outage", told="", source="", when=THEN, after="")  # fmt: skip
        assert recorded_then((far,), open_).startswith("Recorded for when it may have begun, by the chart of failure, up to 2026-05-20: 1 (outage, 2026-01-05). Nothing is recorded within 14 days of the likeliest day, 2026-05-12: ask")  # fmt: skip
        found = happened(session, view(session, CT), ICH, since=date(2020, 1, 1), until=date(2026, 12, 1), began=known, at=now())  # fmt: skip
    assert all(one.when for one in found)


def test_the_onset_is_that_of_the_last_alarm() -> None:
    """Of all directions of a question."""
    early = side(("2026-07-01", "2026-06-01", "2026-06-03", "2026-06-05"))
    late = side(("2026-09-01", "2026-08-01", "2026-08-02", "2026-08-04"), or_before=True)
    found = onset((late, early))
    days = {"earliest": date(2026, 8, 1), "about": date(2026, 8, 2), "latest": date(2026, 8, 4)}
    assert found == Onset(found="out of scope", **days, or_before=True)
    assert onset((side(),)) is None


def test_the_chart_shows_when_it_began_and_what_changed_on_one_axis() -> None:
    """A band over the study days, once where alarms agree; it reaches back before the first case that counted; two changes of a day are one pin."""
    alarm = ("2026-09-01", "2026-05-10", "2026-05-12", "2026-05-20")
    chart = control_chart(
        (side(alarm, ("2026-09-20", *alarm[1:])),),
        pins=[Pin(number=1, day="2026-05-15", label="A"), Pin(number=2, day="2026-05-15", label="B")],
    )  # fmt: skip
    shapes = chart.plot["layout"]["shapes"]
    (band,) = [shape for shape in shapes if shape["type"] == "rect"]
    assert chart.plot["layout"]["xaxis"]["dtick"] == "M1"
    assert "The band" in chart.note
    assert "The band" not in control_chart((side(),), pins=[]).note
    assert (band["x0"][:10], band["x1"][:10]) == ("2026-05-10", "2026-05-20")
    assert chart.plot["layout"]["xaxis"]["range"][0] == "2026-05-01"
    (label,) = chart.plot["layout"]["annotations"]
    assert label["text"] == "<b>1, 2</b> 05-15"
    assert chart.rows[0][:4] == ("2026-09-01", "higher", "2026-05-10 to 2026-09-01", "2026-05-12 (2026-05-10 to 2026-05-20)")  # fmt: skip


def test_labels_that_would_overprint_stand_higher() -> None:
    """Three changes within days of a year, and one far from them."""
    pins = [Pin(number=n, day=day, label="x") for n, day in enumerate(
        ("2026-03-01", "2026-03-05", "2026-03-09", "2026-09-01"), start=1)]  # fmt: skip
    _, labels = pin_lines(pins, ["2026-01", "2026-12"])
    assert [label["yshift"] > 0 for label in labels] == [False, True, False, False]
