"""One batch of evidence: read, checked, pseudonymised and recorded in one transaction of the caller.

Repeating a batch changes nothing; a row whose key exists with other content is a correction and stands
beside the old one; a bad row waits in quarantine while the good ones beside it are taken.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import duckdb
import psycopg
import yaml
from psycopg.types.json import Json

from register.refusal import Refusal
from surveillance.columnar import columns, draw
from surveillance.evidence.recorded import ORIGINS
from surveillance.intake import merging, quarantine, recording
from surveillance.intake.preparing import find_patients, read_texts
from surveillance.intake.problem import Problem
from surveillance.intake.sheet import Sheet, sheets
from surveillance.intake.tabular import Reading, find, read

Progress = Callable[[str], None]
BESIDE = ("batch.yaml", "README", "truth.json")
"""Files that may stand beside the sheets of a batch; README with any ending."""


class BatchNotUnderstood(Refusal):
    """A folder that is not a batch of evidence; the sentence says why and what a batch is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a batch says of itself in `batch.yaml`; without one, its rows are real and its name the source."""

    source: str
    title: str = ""
    origin: str = "real"
    citation: str = ""
    simulated: tuple[str, ...] = ()
    note: str = ""
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the rows of one file; read = accepted + unchanged + corrected + quarantined."""

    read: int
    accepted: int
    unchanged: int
    corrected: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedBatch:
    """What an import did: counts per file, rows that now wait in quarantine, and what else to know."""

    number: int
    description: Description
    counts: dict[str, Counts]
    problems: tuple[Problem, ...] = field(repr=False)
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The import as a value for `--json`."""
        return {
            "batch": self.number,
            "source": self.description.source,
            "origin": self.description.origin,
            "files": {name: _as_dict(counts) for name, counts in self.counts.items()},
            "quarantined": [
                {"file": p.file, "line": p.line, "column": p.column, "value": p.value, "reason": p.reason,
                 "rows": p.rows}
                for p in self.problems
            ],
            "notes": list(self.notes),
        }  # fmt: skip


def describe(folder: Path) -> Description:
    """Read `batch.yaml`, if the batch has one."""
    path = folder / "batch.yaml"
    if not path.exists():
        return Description(source=folder.resolve().name)
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        described = Description(**{**said, "simulated": tuple(said.get("simulated") or ())})
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as wrong:
        raise BatchNotUnderstood(
            f"{path}: {wrong}. It may say source, title, origin, citation, simulated, note, time_zone."
        ) from wrong
    if described.origin not in ORIGINS:
        raise BatchNotUnderstood(
            f"{path}: origin '{described.origin}' is not one of {', '.join(ORIGINS)}."
        )
    return described


def import_batch(
    pg: psycopg.Connection[Any],
    folder: Path,
    *,
    key: bytes,
    by: str,
    at: datetime,
    time_zone: str | None = None,
    progress: Progress = lambda _: None,
) -> ImportedBatch:
    """Take a batch of evidence; the caller's transaction makes it all or nothing.

    `key` is the site's secret for pseudonyms, `at` the moment we learn of the rows, `time_zone` that of
    timestamps written without an offset. When it is None, `batch.yaml` may name one, else the time zone
    that all sites in `studies` share counts; else such timestamps are refused.
    """
    if not folder.is_dir():
        raise BatchNotUnderstood(
            f"{folder} is not a folder; a batch is a folder with files such as studies.csv."
        )
    found = {sheet.name: path for sheet in sheets().values() if (path := find(folder, sheet))}
    if not found:
        raise BatchNotUnderstood(
            f"{folder} holds no evidence; name its files {', '.join(f'{n}.csv' for n in sheets())} (or .parquet)."
        )
    described = describe(folder)
    notes = [*_beside(folder, found), *_undescribed(folder, described)]
    pg.execute("SELECT pg_advisory_xact_lock(hashtext('catamnesis.evidence'))")
    number = _number(pg)
    counts: dict[str, Counts] = {}
    problems: list[Problem] = []
    zone = _known_zone(time_zone or described.time_zone)
    known = _findings(pg)
    with columns() as duck:
        for register_table, name in (("site", "known_site"), ("deployment", "known_deployment")):
            draw(duck, name, pg, f"SELECT DISTINCT key FROM {register_table}")
        for sheet in sheets().values():
            if sheet.name not in found:
                continue
            progress(sheet.name)
            reading = read(duck, found[sheet.name], sheet)
            if sheet.name == "studies" and zone is None and reading.usable:
                zone = _zone_of_sites(duck, pg)
            if not reading.rows and not reading.problems:
                notes.append(f"{reading.path.name} has a header and no rows.")
            taken, wrong = _take(duck, pg, reading, sheet, number, at, key, zone, known)
            counts[sheet.name] = taken
            problems += wrong
    notes += _early(pg, number, at)
    quarantine.keep(pg, problems, batch=number, source=described.source, at=at)
    imported = ImportedBatch(
        number=number,
        description=described,
        counts=counts,
        problems=tuple(problems),
        notes=tuple(notes),
    )
    _file(pg, imported, by, at)
    return imported


def _beside(folder: Path, found: Mapping[str, Path]) -> Iterator[str]:
    """A sentence for each file of the folder that no import reads and nobody expects there."""
    names = [f"{name}.{ending}" for name in sheets() for ending in ("csv", "parquet")]
    for path in sorted(folder.iterdir()):
        expected = path.name.startswith((".", "README")) or path.name in BESIDE
        if expected or path.is_dir() or any(path.samefile(taken) for taken in found.values()):
            continue
        if path.stem in found and path.name in names:
            yield f"{path.name} was not read: {found[path.stem].name} stands beside it."
            continue
        near = get_close_matches(path.name.lower(), names, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        yield f"{path.name} was not read: it is no file of a batch{hint}"


def _undescribed(folder: Path, described: Description) -> Iterator[str]:
    if not (folder / "batch.yaml").exists():
        yield f"no batch.yaml: taken as {described.origin} evidence of source {described.source}."


def _early(pg: psycopg.Connection[Any], batch: int, at: datetime) -> Iterator[str]:
    """How many inferences of a batch came before their study: they count as soon as it comes."""
    row = pg.execute(
        "SELECT count(*) FROM inference i WHERE recorded_at = %s AND batch = %s AND NOT EXISTS "
        "(SELECT FROM study s WHERE s.study_instance_uid = i.study_instance_uid)",
        [at, batch],
    ).fetchone()
    if row and row[0]:
        yield (
            "1 inference waits for its study."
            if row[0] == 1
            else f"{row[0]:,} inferences wait for their study."
        )


def _findings(pg: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """The findings each deployment was ever registered for."""
    rows = pg.execute(
        "SELECT d.key, array_agg(DISTINCT i.finding ORDER BY i.finding) FROM deployment d "
        "JOIN clearance c ON c.algorithm = d.algorithm JOIN indication i ON i.clearance = c.key "
        "AND d.indications::jsonb ? i.name GROUP BY d.key ORDER BY d.key"
    ).fetchall()
    return dict(rows)


def _known_zone(name: str | None) -> str | None:
    if name is not None and name not in available_timezones():
        raise BatchNotUnderstood(f"'{name}' is not an IANA time zone such as Europe/Berlin.")
    return name


def _zone_of_sites(duck: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any]) -> str | None:
    """The configured time zone of the sites in the studies just read, if all of them share one."""
    named = duck.execute("SELECT DISTINCT site FROM raw").fetchall()
    zones = pg.execute(
        "SELECT DISTINCT time_zone FROM (SELECT DISTINCT ON (key) * FROM site ORDER BY key, revision DESC) s "
        "WHERE key = ANY(%s)",
        [[row[0] for row in named]],
    ).fetchall()
    return zones[0][0] if len(zones) == 1 else None


def _number(pg: psycopg.Connection[Any]) -> int:
    row = pg.execute("SELECT nextval(pg_get_serial_sequence('evidence_batch', 'id'))").fetchone()
    assert row is not None
    return int(row[0])


def _file(pg: psycopg.Connection[Any], batch: ImportedBatch, by: str, at: datetime) -> None:
    said = batch.description
    counts = {name: _as_dict(count) for name, count in batch.counts.items()}
    pg.execute(
        "INSERT INTO evidence_batch (id, recorded_at, recorded_by, source, title, origin, citation, "
        "simulated, note, counts) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [batch.number, at, by, said.source, said.title, said.origin, said.citation,
         Json(list(said.simulated)), said.note, Json(counts)],
    )  # fmt: skip


def _take(
    duck: duckdb.DuckDBPyConnection,
    pg: psycopg.Connection[Any],
    reading: Reading,
    sheet: Sheet,
    batch: int,
    at: datetime,
    key: bytes,
    zone: str | None,
    findings: Mapping[str, Sequence[str]],
) -> tuple[Counts, list[Problem]]:
    problems = list(reading.problems)
    accepted = unchanged = corrected = 0
    if reading.usable:
        if sheet.name == "outcomes":
            find_patients(duck, pg)
        elif sheet.name == "reports":
            read_texts(duck)
        problems += recording.check(
            duck, reading, sheet, key=key, time_zone=zone, at=at, findings=findings
        )
        recording.compose(duck, sheet, reading.site_columns, key=key, time_zone=zone)
        problems += recording.contradictions(duck, reading, sheet, key=key)
        if sheet.name == "merges":
            problems += merging.senseless(duck, pg, reading, key=key)
        accepted, unchanged, corrected = recording.record(duck, pg, sheet, batch=batch, at=at)
    counts = Counts(
        read=reading.rows,
        accepted=accepted,
        unchanged=unchanged,
        corrected=corrected,
        quarantined=sum(problem.rows for problem in problems),
    )
    if counts.read != accepted + unchanged + corrected + counts.quarantined:
        raise RuntimeError(
            f"{reading.path}: the rows do not add up ({counts}); nothing was recorded."
        )
    return counts, sorted(problems, key=lambda problem: problem.line)


def _as_dict(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.__dataclass_fields__}
