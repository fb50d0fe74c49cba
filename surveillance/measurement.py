"""What was measured of a deployment at a data cut, kept as it was then: later figures restate, not replace."""

from collections.abc import Mapping
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


def keep_measurement(session: Session, found: Measurement) -> None:
    """Keep what was measured, unless the last data cut measured the same."""
    last = latest_measurement(session, found.deployment, found.finding)
    if last is None or {**last.content, "as_of": ""} != {**found.content, "as_of": ""}:
        session.add(found)


def keep_analyses(
    session: Session,
    deployment: str,
    finding: str,
    analyses: Mapping[str, dict[str, Any]],
    *,
    as_of: datetime,
) -> None:
    """Keep the answers that differ from the last ones; a question that no longer arises gets an empty one."""
    last = latest_analyses(session, deployment, finding)
    for kind in [*analyses, *(kind for kind in last if kind not in analyses)]:
        content = analyses.get(kind, {})
        if kind not in last or last[kind].content != content:
            session.add(
                Analysis(
                    deployment=deployment, finding=finding, kind=kind, as_of=as_of, content=content
                )
            )


def latest_analyses(session: Session, deployment: str, finding: str) -> dict[str, Analysis]:
    """The last answer to each question that arises, by kind."""
    rows = session.exec(
        select(Analysis)
        .distinct(col(Analysis.kind))
        .where(Analysis.deployment == deployment, Analysis.finding == finding)
        .order_by(col(Analysis.kind), col(Analysis.id).desc())
    )
    return {row.kind: row for row in rows if row.content}


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
