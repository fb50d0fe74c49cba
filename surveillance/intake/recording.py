"""From checked rows to recorded ones: what is new, what is a repetition, what corrects or contradicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from surveillance.columnar import draw, literal, put
from surveillance.intake import pseudonyms
from surveillance.intake.checks import Check, checks, holds_no_nul, typed
from surveillance.intake.problem import IDENTIFIERS, Problem, shown
from surveillance.intake.scrubbing import scrubbed
from surveillance.intake.sheet import READ_FROM_TEXT, Sheet
from surveillance.intake.tabular import Reading


def check(
    duck: duckdb.DuckDBPyConnection,
    reading: Reading,
    sheet: Sheet,
    *,
    key: bytes,
    time_zone: str | None,
    at: datetime,
    findings: Mapping[str, Sequence[str]],
) -> list[Problem]:
    """Find the rows of `raw` that fail a check; they stand in the columnar table `bad` afterwards.

    `findings` are those the register knows, by deployment.
    """
    all_checks = checks(sheet, time_zone=time_zone, at=at, findings=findings)
    if reading.lines is None:
        names = (*(column.name for column in sheet.columns), *reading.site_columns)
        all_checks += [holds_no_nul(name) for name in names]
    failing = ", ".join(f"CASE WHEN {c.fails} THEN {n} END" for n, c in enumerate(all_checks))
    any_fails = " OR ".join(f"coalesce({c.fails}, false)" for c in all_checks)
    duck.execute(
        f"CREATE OR REPLACE TABLE bad AS SELECT record, "
        f"list_filter([{failing}], lambda x: x IS NOT NULL) AS failed FROM raw WHERE {any_fails}"
    )
    found = contents(duck, "SELECT failed, raw.* FROM bad JOIN raw USING (record) ORDER BY record")
    problems = []
    for content in found:
        failed, line = content.pop("failed"), reading.line(content.pop("record"))
        column = all_checks[failed[0]].column
        reason = " ".join(_said(all_checks[n], content) for n in failed)
        problems.append(problem_of(reading, line, column, reason, content, key))
    return problems


def compose(
    duck: duckdb.DuckDBPyConnection,
    sheet: Sheet,
    site_columns: tuple[str, ...],
    *,
    key: bytes,
    time_zone: str | None,
) -> None:
    """Make the columnar table `fresh`: the good rows as they will be recorded, with their digest.

    What is empty does not enter the digest, so that a column the contract gains corrects nothing.
    """
    kinds = {column.name: column for column in sheet.columns}
    identified = [name for name in IDENTIFIERS if name in kinds]
    pairs: set[tuple[str, str]] = set()
    for name in identified:
        pairs.update(
            duck.execute(
                f"SELECT DISTINCT coalesce({_issuer(name)}, ''), {name} FROM raw WHERE {name} IS NOT NULL"
            ).fetchall()
        )
    pseudonyms.tabulate(duck, key, sorted(pairs))
    joins = " ".join(
        f"LEFT JOIN pseudonym AS p_{name} ON p_{name}.identifier = raw.{name} "
        f"AND p_{name}.issuer = coalesce(raw.{_issuer(name)}, '')"
        for name in identified
    )
    if sheet.name == "outcomes":
        joins += (
            " LEFT JOIN (SELECT study_instance_uid AS of_study, patient AS of_patient FROM known_study) "
            "ON of_study = raw.study_instance_uid"
        )
    if sheet.name == "reports":
        joins += " LEFT JOIN text_reading AS t ON t.record = raw.record"
    expressions = []
    for name in sheet.recorded_columns():
        source = f"{name}_id" if name in ("patient", "prior_patient") else name
        if source in identified:
            expression = f"p_{source}.digest"
            if source == "patient_id" and sheet.name == "outcomes":
                expression = f"coalesce({expression}, of_patient)"
        elif name in READ_FROM_TEXT:
            expression = scrubbed(f"t.{name}") if name == "read_from" else f"t.{name}"
        elif name == "text":
            expression = scrubbed('raw."text"')
        else:
            expression = typed(kinds[name], time_zone)
        expressions.append(f'{expression} AS "{name}"')
    extra = _extra(site_columns)
    content = ", ".join(f"'{name}=' || \"{name}\"::VARCHAR" for name in sheet.recorded_columns())
    duck.execute(
        f"CREATE OR REPLACE TABLE fresh AS SELECT *, md5(concat_ws(chr(31), {content}, extra)) "
        f"AS digest FROM (SELECT raw.record, {', '.join(expressions)}, {extra} AS extra FROM raw {joins} "
        "WHERE raw.record NOT IN (SELECT record FROM bad))"
    )


def contradictions(
    duck: duckdb.DuckDBPyConnection, reading: Reading, sheet: Sheet, *, key: bytes
) -> list[Problem]:
    """Rows of one file that share a key but not their content: the first is taken, the others wait.

    Nobody can know which of them is right; across files the later one is a correction instead. Exact
    repetitions within the file stand in the columnar table `repeated`.
    """
    keys = list(sheet.recorded_key())
    listed = ", ".join(f'"{name}"' for name in keys)
    duck.execute(
        f"CREATE OR REPLACE TABLE repeated AS SELECT record, first_record, same FROM (SELECT record, "
        f"first_value(record) OVER w AS first_record, digest = first_value(digest) OVER w AS same "
        f"FROM fresh WINDOW w AS (PARTITION BY {listed} ORDER BY record)) WHERE record <> first_record"
    )
    found = contents(
        duck,
        "SELECT first_record, raw.* FROM repeated JOIN raw USING (record) WHERE NOT same ORDER BY record",
    )
    firsts = {
        content["record"]: content
        for content in contents(
            duck,
            "SELECT * FROM raw WHERE record IN (SELECT first_record FROM repeated WHERE NOT same)",
        )
    }
    problems = []
    for content in found:
        first, line = firsts[content.pop("first_record")], reading.line(content.pop("record"))
        named = ", ".join(f"{name} {shown(name, content[name])}" for name in sheet.key)
        differing = ", ".join(name for name in content if content[name] != first[name])
        reason = (
            f"the key ({named}) stands on line {reading.line(first['record'])} with other content "
            f"({differing}); keep the right row only. To correct an earlier import, import the right row in "
            "a batch of its own."
        )
        problems.append(problem_of(reading, line, sheet.key[0], reason, content, key))
    return problems


def record(
    duck: duckdb.DuckDBPyConnection,
    pg: psycopg.Connection[Any],
    sheet: Sheet,
    *,
    batch: int,
    at: datetime,
) -> tuple[int, int, int]:
    """Write `fresh` into its table: how many rows were accepted, unchanged and corrected."""
    keys = list(sheet.recorded_key())
    same = " AND ".join(f'f."{name}" = e."{name}"' for name in keys)
    _draw_existing(duck, pg, sheet, keys)
    duck.execute(
        f"CREATE OR REPLACE TABLE judged AS SELECT f.*, coalesce(e.revision, 0) + 1 AS revision, "
        f"e.digest IS NOT DISTINCT FROM f.digest AS unchanged FROM fresh f LEFT JOIN existing e ON {same} "
        "WHERE f.record NOT IN (SELECT record FROM repeated)"
    )
    names = [*sheet.recorded_columns(), "extra", "revision", "digest"]
    listed = ", ".join(f'"{name}"' for name in names)
    put(
        duck,
        f"SELECT {listed}, {batch}, '{at.isoformat()}' FROM judged WHERE NOT unchanged ORDER BY record",
        pg,
        sheet.table,
        [*names, "batch", "recorded_at"],
    )
    counted = duck.execute(
        "SELECT count(*) FILTER (NOT unchanged AND revision = 1), count(*) FILTER (unchanged), "
        "count(*) FILTER (NOT unchanged AND revision > 1) FROM judged"
    ).fetchone()
    repeated = duck.execute("SELECT count(*) FROM repeated WHERE same").fetchone()
    assert counted is not None
    assert repeated is not None
    return int(counted[0]), int(counted[1]) + int(repeated[0]), int(counted[2])


def _draw_existing(
    duck: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any], sheet: Sheet, keys: list[str]
) -> None:
    """The latest recorded revision of every key that comes, in the columnar table `existing`."""
    listed = ", ".join(f'"{name}"' for name in keys)
    empty = not pg.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(sheet.table))
    ).fetchone()[0]  # type: ignore[index]
    if empty:
        duck.execute(
            f"CREATE OR REPLACE TABLE existing AS SELECT {listed}, 0 AS revision, '' AS digest FROM fresh LIMIT 0"
        )
        return
    pg.execute("DROP TABLE IF EXISTS incoming")
    pg.execute(
        sql.SQL(
            literal(
                f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {listed} FROM {sheet.table} LIMIT 0"
            )
        )
    )
    put(duck, f"SELECT DISTINCT {listed} FROM fresh", pg, "incoming", keys)
    pg.execute("ANALYZE incoming")
    draw(
        duck,
        "existing",
        pg,
        literal(
            f"SELECT DISTINCT ON ({listed}) {listed}, revision, digest FROM {sheet.table} "
            f"JOIN incoming USING ({listed}) ORDER BY {listed}, revision DESC"
        ),
    )


def contents(duck: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query over the columnar tables, each by column."""
    cursor = duck.execute(query)
    names = [described[0] for described in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _said(check: Check, content: dict[str, Any]) -> str:
    text = check.say(str(content[check.column]))
    return f"{check.column} {text}" if text.startswith("is ") else text


def problem_of(
    reading: Reading, line: int, column: str, reason: str, content: dict[str, Any], key: bytes
) -> Problem:
    """A row that waits, with its place and what is wrong with it; identifiers only as digests."""
    value = content.get(column)
    return Problem(
        file=reading.path.name,
        line=line,
        column=column,
        value=shown(column, str(value or "")),
        reason=reason,
        content=_masked(content, key),
    )


def _masked(content: dict[str, Any], key: bytes) -> dict[str, Any]:
    """A row without its identifiers: their digests stand for them, and free text is left at its source."""
    kept = {name: value for name, value in content.items() if value is not None and name != "text"}
    for name in IDENTIFIERS:
        if name in kept:
            kept[name] = pseudonyms.pseudonym(key, kept.get(_issuer(name), ""), kept[name])
    return kept


def _extra(site_columns: tuple[str, ...]) -> str:
    if not site_columns:
        return "NULL::VARCHAR"
    pairs = ", ".join(f"'{name}', \"{name}\"" for name in site_columns)
    return f"json_object({pairs})::VARCHAR"


def _issuer(identifier: str) -> str:
    return f"issuer_of_{identifier}"
