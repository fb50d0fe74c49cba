"""A cycle, committed as a whole together with what has to be told of it."""

from datetime import datetime

from sqlmodel import Session

from backend.clock import now
from backend.database import raw, unit_of_work
from backend.notices import notices, recent_signals
from backend.settings import Settings, settings
from backend.webhook import about
from backend.work.queue import ask
from surveillance import cycle
from surveillance.cycle import CycleDone
from surveillance.work import Kind, last_of


def run(url: str, *, by: str, as_of: datetime | None = None) -> CycleDone:
    """Run a cycle up to a moment, or to now, over every site, after any cycle or import that runs."""
    with unit_of_work(url, by=by) as session:
        pg = raw(session)
        pg.execute("SELECT pg_advisory_xact_lock(hashtext('catamnesis.evidence'))")
        done = cycle.run(session, pg, as_of=as_of or now())
        _have_it_told(session, settings(), by=by, at=now())
    return done


def _have_it_told(session: Session, current: Settings, *, by: str, at: datetime) -> None:
    if current.smtp_url is not None and notices(session, current, at=at):
        ask(session, Kind.NOTICE, by=by, at=at)
    if current.webhook_url is not None:
        for signal in recent_signals(session, at):
            if last_of(session, Kind.WEBHOOK, about(signal)) is None:
                ask(session, Kind.WEBHOOK, about=about(signal), by=by, at=at)
