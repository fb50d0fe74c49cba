"""How a register entry came to be what it is: each revision with what it changed."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from dashboards.pages.shown import shown, words
from register.algorithm import Algorithm, Commitment, ProductVersion
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.indication import Indication
from register.revision import Revised

_TABLES: tuple[type[Revised], ...] = (
    Algorithm, ProductVersion, Clearance, Indication, Commitment, Deployment, Site,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that a revision changed."""

    field: str = shown("Which field")
    before: str = shown("What it said")
    after: str = shown("What it says since")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionShown:
    """One revision of one part of an entry."""

    part: str = shown("Which part of the entry")
    key: str = shown("Its key")
    revision: int = shown("1 for the first statement")
    recorded_at: datetime = shown("When the register learned it")
    recorded_by: str = shown("Who entered it")
    changes: tuple[Change, ...] = shown("What changed; empty for the first statement")


def history(
    session: Session, algorithm: str, sites: AbstractSet[str], at: datetime
) -> tuple[RevisionShown, ...]:
    """Every revision of every part of an entry, and of the sites it is shown with, newest first."""
    found: list[RevisionShown] = []
    for table in _TABLES:
        rows = session.exec(
            select(table)
            .where(col(table.recorded_at) <= at)
            .order_by(col(table.key), col(table.revision))
        ).all()
        mine = [
            row
            for row in rows
            if (
                row.key in sites
                if isinstance(row, Site)
                else f"{row.key}:".startswith(f"{algorithm}:") or _runs(row, algorithm)
            )
        ]
        found += _revisions(table, mine)
    return tuple(sorted(found, key=lambda r: (r.recorded_at, r.key, r.revision), reverse=True))


def _runs(row: Revised, algorithm: str) -> bool:
    return isinstance(row, Deployment) and row.algorithm == algorithm


def _revisions(table: type[SQLModel], rows: Sequence[Revised]) -> list[RevisionShown]:
    found = []
    before: Revised | None = None
    for row in rows:
        earlier = before.facts() if before is not None and before.key == row.key else {}
        found.append(
            RevisionShown(
                part=words(str(table.__tablename__)),
                key=row.key,
                revision=row.revision,
                recorded_at=row.recorded_at,
                recorded_by=row.recorded_by,
                changes=tuple(
                    Change(field=words(name), before=as_text(earlier[name]), after=as_text(value))
                    for name, value in row.facts().items()
                    if name in earlier and earlier[name] != value
                ),
            )
        )
        before = row
    return found


def as_text(value: Any) -> str:
    """A value of an entry in words."""
    return "nothing" if value in (None, "", [], {}) else str(value)
