"""The audit trail: who, what, when, before and after, in the same transaction, each row chained to the last.

The hook is on the session: whoever changes a table through it is recorded without asking. Bulk work
and reads (imports, exports, downloads) say so themselves with `note`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import JSON, BigInteger, DateTime, event, inspect
from sqlalchemy import text as statement
from sqlmodel import Session, SQLModel

from backend.clock import now
from register.columns import Privacy, column

GENESIS = "0" * 64
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('catamnesis.audit'))"


class AuditEvent(SQLModel, table=True):
    """One line of the trail. No foreign keys: the trail outlives what it tells of."""

    __tablename__ = "audit_event"

    id: int | None = column("Place in the chain", Privacy.OPERATIONAL, default=None, primary_key=True,
                            sa_type=BigInteger)  # fmt: skip
    at: datetime = column("When", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    by: str = column("Who", Privacy.PERSON)
    event: str = column("What happened, in the past tense", Privacy.OPERATIONAL)
    subject: str = column("To what", Privacy.OPERATIONAL)
    before: dict[str, Any] | None = column(
        "State before", Privacy.OPERATIONAL, sa_type=JSON, default=None
    )
    after: dict[str, Any] | None = column(
        "State after", Privacy.OPERATIONAL, sa_type=JSON, default=None
    )
    previous_hash: str = column("Hash of the line before", Privacy.OPERATIONAL)
    hash: str = column("SHA-256 over this line and the hash before", Privacy.OPERATIONAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """Whether the trail is whole; if not, the first line that was altered, taken out or put in.

    Lines cut off at the end show only to who kept the `last_hash` of an earlier check.
    """

    lines: int
    whole: bool
    last_hash: str = GENESIS
    first_fault: int | None = None
    sentence: str = ""


def line_hash(
    previous: str, at: datetime, by: str, event: str, subject: str, before: Any, after: Any
) -> str:
    """SHA-256 over the canonical JSON of a line and the hash of the line before it."""
    said = json.dumps(
        [previous, int(at.timestamp() * 1_000_000), by, event, subject, before, after],
        sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str,
    )  # fmt: skip
    return hashlib.sha256(said.encode()).hexdigest()


def note(
    pg: psycopg.Connection[Any],
    *,
    by: str,
    event: str,
    subject: str,
    after: dict[str, Any] | None = None,
) -> None:
    """Write a line for work that does not pass through the session; part of the caller's transaction."""
    pg.execute(_LOCK)
    last = pg.execute("SELECT hash FROM audit_event ORDER BY id DESC LIMIT 1").fetchone()
    previous, at, said = (last[0] if last else GENESIS), now(), _plain(after)
    pg.execute(
        "INSERT INTO audit_event (id, at, by, event, subject, before, after, previous_hash, hash) VALUES "
        "((SELECT coalesce(max(id), 0) + 1 FROM audit_event), %s, %s, %s, %s, NULL, %s, %s, %s)",
        [at, by, event, subject, None if said is None else json.dumps(said), previous,
         line_hash(previous, at, by, event, subject, None, said)],
    )  # fmt: skip


def verify(pg: psycopg.Connection[Any]) -> ChainCheck:
    """Follow the chain from its first line and name the first one that does not fit."""
    previous, lines = GENESIS, 0
    rows = pg.execute(
        "SELECT id, at, by, event, subject, before, after, previous_hash, hash FROM audit_event ORDER BY id"
    )
    for number, at, by, what, subject, before, after, said_previous, said_hash in rows:
        lines += 1
        if number != lines:
            return _fault(lines, lines, f"line {lines} is missing from the trail")
        if said_previous != previous:
            return _fault(lines, number, f"line {number} does not follow the line before it")
        if line_hash(previous, at, by, what, subject, before, after) != said_hash:
            return _fault(
                lines,
                number,
                f"line {number} ({what} {subject} by {by}) was altered after it was written",
            )
        previous = said_hash
    sentence = f"The audit trail is whole: {lines} lines, the last with hash {previous}."
    return ChainCheck(lines=lines, whole=True, last_hash=previous, sentence=sentence)


def attach(session: Session, *, by: str) -> None:
    """Make a session write the trail: every row it adds or changes, in the same transaction."""

    @event.listens_for(session, "after_flush")
    def record(current: Session, _: object) -> None:
        lines = list(_changes(current))
        if not lines:
            return
        connection = current.connection()
        connection.execute(statement(_LOCK))
        last = connection.execute(
            statement("SELECT id, hash FROM audit_event ORDER BY id DESC LIMIT 1")
        ).first()
        number, previous = (last[0], last[1]) if last else (0, GENESIS)
        for what, subject, before, after in lines:
            number, at = number + 1, now()
            mark = line_hash(previous, at, by, what, subject, before, after)
            connection.execute(
                AuditEvent.__table__.insert(),  # type: ignore[attr-defined]
                {"id": number, "at": at, "by": by, "event": what, "subject": subject, "before": before,
                 "after": after, "previous_hash": previous, "hash": mark},
            )  # fmt: skip
            previous = mark


def _changes(
    session: Session,
) -> Iterator[tuple[str, str, dict[str, Any] | None, dict[str, Any] | None]]:
    for row in session.new:
        yield "added", _subject(row), None, _state(row)
    for row in session.dirty:
        before = _before(row)
        if before:
            yield "changed", _subject(row), before, {name: _state(row).get(name) for name in before}
    for row in session.deleted:
        yield "deleted", _subject(row), _state(row), None


def _subject(row: Any) -> str:
    identity = ":".join(str(value) for value in inspect(row).mapper.primary_key_from_instance(row))
    return f"{row.__tablename__} {identity}"


def _state(row: Any) -> dict[str, Any]:
    secret = {c.name for c in row.__table__.columns if c.info.get("privacy") is Privacy.SECRET}
    state = _plain(row.model_dump(mode="json")) or {}
    return {name: "[secret]" if name in secret else value for name, value in state.items()}


def _before(row: Any) -> dict[str, Any]:
    secret = {c.name for c in row.__table__.columns if c.info.get("privacy") is Privacy.SECRET}
    changed = {}
    for attribute in inspect(row).attrs:
        history = attribute.history
        if history.has_changes() and history.deleted:
            changed[attribute.key] = "[secret]" if attribute.key in secret else history.deleted[0]
    return _plain(changed) or {}


def _plain(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """The value as JSON gives it back, so that the hash can be computed again from the stored line."""
    return None if value is None else json.loads(json.dumps(value, default=str, sort_keys=True))


def _fault(lines: int, number: int, sentence: str) -> ChainCheck:
    return ChainCheck(
        lines=lines,
        whole=False,
        first_fault=number,
        sentence=f"The audit trail is broken: {sentence}.",
    )
