"""What waits for each person, by e-mail: one message a day at most, and none when nothing waits."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from backend.database import unit_of_work
from backend.mail import MailServer
from backend.settings import Settings
from register.columns import Privacy, column
from register.contact import addresses
from register.deployment import Deployment
from register.escalation import escalated, told
from register.revision import as_known
from register.task import Task, open_tasks
from surveillance.handling import handling
from surveillance.signals import Signal, open_signals


class DigestSent(SQLModel, table=True):
    """One digest that the mail server took."""

    __tablename__ = "digest_sent"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    person: str = column("Who it was for", Privacy.PERSON, index=True)
    tasks: int = column("Tasks in it", Privacy.OPERATIONAL)
    sent_at: datetime = column(
        "When the mail server took it", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What waits for one person; `address` is empty where none is on file."""

    person: str
    address: str
    tasks: int
    text: str


def digests(session: Session, on: date) -> list[Digest]:
    """The digest of everybody for whom something waits, by name."""
    oversight = {d.key: d.oversight for d in as_known(session, Deployment)}
    waiting: dict[str, list[Task]] = defaultdict(list)
    for task in open_tasks(session):
        for person in told(task, oversight.get(task.deployment or "", {}), on):
            waiting[person].append(task)
    signals: dict[str, list[str]] = defaultdict(list)
    for signal in open_signals(session):
        for person in told_of_signal(session, signal, oversight.get(signal.deployment, {}), on):
            signals[person].append(f"{signal.deployment}: {signal.sentence}")
    known = addresses(session)
    return [
        Digest(
            person=person, address=known.get(person, ""), tasks=len(waiting[person]),
            text=_text(waiting[person], signals[person], on),
        )
        for person in sorted({*waiting, *signals})
    ]  # fmt: skip


def send(url: str, settings: Settings, *, by: str, at: datetime) -> list[Digest]:
    """Send everybody's digest who has an address and got none today, each in a transaction of its own; who got one."""
    server = MailServer(settings)
    with unit_of_work(url, by=by) as session:
        waiting = [d for d in digests(session, at.date()) if d.address and not _today(session, d.person, at)]  # fmt: skip
    for digest in waiting:
        with unit_of_work(url, by=by) as session:
            session.add(DigestSent(person=digest.person, tasks=digest.tasks, sent_at=at))
            session.flush()
            server.send(to=digest.address, subject=f"Catamnesis: what waits on {at.date()}", text=digest.text)  # fmt: skip
    return waiting


def told_of_signal(
    session: Session, signal: Signal, oversight: Mapping[str, str], on: date
) -> tuple[str, ...]:
    """Who hears of a signal: whoever it was handed to, else everybody in the oversight; nobody while it is put off."""
    handled = handling(session, signal, on)
    if handled.rests_until is not None:
        return ()
    return tuple(dict.fromkeys([handled.owner] if handled.owner else oversight.values()))


def _today(session: Session, person: str, at: datetime) -> bool:
    last = session.exec(
        select(DigestSent).where(DigestSent.person == person).order_by(col(DigestSent.id).desc())
    ).first()
    return last is not None and last.sent_at.date() == at.date()


def _text(tasks: list[Task], signals: list[str], on: date) -> str:
    lines = []
    if signals:
        lines += ["Open signals", *(f"- {said}" for said in signals), ""]
    if tasks:
        lines += ["Waiting for you"]
    for task in tasks:
        due = f", due {task.due}" if task.due else ""
        late = " (overdue, escalated)" if escalated(task, on) else " (overdue)" if task.due and task.due < on else ""  # fmt: skip
        about = task.deployment or task.algorithm or "this site"
        lines.append(f"- {about}{due}{late}: {task.sentence} [{task.id}]")
    return "\n".join(lines).strip() + "\n"
