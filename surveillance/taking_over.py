"""What was in care before this register began is taken over as it stands, and two people confirm that.

Who entered it may be known by the name of an operating system only, so that a second account is no second person: two accounts sign.
"""

from collections.abc import Iterator
from datetime import date, datetime

from sqlmodel import Session, select

from register.deployment import Deployment
from register.entitlement import entitled
from register.lifecycle import IN_CARE
from register.refusal import Refusal
from register.revision import as_known
from register.signature import Signature, Signer, put, under
from register.task import Called, called_by, close_all
from register.transition import changes_of, state_on

TAKEN_OVER = "confirmed that it was in care"
TAKEOVER = "takeover"
PEOPLE = 2


class NotTakenOver(Refusal):
    """A takeover that cannot be confirmed; the sentence says why."""


def unconfirmed(session: Session, on: date) -> Iterator[Called]:
    """A task for each deployment that was entered as in care, about which nothing was decided and which two people have not confirmed."""
    for entry in as_known(session, Deployment):
        if awaits(session, entry, on):
            yield called(session, entry)


def awaits(session: Session, entry: Deployment, on: date) -> bool:
    """Whether a deployment is in care although nothing was decided about it and fewer than two people have confirmed it."""
    in_care = state_on(entry, (), on) in IN_CARE
    return in_care and not changes_of(session, entry.key) and not confirmed(session, entry.key)


def called(session: Session, entry: Deployment) -> Called:
    """The task to confirm a takeover."""
    return Called(
        cause=takeover_of(entry.key),
        kind=TAKEOVER,
        deployment=entry.key,
        algorithm=entry.algorithm,
        owner=entry.oversight.get("clinical_lead"),
        sentence=f"{entered_by(session, entry.key)} entered {entry.key} as in care since {entry.live_from}, and nothing was decided about it here. Two people "
        "confirm that, or one suspends it, on its page State and decisions.",
        insists=True,
    )  # fmt: skip


def confirm(
    session: Session, deployment: str, *, signer: Signer, reason: str, at: datetime
) -> Signature:
    """Confirm that a deployment was in care as it was entered: one of two signatures, each by another person."""
    entry = next(iter(as_known(session, Deployment, key=deployment)), None)
    entitled(signer.name, signer.role, "decides on a change of state", refusal=NotTakenOver)
    if entry is None or not awaits(session, entry, at.date()):
        raise NotTakenOver(
            f"There is no takeover of {deployment} to confirm: it was decided on or confirmed already, or is not in care."
        )
    if signer.key in {signed.signer for signed in confirmations(session, deployment)}:
        raise NotTakenOver(f"{signer.key} confirmed {deployment} already; a second person must.")
    signed = put(
        session, record=takeover_of(deployment), content=entry.facts(), signer=signer, meaning=TAKEN_OVER, reason=reason, at=at,
    )  # fmt: skip
    if not awaits(session, entry, at.date()):
        close_all(session, called_by(session, takeover_of(deployment)), by=signer.key, outcome=reason, at=at)  # fmt: skip
    return signed


def confirmed(session: Session, deployment: str, at: datetime | None = None) -> bool:
    """Whether two people had confirmed a takeover at a moment (None = now)."""
    signed = confirmations(session, deployment)
    return len([one for one in signed if at is None or one.signed_at <= at]) >= PEOPLE


def confirmations(session: Session, deployment: str) -> list[Signature]:
    """The signatures that confirm a takeover."""
    return under(session, takeover_of(deployment))


def entered_by(session: Session, deployment: str) -> str:
    """Who entered a deployment first."""
    return session.exec(
        select(Deployment.recorded_by).where(Deployment.key == deployment, Deployment.revision == 1)
    ).one()


def takeover_of(deployment: str) -> str:
    """The name under which a takeover is called for and signed."""
    return f"takeover of {deployment}"
