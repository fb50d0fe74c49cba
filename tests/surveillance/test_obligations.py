"""What falls due opens one task, early enough, and not again while it is open."""

from datetime import UTC, date, datetime

import pytest

from backend.database import raw, unit_of_work
from register.obligations import due
from register.scope_review import next_anniversary
from register.task import open_tasks
from register.training import Training
from surveillance import cycle


def causes(url: str, on: date) -> list[str]:
    with unit_of_work(url, by="t") as session:
        return [called.cause for called in due(session, on)]


@pytest.mark.parametrize(
    ("on", "step"),
    [(date(2027, 5, 4), "180 days"), (date(2027, 8, 2), "90 days"), (date(2027, 10, 1), "30 days"),
     (date(2027, 11, 1), "0 days")],
)  # fmt: skip
def test_a_clearance_is_pressed_anew_as_its_end_comes_near(
    registered: str, on: date, step: str
) -> None:
    """At half a year, three months, one month, and when it has ended (31 October 2027)."""
    assert [c for c in causes(registered, on) if c.startswith("clearance")] == [
        f"clearance ctbrain-triage:ce-2022 ends 2027-10-31, {step}"
    ]


def test_a_clearance_that_holds_for_longer_is_left_alone(registered: str) -> None:
    """Nothing at 181 days."""
    assert not [c for c in causes(registered, date(2027, 5, 3)) if c.startswith("clearance")]


def test_promises_reviews_and_trainings_fall_due(registered: str) -> None:
    """The vendor's report, the yearly scope review two months before its day, a training that ends."""
    with unit_of_work(registered, by="t") as session:
        session.add(
            Training(person="dr.north", subject="ctbrain-triage", completed_on=date(2026, 1, 1), expires_on=date(2027, 3, 20),
                     source="course", recorded_by="t", recorded_at=datetime(2026, 1, 2, tzinfo=UTC))
        )  # fmt: skip
    found = causes(registered, date(2027, 3, 4))
    assert "commitment ctbrain-triage:pmcf_evaluation_report 2027-02-01" in found
    assert "scope review ctbrain-north-ed 2027-05-02" in found
    assert "training dr.north ctbrain-triage 2027-03-20" in found


def test_a_cycle_opens_each_once(registered: str) -> None:
    """However often it runs on the same day; the next year's review has another cause."""
    for hour in (8, 9):
        with unit_of_work(registered, by="t") as session:
            cycle.run(session, raw(session), as_of=datetime(2027, 3, 4, hour, tzinfo=UTC))
    with unit_of_work(registered, by="t") as session:
        kinds = [task.kind for task in open_tasks(session)]
    assert sorted(kinds) == ["commitment", "scope_review", "takeover"]


@pytest.mark.parametrize(
    ("start", "after", "day"),
    [(date(2023, 5, 2), date(2026, 5, 1), date(2026, 5, 2)), (date(2023, 5, 2), date(2026, 5, 2), date(2027, 5, 2)),
     (date(2023, 5, 2), date(2023, 5, 1), date(2024, 5, 2)), (date(2024, 2, 29), date(2027, 12, 31), date(2028, 2, 29))],
)  # fmt: skip
def test_an_anniversary_is_the_next_return_of_the_day(start: date, after: date, day: date) -> None:
    """Never the day itself in its first year."""
    assert next_anniversary(start, after=after) == day
