"""Register entries are never changed in place: a new revision of the same key stands beside the old."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import DateTime, func
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column


class Revised(SQLModel):
    """What each register table begins with: the key, which revision, and both clocks."""

    key: str = column("Stable identifier of the entry", Privacy.PUBLIC, primary_key=True)
    revision: int = column(
        "1 for the first statement of this key", Privacy.PUBLIC, primary_key=True
    )
    recorded_at: datetime = column(
        "When the register learned it", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    recorded_by: str = column("Who entered it", Privacy.PERSON)
    effective_from: date | None = column(
        "From when it holds; empty = from the day it was recorded", Privacy.PUBLIC, default=None
    )

    def facts(self) -> dict[str, Any]:
        """The content of the entry, without the bookkeeping of its revision."""
        bookkeeping = {"key", "revision", "recorded_at", "recorded_by"}
        said = self.model_dump(mode="json", exclude=bookkeeping)
        return {name: said[name] for name in type(self).model_fields if name in said}


Entry = TypeVar("Entry", bound=Revised)


def as_known(
    session: Session, table: type[Entry], at: datetime | None = None, **where: str
) -> list[Entry]:
    """The entries of a table as the register knew them at a moment (None = now), by key."""
    statement = (
        select(table).order_by(col(table.key), col(table.revision).desc()).distinct(col(table.key))
    )
    if at is not None:
        statement = statement.where(col(table.recorded_at) <= at)
    if "key" in where:
        statement = statement.where(col(table.key) == where["key"])
    entries: Sequence[Entry] = session.exec(statement).all()
    return [entry for entry in entries if all(getattr(entry, k) == v for k, v in where.items())]


def first_known(session: Session, table: type[Entry], key: str = "") -> datetime | None:
    """When the register first learned of an entry, or of any of a table; None where it knows of none."""
    statement = select(func.min(col(table.recorded_at)))
    if key:
        statement = statement.where(col(table.key) == key)
    return session.exec(statement).one()


def revise(session: Session, entry: Entry) -> str:
    """Add an entry to the register if it says anything new: *added*, *revised* or *unchanged*."""
    table = type(entry)
    latest = session.exec(
        select(table).where(col(table.key) == entry.key).order_by(col(table.revision).desc())
    ).first()
    if latest is not None and latest.facts() == entry.facts():
        return "unchanged"
    entry.revision = 1 if latest is None else latest.revision + 1
    session.add(entry)
    session.flush()
    return "added" if latest is None else "revised"
