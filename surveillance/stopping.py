"""What a stop rule does when it is met: the deployment is suspended in the same cycle, and a person is told once."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from register.lifecycle import RUNNING, State
from register.signature import Signer, put
from register.stop_rules import stop_rules
from register.task import Called, open_once
from register.transition import SUSPENDED, Transition, approved, configuration_of
from surveillance.changing_state import current_state
from surveillance.monitors.stop_rule import MONITOR
from surveillance.monitors.verdict import Answer, StoredVerdict
from surveillance.signals import behind, open_signals
from surveillance.view import DeploymentView

BY = "stop rule"
SUSPENDED_BY_RULE = "suspended_by_rule"
"""The kind of task by which a person is told."""
_ENOUGH = (Answer.BREACHED, Answer.SHIFTED)
"""A monitor that is broken rings as well, and says nothing of the deployment: no rule acts on it."""


def stop(
    session: Session, known: DeploymentView, verdicts: Sequence[StoredVerdict], *, at: datetime
) -> Transition | None:
    """Suspend a deployment of which a stop rule is met; nothing where none is, or where it does not run.

    The record is that of the kill switch, signed by the rule: it names the figure, the revision of the entry in which
    the rule was agreed and by whom, and who let the deployment run under it.
    """
    now_in = current_state(session, known, at.date())
    if now_in not in RUNNING:
        return None
    asked = [stored for stored in verdicts if stored.monitor == MONITOR]
    _close_others(session, known, {stored.cause for stored in asked}, at)
    met = [stored.verdict().sentence for stored in asked if stored.answer == Answer.BREACHED]
    met += _signalled(session, known, at)
    if not met:
        return None
    row = Transition(
        deployment=known.key, from_state=now_in, to_state=State.SUSPENDED, effective_from=at.date(),
        evidence=_agreed(session, known, at), configuration=configuration_of(known.entry), proposed_by=BY, proposed_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    reason = " ".join(met)
    put(
        session, record=row.record, content=row.model_dump(mode="json"), meaning=SUSPENDED, reason=reason, at=at,
        signer=Signer(key=BY, name="The stop rule", role=f"revision {known.entry.revision} of the entry"),
    )  # fmt: skip
    open_once(
        session,
        Called(
            cause=f"stopped {known.key} by decision {row.id}",
            kind=SUSPENDED_BY_RULE,
            deployment=known.key,
            algorithm=known.algorithm,
            owner=known.entry.oversight.get("clinical_lead"),
            due=at.date(),
            sentence=f"{known.key} was suspended by its stop rule. {reason} Look at the cases behind it, tell the manufacturer, and "
            "decide: it runs again only when one proposes and another approves.",
        ),
        at=at,
    )  # fmt: skip
    return row


def _signalled(session: Session, known: DeploymentView, at: datetime) -> list[str]:
    """The rules met by an open signal that was not there yet when the deployment was last let run again."""
    again = [
        signed.signed_at for change, signed in approved(session, known.key, at)
        if change.from_state == State.SUSPENDED and State(change.to_state) in RUNNING
    ]  # fmt: skip
    rules = [rule for rule in stop_rules(known.entry.monitoring) if rule.signal]
    return [
        f"Stop rule '{rule.words()}' is met by signal {signal.id}: {signal.sentence}"
        for signal in (open_signals(session, known.key) if rules else ())
        if not (again and signal.joined_at <= again[-1])
        for rule in rules
        if any(
            verdict.monitor == rule.signal and verdict.answer in _ENOUGH and rule.concerns(verdict.finding)
            for verdict in behind(session, signal)
        )
    ]  # fmt: skip


def _close_others(
    session: Session, known: DeploymentView, asked: Collection[str], at: datetime
) -> None:
    """A signal of a rule that was taken out of the plan rings no more."""
    for signal in open_signals(session, known.key):
        if behind(session, signal)[0].monitor == MONITOR and signal.cause not in asked:
            signal.closed_at = at


def _agreed(session: Session, known: DeploymentView, at: datetime) -> str:
    entry = known.entry
    told = f"Stop rules in revision {entry.revision} of the entry, recorded by {entry.recorded_by} on {entry.recorded_at:%Y-%m-%d}"
    under = [
        signed for change, signed in approved(session, known.key, at)
        if State(change.to_state) in RUNNING and signed.signed_at >= entry.recorded_at
    ]  # fmt: skip
    if not under:
        return f"{told}; no state was approved since."
    return (
        f"{told}; {under[-1].name} approved its state under them on {under[-1].signed_at:%Y-%m-%d}."
    )
