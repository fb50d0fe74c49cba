"""What was measured of a deployment at a data cut, kept as it was then: later figures restate, not replace."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column


class Measurement(SQLModel, table=True):
    """The performance of one deployment on one finding as known at a data cut."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What was looked for", Privacy.OPERATIONAL)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    content: dict[str, Any] = column(
        "The performance, in its public form", Privacy.OPERATIONAL, sa_type=JSON
    )


class Analysis(SQLModel, table=True):
    """One analysis of one deployment and finding as known at a data cut."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What was looked for", Privacy.OPERATIONAL)
    kind: str = column("Which analysis", Privacy.OPERATIONAL)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    content: dict[str, Any] = column(
        "The analysis, in its public form", Privacy.OPERATIONAL, sa_type=JSON
    )


class Cycle(SQLModel, table=True):
    """One run of link → resolve → tally → monitor → signal, up to a data cut."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    judged: dict[str, dict[str, Any]] = column(
        "Per deployment: days and cases judged anew, and the register it was judged by",
        Privacy.OPERATIONAL,
        sa_type=JSON,
    )


def keep(session: Session, found: Measurement | Analysis) -> None:
    """Keep what was found, unless the last data cut found the same."""
    if isinstance(found, Analysis):
        last: Measurement | Analysis | None = latest_analyses(
            session, found.deployment, found.finding
        ).get(found.kind)
    else:
        last = latest_measurement(session, found.deployment, found.finding)
    if last is None or {**last.content, "as_of": ""} != {**found.content, "as_of": ""}:
        session.add(found)


def latest_analyses(session: Session, deployment: str, finding: str) -> dict[str, Analysis]:
    """What each analysis last found, by kind."""
    rows = session.exec(
        select(Analysis)
        .distinct(col(Analysis.kind))
        .where(Analysis.deployment == deployment, Analysis.finding == finding)
        .order_by(col(Analysis.kind), col(Analysis.id).desc())
    )
    return {row.kind: row for row in rows}


def latest_measurement(session: Session, deployment: str, finding: str) -> Measurement | None:
    """What was last measured."""
    return session.exec(
        select(Measurement)
        .where(Measurement.deployment == deployment, Measurement.finding == finding)
        .order_by(col(Measurement.id).desc())
    ).first()


def latest_cycle(session: Session) -> Cycle | None:
    """The last cycle that ended."""
    return session.exec(select(Cycle).order_by(col(Cycle.id).desc())).first()
