"""Importing inferences, checked and keyed, against COPY of the same rows into the same table.

The plain way is given everything the import works out: the rows as they are finally recorded, digests and
all, ready in a file. It goes into the same table of a fresh database, with its primary key and indexes.
"""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import duckdb
import psycopg

from backend import embedded
from backend.database import migrate, unit_of_work
from benchmarks.spent import Spent, measured
from demo.sources import REGISTER
from register import catalogue
from surveillance.intake.batch import import_batch
from surveillance.intake.sheet import sheets

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 1 << 20
TEMPLATE = "benchmark_template"


class CountsDiffer(AssertionError):
    """The two ways did not leave the same number of rows."""


@dataclass(slots=True, kw_only=True)
class Ingest:
    """Costs of the repeats, in pairs; sizes of both files in bytes."""

    rows: int
    handed_over: int = 0
    recorded: int = 0
    ours: list[Spent] = field(default_factory=list)
    plain: list[Spent] = field(default_factory=list)


def run(*, rows: int, repeats: int) -> Ingest:
    """Import and COPY in turns, each into a fresh database of one server that is there for nothing else."""
    found = Ingest(rows=rows)
    with _server() as server, tempfile.TemporaryDirectory() as folder:
        batch, spool = Path(folder) / "batch", Path(folder) / "recorded.csv"
        batch.mkdir()
        write_inferences(batch / "inferences.csv", rows)
        found.handed_over = (batch / "inferences.csv").stat().st_size
        for _ in range(repeats):
            with _fresh(server) as pg:
                found.ours.append(measured(partial(_import, pg, batch), backend=_process(pg)))
                _expect(pg, rows)
                if not spool.exists():
                    _copy_out(pg, spool)
                    found.recorded = spool.stat().st_size
            with _fresh(server) as pg:
                found.plain.append(measured(partial(_copy_in, pg, spool), backend=_process(pg)))
                _expect(pg, rows)
    return found


def write_inferences(path: Path, rows: int) -> None:
    """A file of inferences as a site would hand it over: one row a study, a year of them."""
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        duck.execute(
            f"COPY ({_INFERENCES.format(rows=rows)}) TO '{path}' (FORMAT csv, HEADER true)"
        )


def _import(pg: psycopg.Connection[Any], batch: Path) -> None:
    import_batch(pg, batch, key=b"benchmark", by="benchmark", at=AT)
    pg.commit()


def _copy_in(pg: psycopg.Connection[Any], spool: Path) -> None:
    with (
        pg.cursor() as cursor,
        spool.open("rb") as source,
        cursor.copy(f"COPY inference ({_columns()}) FROM STDIN (FORMAT csv)") as copy,
    ):
        while block := source.read(CHUNK):
            copy.write(block)
    pg.commit()


def _copy_out(pg: psycopg.Connection[Any], spool: Path) -> None:
    with (
        pg.cursor() as cursor,
        spool.open("wb") as target,
        cursor.copy(f"COPY inference ({_columns()}) TO STDOUT (FORMAT csv)") as copy,
    ):
        for block in copy:
            target.write(block)


def _columns() -> str:
    recorded = sheets()["inferences"].recorded_columns()
    names = (*recorded, "extra", "revision", "digest", "batch", "recorded_at")
    return ", ".join(f'"{name}"' for name in names)


def _process(pg: psycopg.Connection[Any]) -> int:
    return pg.info.backend_pid


def _expect(pg: psycopg.Connection[Any], rows: int) -> None:
    counted = pg.execute("SELECT count(*) FROM inference").fetchone()
    if counted != (rows,):
        raise CountsDiffer(f"{rows} rows were handed over, {counted} are there.")


@contextmanager
def _server() -> Iterator[str]:
    """An embedded server in a folder of its own, with a migrated database that knows the deployment."""
    home = Path(tempfile.mkdtemp(prefix="catamnesis-benchmark-"))
    try:
        server = embedded.start(home)
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {TEMPLATE}")
        template = _named(server, TEMPLATE)
        migrate(template)
        with unit_of_work(template, by="benchmark") as session:
            entry = catalogue.read(REGISTER / "ctbrain-triage.yaml")
            catalogue.record(session, entry, by="benchmark", at=AT)
        yield server
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


_numbers = itertools.count(1)


@contextmanager
def _fresh(server: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a fresh copy of the template, all earlier work of the server written out."""
    name = f"benchmark_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        admin.execute("CHECKPOINT")
        with psycopg.connect(_named(server, name)) as pg:
            yield pg
        admin.execute(f"DROP DATABASE {name}")


def _named(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


_INFERENCES = """
SELECT 'RUN-' || i AS inference_id, '1.2.826.0.1.3680043.10.1234.' || (1000000000 + i) AS study_instance_uid,
       'ctbrain-north-ed' AS deployment, '2.3.1' AS version, 'intracranial_haemorrhage' AS finding,
       round((hash(i) % 10000) / 10000, 4) AS score, 0.62 AS threshold,
       strftime(t, '%Y-%m-%dT%H:%M:%S+00:00') AS received_at,
       strftime(t + INTERVAL 20 SECOND, '%Y-%m-%dT%H:%M:%S+00:00') AS started_at,
       strftime(t + INTERVAL 90 SECOND, '%Y-%m-%dT%H:%M:%S+00:00') AS completed_at,
       CASE WHEN i % 3 > 0 THEN strftime(t + INTERVAL 9 MINUTE, '%Y-%m-%dT%H:%M:%S+00:00') END AS shown_at,
       CASE i % 3 WHEN 1 THEN 'accepted' WHEN 2 THEN 'ignored' END AS user_action
FROM (SELECT i, TIMESTAMP '2025-01-01' + INTERVAL 31 SECOND * i AS t FROM range({rows}) r(i))
"""
