"""Reading one file of a batch, CSV or Parquet, into columns; what cannot even be read is a problem."""

import codecs
import csv
import tempfile
from array import array
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from surveillance.intake.lines import sift
from surveillance.intake.problem import Problem
from surveillance.intake.sheet import Sheet

PREFIX_OF_SITE_COLUMNS = "x_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found in a file: how many rows, the site's own columns, and rows that could not be read."""

    path: Path
    rows: int
    problems: tuple[Problem, ...]
    site_columns: tuple[str, ...] = ()
    lines: "array[int] | None" = None

    @property
    def usable(self) -> bool:
        """Whether any of the rows could be read; they stand in `raw` then."""
        return self.rows > sum(problem.rows for problem in self.problems)

    def line(self, record: int) -> int:
        """The line of the file on which a record of `raw` begins; 1 is the header."""
        return record + 1 if self.lines is None else self.lines[record - 1]


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
        return Reading(path=path, rows=refused.rows, problems=(refused,))
    site_columns = tuple(name for name in names if name.startswith(PREFIX_OF_SITE_COLUMNS))
    wanted = [*(column.name for column in sheet.columns), *site_columns]
    listed = ", ".join(
        f'nullif(trim("{name}"::VARCHAR), \'\') AS "{name}"'
        if name in names
        else f'NULL::VARCHAR AS "{name}"'
        for name in wanted
    )
    making = f"CREATE OR REPLACE TABLE raw AS SELECT row_number() OVER () AS record, {listed} FROM"
    lines, problems = None, list[Problem]()
    try:
        if path.suffix == ".csv":
            with tempfile.TemporaryDirectory() as folder:
                records = Path(folder) / path.name
                lines, problems = sift(path, sheet, names, records)
                _read_csv(duck, making, records, names)
        else:
            duck.execute(f"{making} read_parquet(?)", [str(path)])
    except duckdb.Error as wrong:
        refused = _whole_file(path, "", f"not readable: {_first_line(wrong)}", _rows(path))
        return Reading(path=path, rows=refused.rows, problems=(refused,))
    counted = duck.execute("SELECT count(*) FROM raw").fetchone()
    rows = int(counted[0]) if counted else 0
    if lines is not None and rows != len(lines):
        raise RuntimeError(
            f"{path}: {len(lines)} records became {rows} rows; nothing was recorded."
        )
    return Reading(
        path=path,
        rows=rows + len(problems),
        site_columns=site_columns,
        problems=tuple(problems),
        lines=lines,
    )


def _header(duck: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[str], Problem | None]:
    if path.suffix == ".parquet":
        try:
            described = duck.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
            ).fetchall()
        except duckdb.Error as wrong:
            told = f"not readable as Parquet: {_first_line(wrong)}"
            return [], _whole_file(path, "", told, 0)
        return [row[0] for row in described], None
    with path.open("rb") as file:
        first = file.readline()
    if not first.strip():
        return [], _whole_file(
            path, "", "the file is empty; a header row with the column names is needed.", 0
        )
    wide = _wide_encoding(first)
    if wide:
        text = path.read_bytes().decode(wide, errors="replace")
        rows = sum(1 for line in text.splitlines() if line.strip()) - 1
        told = f"{path.name} is UTF-16; save it as UTF-8 and import it again."
        return [], _whole_file(path, text.partition("\n")[0].strip(), told, rows)
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


def _wide_encoding(first: bytes) -> str | None:
    """How a text is encoded that takes two bytes for a letter, by its mark or its empty bytes."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    empty = (first[0::2].count(0), first[1::2].count(0))
    if max(empty) < len(first) // 4:
        return None
    return "utf-16-be" if empty[0] > empty[1] else "utf-16-le"


def _refusal(path: Path, sheet: Sheet, names: list[str]) -> Problem | None:
    """Why the file as a whole cannot be taken, if so: its header is not the one of the contract."""
    if any(mark in name for name in names for mark in ";\t"):
        told = "the columns are not separated by commas; save the file as CSV with commas."
        return _whole_file(path, ",".join(names), told, _rows(path))
    columns = [column.name for column in sheet.columns]
    missing = [c.name for c in sheet.columns if c.required and c.name not in names]
    own = [name for name in names if name.startswith(PREFIX_OF_SITE_COLUMNS)]
    said = [
        f"column '{name}' is not known for {sheet.name}{_nearest(name, missing, columns)}."
        for name in names
        if name not in columns and name not in own
    ]
    if said:
        said.append(
            "Rename what is not known, or begin it with x_ to keep it as a column of your own."
        )
    if missing:
        said.append(f"Required and missing: {', '.join(missing)}.")
    said += [
        f"column '{name}' cannot be kept; a column of your own is x_ and letters, digits or _."
        for name in own
        if not name.isidentifier()
    ]
    said += [
        f"column '{name}' stands twice; keep one."
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if not said:
        return None
    return _whole_file(path, ",".join(names), " ".join(said), _rows(path))


def _nearest(name: str, missing: list[str], columns: list[str]) -> str:
    """A hint at the column that was probably meant; one that is missing is meant before others."""
    for known in (missing, columns):
        near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        if near:
            return f" (nearest: {near[0]})"
    return ""


def _whole_file(path: Path, value: str, reason: str, rows: int) -> Problem:
    return Problem(
        file=path.name, line=1, column="", value=value[:500], reason=reason, rows=rows,
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


def _read_csv(
    duck: duckdb.DuckDBPyConnection, making: str, records: Path, names: list[str]
) -> None:
    listed = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    duck.execute(
        f"{making} read_csv(?, columns = {{{listed}}}, header = false, auto_detect = false, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', max_line_size = 16777216)",
        [str(records)],
    )


def _first_line(wrong: Exception) -> str:
    return str(wrong).splitlines()[0]
