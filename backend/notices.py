"""Notices: what cannot wait for the digest, mailed at once after the cycle that raised it, and once."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from backend.database import unit_of_work
from backend.digest import told_of_signal
from backend.mail import MailServer
from backend.settings import Settings
from backend.told import MAIL, Told, was_told
from register.contact import addresses
from register.deployment import Deployment
from register.escalation import told
from register.revision import as_known
from register.task import Task, open_tasks
from surveillance.signals import Signal, behind
from surveillance.stopping import SUSPENDED_BY_RULE
from surveillance.urgency import is_urgent

RECENT = timedelta(days=7)
"""How old a matter may be when it is first told: what is older was told by digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one person must hear of at once."""

    person: str
    address: str
    about: tuple[str, ...]
    text: str


def recent_signals(session: Session, at: datetime) -> list[Signal]:
    """The open signals that rang first within a week, oldest first."""
    asked = select(Signal).where(
        col(Signal.closed_at).is_(None), Signal.joined_at > at - RECENT, Signal.joined_at <= at
    )
    return list(session.exec(asked.order_by(col(Signal.id))))


def notices(session: Session, settings: Settings, *, at: datetime) -> list[Notice]:
    """What everybody with an address has not been told yet of what is urgent, by name."""
    reached = addresses(session)
    waiting: dict[str, dict[str, str]] = defaultdict(dict)
    for about, text, people in _urgent(session, settings, at):
        for person in people:
            if person in reached and not was_told(session, about, MAIL, person):
                waiting[person][about] = text
    return [
        Notice(
            person=person, address=reached[person], about=tuple(said), text="\n\n".join(said.values()) + "\n"
        )
        for person, said in sorted(waiting.items())
    ]  # fmt: skip


def send(url: str, settings: Settings, *, by: str, at: datetime) -> list[Notice]:
    """Send every notice, each in a transaction of its own; which went out."""
    server = MailServer(settings)
    with unit_of_work(url, by=by) as session:
        waiting = notices(session, settings, at=at)
    for notice in waiting:
        with unit_of_work(url, by=by) as session:
            session.add_all(
                Told(about=about, way=MAIL, to=notice.person, at=at) for about in notice.about
            )
            session.flush()
            server.send(to=notice.address, subject="Catamnesis: look at this now", text=notice.text)
    return waiting


def _urgent(
    session: Session, settings: Settings, at: datetime
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What is urgent, in words, and who hears of it: suspensions by a rule, then signals."""
    oversight = {d.key: d.oversight for d in as_known(session, Deployment)}
    for task in open_tasks(session):
        if task.kind == SUSPENDED_BY_RULE and at - RECENT < task.opened_at <= at:
            people = told(task, oversight.get(task.deployment or "", {}), at.date())
            yield f"task {task.id}", _task_in_words(task, settings), people
    for signal in recent_signals(session, at):
        if any(map(is_urgent, behind(session, signal))):
            people = told_of_signal(
                session, signal, oversight.get(signal.deployment, {}), at.date()
            )
            yield f"signal {signal.id}", _signal_in_words(signal, settings), people


def _task_in_words(task: Task, settings: Settings) -> str:
    return f"{task.deployment}: {task.sentence}\n{settings.page('/inbox')}"


def _signal_in_words(signal: Signal, settings: Settings) -> str:
    return f"{signal.deployment}: {signal.sentence}\n{signal.action}\n{settings.page(f'/signals/{signal.id}')}"
