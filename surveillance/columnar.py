"""Rows out of PostgreSQL into columns and back, by COPY: PostgreSQL keeps the record, DuckDB counts."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import duckdb
import psycopg
from psycopg import sql

_TYPES = {
    "int4": "INTEGER", "int8": "BIGINT", "float4": "FLOAT", "float8": "DOUBLE", "bool": "BOOLEAN",
    "date": "DATE", "timestamptz": "TIMESTAMPTZ", "_float4": "VARCHAR",
}  # fmt: skip
_CHUNK = 1 << 20


@contextmanager
def columns() -> Iterator[duckdb.DuckDBPyConnection]:
    """A columnar workspace in memory, in UTC, that fetches nothing; gone when the block ends."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as duck:
        duck.execute("SET TimeZone = 'UTC'")
        yield duck


def draw(
    duck: duckdb.DuckDBPyConnection,
    table: str,
    pg: psycopg.Connection[Any],
    query: LiteralString,
    parameters: Sequence[Any] | dict[str, Any] = (),
) -> int:
    """Bring the rows of a query into a new columnar table, with their types; how many rows came."""
    statement = sql.SQL(query)
    with pg.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        cursor.execute(sql.SQL("SELECT * FROM ({}) q LIMIT 0").format(statement), parameters)
        described = cursor.description or []
        types = {c.name: _TYPES.get(c.type_display, "VARCHAR") for c in described}
        spool = Path(folder) / "rows.csv"
        with (
            spool.open("wb") as out,
            cursor.copy(
                sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(statement), parameters
            ) as copy,
        ):
            for block in copy:
                out.write(block)
        typed = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        duck.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv(?, header = false, "
            f"columns = {{{typed}}}, nullstr = '', quote = '\"', escape = '\"', "
            "auto_detect = false, delim = ',')",
            [str(spool)],
        )
    counted = duck.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(counted[0]) if counted else 0


def quoted(text: str) -> str:
    """A text as a literal of a columnar expression."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def listed(names: Sequence[str]) -> str:
    """Column names as a quoted list."""
    return ", ".join(f'"{name}"' for name in names)


def put(
    duck: duckdb.DuckDBPyConnection,
    query: str,
    pg: psycopg.Connection[Any],
    table: str,
    names: Sequence[str],
) -> None:
    """Write the rows of a columnar query into a PostgreSQL table; `names` are its columns in order."""
    with tempfile.TemporaryDirectory() as folder, pg.cursor() as cursor:
        spool = Path(folder) / "rows.csv"
        duck.execute(f"COPY ({query}) TO '{spool}' (FORMAT csv, HEADER false)")
        target = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with spool.open("rb") as rows, cursor.copy(target) as copy:
            while block := rows.read(_CHUNK):
                copy.write(block)


def literal(text: str) -> LiteralString:
    """Mark a query composed of our own constants as safe; never pass anything a user wrote."""
    return text
