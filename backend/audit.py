"""The audit trail: who, what, when, before and after, in the same transaction, each row chained to the last.

The hook is on the session: whoever changes a table through it is recorded without asking. Bulk work
and reads (imports, exports, downloads) say so themselves with `note`.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import JSON, BigInteger, DateTime, event, inspect
from sqlalchemy import text as statement
from sqlmodel import Session, SQLModel

from backend import verify_audit
from backend.clock import now
from backend.verify_audit import FIELDS, GENESIS
from register.columns import Privacy, column
from register.refusal import Refusal

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('catamnesis.audit'))"
_LINES = "SELECT id, at, by, event, subject, before, after, previous_hash, hash FROM audit_event"


_UNTOLD = (
    "SELECT id FROM signature WHERE NOT EXISTS "
    "(SELECT FROM audit_event WHERE event = 'added' AND subject = 'signature ' || signature.id) ORDER BY id LIMIT 1"
)


class FileTaken(Refusal):
    """The file that the trail should be exported to is there already."""


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

    Lines cut off at the end show only where something else tells of them: a signature, or a `last_hash` that was kept.
    """

    lines: int
    whole: bool
    last_hash: str = GENESIS
    first_fault: int | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the trail at a moment: how many lines, and the hash of the last. Whoever notes it can tell later
    that nothing before it was cut off."""

    lines: int
    last_hash: str


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
    last = pg.execute("SELECT id, hash FROM audit_event ORDER BY id DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    at, said = now(), _plain(after)
    mark = _mark(number, at, by, event, subject, None, said, previous)
    pg.execute(
        "INSERT INTO audit_event (id, at, by, event, subject, before, after, previous_hash, hash) "
        "VALUES (%s, %s, %s, %s, %s, NULL, %s, %s, %s)",
        [number, at, by, event, subject, None if said is None else json.dumps(said), previous, mark],
    )  # fmt: skip


def note_read(pg: psycopg.Connection[Any], *, by: str, subject: str, rows: int) -> None:
    """Write down that somebody was shown rows that stand for single patients or studies: how many, never which.

    Nothing is written where nothing was shown, or where only counts were.
    """
    if rows:
        note(pg, by=by, event="read", subject=subject, after={"rows": rows})


def verify(
    pg: psycopg.Connection[Any], *, head: str | None = None, kept: Mapping[str, str] | None = None
) -> ChainCheck:
    """Follow the chain from its first line and name the first one that does not fit.

    With the hash of a line noted earlier it is also found when lines were cut off at the end. `kept` holds such hashes
    with where each was noted; and a signature of which no line tells shows a cut as well.
    """
    found = _checked(*verify_audit.follow(_lines(pg), head))
    cut = _cut_off(pg, kept or {}) if found.whole else ""
    if cut:
        sentence = f"The audit trail is broken: lines after line {found.lines} were cut off, or all were written anew: {cut}."
        return ChainCheck(
            lines=found.lines, whole=False, first_fault=found.lines + 1, sentence=sentence
        )
    return (
        found
        if head or not found.whole
        else replace(found, sentence=f"{found.sentence} {_unseen(kept or {})}")
    )


def export(pg: psycopg.Connection[Any], file: Path, *, by: str) -> ChainCheck:
    """Write the trail as one JSON object a line, with the script that checks it beside; what a check of the file says.

    The export itself is the last line in it.
    """
    if file.exists():
        raise FileTaken(f"{file} is there already; name a file that is not.")
    note(pg, by=by, event="exported", subject="audit trail", after={"file": file.name})
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8", newline="\n") as written:
        written.writelines(f"{verify_audit.canonical(line)}\n" for line in _lines(pg))
    shutil.copyfile(verify_audit.__file__, file.parent / Path(verify_audit.__file__).name)
    with file.open(encoding="utf-8", newline="\n") as again:
        return _checked(*verify_audit.follow(verify_audit.read(again)))


def settled(pg: psycopg.Connection[Any]) -> datetime:
    """Now, and no line of the trail from before it is still being written; other writers wait for this transaction."""
    pg.execute(_LOCK)
    return now()


def head(pg: psycopg.Connection[Any], *, at: datetime) -> Head:
    """The end of the trail as it was at a moment, such as one that `settled` gave."""
    last = pg.execute(
        "SELECT id, hash FROM audit_event WHERE at <= %s ORDER BY id DESC LIMIT 1", [at]
    ).fetchone()
    return Head(lines=last[0], last_hash=last[1]) if last else Head(lines=0, last_hash=GENESIS)


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
            mark = _mark(number, at, by, what, subject, before, after, previous)
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
        yield "added", subject_of(row), None, state_of(row)
    for row in session.dirty:
        before = _before(row)
        if before:
            yield (
                "changed",
                subject_of(row),
                before,
                {name: state_of(row).get(name) for name in before},
            )
    for row in session.deleted:
        yield "deleted", subject_of(row), state_of(row), None


def subject_of(row: Any) -> str:
    """A row by table and key, as the trail names it."""
    identity = ":".join(str(value) for value in inspect(row).mapper.primary_key_from_instance(row))
    return f"{row.__tablename__} {identity}"


def state_of(row: Any) -> dict[str, Any]:
    """A row as the trail tells it, without its secrets."""
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


def _lines(pg: psycopg.Connection[Any]) -> Iterator[dict[str, Any]]:
    """The lines as an export writes them, a few thousand at a time."""
    with pg.cursor(name="trail") as cursor:
        cursor.itersize = 5_000
        cursor.execute(f"{_LINES} ORDER BY id")
        for row in cursor:
            yield _line(*row)


def _line(*values: Any) -> dict[str, Any]:
    line = dict(zip(FIELDS, values, strict=False))
    return line | {"at": line["at"].astimezone(UTC).isoformat()}


def _mark(*values: Any) -> str:
    """The hash of a line: its values in the order of the fields, without the hash."""
    return verify_audit.line_hash(_line(*values))


def _cut_off(pg: psycopg.Connection[Any], kept: Mapping[str, str]) -> str:
    """What shows that lines are gone from the end of a chain that fits: a noted hash, or a signature without a line."""
    there = pg.execute("SELECT hash FROM audit_event WHERE hash = ANY(%s)", [list(kept)]).fetchall()
    for gone in set(kept) - {GENESIS, *(mark for (mark,) in there)}:
        return f"no line has the hash {gone}, which {kept[gone]} notes"
    untold = pg.execute(_UNTOLD).fetchone()
    return f"no line tells of signature {untold[0]}, which is on record" if untold else ""


def _unseen(kept: Mapping[str, str]) -> str:
    """What a check without a hash from outside cannot see."""
    compared = f", and against the {len(kept):,} noted in dossiers" if kept else ""
    return (
        f"Its end was held against the signatures on record{compared}. Lines written after the last of these could have been "
        "cut off unseen: note this hash outside of the installation, and give it with --head next time."
    )


def _checked(count: int, last_hash: str, problem: str) -> ChainCheck:
    if problem:
        sentence = f"The audit trail is broken: {problem}."
        return ChainCheck(lines=count, whole=False, first_fault=count, sentence=sentence)
    sentence = f"The audit trail is whole: {count} lines, the last with hash {last_hash}."
    return ChainCheck(lines=count, whole=True, last_hash=last_hash, sentence=sentence)
