"""What is kept of local validations: protocols as they were fixed, and their runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.refusal import Refusal


class ValidationNotPossible(Refusal):
    """A validation that cannot be planned, run or signed; the sentence says why and what would do."""


class ValidationPlan(SQLModel, table=True):
    """A protocol as it was fixed; another one needs another key."""

    __tablename__ = "validation_plan"

    key: str = column("Key of the validation", Privacy.OPERATIONAL, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.OPERATIONAL)
    version: str = column("Software version it is about", Privacy.OPERATIONAL)
    threshold: float | None = column("Operating point it is about", Privacy.OPERATIONAL)
    content: dict[str, Any] = column(
        "Population, period, strata, criteria and sizes", Privacy.OPERATIONAL, sa_type=JSON
    )
    author: str = column("Who fixed it", Privacy.PERSON)
    fixed_at: datetime = column(
        "When it was fixed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


class ValidationRun(SQLModel, table=True):
    """One run of a protocol as known at a data cut; written once."""

    __tablename__ = "validation_run"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    plan: str = column("Key of the validation", Privacy.OPERATIONAL, index=True)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    content: dict[str, Any] = column("Verdicts and counts", Privacy.OPERATIONAL, sa_type=JSON)
    run_by: str = column("Who ran it", Privacy.PERSON)


def plans(session: Session, deployment: str | None = None) -> list[ValidationPlan]:
    """Every protocol, of one deployment if given, in the order they were fixed."""
    found = select(ValidationPlan).order_by(col(ValidationPlan.fixed_at))
    if deployment is not None:
        found = found.where(ValidationPlan.deployment == deployment)
    return list(session.exec(found))


def plan_of(session: Session, key: str) -> ValidationPlan:
    """The protocol of that key; a refusal that names the others."""
    plan = session.get(ValidationPlan, key)
    if plan is None:
        known = ", ".join(one.key for one in plans(session)) or "none yet"
        raise ValidationNotPossible(f"No validation '{key}'. There are: {known}.")
    return plan


def runs(session: Session, plan: str) -> list[ValidationRun]:
    """The runs of a protocol, in order."""
    return list(
        session.exec(
            select(ValidationRun).where(ValidationRun.plan == plan).order_by(col(ValidationRun.id))
        )
    )


def earlier(done: Sequence[ValidationRun]) -> str:
    """Which run of its protocol the last one is, and what those before it came to; empty for a first one."""
    before = [str(run.content["verdict"]).replace("_", " ") for run in done[:-1]]
    if not before:
        return ""
    those = "the one before" if len(before) == 1 else f"the {len(before)} before"
    return f"Run {len(done)} of this protocol; {those}: {', '.join(before)}."
