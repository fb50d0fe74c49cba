"""What the installation does by itself or is asked for: written down when asked, begun and ended."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import DateTime, text
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column


class Kind(StrEnum):
    """What there is to do."""

    CYCLE = "cycle"
    NOTICE = "notice"
    DIGEST = "digest"


class Standing(StrEnum):
    """How a piece of work stands."""

    WAITS = "waits"
    RUNS = "runs"
    TRIED_AGAIN = "failed, and will be tried again"
    DONE = "done"
    FAILED = "failed"


class Work(SQLModel, table=True):
    """One piece of work, however often it is tried."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    kind: str = column("What is to be done", Privacy.OPERATIONAL, choices=tuple(Kind), index=True)
    about: str = column("About what; empty = everything", Privacy.OPERATIONAL, default="")
    asked_by: str = column("Who asked for it", Privacy.PERSON)
    asked_at: datetime = column(
        "When it was asked for", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    started_at: datetime | None = column(
        "When the last attempt began", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True), default=None
    )  # fmt: skip
    ended_at: datetime | None = column(
        "When it was done or given up", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True), default=None
    )  # fmt: skip
    problem: str = column(
        "Why the last attempt failed; empty = it did not", Privacy.PERSON, default=""
    )

    @property
    def standing(self) -> Standing:
        """Whether it waits, runs or ended, and how."""
        if self.ended_at is not None:
            return Standing.FAILED if self.problem else Standing.DONE
        if self.problem:
            return Standing.TRIED_AGAIN
        return Standing.WAITS if self.started_at is None else Standing.RUNS


def last_of(session: Session, kind: Kind, about: str = "") -> Work | None:
    """The last piece of work of a kind about something."""
    return session.exec(
        select(Work).where(Work.kind == kind, Work.about == about).order_by(col(Work.id).desc())
    ).first()


def last_by_kind(session: Session) -> list[Work]:
    """The last piece of work of each kind, in the order of the kinds."""
    found = {
        work.kind: work
        for work in session.exec(
            select(Work).distinct(col(Work.kind)).order_by(col(Work.kind), col(Work.id).desc())
        )
    }
    return [found[kind] for kind in Kind if kind in found]


def worker_seen(session: Session) -> datetime | None:
    """When a worker last gave a sign of life; None = none is there."""
    found: datetime | None = session.scalar(
        text("SELECT max(last_heartbeat) FROM jobs.procrastinate_workers")
    )
    return found
