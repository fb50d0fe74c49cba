"""What turned out to be true of a patient, and on what evidence."""

from datetime import datetime

from sqlalchemy import DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from register.reference_standard import EVIDENCE
from surveillance.evidence.recorded import LATERALITIES, Recorded

REASONS = ("clinical", "random_audit", "discordance_review", "protocol")


class Outcome(Recorded, table=True):
    """One statement of truth about one finding, with its kind of evidence."""

    __table_args__ = (
        PrimaryKeyConstraint("outcome_id", "revision"),
        Index("ix_outcome_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    outcome_id: str = column("Identifier at the source", Privacy.PSEUDONYM)
    patient: str = column("Keyed digest of patient and issuer", Privacy.PSEUDONYM, index=True)
    study_instance_uid: str | None = column(
        "The study it settles, where the source knows", Privacy.PSEUDONYM, default=None
    )
    accession_number: str | None = column(
        "Keyed digest, where the source knows no study UID", Privacy.PSEUDONYM, default=None
    )
    finding: str = column("Which finding", Privacy.CLINICAL)
    value: str = column(
        "What was true", Privacy.CLINICAL, choices=("positive", "negative", "indeterminate")
    )
    evidence: str = column("What the statement rests on", Privacy.CLINICAL, choices=EVIDENCE)
    occurred_at: datetime = column(
        "When it was so", Privacy.CLINICAL, sa_type=DateTime(timezone=True)
    )
    known_at: datetime | None = column(
        "When the source knew", Privacy.CLINICAL, sa_type=DateTime(timezone=True), default=None
    )
    measurement: float | None = column("Measured value", Privacy.CLINICAL, default=None)
    measurement_unit: str | None = column("UCUM unit", Privacy.CLINICAL, default=None)
    code_system: str | None = column("Code system and version", Privacy.CLINICAL, default=None)
    code: str | None = column("Code", Privacy.CLINICAL, default=None)
    source: str | None = column("Where it came from", Privacy.OPERATIONAL, default=None)
    verification_reason: str | None = column(
        "Why the truth was looked for", Privacy.OPERATIONAL, choices=REASONS, default=None
    )
    verification_probability: float | None = column(
        "Chance of being looked at, for a designed sample",
        Privacy.OPERATIONAL,
        minimum=0,
        maximum=1,
        default=None,
    )
    laterality: str | None = column(
        "Which side", Privacy.CLINICAL, choices=LATERALITIES, default=None
    )
    lesion: str | None = column(
        "The lesion it settles, by the name the inferences give it", Privacy.CLINICAL, default=None
    )
