"""The evidence interchange, version 1: which files a batch may hold, and what their columns must be.

Everything is derived from the tables, so that contract and record cannot drift apart. A file differs
from its table in one way: identifiers come in clear (`patient_id`, `accession_number`, each with its
issuer) and are recorded as keyed digests.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache

from sqlalchemy import Column
from sqlmodel import SQLModel

from surveillance.evidence.clinical_report import ClinicalReport
from surveillance.evidence.event import Event
from surveillance.evidence.follow_up import FollowUp
from surveillance.evidence.inference import Inference
from surveillance.evidence.investigation import Investigation
from surveillance.evidence.outcome import Outcome
from surveillance.evidence.patient_merge import PatientMerge
from surveillance.evidence.recorded import Recorded
from surveillance.evidence.study import Study

BOOKKEEPING = tuple(Recorded.model_fields)
"""Columns of every evidence table that no file may set."""
READ_FROM_TEXT = ("read_by", "read_from")
"""Columns of a report that no file may set: they come of reading its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """One column of a file: `kind` is text, number, timestamp, date or vector."""

    name: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file of a batch and the table that records it."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[FileColumn, ...]
    one_of: tuple[str, ...] = ()

    def recorded_key(self) -> tuple[str, ...]:
        """The columns of the table that hold the key."""
        in_clear = {identifier: name for name, (identifier, _) in _IN_CLEAR.items()}
        return tuple(in_clear.get(name, name) for name in self.key)

    def recorded_columns(self) -> tuple[str, ...]:
        """The columns of the table that hold content, in its order."""
        return tuple(c.name for c in _table(self.table).columns if c.name not in BOOKKEEPING)


_TABLES: dict[str, tuple[type[SQLModel], tuple[str, ...], tuple[str, ...]]] = {
    "studies": (Study, ("study_instance_uid",), ()),
    "inferences": (Inference, ("inference_id",), ()),
    "reports": (
        ClinicalReport,
        ("report_id", "finding"),
        ("study_instance_uid", "accession_number"),
    ),
    "outcomes": (Outcome, ("outcome_id",), ("patient_id", "study_instance_uid")),
    "follow_up": (FollowUp, ("patient_id", "finding", "followed_to"), ()),
    "merges": (PatientMerge, ("prior_patient_id",), ()),
    "investigations": (Investigation, ("investigation_id",), ()),
    "events": (Event, ("event_id",), ("site", "deployment")),
}
_CAN_BE_FOUND = {"reports": ("call",)}
"""Columns a row may leave empty because what it says elsewhere gives them."""
_KINDS = {str: "text", float: "number", datetime: "timestamp", date: "date", list: "vector"}
_IN_CLEAR = {
    "patient": ("patient_id", "issuer_of_patient_id"),
    "prior_patient": ("prior_patient_id", "issuer_of_prior_patient_id"),
    "accession_number": ("accession_number", "issuer_of_accession_number"),
}


@cache
def sheets() -> dict[str, Sheet]:
    """The files a batch may hold, by name, in the order they are recorded."""
    return {
        name: Sheet(
            name=name,
            table=str(table.__tablename__),
            key=key,
            columns=tuple(
                replace(c, required=False)
                if c.name in (*one_of, *_CAN_BE_FOUND.get(name, ()))
                else c
                for c in _columns(str(table.__tablename__))
            ),
            one_of=one_of,
        )
        for name, (table, key, one_of) in _TABLES.items()
    }


def _table(name: str):  # type: ignore[no-untyped-def]  # sqlalchemy.Table
    return SQLModel.metadata.tables[name]


def _columns(table: str) -> list[FileColumn]:
    found = []
    for recorded in _table(table).columns:
        if recorded.name in (*BOOKKEEPING, *READ_FROM_TEXT):
            continue
        if recorded.name in _IN_CLEAR:
            identifier, issuer = _IN_CLEAR[recorded.name]
            said = "In clear; recorded as a keyed digest"
            required = not recorded.nullable
            found.append(FileColumn(name=identifier, kind="text", required=required, meaning=said))
            found.append(FileColumn(name=issuer, kind="text", meaning=f"Who issued {identifier}"))
        else:
            found.append(_column(recorded))
    return found


def _column(recorded: Column[object]) -> FileColumn:
    said = recorded.info
    return FileColumn(
        name=recorded.name,
        kind=_KINDS.get(recorded.type.python_type, "text"),
        required=not recorded.nullable,
        choices=said["choices"],
        minimum=said["minimum"],
        maximum=said["maximum"],
        unit=said["unit"],
        meaning=recorded.comment or "",
    )
