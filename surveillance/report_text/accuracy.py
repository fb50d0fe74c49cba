"""How often the reading of a text is wrong: measured on labelled reports, kept, and used where its labels enter."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel

from register.columns import Privacy, column
from register.refusal import Refusal
from surveillance.report_text.pack import pack
from surveillance.report_text.reading import Reading, read

HEADS = ("text", "finding", "call")


class LabelsNotUnderstood(Refusal):
    """A file of labelled reports that cannot be read; the sentence names line, column and remedy."""


class ReadingAccuracy(SQLModel, table=True):
    """One measurement of the rules on labelled reports; written once."""

    __tablename__ = "reading_accuracy"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    language: str = column("Language of the reports", Privacy.OPERATIONAL)
    rules: str = column("Version of the rules", Privacy.OPERATIONAL)
    finding: str = column("What was read", Privacy.OPERATIONAL)
    positives_right: int = column("Labelled positive, read as positive", Privacy.OPERATIONAL)
    positives: int = column("Labelled positive, read as definite", Privacy.OPERATIONAL)
    negatives_right: int = column("Labelled negative, not read as positive", Privacy.OPERATIONAL)
    negatives: int = column(
        "Labelled negative, read as definite or not mentioned", Privacy.OPERATIONAL
    )
    source: str = column("Where the labels are from", Privacy.OPERATIONAL)
    measured_at: datetime = column("When", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    measured_by: str = column("Who measured", Privacy.PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One report with the call a person gave it."""

    text: str
    finding: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Right readings among those that were definite, for labelled positives and negatives."""

    positives_right: int
    positives: int
    negatives_right: int
    negatives: int
    source: str


def labelled(path: Path) -> list[Labelled]:
    """The reports of a CSV file with the columns text, finding, call."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as wrong:
        raise LabelsNotUnderstood(f"{path}: not readable as CSV in UTF-8.") from wrong
    for line, row in enumerate(rows, start=2):
        missing = [head for head in HEADS if not row.get(head)]
        if missing:
            raise LabelsNotUnderstood(
                f"{path}, line {line}: {missing[0]} is missing; give text, finding and call."
            )
        if row["call"] not in ("positive", "negative", "indeterminate", "not_mentioned"):
            raise LabelsNotUnderstood(
                f"{path}, line {line}, call: '{row['call']}' is not one of positive, negative, indeterminate, not_mentioned."
            )
    return [Labelled(text=row["text"], finding=row["finding"], call=row["call"]) for row in rows]


def measure(
    reports: Iterable[Labelled], *, language: str, source: str
) -> tuple[dict[str, Measured], list[tuple[Labelled, Reading]]]:
    """Read labelled reports: right and wrong by finding, and those read otherwise than labelled.

    A labelled negative that is not mentioned counts as read right; readings in doubt count for neither.
    """
    tallied: dict[str, list[int]] = {}
    wrong = []
    for report in reports:
        said = read(report.text, report.finding, language=language)
        right = said.call == report.call or (
            {said.call, report.call} <= {"negative", "not_mentioned"}
        )
        counts = tallied.setdefault(report.finding, [0, 0, 0, 0])
        if report.call in ("positive", "negative") and said.call != "indeterminate":
            place = 0 if report.call == "positive" else 2
            counts[place] += right
            counts[place + 1] += 1
        if not right:
            wrong.append((report, said))
    return {
        finding: Measured(
            positives_right=c[0],
            positives=c[1],
            negatives_right=c[2],
            negatives=c[3],
            source=source,
        )
        for finding, c in tallied.items()
    }, wrong


def keep(
    session: Session, found: dict[str, Measured], *, language: str, by: str, at: datetime
) -> None:
    """Keep a measurement: from now on the site's own error rates enter its estimates."""
    for finding, m in found.items():
        session.add(
            ReadingAccuracy(
                language=language, rules=pack(language).version, finding=finding,
                positives_right=m.positives_right, positives=m.positives, negatives_right=m.negatives_right,
                negatives=m.negatives, source=m.source, measured_at=at, measured_by=by,
            )
        )  # fmt: skip
    session.flush()


def known(pg: psycopg.Connection[Any], finding: str, rules: str) -> Measured | None:
    """The error rates of some rules on a finding: the site's last measurement, else what ships with them."""
    own = pg.execute(
        "SELECT positives_right, positives, negatives_right, negatives, source FROM reading_accuracy "
        "WHERE finding = %s AND rules = %s ORDER BY id DESC LIMIT 1",
        [finding, rules],
    ).fetchone()
    if own is not None:
        return Measured(
            positives_right=own[0],
            positives=own[1],
            negatives_right=own[2],
            negatives=own[3],
            source=own[4],
        )
    shipped = pack(rules.split("/", maxsplit=1)[0])
    return Measured(**shipped.measured) if shipped.measured and shipped.version == rules else None
