"""Where bad rows wait: with their place, the value, what is wrong and how to mend it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

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
    with pg.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO quarantined_row (batch, recorded_at, source, file, line, rows, column_name, value, "
            "reason, content, fingerprint) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (fingerprint) DO NOTHING",
            [
                (batch, at, source, p.file, p.line, p.rows, p.column, p.value, p.reason, Jsonb(p.content),
                 fingerprint(source, p))
                for p in problems
            ],
        )  # fmt: skip


def fingerprint(source: str, problem: Problem) -> str:
    """The same row of the same file with the same fault has the same fingerprint."""
    said = json.dumps(
        [source, problem.file, problem.line, problem.reason, problem.content],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(said.encode()).hexdigest()
