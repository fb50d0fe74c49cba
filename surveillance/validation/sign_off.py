"""The signature under a run: by someone else than the author of its protocol."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from surveillance.validation.plan import ValidationNotPossible, plan_of
from surveillance.validation.run import ValidationRun, runs

MEANINGS = ("accepted", "rejected")


class ValidationSignature(SQLModel, table=True):
    """Who signed a run, and what the signature means; written once."""

    __tablename__ = "validation_signature"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    run: int = column("The run signed", Privacy.OPERATIONAL, index=True)
    signer: str = column("Who signed", Privacy.PERSON)
    name: str = column("Printed name", Privacy.PERSON)
    meaning: str = column("What the signature means", Privacy.OPERATIONAL, choices=MEANINGS)
    reason: str = column("Why", Privacy.OPERATIONAL)
    signed_at: datetime = column(
        "When it was signed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


def sign(
    session: Session,
    key: str,
    *,
    signer: str,
    name: str,
    meaning: str,
    reason: str,
    at: datetime,
) -> ValidationSignature:
    """Sign the last run of a validation; its author cannot, and a breach cannot be accepted."""
    plan = plan_of(session, key)
    done = runs(session, key)
    if not done:
        raise ValidationNotPossible(f"'{key}' has not been run; run it before it is signed.")
    last = done[-1]
    if signer == plan.author:
        raise ValidationNotPossible(
            f"{signer} fixed the protocol of '{key}' and cannot sign it off; someone else must."
        )
    if meaning not in MEANINGS:
        raise ValidationNotPossible(f"'{meaning}' is not one of {', '.join(MEANINGS)}.")
    if meaning == "accepted" and last.content["verdict"] != "met":
        raise ValidationNotPossible(
            f"The criteria of '{key}' are {last.content['verdict'].replace('_', ' ')}; only a run that meets them can "
            "be accepted. Reject it, or run again when more is known."
        )
    if not reason.strip():
        raise ValidationNotPossible("A signature needs a reason.")
    if signature_of(session, last) is not None:
        raise ValidationNotPossible(f"The last run of '{key}' is signed already.")
    signed = ValidationSignature(
        run=last.id or 0, signer=signer, name=name, meaning=meaning, reason=reason, signed_at=at
    )
    session.add(signed)
    session.flush()
    return signed


def signature_of(session: Session, run: ValidationRun) -> ValidationSignature | None:
    """The signature under a run, if there is one."""
    return session.exec(
        select(ValidationSignature).where(col(ValidationSignature.run) == run.id)
    ).first()
