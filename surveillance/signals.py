"""A signal is one open matter for a person; the same cause rings once and is annotated, never doubled."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import DateTime, Index, text
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from surveillance.monitors.verdict import RINGS, StoredVerdict


class Signal(SQLModel, table=True):
    """A cause that rang: since when, how often it was seen, and what to do."""

    __table_args__ = (
        Index(
            "signal_one_open_per_cause",
            "cause",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    cause: str = column("What it is about", Privacy.OPERATIONAL)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What was looked for", Privacy.OPERATIONAL)
    opened_at: datetime = column("Data cut at which it rang", Privacy.OPERATIONAL,
                                 sa_type=DateTime(timezone=True))  # fmt: skip
    verdict: int = column("The verdict that stands behind it", Privacy.OPERATIONAL)
    sentence: str = column("Why", Privacy.OPERATIONAL)
    action: str = column("What to do", Privacy.OPERATIONAL)
    seen: int = column("In how many cycles it rang", Privacy.OPERATIONAL)
    closed_at: datetime | None = column("Data cut at which it no longer rang", Privacy.OPERATIONAL,
                                        sa_type=DateTime(timezone=True), default=None)  # fmt: skip


def raise_signals(session: Session, verdicts: Sequence[StoredVerdict], *, as_of: datetime) -> int:
    """Open a signal for each cause that rings, annotate those open, close those quiet; how many opened."""
    opened = 0
    for stored in verdicts:
        standing = session.exec(
            select(Signal).where(Signal.cause == stored.cause, col(Signal.closed_at).is_(None))
        ).first()
        verdict = stored.verdict()
        if verdict.answer not in RINGS:
            if standing is not None:
                standing.closed_at = as_of
            continue
        assert stored.id is not None
        if standing is None:
            opened += 1
            standing = Signal(
                cause=stored.cause, deployment=stored.deployment, finding=stored.finding, opened_at=as_of,
                verdict=stored.id, sentence="", action="", seen=0,
            )  # fmt: skip
            session.add(standing)
        standing.verdict, standing.sentence, standing.action = (
            stored.id,
            verdict.sentence,
            verdict.action,
        )
        standing.seen += 1
    session.flush()
    return opened


def open_signals(session: Session, deployment: str | None = None) -> list[Signal]:
    """The signals that wait for a person, oldest first."""
    statement = select(Signal).where(col(Signal.closed_at).is_(None)).order_by(col(Signal.id))
    if deployment is not None:
        statement = statement.where(Signal.deployment == deployment)
    return list(session.exec(statement))
