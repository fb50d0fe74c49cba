"""What each row of evidence carries beside its content, and the batches and quarantine it came through."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime
from sqlmodel import SQLModel

from register.columns import Privacy, column

ORIGINS = ("real", "simulated")
LATERALITIES = ("L", "R", "B", "U")
"""Left, right, both, unpaired (DICOM (0020,0062)): the sides an output, a report or an outcome may concern."""


class Recorded(SQLModel):
    """The bookkeeping of one row: a correction is a new revision of the same key; nothing is overwritten."""

    revision: int = column("1 for the first statement, 2 for its first correction", Privacy.OPERATIONAL)  # fmt: skip
    recorded_at: datetime = column(
        "When we learned it", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    batch: int = column("The batch that brought it", Privacy.OPERATIONAL)
    digest: str = column(
        "MD5 of the content, to tell a repetition from a correction", Privacy.PSEUDONYM
    )
    extra: dict[str, Any] | None = column(
        "The x_ columns of the site", Privacy.CLINICAL, sa_type=JSON, default=None
    )


class EvidenceBatch(SQLModel, table=True):
    """One import: where it came from, whether its cases are real, and counts that add up."""

    __tablename__ = "evidence_batch"

    id: int | None = column(
        "Number of the batch", Privacy.OPERATIONAL, default=None, primary_key=True
    )
    recorded_at: datetime = column(
        "When it was taken", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    recorded_by: str = column("Who imported it", Privacy.PERSON)
    source: str = column("Key of the source", Privacy.OPERATIONAL)
    title: str = column("The source in words", Privacy.OPERATIONAL, default="")
    origin: str = column("Real cases or simulated ones", Privacy.OPERATIONAL, choices=ORIGINS)
    citation: str = column("Where the data are published", Privacy.OPERATIONAL, default="")
    simulated: list[str] = column("Columns of a real source that were made up", Privacy.OPERATIONAL,
                                  sa_type=JSON)  # fmt: skip
    note: str = column("What a reader must know", Privacy.OPERATIONAL, default="")
    counts: dict[str, dict[str, int]] = column(
        "Per file: read = accepted + unchanged + corrected + quarantined",
        Privacy.OPERATIONAL,
        sa_type=JSON,
    )


class QuarantinedRow(SQLModel, table=True):
    """A row that could not be taken: where it stands, what is wrong and how to mend it. Never dropped."""

    __tablename__ = "quarantined_row"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    batch: int = column("The batch it came with", Privacy.OPERATIONAL, index=True)
    recorded_at: datetime = column(
        "When it came", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    source: str = column("Key of the source", Privacy.OPERATIONAL)
    file: str = column("File of the batch", Privacy.OPERATIONAL)
    line: int = column("Line in the file; 1 is the header", Privacy.OPERATIONAL)
    rows: int = column("How many rows wait behind this entry: more than 1 when the file as a whole"
                       " could not be read", Privacy.OPERATIONAL, sa_type=BigInteger)  # fmt: skip
    column_name: str = column("The column at fault", Privacy.OPERATIONAL)
    value: str = column("The value found there; patient identifiers are masked", Privacy.CLINICAL)
    reason: str = column("What is wrong and how to mend it", Privacy.OPERATIONAL)
    content: dict[str, Any] = column("The row as it came, identifiers replaced", Privacy.CLINICAL,
                                     sa_type=JSON)  # fmt: skip
    fingerprint: str = column(
        "Same row, same reason, same fingerprint: a repeated import adds nothing", Privacy.PSEUDONYM,
        unique=True,
    )  # fmt: skip
