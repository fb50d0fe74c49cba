"""Where bad rows wait: with their place, the value, what is wrong and how to mend it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from surveillance.columnar import literal
from surveillance.intake.tabular import Problem


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
                (batch, at, source, p.file, p.line, p.rows, p.column, p.value, p.reason, Jsonb(p.content),
                 fingerprint(source, p))
            )  # fmt: skip
    pg.execute(
        literal(
            f"INSERT INTO quarantined_row ({listed}) SELECT {listed} FROM waiting ON CONFLICT (fingerprint) DO NOTHING"
        )
    )


def fingerprint(source: str, problem: Problem) -> str:
    """The same row of the same file with the same fault has the same fingerprint."""
    said = json.dumps(
        [source, problem.file, problem.line, problem.reason, problem.content],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(said.encode()).hexdigest()
