"""What people do about a signal: acknowledge it, hand it to someone, put it off with a reason, link it to what was done.

Nothing of it closes a signal: that does the monitor, when it no longer rings. What a chart told may be settled, so that it
stands no more; the chart then follows later studies alone, and rings again if nothing was mended.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.deployment import Deployment
from register.entitlement import entitled
from register.refusal import Refusal
from register.revision import as_known
from register.training import somebody_known
from surveillance.monitors.chart_record import CHARTS, SettledAlarm
from surveillance.monitors.verdict import Answer, Verdict
from surveillance.signals import Signal, behind

ACKNOWLEDGED, ASSIGNED, PUT_OFF, LINKED, NOTED, SETTLED = (
    "acknowledged", "assigned", "put off", "linked", "noted", "settled",
)  # fmt: skip
STEPS = (ACKNOWLEDGED, ASSIGNED, PUT_OFF, LINKED, NOTED, SETTLED)
LINKS = ("finding", "CAPA", "incident", "ticket", "manufacturer")
"""What a signal may be linked to; the reference is that of the record where it is kept."""
LONGEST = timedelta(days=90)
"""How long a signal may be put off at once."""


class NotHandled(Refusal):
    """A step that cannot be taken; the sentence says why and what would do."""


class SignalStep(SQLModel, table=True):
    """One step that a person took about a signal; written once."""

    __tablename__ = "signal_step"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    signal: int = column("Number of the signal", Privacy.OPERATIONAL, index=True)
    step: str = column("What was done", Privacy.OPERATIONAL, choices=STEPS)
    to: str = column("Whom or what it was given or linked to; empty = none", Privacy.PERSON)
    until: date | None = column("Until when it was put off", Privacy.OPERATIONAL, default=None)
    reason: str = column("Why, in a sentence", Privacy.OPERATIONAL)
    by: str = column("Who took the step", Privacy.PERSON)
    at: datetime = column("When", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How a signal stands with people: who answers for it, whether anybody has seen it, until when it rests.

    `lead` is the owner of its monitoring plan, else the clinical lead of its oversight; empty where the register names neither.
    """

    steps: Sequence[SignalStep]
    lead: str
    on: date
    joined_at: datetime

    @property
    def acknowledged_by(self) -> str:
        """Who first said to look into it; empty = nobody did."""
        return next((step.by for step in self.steps if step.step == ACKNOWLEDGED), "")

    @property
    def settled(self) -> bool:
        """Whether what its charts rang is settled since anything joined it, and nobody took it on anew."""
        turns = [s for s in self.steps if s.step in (ACKNOWLEDGED, ASSIGNED, SETTLED)]
        return bool(turns) and turns[-1].step == SETTLED and turns[-1].at >= self.joined_at

    @property
    def owner(self) -> str:
        """Who answers for it; empty = nobody was named."""
        given = [step.to for step in self.steps if step.step == ASSIGNED]
        return given[-1] if given else ""

    @property
    def answered_for_by(self) -> str:
        """Whom a page names: who it was handed to, else who took it on, else who leads."""
        return self.owner or self.acknowledged_by or self.lead or "nobody yet"

    @property
    def waits_for(self) -> str:
        """Whom it was handed to and who has not taken a step since; empty = nobody."""
        last = self.steps[-1] if self.steps else None
        return last.to if last is not None and last.step == ASSIGNED else ""

    @property
    def rests_until(self) -> date | None:
        """Until when it is put off; None = it waits for someone now, as it does when another verdict joins it, or somebody takes it on or is handed it."""
        woken = (PUT_OFF, ACKNOWLEDGED, ASSIGNED)
        turns = [s for s in self.steps if s.step in woken and s.at >= self.joined_at]
        until = turns[-1].until if turns else None
        return until if until is not None and self.on < until else None


def steps_of(session: Session, signal: int) -> list[SignalStep]:
    """What was done about a signal, in order."""
    return list(
        session.exec(
            select(SignalStep).where(SignalStep.signal == signal).order_by(col(SignalStep.id))
        )
    )


def settled_since(session: Session, deployment: str, since: datetime) -> bool:
    """Whether anything about a deployment was settled since a moment."""
    found = session.exec(
        select(SignalStep.id)
        .join(Signal, col(Signal.id) == SignalStep.signal)
        .where(Signal.deployment == deployment, SignalStep.step == SETTLED, SignalStep.at > since)
    )
    return found.first() is not None


def handling(session: Session, signal: Signal, on: date) -> Handling:
    """How a signal stands with people on a day."""
    entry = next(iter(as_known(session, Deployment, key=signal.deployment)), None)
    return Handling(
        steps=steps_of(session, signal.id or 0), lead=(entry.answers or "") if entry else "", on=on,
        joined_at=signal.joined_at,
    )  # fmt: skip


def take_step(
    session: Session,
    number: int,
    step: str,
    *,
    reason: str,
    by: str,
    name: str,
    role: str,
    at: datetime,
    to: str = "",
    until: date | None = None,
    accounts: Collection[str] = (),
) -> SignalStep:
    """Take a step about an open signal; every step has a reason.

    It is handed to somebody whom the register names, or who has one of the `accounts`.
    """
    signal = session.get(Signal, number)
    if signal is None or signal.closed_at is not None:
        raise NotHandled(
            f"There is no open signal {number}; it may have closed with the last cycle."
        )
    entitled(name, role, "handles a signal", refusal=NotHandled)
    if step not in STEPS:
        raise NotHandled(f"'{step}' is no step about a signal; there are: {', '.join(STEPS)}.")
    if not reason.strip():
        raise NotHandled("Say in a sentence why.")
    if step == ASSIGNED and not to.strip():
        raise NotHandled("Name the person who is to answer for it.")
    if step == ASSIGNED:
        somebody_known(session, to.strip(), accounts, refusal=NotHandled)
    if step == LINKED and to.partition(":")[0] not in LINKS:
        raise NotHandled(f"Say what it is linked to: {', '.join(LINKS)}, a colon and its number.")
    if step == LINKED and not any(map(str.isalnum, to.partition(":")[2])):
        raise NotHandled(f"Give the number of the {to.partition(':')[0]}.")
    if step == PUT_OFF:
        until = _rest(signal, until, at.date())
    rung = rung_charts(session, signal)
    if step == SETTLED and not rung:
        raise NotHandled(
            "No chart of the monitoring plan rings about it, so there is nothing to settle: it closes with the cycle that no longer finds it."
        )
    row = SignalStep(
        signal=number, step=step, to=to.strip(), until=until if step == PUT_OFF else None,
        reason=reason.strip(), by=by, at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if step == SETTLED:
        session.add_all(
            SettledAlarm(
                step=row.id or 0, deployment=one.deployment, finding=one.finding, watch=one.metric, by=one.by, level=one.level,
                up_to=one.window_to or at.date(), settled_on=at.date(),
            )
            for one in rung
        )  # fmt: skip
        session.flush()
    return row


def rung_charts(session: Session, signal: Signal) -> list[Verdict]:
    """The verdicts behind a signal that a chart of the plan gave, and that can be settled."""
    found = [stored.verdict() for stored in behind(session, signal)]
    return [one for one in found if one.monitor == CHARTS and one.answer is Answer.SHIFTED]


def _rest(signal: Signal, until: date | None, today: date) -> date:
    if "|stop_rule|" in signal.cause:
        raise NotHandled(
            "A stop rule that is met is not put off: decide on the state of the deployment."
        )
    if until is None or not today < until <= today + LONGEST:
        raise NotHandled(
            f"Put it off to a day after {today} and not beyond {today + LONGEST}; then it waits again."
        )
    return until
