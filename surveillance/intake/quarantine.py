"""Where bad rows wait: with their place, the value, what is wrong and how to mend it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlmodel import Session, col, select

from surveillance.columnar import literal
from surveillance.evidence.recorded import QuarantinedRow
from surveillance.intake.problem import Problem
from surveillance.intake.sheet import sheets


def keep(
    pg: psycopg.Connection[Any],
    problems: Sequence[Problem],
    *,
    batch: int,
    source: str,
    at: datetime,
) -> None:
    """Record the problems of a batch; one that already waits is not recorded twice."""
    if not problems:
        return
    listed = "batch, recorded_at, source, file, line, rows, column_name, value, reason, content, fingerprint"
    pg.execute("DROP TABLE IF EXISTS waiting")
    pg.execute(
        literal(
            f"CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT {listed} FROM quarantined_row LIMIT 0"
        )
    )
    with pg.cursor() as cursor, cursor.copy(literal(f"COPY waiting ({listed}) FROM STDIN")) as copy:
        for p in problems:
            copy.write_row(
                (batch, at, source, p.file, p.line, p.rows, *map(_kept, (p.column, p.value, p.reason)),
                 Jsonb({name: _kept(value) for name, value in p.content.items()}), fingerprint(source, p))
            )  # fmt: skip
    pg.execute(
        literal(
            f"INSERT INTO quarantined_row ({listed}) SELECT {listed} FROM waiting ON CONFLICT (fingerprint) DO NOTHING"
        )
    )


def _kept(value: Any) -> Any:
    """A value as PostgreSQL can keep it: a NUL byte is written out."""
    return value.replace("\0", "\\x00") if isinstance(value, str) else value


def waiting(session: Session, at: datetime) -> list[QuarantinedRow]:
    """The rows that wait at a moment, oldest first.

    A row that could be told by its key is mended once a row of that key was recorded after it. A line
    or file that could not be read has no key and stays listed.
    """
    found = session.connection().exec_driver_sql(_waiting(), {"at": at}).scalars().all()
    chosen = select(QuarantinedRow).where(col(QuarantinedRow.id).in_(found))
    return list(session.exec(chosen.order_by(col(QuarantinedRow.id))))


def waiting_by_source(session: Session, at: datetime) -> dict[str, int]:
    """How many rows of each source wait at a moment."""
    counted = session.connection().exec_driver_sql(
        f"SELECT source, sum(rows) FROM quarantined_row WHERE id IN ({_waiting()}) GROUP BY source",
        {"at": at},
    )
    return {source: int(rows) for source, rows in counted}


def _waiting() -> str:
    """The numbers of the rows for which nothing of the same key was recorded later, up to `at`."""
    mended = " OR ".join(
        f"(split_part(q.file, '.', 1) = '{sheet.name}' AND EXISTS (SELECT FROM {sheet.table} t WHERE "
        + " AND ".join(
            f"t.{column}::text = q.content->>'{name}'"
            for column, name in zip(sheet.recorded_key(), sheet.key, strict=True)
        )
        + " AND t.recorded_at > q.recorded_at AND t.recorded_at <= %(at)s))"
        for sheet in sheets().values()
    )
    return f"SELECT q.id FROM quarantined_row q WHERE q.recorded_at <= %(at)s AND NOT ({mended})"


def fingerprint(source: str, problem: Problem) -> str:
    """The same row of the same file with the same fault has the same fingerprint."""
    said = json.dumps(
        [source, problem.file, problem.line, problem.reason, problem.content],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(said.encode()).hexdigest()
