"""What waits for each person, by e-mail: one message a day at most, and none when nothing waits."""

import smtplib
import ssl
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from backend.database import unit_of_work
from backend.settings import Settings
from register.columns import Privacy, column
from register.contact import addresses
from register.deployment import Deployment
from register.escalation import escalated, told
from register.refusal import Refusal
from register.revision import as_known
from register.task import Task, open_tasks
from surveillance.handling import handling
from surveillance.signals import open_signals


class NotSent(Refusal):
    """Mail that cannot be sent; the sentence says which setting or server is at fault."""


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
        handled = handling(session, signal, on)
        told_to = (
            [handled.owner] if handled.owner else oversight.get(signal.deployment, {}).values()
        )
        for person in dict.fromkeys(told_to if handled.rests_until is None else ()):
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
    if settings.smtp_url is None or not settings.mail_from:
        raise NotSent("No mail server is set: CATAMNESIS_SMTP_URL (smtp://host:25, smtps://user:password@host) and CATAMNESIS_MAIL_FROM.")  # fmt: skip
    server = _Server(settings.smtp_url.get_secret_value())
    with unit_of_work(url, by=by) as session:
        waiting = [d for d in digests(session, at.date()) if d.address and not _today(session, d.person, at)]  # fmt: skip
    for digest in waiting:
        with unit_of_work(url, by=by) as session:
            session.add(DigestSent(person=digest.person, tasks=digest.tasks, sent_at=at))
            session.flush()
            server.send(_message(digest, settings.mail_from, at.date()))
    return waiting


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


def _message(digest: Digest, sender: str, on: date) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, digest.address
    message["Subject"] = f"Catamnesis: what waits on {on}"
    message.set_content(digest.text)
    return message


class _Server:
    """A mail server by its address: `smtp://` takes TLS where it is offered, `smtps://` begins with it."""

    def __init__(self, url: str) -> None:
        self._at = urlsplit(url)
        if self._at.scheme not in ("smtp", "smtps") or not self._at.hostname:
            raise NotSent(
                "CATAMNESIS_SMTP_URL: it begins with smtp:// or smtps:// and names a host."
            )

    def send(self, message: EmailMessage) -> None:
        at, context = self._at, ssl.create_default_context()
        host = at.hostname or ""
        try:
            with (
                smtplib.SMTP_SSL(host, at.port or 465, timeout=30, context=context)
                if at.scheme == "smtps"
                else smtplib.SMTP(host, at.port or 25, timeout=30)
            ) as server:
                if at.scheme == "smtp" and server.ehlo()[0] == 250 and server.has_extn("starttls"):
                    server.starttls(context=context)
                if at.username:
                    server.login(unquote(at.username), unquote(at.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as wrong:
            raise NotSent(f"The mail server {host} did not take the digest for {message['To']}: {wrong}.") from wrong  # fmt: skip
