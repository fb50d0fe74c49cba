"""Propose, approve and carry out a change of state, and suspend at once; every refusal says why."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from register.deployment import Deployment
from register.entitlement import entitled
from register.lifecycle import (
    IN_CARE,
    NEXT,
    RUNNING,
    State,
    hindrances,
)
from register.refusal import Refusal
from register.signature import Signature, Signer, put, under
from register.task import Called, Task, called_by, close_all, open_once, open_tasks
from register.transition import (
    APPROVED,
    PROPOSED,
    REJECTED,
    SUSPENDED,
    WITHDRAWN,
    Transition,
    approved,
    changed_since,
    changes_of,
    configuration_of,
    decided,
    state_on,
    transitions,
)
from surveillance.readiness import acceptance, clearance_on, readiness, relabelled
from surveillance.taking_over import takeover_of
from surveillance.view import DeploymentView, stated_at, view

REVALIDATION = "revalidation"


class StateNotChanged(Refusal):
    """A change of state that is refused; the sentence says what stands in the way and what would help."""


def current_state(session: Session, known: DeploymentView, day: date) -> State:
    """Where a deployment stands on a day."""
    return state_on(known.entry, changes_of(session, known.key), day)


def propose(
    session: Session,
    deployment: str,
    to: State,
    *,
    signer: Signer,
    evidence: str,
    reason: str,
    effective_from: date,
    at: datetime,
) -> Transition:
    """Propose a change of state, signed by its author; refused at once where it could not be approved.

    Whoever ran or signed the local validation does not propose use in care, only that what is live be limited.

    A running deployment of which something changed may be proposed for the state it is in: that renews
    its approval.
    """
    known = view(session, deployment)
    entitled(signer.name, signer.role, "proposes a change of state", refusal=StateNotChanged)
    if effective_from < at.date():
        raise StateNotChanged(
            f"{effective_from} is past; a state begins today, {at.date()}, or later. What was is not decided on."
        )
    now_in = admit(session, known, to, author=signer.key, effective_from=effective_from, at=at)
    row = Transition(
        deployment=deployment, from_state=now_in, to_state=to, effective_from=effective_from, evidence=evidence.strip(),
        configuration=configuration_of(known.entry), proposed_by=signer.key, proposed_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _sign(session, row, signer, PROPOSED, reason, at)
    open_once(
        session,
        Called(
            cause=row.record, kind="proposal", deployment=deployment, algorithm=known.algorithm, due=effective_from,
            sentence=f"{signer.name} proposes {deployment} to be {to.replace('_', ' ')} from {effective_from}. Someone else decides, on its "
            "page State and decisions.",
        ),
        at=at,
    )  # fmt: skip
    return row


def admit(
    session: Session, known: DeploymentView, to: State, *, author: str, effective_from: date, at: datetime,
) -> State:  # fmt: skip
    """The state a deployment is in, where its author may propose it for another; refused with what stands in the way.

    A scope review that restricts what is suspended or in shadow lets it into care, and asks of its author what a proposal asks.
    """
    open_one = next(
        (row for row, signed in transitions(session, known.key) if decided(signed) is None), None
    )
    if open_one is not None:
        raise StateNotChanged(
            f"Proposal {open_one.id} ({open_one.to_state}) of {open_one.proposed_by} is still open; "
            "decide on it first."
        )
    now_in = current_state(session, known, at.date())
    if to is now_in and not what_is_stale(session, known, at.date()):
        raise StateNotChanged(
            f"{known.key} is {to.replace('_', ' ')} already, and nothing changed since that was approved."
        )
    _leads(now_in, to)
    _nothing_hinders(session, known, to, effective_from)
    narrows = (known.state_on(effective_from), to) == (State.LIVE, State.LIMITED)
    if to in IN_CARE and not narrows and author in acceptance(session, known).judges:
        raise StateNotChanged(
            f"{author} ran or signed the local validation and cannot propose use in care as well; someone else must."
        )
    return now_in


def enact(
    session: Session,
    deployment: str,
    to: State,
    *,
    author: Signature,
    signer: Signer,
    evidence: str,
    reason: str,
    at: datetime,
) -> Transition:
    """A change of state that its author signed in another record, approved here by someone else, from today on.

    The record of it is the same as of any other change, and so are its conditions; the evidence names
    where the author's signature stands.
    """
    known = view(session, deployment)
    entitled(signer.name, signer.role, "decides on a change of state", refusal=StateNotChanged)
    if signer.key == author.signer:
        raise StateNotChanged(
            f"{signer.key} proposed this and cannot decide on it; someone else must."
        )
    now_in = admit(session, known, to, author=author.signer, effective_from=at.date(), at=at)
    _not_judge_of_both(session, known, to, signer)
    row = Transition(
        deployment=deployment, from_state=now_in, to_state=to, effective_from=at.date(), evidence=evidence,
        configuration=configuration_of(known.entry), proposed_by=author.signer, proposed_at=author.signed_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _sign(session, row, signer, APPROVED, reason, at)
    _settled(session, row, signer, reason, at)
    return row


def decide(
    session: Session, number: int, *, approve: bool, signer: Signer, reason: str, at: datetime
) -> Transition:
    """Approve or reject an open proposal, as someone else than its author.

    Whoever ran or signed the local validation does not let the algorithm into care as well. The conditions are
    looked at anew on the day, and a configuration that changed meanwhile needs a new proposal.
    """
    row = _open(session, number)
    entitled(signer.name, signer.role, "decides on a proposal", refusal=StateNotChanged)
    if signer.key == row.proposed_by:
        raise StateNotChanged(
            f"{signer.key} proposed this and cannot decide on it; someone else must."
        )
    if not approve:
        _sign(session, row, signer, REJECTED, reason, at)
        _settled(session, row, signer, reason, at)
        return row
    known, to = view(session, row.deployment), State(row.to_state)
    if configuration_of(known.entry) != row.configuration:
        raise StateNotChanged(
            "Version, operating point, routing, scanners or PACS changed since this was proposed; reject it and "
            "propose anew."
        )
    if (changed := stated_at(session, known.key)) > row.proposed_at:
        raise StateNotChanged(
            f"The register changed what it says of {known.key}, or its state, at {changed:%Y-%m-%d %H:%M} (UTC), after this was proposed; reject it and propose anew."
        )
    _leads(current_state(session, known, at.date()), to)
    _nothing_hinders(session, known, to, max(row.effective_from, at.date()))
    _not_judge_of_both(session, known, to, signer)
    _sign(session, row, signer, APPROVED, reason, at)
    _settled(session, row, signer, reason, at)
    return row


def withdraw(
    session: Session, number: int, *, signer: Signer, reason: str, at: datetime
) -> Transition:
    """Withdraw an open proposal, signed with the reason by who made it; it stays on record."""
    row = _open(session, number)
    entitled(signer.name, signer.role, "withdraws a proposal", refusal=StateNotChanged)
    if signer.key != row.proposed_by:
        raise StateNotChanged(
            f"{row.proposed_by} made proposal {number} and withdraws it; others reject it."
        )
    _sign(session, row, signer, WITHDRAWN, reason, at)
    _settled(session, row, signer, reason, at)
    return row


def suspend(
    session: Session, deployment: str, *, signer: Signer, reason: str, at: datetime
) -> Transition:
    """The kill switch: one signature, in force at once; the scope gate lets nothing through from then on.

    What was approved for a day to come is void with it, also where nothing runs yet.
    """
    known = view(session, deployment)
    entitled(signer.name, signer.role, "suspends a deployment", refusal=StateNotChanged)
    now_in = current_state(session, known, at.date())
    if not stoppable(known, at.date()):
        raise StateNotChanged(
            f"{deployment} is {now_in.replace('_', ' ')} and does not run, nor was it let run from a day to come; there is nothing to suspend."
        )
    row = Transition(
        deployment=deployment, from_state=now_in, to_state=State.SUSPENDED, effective_from=at.date(), evidence="",
        configuration=configuration_of(known.entry), proposed_by=signer.key, proposed_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _sign(session, row, signer, SUSPENDED, reason, at)
    _settled(session, row, signer, reason, at)
    return row


def stoppable(known: DeploymentView, on: date) -> bool:
    """Whether a deployment runs on a day, or was let run from a later one."""
    to_come = [change for change in known.changes if change.effective_from > on]
    return known.state_on(on) in RUNNING or any(State(c.to_state) in RUNNING for c in to_come)


def reopen_stale(session: Session, known: DeploymentView, *, at: datetime) -> Task | None:
    """The re-validation task of a deployment that is no longer what was approved, opened once."""
    found = what_is_stale(session, known, at.date())
    if not found:
        return None
    return open_once(
        session,
        Called(
            cause=f"revalidate {known.key}: {'; '.join(found)}",
            kind=REVALIDATION,
            deployment=known.key,
            algorithm=known.algorithm,
            owner=known.entry.oversight.get("clinical_lead"),
            sentence=f"What was approved of {known.key} no longer holds: {'; '.join(found)}. Validate it again on this fleet "
            "and propose its state anew, or suspend it.",
            insists=True,
        ),
        at=at,
    )  # fmt: skip


def what_is_stale(session: Session, known: DeploymentView, on: date) -> tuple[str, ...]:
    """What of a running deployment is no longer as it was let run: configuration, label, clearance; empty where nothing is."""
    state = state_on(known.entry, changes_of(session, known.key), on)
    if state not in RUNNING:
        return ()
    configuration, since = _let_run(session, known)
    changed = (
        *(
            f"{name.replace('_', ' ')} changed"
            for name in changed_since(configuration, known.entry)
        ),
        *relabelled(session, known, since),
    )
    cleared = clearance_on(known, on)
    if state not in IN_CARE or cleared.holds:
        return changed
    return (*changed, cleared.sentence.split(" Record")[0].rstrip("."))


def _let_run(session: Session, known: DeploymentView) -> tuple[dict[str, Any], datetime]:
    """The configuration in which a deployment was last let run, and when that was decided.

    What ran before its first decision here is held against what was stated when it was taken over.
    """
    decisions = [
        (row.configuration, signed.signed_at)
        for row, signed in approved(session, known.key)
        if State(row.to_state) in RUNNING
    ]
    if decisions:
        return decisions[-1]
    first = session.exec(
        select(Deployment).where(Deployment.key == known.key, Deployment.revision == 1)
    ).one()
    return configuration_of(first), first.recorded_at


def _open(session: Session, number: int) -> Transition:
    row = session.get(Transition, number)
    if row is None or decided(under(session, row.record)) is not None:
        raise StateNotChanged(f"There is no open proposal {number}.")
    return row


def _settled(session: Session, row: Transition, signer: Signer, reason: str, at: datetime) -> None:
    """Close what a decision settles: the tasks of its proposal and of a takeover, and re-validations once nothing is stale any more."""
    waiting = [*called_by(session, row.record), *called_by(session, takeover_of(row.deployment))]
    if not what_is_stale(session, view(session, row.deployment), at.date()):
        waiting += [
            task for task in open_tasks(session)
            if task.kind == REVALIDATION and task.deployment == row.deployment
        ]  # fmt: skip
    close_all(session, waiting, by=signer.key, outcome=reason, at=at)


def _leads(now_in: State, to: State) -> None:
    renewed = to is now_in and to in RUNNING
    if not renewed and to not in NEXT[now_in]:
        onward = ", ".join(state.replace("_", " ") for state in NEXT[now_in]) or "nothing"
        raise StateNotChanged(
            f"From {now_in.replace('_', ' ')} it does not go to {to.replace('_', ' ')}; it goes to {onward}."
        )


def _nothing_hinders(session: Session, known: DeploymentView, to: State, on: date) -> None:
    found = hindrances(to, readiness(session, known, on))
    if found:
        raise StateNotChanged(f"{known.key} cannot be {to.replace('_', ' ')}. {' '.join(found)}")


def _not_judge_of_both(session: Session, known: DeploymentView, to: State, signer: Signer) -> None:
    if to in IN_CARE and signer.key in acceptance(session, known).judges:
        raise StateNotChanged(
            f"{signer.key} ran or signed the local validation and cannot let the algorithm into care as well; someone else must."
        )


def _sign(
    session: Session, row: Transition, signer: Signer, meaning: str, reason: str, at: datetime
) -> Signature:
    return put(
        session, record=row.record, content=row.model_dump(mode="json"), signer=signer, meaning=meaning, reason=reason, at=at,
    )  # fmt: skip
