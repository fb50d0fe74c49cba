"""What the register said on two dates."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from sqlmodel import Session

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.catalogue import EntryNotUnderstood
from register.difference import difference
from register.entry_form import EntryForm

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry() -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    return written


def record(session: Session, written: dict[str, Any], at: datetime) -> None:
    catalogue.record(session, EntryForm.model_validate(written), by="t", at=at)


@pytest.fixture
def session(database_url: str):
    """A register that learned the head CT entry, and two changes of it on later days."""
    changed = entry()
    with unit_of_work(database_url, by="t") as found:
        record(found, changed, FIRST)
        changed["deployments"][0]["threshold"] = 0.7
        record(found, changed, FIRST + timedelta(days=10))
        indication = changed["algorithm"]["clearances"][0]["indications"][0]
        indication["scope"]["patient_age"]["min"] = 22
        changed["algorithm"]["devices"].append({"version": "2.4.0"})
        record(found, changed, FIRST + timedelta(days=20))
        yield found


def test_only_what_changed_between_two_dates_is_told(session: Session) -> None:
    """By its place in the entry, with what it said before and since."""
    said = [
        (c.field, c.before, c.after)
        for c in difference(session, "ctbrain-triage", FIRST + HOUR, FIRST + timedelta(days=11))
    ]
    assert said == [("deployments[ctbrain-north-ed].threshold", 0.62, 0.7)]


def test_a_list_is_compared_by_what_its_items_are_called(session: Session) -> None:
    """A version that was added is no change of the one before it."""
    later = difference(
        session, "ctbrain-triage", FIRST + timedelta(days=11), FIRST + timedelta(days=21)
    )
    fields = {c.field: (c.before, c.after) for c in later}
    assert fields == {
        "algorithm.devices[2.4.0].version": (None, "2.4.0"),
        "algorithm.clearances[ce-2022].indications[ich-adult].scope.patient_age.min": (18, 22),
    }


def test_the_same_date_twice_differs_in_nothing(session: Session) -> None:
    """Nor do two dates between which nothing was recorded."""
    day = FIRST + timedelta(days=12)
    assert difference(session, "ctbrain-triage", day, day + timedelta(days=5)) == ()


def test_backwards_it_is_the_other_way_round(session: Session) -> None:
    """Before and after change places."""
    there = difference(session, "ctbrain-triage", FIRST + HOUR, FIRST + timedelta(days=21))
    back = difference(session, "ctbrain-triage", FIRST + timedelta(days=21), FIRST + HOUR)
    assert {(c.field, c.before, c.after) for c in there} == {
        (c.field, c.after, c.before) for c in back
    }


def test_before_the_register_knew_it_everything_was_added(session: Session) -> None:
    """Nothing stood there; and of what is not there at the end nothing can be said."""
    found = difference(session, "ctbrain-triage", FIRST - HOUR, FIRST + HOUR)
    assert all(change.before is None for change in found)
    assert ("algorithm.name", "CT Brain Triage (fictional)") in [(c.field, c.after) for c in found]
    with pytest.raises(EntryNotUnderstood, match="No algorithm"):
        difference(session, "ctbrain-triage", FIRST, FIRST - HOUR)
