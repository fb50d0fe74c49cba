"""The signature under a run: by someone else than the author of its protocol."""

from datetime import datetime

from sqlmodel import Session

from register.signature import Signature, Signer, put, under
from surveillance.validation.kept import ValidationNotPossible, ValidationRun, plan_of, runs

MEANINGS = ("accepted", "rejected")


def sign(
    session: Session, key: str, *, signer: Signer, meaning: str, reason: str, at: datetime
) -> Signature:
    """Sign the last run of a validation; its author cannot, and only a run that is met is accepted."""
    plan = plan_of(session, key)
    done = runs(session, key)
    if not done:
        raise ValidationNotPossible(f"'{key}' has not been run; run it before it is signed.")
    last = done[-1]
    if signer.key == plan.author:
        raise ValidationNotPossible(
            f"{signer.key} fixed the protocol of '{key}' and cannot sign it off; someone else must."
        )
    if meaning not in MEANINGS:
        raise ValidationNotPossible(f"'{meaning}' is not one of {', '.join(MEANINGS)}.")
    if meaning == "accepted" and last.content["verdict"] != "met":
        raise ValidationNotPossible(
            f"The criteria of '{key}' are {last.content['verdict'].replace('_', ' ')}; only a run that meets them can "
            "be accepted. Reject it, or run again when more is known."
        )
    if signature_of(session, last) is not None:
        raise ValidationNotPossible(f"The last run of '{key}' is signed already.")
    return put(
        session, record=_record(last), content=last.content, signer=signer, meaning=meaning, reason=reason, at=at
    )  # fmt: skip


def signature_of(session: Session, run: ValidationRun) -> Signature | None:
    """The signature under a run, if there is one."""
    return next(iter(under(session, _record(run))), None)


def _record(run: ValidationRun) -> str:
    return f"validation_run {run.id}"
