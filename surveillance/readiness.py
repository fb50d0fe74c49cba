"""What is known of a deployment on a day, for the conditions of its use in care."""

from datetime import date

from sqlmodel import Session

from register.ai_act.answering import unclassified
from register.clearance import Clearance
from register.deployment import Site
from register.lifecycle import (
    IN_CARE,
    ClearanceHeld,
    Condition,
    Readiness,
    State,
    cleared,
    conditions,
)
from register.revision import as_known
from register.training import untrained
from register.transition import changes_of, state_on
from surveillance.procurement.diligence import unfinished
from surveillance.validation.kept import plans, runs
from surveillance.validation.sign_off import signature_of
from surveillance.view import DeploymentView, view


def readiness(session: Session, known: DeploymentView, on: date) -> Readiness:
    """What is known of a deployment on a day, for the conditions of its use in care."""
    accepted, acceptance, _ = accepted_validation(session, known)
    return Readiness(
        on=on,
        jurisdiction=jurisdiction_of(session, known),
        clearances=clearances_relied_on(session, known),
        due_diligence=unfinished(session, known.algorithm, known.site, on=on),
        ai_act=unclassified(session, known.algorithm, known.site, on=on),
        taken_over=_taken_over(session, known, on),
        accepted=accepted,
        acceptance=acceptance,
        oversight=known.entry.oversight,
        monitoring=known.entry.monitoring,
        untrained=untrained(
            session, known.entry.oversight.values(), subject=known.algorithm, version=known.version, on=on,
        ),
    )  # fmt: skip


def checklist(session: Session, deployment: str, on: date) -> tuple[Condition, ...]:
    """The conditions for use in care of a deployment, with what is known of each."""
    return conditions(readiness(session, view(session, deployment), on))


def clearance_on(session: Session, known: DeploymentView, on: date) -> Condition:
    """Whether a clearance of its indications holds where a deployment lies, on a day."""
    return cleared(
        clearances_relied_on(session, known), jurisdiction=jurisdiction_of(session, known), on=on
    )


def clearances_relied_on(session: Session, known: DeploymentView) -> list[ClearanceHeld]:
    """The clearances under which the indications in use stand."""
    relied_on = {indication.key.rpartition(":")[0] for indication in known.indications}
    return [
        ClearanceHeld(
            jurisdiction=c.jurisdiction, pathway=c.pathway, issued=c.issued, expires=c.expires
        )
        for c in as_known(session, Clearance, algorithm=known.algorithm)
        if c.key in relied_on
    ]


def jurisdiction_of(session: Session, known: DeploymentView) -> str:
    """The jurisdiction in which the site of a deployment lies."""
    site = next(iter(as_known(session, Site, key=known.site)), None)
    return site.jurisdiction if site else "EU"


def accepted_validation(session: Session, known: DeploymentView) -> tuple[str, str, str]:
    """The validation accepted for this version and operating point, or what is lacking; and its signer.

    Of several that were signed, the last signature counts: what was rejected after it was accepted is not accepted.
    """
    lacking = (
        f"No local validation was met and signed for version {known.version}. Fix, run and sign one on "
        "the page of its validations, or: catamnesis validation --help"
    )
    judged = [
        (signed, plan)
        for plan in plans(session, known.key)
        for done in [runs(session, plan.key)]
        for signed in [signature_of(session, done[-1]) if done else None]
        if signed is not None
    ]
    for signed, plan in sorted(judged, key=lambda one: one[0].signed_at, reverse=True):
        now_at = known.entry.threshold_for(plan.finding)
        if (plan.version, plan.threshold) == (known.version, now_at):
            if signed.meaning == "accepted":
                return plan.key, "", signed.signer
            return "", f"{signed.name} rejected the local validation '{plan.key}' of this version and operating point: {signed.reason}", ""  # fmt: skip
        if signed.meaning == "accepted":
            return "", (
                f"The local validation '{plan.key}' was for version {plan.version} and operating point {plan.threshold}; "
                f"this is version {known.version} at {now_at}. Validate it again on the page of its validations."
            ), ""  # fmt: skip
    return "", lacking, ""


def _taken_over(session: Session, known: DeploymentView, on: date) -> bool:
    """Whether it was in care before anything was decided about it here."""
    changes = changes_of(session, known.key)
    first = State(changes[0].from_state) if changes else state_on(known.entry, (), on)
    return first in IN_CARE
