"""Asking for work: written down and queued in one transaction, so that neither is there without the other."""

from datetime import datetime

from sqlmodel import Session

from backend.database import raw
from surveillance.work import Kind, Standing, Work, last_of

SCHEMA = "jobs"
"""Where the queue's own tables are; nothing but Procrastinate writes there."""


def ask(session: Session, kind: Kind, *, about: str = "", by: str, at: datetime) -> Work:
    """Ask for something to be done; what already waits for a worker is not asked for twice.

    Two of the same kind about the same thing never run at once.
    """
    last = last_of(session, kind, about)
    if last is not None and last.standing is Standing.WAITS:
        return last
    work = Work(kind=kind, about=about, asked_by=by, asked_at=at)
    session.add(work)
    session.flush()
    _queue(session, work)
    return work


def _queue(session: Session, work: Work) -> None:
    from procrastinate import App, SyncPsycopgConnector

    pg = raw(session)
    pg.execute(f"SET LOCAL search_path = {SCHEMA}")
    App(connector=SyncPsycopgConnector()).configure_task(
        work.kind, lock=f"{work.kind} {work.about}", connection=pg
    ).defer(work=work.id)
    pg.execute("SET LOCAL search_path TO DEFAULT")
