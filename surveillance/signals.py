"""A signal is one open matter for a person; whatever rings about it is added to it, never doubled."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import JSON, DateTime, Index, text
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from surveillance.monitors.chart_record import CHARTS
from surveillance.monitors.verdict import RINGS, Answer, StoredVerdict

PLANNED = (CHARTS, "updates")
"""Monitors that ask what a plan says: what it asks no more rings no more."""


class Signal(SQLModel, table=True):
    """A matter that rang: since when, how often it was seen, by what, and what to do."""

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
    joined_at: datetime = column("Data cut at which the last verdict joined those that ring", Privacy.OPERATIONAL,
                                 sa_type=DateTime(timezone=True))  # fmt: skip
    verdicts: list[int] = column("Numbers of the verdicts that ring, the foremost first", Privacy.OPERATIONAL,
                                 sa_type=JSON)  # fmt: skip
    sentence: str = column("Why", Privacy.OPERATIONAL)
    action: str = column("What to do", Privacy.OPERATIONAL)
    seen: int = column("In how many cycles it rang", Privacy.OPERATIONAL)
    closed_at: datetime | None = column("Data cut at which it no longer rang", Privacy.OPERATIONAL,
                                        sa_type=DateTime(timezone=True), default=None)  # fmt: skip


def raise_signals(session: Session, verdicts: Sequence[StoredVerdict], *, as_of: datetime) -> int:
    """Open a signal for each matter on which a verdict rings, annotate those open, close those quiet; how many opened.

    A verdict that rang and was not asked again rings on, unless its plan asks it no more or its monitor works again.
    """
    matters: dict[str, list[StoredVerdict]] = defaultdict(list)
    for stored in verdicts:
        matters[stored.verdict().about].append(stored)
    for deployment in {stored.deployment for stored in verdicts}:
        for signal in open_signals(session, deployment):
            matters[signal.cause] += _unasked(session, signal, verdicts)
    now = {stored.id for stored in verdicts}
    return sum(
        _annotate(session, matter, rung, as_of=as_of, again=any(s.id in now for s in rung))
        for matter, asked in matters.items()
        for rung in [sorted((s for s in asked if s.answer in RINGS), key=_foremost)]
    )


def _unasked(
    session: Session, signal: Signal, verdicts: Sequence[StoredVerdict]
) -> list[StoredVerdict]:
    """What rang and was neither asked again nor withdrawn."""
    answered = {stored.cause for stored in verdicts}
    work = {(s.monitor, s.finding) for s in verdicts if s.answer != Answer.BROKEN}
    return [
        stored
        for stored in behind(session, signal)
        if stored.cause not in answered
        and not (
            (stored.monitor, stored.finding) in work
            and (stored.monitor in PLANNED or stored.answer == Answer.BROKEN)
        )
    ]


def _annotate(
    session: Session, matter: str, rung: Sequence[StoredVerdict], *, as_of: datetime, again: bool
) -> bool:
    """Bring the signal on a matter up to what rings of it, `again` in this cycle or still; whether it is new."""
    signal = session.exec(
        select(Signal).where(Signal.cause == matter, col(Signal.closed_at).is_(None))
    ).first()
    if not rung:
        if signal is not None:
            signal.closed_at = as_of
        return False
    lead = rung[0].verdict()
    new = signal is None
    if signal is None:
        signal = Signal(
            cause=matter, deployment=lead.deployment, finding=lead.finding, opened_at=as_of, joined_at=as_of,
            verdicts=[], sentence="", action="", seen=0,
        )  # fmt: skip
        session.add(signal)
    elif {s.cause for s in rung} - {s.cause for s in behind(session, signal)}:
        signal.joined_at = as_of
    signal.verdicts = [stored.id for stored in rung if stored.id is not None]
    signal.sentence, signal.action = _dated(rung), lead.action
    signal.seen += again
    session.flush()
    return new


def _foremost(stored: StoredVerdict) -> tuple[bool, ...]:
    """What is told first: what is shown to fail, then what names the part in which it does."""
    said = stored.verdict()
    return said.answer == Answer.BROKEN, said.answer != Answer.BREACHED, not said.level


def _dated(rung: Sequence[StoredVerdict]) -> str:
    """What leads, and where that tells no day, when it began by the foremost chart that rings about it."""
    lead, *others = (stored.verdict() for stored in rung)
    told = "" if lead.began else next((other.began for other in others if other.began), "")
    return f"{lead.sentence} {told}".rstrip()


def behind(session: Session, signal: Signal) -> list[StoredVerdict]:
    """The verdicts that ring, the one that speaks for the signal first."""
    return [session.get_one(StoredVerdict, number) for number in signal.verdicts]


def stood_behind(session: Session, signal: Signal) -> list[StoredVerdict]:
    """What rang about a signal while it was open and rings no more, or is asked no more: the last answer that rang of each question."""
    now = {stored.cause for stored in behind(session, signal)}
    rang = {
        stored.cause: stored
        for stored in session.exec(
            select(StoredVerdict)
            .where(
                StoredVerdict.deployment == signal.deployment, col(StoredVerdict.answer).in_(RINGS)
            )
            .order_by(col(StoredVerdict.id))
        )
        if stored.verdict().about == signal.cause and _open_at(signal, stored.as_of)
    }
    return [stored for cause, stored in rang.items() if cause not in now]


def _open_at(signal: Signal, at: datetime) -> bool:
    return signal.opened_at <= at and (signal.closed_at is None or at <= signal.closed_at)


def matter_of(session: Session, signal: Signal) -> str:
    """What a signal is about, without its deployment and finding; where no matter is named, what the monitor asked."""
    lead = behind(session, signal)[0].verdict()
    asked = " ".join(filter(None, (lead.metric, lead.level)))
    return (lead.matter.removeprefix(f"{signal.finding}: ") or asked).replace("_", " ")


def open_signals(session: Session, deployment: str | None = None) -> list[Signal]:
    """The signals that wait for a person, oldest first."""
    statement = select(Signal).where(col(Signal.closed_at).is_(None)).order_by(col(Signal.id))
    if deployment is not None:
        statement = statement.where(Signal.deployment == deployment)
    return list(session.exec(statement))


def signals_on(session: Session, cause: str) -> list[Signal]:
    """The signals, open and closed, behind which a verdict of a cause stands, oldest first."""
    rang = [
        (row.verdict().about, row.as_of)
        for row in session.exec(select(StoredVerdict).where(StoredVerdict.cause == cause))
        if row.answer in RINGS
    ]
    about = session.exec(select(Signal).where(Signal.deployment == cause.partition("|")[0]).order_by(col(Signal.id)))  # fmt: skip
    return [
        signal for signal in about
        if any(matter == signal.cause and _open_at(signal, at) for matter, at in rang)
    ]  # fmt: skip
