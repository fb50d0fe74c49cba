"""Reading one file of a batch, CSV or Parquet, into columns; what cannot even be read is a problem."""

import csv
import hashlib
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from surveillance.intake.sheet import Sheet

PREFIX_OF_SITE_COLUMNS = "x_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One row that cannot be taken (or `rows` of them at once), with the place, the value and the remedy."""

    file: str
    line: int
    column: str
    value: str
    reason: str
    content: dict[str, Any] = field(default_factory=dict)
    rows: int = 1

    def sentence(self) -> str:
        """The whole story in one line."""
        where = f"{self.file}, line {self.line}" + (
            f", column {self.column}" if self.column else ""
        )
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found in a file: how many rows, the site's own columns, and rows that could not be read."""

    path: Path
    rows: int
    site_columns: tuple[str, ...]
    problems: tuple[Problem, ...]


def find(folder: Path, sheet: Sheet) -> Path | None:
    """The file of a batch that holds a sheet, if there is one."""
    for ending in ("csv", "parquet"):
        path = folder / f"{sheet.name}.{ending}"
        if path.exists():
            return path
    return None


def read(duck: duckdb.DuckDBPyConnection, path: Path, sheet: Sheet) -> Reading:
    """Bring a file into the columnar table `raw`: `record` and every column of the sheet, as text."""
    names, refused = _header(duck, path)
    refused = refused or _refusal(path, sheet, names)
    if refused is not None:
        return Reading(path=path, rows=refused.rows, site_columns=(), problems=(refused,))
    site_columns = tuple(name for name in names if name.startswith(PREFIX_OF_SITE_COLUMNS))
    wanted = [*(column.name for column in sheet.columns), *site_columns]
    listed = ", ".join(
        f'nullif(trim("{name}"::VARCHAR), \'\') AS "{name}"'
        if name in names
        else f'NULL::VARCHAR AS "{name}"'
        for name in wanted
    )
    problems: list[Problem] = []
    making = f"CREATE OR REPLACE TABLE raw AS SELECT row_number() OVER () AS record, {listed} FROM"
    try:
        if path.suffix == ".csv":
            with _plain_line_ends(path) as plain:
                problems = _read_csv(duck, making, path, plain, names)
        else:
            duck.execute(f"{making} read_parquet(?)", [str(path)])
    except duckdb.Error as wrong:
        told = str(wrong).splitlines()[0]
        refused = _whole_file(path, "", f"not readable: {told}", _rows(path))
        return Reading(path=path, rows=refused.rows, site_columns=(), problems=(refused,))
    counted = duck.execute("SELECT count(*) FROM raw").fetchone()
    rows = int(counted[0]) if counted else 0
    return Reading(
        path=path, rows=rows + len(problems), site_columns=site_columns, problems=tuple(problems)
    )


def lines_of(
    duck: duckdb.DuckDBPyConnection, reading: Reading, records: Sequence[int]
) -> dict[int, int]:
    """The line of the file on which each of some records of `raw` begins; 1 is the header.

    Values may hold line breaks, and lines that could not be read are no records: both count.
    """
    if not records or reading.path.suffix != ".csv":
        return {record: record + 1 for record in records}
    columns = [c[0] for c in duck.execute("DESCRIBE raw").fetchall() if c[0] != "record"]
    joined = " || ".join(f"coalesce(\"{name}\", '')" for name in columns)
    breaks = duck.execute(
        "SELECT record, coalesce(sum(length(t) - length(replace(t, chr(10), ''))) OVER (ORDER BY record "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT FROM (SELECT record, {joined} AS t "
        "FROM raw) QUALIFY list_contains(?, record)",
        [list(records)],
    ).fetchall()
    unread = [
        line - n for n, line in enumerate(sorted(problem.line for problem in reading.problems))
    ]
    found = {}
    for record, inside in breaks:
        line = record + 1 + inside
        found[record] = line + bisect_right(unread, line)
    return found


def _header(duck: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[str], Problem | None]:
    if path.suffix == ".parquet":
        try:
            described = duck.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
            ).fetchall()
        except duckdb.Error as wrong:
            return [], _whole_file(path, "", f"not readable as Parquet: {wrong}", 0)
        return [row[0] for row in described], None
    with path.open("rb") as file:
        first = file.readline()
    if not first.strip():
        return [], _whole_file(
            path, "", "the file is empty; a header row with the column names is needed.", 0
        )
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], _whole_file(
            path,
            first.decode("latin-1").strip(),
            "the header is not UTF-8; save the file as UTF-8.",
            _rows(path),
        )
    return [name.strip() for name in next(csv.reader([text]))], None


def _refusal(path: Path, sheet: Sheet, names: list[str]) -> Problem | None:
    """Why the file as a whole cannot be taken, if so: its header is not the one of the contract."""
    known = {column.name for column in sheet.columns}
    header = ",".join(names)
    for name in names:
        if name.startswith(PREFIX_OF_SITE_COLUMNS) and not name.isidentifier():
            return _whole_file(
                path,
                header,
                f"column '{name}' cannot be kept; a column of your own is x_ and letters, digits or _.",
                _rows(path),
                column=name,
            )
        if name not in known and not name.startswith(PREFIX_OF_SITE_COLUMNS):
            separator = (
                " The columns are separated by commas." if ";" in name or "\t" in name else ""
            )
            return _whole_file(
                path,
                header,
                f"column '{name}' is not known for {sheet.name}; rename it, or begin it with x_ to keep it "
                f"as a column of your own.{separator} Known: {', '.join(sorted(known))}.",
                _rows(path),
                column=name,
            )
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        return _whole_file(
            path, header, f"column '{doubled}' stands twice; keep one.", _rows(path), column=doubled
        )
    missing = [
        column.name for column in sheet.columns if column.required and column.name not in names
    ]
    if missing:
        return _whole_file(
            path,
            header,
            f"column '{missing[0]}' is missing and required; add it.",
            _rows(path),
            column=missing[0],
        )
    return None


def _whole_file(path: Path, value: str, reason: str, rows: int, column: str = "") -> Problem:
    return Problem(
        file=path.name, line=1, column=column, value=value[:500], reason=reason, rows=rows,
        content={"header": value},
    )  # fmt: skip


def _rows(path: Path) -> int:
    """How many rows wait in a file whose header cannot be used: its lines less the header."""
    if path.suffix == ".parquet":
        with duckdb.connect() as duck:
            counted = duck.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        return int(counted[0]) if counted else 0
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip()) - 1


@contextmanager
def _plain_line_ends(path: Path) -> Iterator[Path]:
    """The file with line ends of one kind: sheets that were edited by hand mix them."""
    content = path.read_bytes()
    if b"\r\n" not in content:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / path.name
        plain.write_bytes(content.replace(b"\r\n", b"\n"))
        yield plain


def _read_csv(
    duck: duckdb.DuckDBPyConnection, making: str, path: Path, plain: Path, names: list[str]
) -> list[Problem]:
    listed = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    duck.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    duck.execute(
        f"{making} read_csv(?, columns = {{{listed}}}, header = true, auto_detect = false, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', store_rejects = true, rejects_limit = 0, "
        "max_line_size = 16777216)",
        [str(plain)],
    )
    rejected = duck.execute(
        "SELECT byte_position, line_byte_position, any_value(column_name), any_value(error_type::VARCHAR), "
        "any_value(error_message) FROM reject_errors GROUP BY ALL ORDER BY line_byte_position"
    ).fetchall()
    by_line: dict[int, tuple[str, str, str]] = {}
    for _, start, column, kind, message in rejected:
        by_line.setdefault(int(start), (column or "", kind, message))
    return list(_broken(path, plain, names, by_line))


def _broken(
    path: Path, plain: Path, names: list[str], by_line: dict[int, tuple[str, str, str]]
) -> Iterator[Problem]:
    """The lines that are not rows of this table, by the byte on which each starts."""
    line, read = 1, 0
    with plain.open("rb") as file:
        for start, said in by_line.items():
            line += file.read(max(start - 1, 0) - read).count(b"\n")
            raw = file.readline()
            yield _broken_line(path, line, raw.rstrip(b"\r\n"), names, *said)
            line, read = line + 1, file.tell()


def _broken_line(
    path: Path, line: int, raw: bytes, names: list[str], column: str, kind: str, message: str
) -> Problem:
    """One such line. Its text may name a patient anywhere: it is not kept."""
    fields = next(csv.reader([raw.decode("latin-1")]), [])
    value = dict(zip(names, fields, strict=False)).get(column, "")
    if kind == "INVALID ENCODING":
        reason = "the line is not UTF-8 (it reads as Latin-1); save the file as UTF-8 and import it again."
        value = (
            ""
            if column in ("patient_id", "prior_patient_id", "accession_number", "text")
            else value
        )
    else:
        value = f"{len(fields)} values"
        reason = (
            f"{message.splitlines()[0].rstrip('.')}; the header names {len(names)} columns, the line has "
            f"{len(fields)} values. Mend the line (commas inside a value need quotes)."
        )
    digest = hashlib.sha256(raw).hexdigest()
    return Problem(
        file=path.name, line=line, column=column, value=value, reason=reason,
        content={"sha256_of_line": digest},
    )  # fmt: skip
