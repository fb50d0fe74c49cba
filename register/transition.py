"""Decisions that move a deployment from one state to another: proposed by one person, approved by another."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.deployment import Deployment
from register.lifecycle import State
from register.revision import as_known
from register.signature import Signature, digest_of, under

APPROVED, REJECTED, PROPOSED, SUSPENDED = "approved", "rejected", "proposed", "suspended at once"
WITHDRAWN = "withdrawn"
CONFIGURATION = (
    "version", "indications", "use_mode", "threshold", "thresholds", "routing", "scanners", "pacs",
)  # fmt: skip
"""What an approval was about: a change of any of these makes it stale."""


class Transition(SQLModel, table=True):
    """One change of state as it was proposed; written once, with its signatures beside it."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    from_state: str = column("State before", Privacy.OPERATIONAL, choices=tuple(State))
    to_state: str = column("State it leads to", Privacy.OPERATIONAL, choices=tuple(State))
    effective_from: date = column("First day of the new state", Privacy.OPERATIONAL)
    evidence: str = column("What the decision rests on", Privacy.OPERATIONAL)
    configuration: dict[str, Any] = column(
        "Version, operating points, routing, scanners and PACS at the time",
        Privacy.OPERATIONAL,
        sa_type=JSON,
    )
    proposed_by: str = column("Sign-in name of its author", Privacy.PERSON)
    proposed_at: datetime = column(
        "When it was proposed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    @property
    def record(self) -> str:
        """The name under which it is signed."""
        return f"transition {self.id}"


def configuration_of(entry: Deployment) -> dict[str, Any]:
    """What an approval of a deployment is about."""
    return entry.model_dump(mode="json", include=set(CONFIGURATION))


def configuration_at(session: Session, deployment: str, at: datetime) -> dict[str, Any] | None:
    """What an approval would have been about at a moment; None before it was registered."""
    entry = next(iter(as_known(session, Deployment, at, key=deployment)), None)
    return configuration_of(entry) if entry is not None else None


def transitions(session: Session, deployment: str) -> list[tuple[Transition, list[Signature]]]:
    """Every proposal for a deployment with its signatures, the oldest first."""
    rows = session.exec(
        select(Transition).where(Transition.deployment == deployment).order_by(col(Transition.id))
    )
    return [(row, under(session, row.record)) for row in rows]


def decided(signatures: Sequence[Signature]) -> Signature | None:
    """The signature that decided a proposal, or withdrew it; None while it is open."""
    return next(
        (s for s in signatures if s.meaning in (APPROVED, REJECTED, SUSPENDED, WITHDRAWN)), None
    )


def approved(
    session: Session, deployment: str, at: datetime | None = None
) -> list[tuple[Transition, Signature]]:
    """The changes of state in force as known at a moment (None = now), the oldest first.

    A decision supersedes what was decided before it for a day that had not come: what was suspended does not run again by itself.
    """
    taken = [
        (row, signed) for row, signatures in transitions(session, deployment)
        if (signed := decided(signatures)) is not None and signed.meaning not in (REJECTED, WITHDRAWN)
        and (at is None or signed.signed_at <= at)
    ]  # fmt: skip
    found: list[tuple[Transition, Signature]] = []
    for row, signed in sorted(taken, key=lambda pair: (pair[1].signed_at, pair[0].id or 0)):
        begins = max(row.effective_from, signed.signed_at.date())
        found = [(other, by) for other, by in found if other.effective_from <= begins]
        found.append((row, signed))
    return sorted(
        found, key=lambda pair: (pair[0].effective_from, pair[1].signed_at, pair[0].id or 0)
    )


def changes_of(session: Session, deployment: str, at: datetime | None = None) -> list[Transition]:
    """The changes of state in force as known at a moment (None = now), without their signatures."""
    return [change for change, _ in approved(session, deployment, at)]


def state_on(entry: Deployment, changes: Sequence[Transition], day: date) -> State:
    """The state of a deployment on a day.

    Before its first decision it is what the entry states: a deployment that ran before the register
    began is taken over as it stands.
    """
    past = [change for change in changes if change.effective_from <= day]
    if past:
        return State(past[-1].to_state)
    if entry.live_from is not None and entry.live_from <= day:
        ended = entry.live_to is not None and entry.live_to < day
        return State.RETIRED if ended else State.LIVE
    if entry.shadow_from is not None and entry.shadow_from <= day:
        return State.SHADOW
    return State.PROPOSED


def changed_since(then: Mapping[str, Any], entry: Deployment) -> tuple[str, ...]:
    """What of the configuration is no longer as it was."""
    now = configuration_of(entry)
    return tuple(
        name for name in CONFIGURATION
        if digest_of({"": then.get(name)}) != digest_of({"": now.get(name)})
    )  # fmt: skip
