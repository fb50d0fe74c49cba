"""A change of the label under which something runs: proposed with what it would do, decided by someone else."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.signature import Signature, under
from register.transition import decided


class LabelChange(SQLModel, table=True):
    """One proposal, written once: the entry as it would stand, its fields, and the studies it would move."""

    __tablename__ = "label_change"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC, index=True)
    entry: str = column("The entry as it would stand", Privacy.OPERATIONAL)
    name: str = column("Name of the file it came as", Privacy.OPERATIONAL)
    digest: str = column("SHA-256 of what it would change", Privacy.OPERATIONAL)
    fields: list[dict[str, Any]] = column(
        "Every field that would change, with both values", Privacy.OPERATIONAL, sa_type=JSON
    )
    effects: list[dict[str, Any]] = column(
        "Stored studies of each deployment under it, by today's decision and the proposed one",
        Privacy.OPERATIONAL,
        sa_type=JSON,
    )
    proposed_by: str = column("Sign-in name of its author", Privacy.PERSON)
    proposed_at: datetime = column(
        "When it was proposed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    @property
    def record(self) -> str:
        """The name under which it is signed."""
        return f"label change {self.id}"


def label_changes(session: Session, algorithm: str) -> list[tuple[LabelChange, list[Signature]]]:
    """Every proposal for an algorithm with its signatures, the oldest first."""
    rows = session.exec(
        select(LabelChange).where(LabelChange.algorithm == algorithm).order_by(col(LabelChange.id))
    )
    return [(row, under(session, row.record)) for row in rows]


def open_change(session: Session, algorithm: str) -> LabelChange | None:
    """The proposal that waits for a decision, if one does."""
    return next(
        (row for row, signed in label_changes(session, algorithm) if decided(signed) is None), None
    )
