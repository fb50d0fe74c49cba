"""What the register said on two dates."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.catalogue import EntryNotUnderstood
from register.difference import changes, difference
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


def in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of a list in the one order that is not told."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


NAME = st.sampled_from(["a", "a.b", "b", "[a]", "key", "metric", "version", "", "0", "1"])
SCALAR = st.none() | st.integers(0, 2) | st.sampled_from(["", "a", "0", "1"])
ENTRY = st.recursive(
    st.dictionaries(NAME, SCALAR | st.lists(SCALAR, max_size=3), max_size=3),
    lambda inner: st.dictionaries(NAME, inner | SCALAR | st.lists(inner, max_size=3).map(in_order), max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(ENTRY, ENTRY)
def test_two_entries_that_differ_have_a_difference(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Whatever their fields and items are called, and however often; and the same entry has none."""
    assert bool(changes(one, other)) == (one != other)
    assert changes(one, one) == ()


def one_field(before: Any, after: Any) -> tuple[str, Any, Any]:
    (changed,) = changes(before, after)
    return changed.field, changed.before, changed.after


def test_items_of_one_name_are_told_apart() -> None:
    """A second claim on sensitivity, the first of two stop rules on it, and a name with a dot in it."""
    claims = [{"metric": "sensitivity", "value": 0.92}]
    found = changes({"claims": claims}, {"claims": [{"metric": "sensitivity", "value": 0.3}, *claims]})  # fmt: skip
    assert [(c.field, c.before, c.after) for c in found] == [
        ("claims[sensitivity].value", 0.92, 0.3),
        ("claims[sensitivity #2].metric", None, "sensitivity"),
        ("claims[sensitivity #2].value", None, 0.92),
    ]
    rules = [{"metric": "sensitivity", "below": below} for below in (0.8, 0.7)]
    weaker = [{**rules[0], "below": 0.1}, rules[1]]
    assert one_field({"stop_rules": rules}, {"stop_rules": weaker}) == (
        "stop_rules[sensitivity].below", 0.8, 0.1,
    )  # fmt: skip
    assert one_field(
        {"sensitivity": {"min": 0.87}, "sensitivity.min": 0.87},
        {"sensitivity": {"min": 0.5}, "sensitivity.min": 0.87},
    ) == ("sensitivity.min", 0.87, 0.5)
