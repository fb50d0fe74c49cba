"""Overrides of the scope gate: a named clinician lets one study through once, against its decision.

Deliberate use outside the intended purpose is abnormal use (IEC 62366-1, 3.1): it is recorded as such, stays out
of every performance figure, and is counted in the yearly scope review.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.refusal import Refusal
from register.scope import Scope
from register.signature import Signature, Signer, put, under
from surveillance.eligibility import CLEARANCE, DEPLOYMENT, not_let_run
from surveillance.scope_decision import RecordedDecision
from surveillance.view import view

MAY_OVERRIDE = "clinical_lead"
ABNORMAL_USE = "abnormal use"
NEVER_OVERRIDDEN = (DEPLOYMENT, CLEARANCE)
"""Attributes whose decisions no override lifts: what is not let run is started by its lifecycle alone."""


class NotOverridden(Refusal):
    """An override that is refused; the sentence says why and what would do."""


class ScopeOverride(SQLModel, table=True):
    """One override of one decision; written once, with its signature beside it."""

    __tablename__ = "scope_override"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    decision: str = column(
        "Identifier of the decision it overrides", Privacy.OPERATIONAL, unique=True
    )
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What is looked for", Privacy.PUBLIC)
    study_instance_uid: str = column("DICOM (0020,000D)", Privacy.PSEUDONYM)
    clause: str = column("Condition that is overridden", Privacy.PUBLIC)
    reason: str = column("Why", Privacy.CLINICAL)
    overridden_by: str = column("Sign-in name of the clinician", Privacy.PERSON)
    overridden_at: datetime = column(
        "When it was overridden", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    @property
    def record(self) -> str:
        """The name under which it is signed."""
        return f"scope override {self.id}"


class ScopeOverrideUse(SQLModel, table=True):
    """The one decision of the gate under which an override let a study through."""

    __tablename__ = "scope_override_use"

    override: int = column("Number of the override", Privacy.OPERATIONAL, primary_key=True)
    decision: str = column("Identifier of the decision that used it", Privacy.OPERATIONAL)
    used_at: datetime = column(
        "When the gate let it through", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """An override with what became of it."""

    override: ScopeOverride
    signature: Signature
    used_at: datetime | None


def override(
    session: Session, identifier: str, *, signer: Signer, reason: str, at: datetime
) -> ScopeOverride:
    """Let the study of a decision through once; refused to all but a named clinician, and where there is nothing to let through.

    A deployment that is not let run is started by its lifecycle and by nothing else.
    """
    decision = session.get(RecordedDecision, identifier)
    if decision is None:
        raise NotOverridden(f"The gate gave no decision '{identifier}' here.")
    if signer.role != MAY_OVERRIDE:
        raise NotOverridden(
            f"{signer.name} is {signer.role.replace('_', ' ')}; only a clinical lead overrides the scope gate."
        )
    if decision.scope == Scope.IN:
        raise NotOverridden(f"Decision {identifier} is in scope; there is nothing to override.")
    stopped = not_let_run(view(session, decision.deployment), decision.finding, at.date())
    if stopped is not None or decision.attribute in NEVER_OVERRIDDEN:
        raise NotOverridden(
            f"Decision {identifier} holds the study because {decision.deployment} was not let run. No override starts a "
            f"deployment; once it runs, have the gate asked anew. Its page State and decisions says where it stands."
            if stopped is None
            else f"{stopped.sentence()} No override starts a deployment."
        )
    before = session.exec(select(ScopeOverride).where(ScopeOverride.decision == identifier)).first()
    if before is not None:
        raise NotOverridden(
            f"Decision {identifier} was overridden by {before.overridden_by} already (override {before.id}); "
            "each is good for one run."
        )
    row = ScopeOverride(
        decision=identifier, deployment=decision.deployment, finding=decision.finding,
        study_instance_uid=decision.study_instance_uid, clause=decision.clause or decision.source, reason=reason.strip(),
        overridden_by=signer.key, overridden_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    put(
        session, record=row.record, content=row.model_dump(mode="json"), signer=signer, meaning=ABNORMAL_USE, reason=reason, at=at,
    )  # fmt: skip
    return row


def use(session: Session, decision: RecordedDecision, *, at: datetime) -> ScopeOverride | None:
    """The override that lets the study of a decision through: the one it used before, or one that none has used.

    Two questions at once do not both get it.
    """
    if decision.scope == Scope.IN or decision.attribute in NEVER_OVERRIDDEN:
        return None
    found = session.exec(
        select(ScopeOverride)
        .where(
            ScopeOverride.deployment == decision.deployment,
            ScopeOverride.finding == decision.finding,
            ScopeOverride.study_instance_uid == decision.study_instance_uid,
        )
        .order_by(col(ScopeOverride.id))
    ).all()
    for row in found:
        session.execute(
            insert(ScopeOverrideUse)
            .values(override=row.id, decision=decision.id, used_at=at)
            .on_conflict_do_nothing()
        )
        used = session.get_one(ScopeOverrideUse, row.id)
        if used.decision == decision.id:
            return row
    return None


def overrides(session: Session, deployment: str) -> list[Overridden]:
    """Every override of a deployment, the oldest first."""
    rows = session.exec(
        select(ScopeOverride)
        .where(ScopeOverride.deployment == deployment)
        .order_by(col(ScopeOverride.id))
    )
    used = {one.override: one.used_at for one in session.exec(select(ScopeOverrideUse))}
    return [
        Overridden(
            override=row, signature=under(session, row.record)[0], used_at=used.get(row.id or 0)
        )
        for row in rows
    ]


def unused(session: Session, deployment: str) -> list[ScopeOverride]:
    """The overrides of a deployment that let nothing through yet."""
    return [one.override for one in overrides(session, deployment) if one.used_at is None]
