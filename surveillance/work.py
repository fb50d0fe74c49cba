"""What the installation does by itself or is asked for: written down when asked, begun and ended."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import DateTime, and_, func, or_, text
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column

FORGOTTEN = timedelta(days=7)
"""How long what failed about a single thing is still told."""


REVIEW = "review "
"""What comes before the number of a review, where something is about one."""


class Kind(StrEnum):
    """What there is to do."""

    CYCLE = "cycle"
    GATHERING = "gathering"
    NOTICE = "notice"
    WEBHOOK = "webhook"
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


def standing_work(session: Session, at: datetime) -> list[Work]:
    """The last piece of work of each kind, and what is about a single thing while it is open or failed within a week."""
    last = select(func.max(Work.id)).where(Work.about == "").group_by(col(Work.kind))
    single = and_(
        col(Work.about) != "",
        or_(
            col(Work.ended_at).is_(None),
            and_(col(Work.problem) != "", col(Work.ended_at) > at - FORGOTTEN),
        ),
    )
    found = session.exec(select(Work).where(or_(col(Work.id).in_(last), single)))
    kinds = list(Kind)
    return sorted(found, key=lambda work: (kinds.index(Kind(work.kind)), work.id))


def worker_seen(session: Session) -> datetime | None:
    """When a worker last gave a sign of life; None = none is there."""
    found: datetime | None = session.scalar(
        text("SELECT max(last_heartbeat) FROM jobs.procrastinate_workers")
    )
    return found
