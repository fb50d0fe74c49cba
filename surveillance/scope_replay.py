"""A decision of the gate derived again: from the register as it was known then, and as it is today."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from register.refusal import Refusal
from surveillance.scope_decision import RecordedDecision
from surveillance.scope_gate import Check, Derived, Gate


class UnknownDecision(Refusal):
    """The gate never gave a decision of that id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A recorded decision beside what the register gives for the same question."""

    record: RecordedDecision
    signed_by_us: bool
    then: Derived
    today: Derived

    @property
    def same(self) -> bool:
        """Whether the register as known then gives the decision as recorded, to the letter."""
        said = self.then.as_columns()
        return all(getattr(self.record, name) == value for name, value in said.items())

    def as_json(self) -> dict[str, Any]:
        """The comparison as a value for `--json`."""
        recorded = {name: getattr(self.record, name) for name in self.then.as_columns()}
        return {
            "decision_id": self.record.id,
            "deployment": self.record.deployment,
            "study_instance_uid": self.record.study_instance_uid,
            "decided_at": self.record.decided_at.isoformat(),
            "decided_by": self.record.decided_by,
            "signature_valid": self.signed_by_us,
            "same": self.same,
            "recorded": recorded,
            "then": self.then.as_columns(),
            "today": self.today.as_columns(),
        }


def replay(session: Session, identifier: str, *, secret: bytes, at: datetime) -> Replay:
    """Derive a recorded decision again, as known when it was given and as known at a moment."""
    record = session.get(RecordedDecision, identifier)
    if record is None:
        raise UnknownDecision(f"The gate gave no decision '{identifier}' here.")
    asked = Check(
        deployment=record.deployment, finding=record.finding, attributes=record.attributes,
        study_instance_uid=record.study_instance_uid,
    )  # fmt: skip
    return Replay(
        record=record,
        signed_by_us=record.is_ours(secret),
        then=Gate(session, record.decided_at).derive(asked),
        today=Gate(session, at).derive(asked),
    )
