"""Sessions that were signed out: their cookies are worth nothing, also after a restart or in another process."""

from datetime import datetime

from sqlalchemy import DateTime, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, SQLModel, col

from backend.web.sessions import LASTS, Ticket
from register.columns import Privacy, column


class EndedSession(SQLModel, table=True):
    """One session that was signed out; forgotten once its cookie would have expired."""

    __tablename__ = "ended_session"

    id: str = column("Identifier in the cookie", Privacy.OPERATIONAL, primary_key=True)
    until: datetime = column(
        "When the cookie is too old in any case",
        Privacy.OPERATIONAL,
        sa_type=DateTime(timezone=True),
    )


def end(session: Session, ticket: Ticket, *, at: datetime) -> None:
    """End a session for good, and forget those whose cookies have expired meanwhile."""
    session.execute(delete(EndedSession).where(col(EndedSession.until) < at))
    session.execute(
        insert(EndedSession).values(id=ticket.id, until=at + LASTS).on_conflict_do_nothing()
    )


def has_ended(session: Session, ticket: Ticket) -> bool:
    """Whether a session was signed out."""
    return session.get(EndedSession, ticket.id) is not None
