"""Rows that were changed behind the trail are named, although its lines are whole."""

import psycopg
import pytest

from backend import audit
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.on_record import at_odds
from demo.sources import REGISTER
from register import catalogue
from surveillance.measurement import Cycle


@pytest.fixture
def registered_with_lines(database_url: str) -> str:
    """An entry and a cycle, written as everything is."""
    with unit_of_work(database_url, by="anna") as session:
        catalogue.record(session, catalogue.read(REGISTER / "ctbrain-triage.yaml"), by="anna", at=now())  # fmt: skip
        session.add(Cycle(as_of=now(), judged={"a": {"days": 1}}))
    return database_url


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_what_agrees_is_told_to_agree(registered_with_lines: str, zone: str) -> None:
    """Whichever zone the server tells its moments in."""
    with unit_of_work(registered_with_lines, by="otto") as session:
        raw(session).execute(f"SET TIME ZONE '{zone}'".encode())
        assert at_odds(session, raw(session)) == ""


@pytest.mark.parametrize(
    ("table", "tampering", "says"),
    [
        ("deployment", "UPDATE deployment SET threshold = 0.99 WHERE revision = 1",
         "deployment ctbrain-north-ed:1 is not what its line tells: threshold is 0.99 and was 0.62"),
        ("indication", "UPDATE indication SET scope = '{}'", "scope is {} and was"),
        ("site", "DELETE FROM site", "a line tells of site north:1, which is not on record"),
        ("cycle", "INSERT INTO cycle (as_of, judged) VALUES (now(), '{}')", "cycle 2 is on record and no line tells of it"),
    ],
)  # fmt: skip
def test_a_row_that_was_changed_behind_the_trail_is_named(
    registered_with_lines: str, table: str, tampering: str, says: str
) -> None:
    """Edited, taken out or put in by SQL, past the trigger: the register of a past date rests on it."""
    with psycopg.connect(registered_with_lines) as pg:
        pg.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
        pg.execute(tampering.encode())
    with unit_of_work(registered_with_lines, by="otto") as session:
        assert audit.verify(raw(session)).whole
        assert says in at_odds(session, raw(session))


def test_lines_cut_off_behind_the_last_signature_are_missed_by_their_rows(
    registered_with_lines: str,
) -> None:
    """The chain fits without them; the rows they told of are still there."""
    with psycopg.connect(registered_with_lines) as pg:
        pg.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
        pg.execute("DELETE FROM audit_event WHERE id = (SELECT max(id) FROM audit_event)")
    with unit_of_work(registered_with_lines, by="otto") as session:
        assert audit.verify(raw(session)).whole
        assert "is on record and no line tells of it" in at_odds(session, raw(session))
