"""What was done because of a finding: further imaging, biopsies, referrals."""

from datetime import datetime

from sqlalchemy import DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import Recorded

KINDS = ("ct", "mri", "ultrasound", "xray", "biopsy", "referral", "admission", "procedure", "other")


class Investigation(Recorded, table=True):
    """One investigation, who triggered it, what it yielded and whether it harmed."""

    __table_args__ = (
        PrimaryKeyConstraint("investigation_id", "revision"),
        Index("ix_investigation_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    investigation_id: str = column("Identifier at the source", Privacy.PSEUDONYM)
    patient: str = column("Keyed digest of patient and issuer", Privacy.PSEUDONYM, index=True)
    accession_number: str | None = column(
        "Keyed digest of the examination that led to it", Privacy.PSEUDONYM, default=None
    )
    finding: str = column("Which finding", Privacy.CLINICAL)
    kind: str = column("What was done", Privacy.CLINICAL, choices=KINDS)
    trigger: str | None = column(
        "Who asked for it",
        Privacy.OPERATIONAL,
        choices=("ai", "reader", "both", "unknown"),
        default=None,
    )
    ordered_at: datetime | None = column(
        "When it was ordered", Privacy.CLINICAL, sa_type=DateTime(timezone=True), default=None
    )
    performed_at: datetime = column(
        "When it was done", Privacy.CLINICAL, sa_type=DateTime(timezone=True)
    )
    result: str | None = column(
        "What it showed",
        Privacy.CLINICAL,
        choices=("positive", "negative", "indeterminate"),
        default=None,
    )
    harm: str | None = column(
        "Harm to the patient", Privacy.CLINICAL, choices=("none", "minor", "serious"), default=None
    )
