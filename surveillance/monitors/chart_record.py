"""The record of charts: reference windows as they were locked, and the charts as the last cycle left them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from surveillance.monitors.verdict import Verdict

CHARTS = "charts"
"""The monitor that follows the charts of the plan."""
STANDING_DAYS = 90
"""An alarm is taken to stand for so many days, unless someone settles it earlier."""


class LockedReference(SQLModel, table=True):
    """The charts of a plan for one finding, as its reference window set them; written once."""

    __tablename__ = "locked_reference"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.OPERATIONAL)
    plan: str = column("SHA-256 of the plan that it was locked for", Privacy.OPERATIONAL)
    first_day: date = column("First study day of the window", Privacy.OPERATIONAL)
    last_day: date = column("Last study day of the window", Privacy.OPERATIONAL)
    mature_on: date = column("When all its cases were mature", Privacy.OPERATIONAL)
    locked_at: datetime = column("Data cut at which it was locked", Privacy.OPERATIONAL,
                                 sa_type=DateTime(timezone=True))  # fmt: skip
    cases: int = column("Cases in the window", Privacy.OPERATIONAL)
    unsteady: list[str] = column("What its own charts rang within it, in sentences", Privacy.OPERATIONAL, sa_type=JSON,
                                 default_factory=list)  # fmt: skip
    charts: list[dict[str, Any]] = column("The charts with their limits", Privacy.OPERATIONAL, sa_type=JSON)  # fmt: skip

    @property
    def record(self) -> str:
        """The name under which it is signed."""
        return f"reference window {self.id}"

    @property
    def window(self) -> tuple[date, date]:
        """First and last study day."""
        return self.first_day, self.last_day


class SettledAlarm(SQLModel, table=True):
    """What a chart told is dealt with: from the day it was settled no alarm before it stands, and the chart follows studies since alone; written once."""

    __tablename__ = "settled_alarm"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    step: int = column(
        "Number of the step about a signal by which it was settled", Privacy.OPERATIONAL
    )
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.OPERATIONAL)
    watch: str = column("What is watched", Privacy.OPERATIONAL)
    by: str = column("By which column; empty = all cases", Privacy.OPERATIONAL)
    level: str = column("On which level of it", Privacy.OPERATIONAL)
    up_to: date = column("Day of the last alarm that is settled", Privacy.OPERATIONAL)
    settled_on: date = column("Day on which it was settled", Privacy.OPERATIONAL)

    def question(self) -> tuple[str, str, str]:
        """What is watched, by which column, on which level."""
        return self.watch, self.by, self.level


class DrawnChart(SQLModel, table=True):
    """One chart of a plan up to the last data cut: a point a study day, derived anew each time."""

    __tablename__ = "drawn_chart"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.OPERATIONAL)
    reference: int = column("Number of the locked reference window", Privacy.OPERATIONAL)
    watch: str = column("What is watched", Privacy.OPERATIONAL)
    by: str = column("By which column; empty = all cases", Privacy.OPERATIONAL)
    level: str = column("On which level of it", Privacy.OPERATIONAL)
    side: str = column("In which direction", Privacy.OPERATIONAL)
    content: dict[str, Any] = column(
        "Limit, days with the highest value of each, alarms with the days they tell of, cases behind the last", Privacy.OPERATIONAL, sa_type=JSON
    )  # fmt: skip

    def question(self) -> tuple[str, str, str]:
        """What is watched, by which column, on which level; in either direction."""
        return self.watch, self.by, self.level


def standing_reference(session: Session, deployment: str, finding: str) -> LockedReference | None:
    """The reference last locked."""
    return session.exec(
        select(LockedReference)
        .where(LockedReference.deployment == deployment, LockedReference.finding == finding)
        .order_by(col(LockedReference.id).desc())
    ).first()


def standing_references(session: Session) -> list[LockedReference]:
    """The reference last locked of each deployment and finding."""
    return list(
        session.exec(
            select(LockedReference)
            .distinct(col(LockedReference.deployment), col(LockedReference.finding))
            .order_by(
                col(LockedReference.deployment),
                col(LockedReference.finding),
                col(LockedReference.id).desc(),
            )
        )
    )


def charted_since(session: Session, deployment: str, finding: str) -> date:
    """The day of the first cycle that followed charts of a finding that has a reference, under whichever plan."""
    first = session.exec(
        select(LockedReference.locked_at)
        .where(LockedReference.deployment == deployment, LockedReference.finding == finding)
        .order_by(col(LockedReference.id))
        .limit(1)
    ).one()
    return first.date()


def settled(session: Session, deployment: str, finding: str) -> list[SettledAlarm]:
    """What was settled of the charts of a finding, in order."""
    return list(
        session.exec(
            select(SettledAlarm)
            .where(SettledAlarm.deployment == deployment, SettledAlarm.finding == finding)
            .order_by(col(SettledAlarm.id))
        )
    )


def drawn(session: Session, deployment: str, finding: str) -> list[DrawnChart]:
    """The charts of a finding, in the order of the plan."""
    return list(
        session.exec(
            select(DrawnChart)
            .where(DrawnChart.deployment == deployment, DrawnChart.finding == finding)
            .order_by(col(DrawnChart.id))
        )
    )


def behind_verdict(session: Session, verdict: Verdict) -> Iterator[DrawnChart]:
    """The charts, in either direction, from which a verdict was given."""
    asked = (verdict.metric, verdict.by, verdict.level)
    for chart in drawn(session, verdict.deployment, verdict.finding):
        if verdict.monitor == CHARTS and chart.question() == asked:
            yield chart
