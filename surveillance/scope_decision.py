"""What the scope gate decided, as it is kept: written once, and signed with a secret of the site."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Index
from sqlmodel import SQLModel

from register.columns import Privacy, column
from register.scope import Scope


class RecordedDecision(SQLModel, table=True):
    """One decision of the gate on one study, with everything it can be derived from again."""

    __tablename__ = "scope_decision"
    __table_args__ = (
        Index("ix_scope_decision_key", "decided_by", "idempotency_key", unique=True),
        Index("ix_scope_decision_study", "study_instance_uid"),
    )

    id: str = column("Drawn by chance", Privacy.OPERATIONAL, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL)
    finding: str = column("What is looked for", Privacy.PUBLIC)
    study_instance_uid: str = column("DICOM (0020,000D)", Privacy.PSEUDONYM)
    attributes: dict[str, Any] = column(
        "Attributes of the study as asked", Privacy.CLINICAL, sa_type=JSON
    )
    scope: str = column("In, out or undeterminable", Privacy.CLINICAL, choices=tuple(Scope))
    attribute: str = column("Attribute that decided; empty = none", Privacy.PUBLIC)
    value: str = column("Its value", Privacy.CLINICAL)
    clause: str = column("Condition it was held against", Privacy.PUBLIC)
    source: str = column("Where the condition is written", Privacy.PUBLIC)
    sentence: str = column("The decision in words", Privacy.CLINICAL)
    indication: str | None = column(
        "Key of the indication it comes from; empty = none", Privacy.PUBLIC, default=None
    )
    scope_version: str = column(
        "Digest of the indications, the deployment and its state as they stood", Privacy.OPERATIONAL
    )
    decided_at: datetime = column(
        "When it was decided", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    decided_by: str = column("Account that asked", Privacy.PERSON)
    token: int | None = column(
        "Number of the token it asked with; empty = command line", Privacy.OPERATIONAL, default=None
    )
    idempotency_key: str | None = column(
        "Keyed digest of the key the question came with", Privacy.OPERATIONAL, default=None
    )
    question: str = column("SHA-256 of the question", Privacy.OPERATIONAL)
    signature: str = column("HMAC-SHA-256 of all the above", Privacy.OPERATIONAL)

    def sign(self, key: bytes) -> None:
        """Sign it with the secret of the site."""
        self.signature = self._mac(key)

    def is_ours(self, key: bytes) -> bool:
        """Whether it stands as it was signed, with this secret."""
        return hmac.compare_digest(self.signature, self._mac(key))

    def _mac(self, key: bytes) -> str:
        said = self.model_dump(exclude={"signature"})
        said["decided_at"] = self.decided_at.astimezone(UTC).isoformat()
        canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()
