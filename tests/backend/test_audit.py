"""The audit trail: written without asking, chained, and broken loudly."""

import psycopg
import pytest

from backend import audit
from backend.access import give_account, renew_password, sign_in
from backend.clock import now
from backend.database import raw, unit_of_work
from register.signature import Signer, put


@pytest.fixture
def written(database_url: str) -> str:
    """A database with a few lines in its trail."""
    with unit_of_work(database_url, by="anna") as session:
        give_account(session, key="ben", name="Ben", role="auditor", at=now())
    with unit_of_work(database_url, by="anna") as session:
        renew_password(session, key="ben")
        audit.note(raw(session), by="anna", event="imported", subject="batch 1", after={"rows": 3})
    return database_url


def test_a_change_is_recorded_with_before_and_after(written: str) -> None:
    """Who, what, before and after stand in the trail; a secret never does."""
    with psycopg.connect(written) as pg:
        lines = pg.execute(
            "SELECT by, event, subject, before, after FROM audit_event ORDER BY id"
        ).fetchall()
    assert [(by, what, subject) for by, what, subject, _, _ in lines] == [
        ("anna", "added", "account ben"), ("anna", "changed", "account ben"), ("anna", "imported", "batch 1"),
    ]  # fmt: skip
    assert lines[0][4]["role"] == "auditor"
    assert lines[1][3] == {"password_hash": "[secret]"}
    assert "argon2" not in str(lines)


def test_a_whole_trail_is_found_whole(written: str) -> None:
    """Untouched, the chain holds from its first line."""
    with psycopg.connect(written) as pg:
        found = audit.verify(pg)
    assert (found.whole, found.lines) == (True, 3)


@pytest.mark.parametrize(
    ("tampering", "line"),
    [
        ("UPDATE audit_event SET by = 'nobody' WHERE id = 2", 2),
        ("UPDATE audit_event SET after = '{\"rows\": 4}' WHERE id = 3", 3),
        ("DELETE FROM audit_event WHERE id = 1", 1),
        ("DELETE FROM audit_event WHERE id = 2", 2),
        ("UPDATE audit_event SET at = at - interval '1 hour' WHERE id = 1", 1),
    ],
)
def test_the_first_altered_line_is_named(written: str, tampering: str, line: int) -> None:
    """Editing one line by SQL, past the trigger, is found and named."""
    with psycopg.connect(written) as pg:
        pg.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
        pg.execute(tampering)
        found = audit.verify(pg)
    assert (found.whole, found.first_fault is not None) == (False, True)
    assert f"line {line} " in found.sentence


def test_a_cut_end_is_found_by_what_else_tells_of_it(written: str) -> None:
    """By a signature whose line is gone and by a hash noted elsewhere; without either it is said what cannot be seen."""
    with psycopg.connect(written) as pg:
        found = audit.verify(pg)
        assert "could have been cut off unseen: note this hash outside" in found.sentence
    person = Signer(key="ben", name="Ben", role="clinical_lead")
    with unit_of_work(written, by="ben") as session:
        put(
            session,
            record="a try",
            content={},
            signer=person,
            meaning="closed",
            reason="Done.",
            at=now(),
        )
    with psycopg.connect(written) as pg:
        head = audit.verify(pg).last_hash
        pg.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
        pg.execute("DELETE FROM audit_event WHERE id = 4")
        cut = audit.verify(pg)
        assert (cut.whole, cut.first_fault) == (False, 4)
        assert "no line tells of signature 1, which is on record" in cut.sentence
        assert (
            f"no line has the hash {head}, which dossier 7 notes"
            in audit.verify(pg, kept={head: "dossier 7"}).sentence
        )


def test_what_is_undone_leaves_no_line(database_url: str) -> None:
    """The line is part of the transaction: no change, no line."""

    def change_and_fail() -> None:
        with unit_of_work(database_url, by="anna") as session:
            give_account(session, key="ben", name="Ben", role="auditor", at=now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    with psycopg.connect(database_url) as pg:
        assert audit.verify(pg).lines == 0


def test_only_the_right_password_opens(written: str) -> None:
    """Name and password must fit; the password is given once and stored nowhere."""
    with unit_of_work(written, by="anna") as session:
        password = renew_password(session, key="ben")
        account = sign_in(session, key="ben", password=password)
        assert account is not None
        assert account.key == "ben"
        assert sign_in(session, key="ben", password="guess") is None
        assert sign_in(session, key="nobody", password=password) is None
