"""Two identifiers that turned out to be one patient (HL7 ADT^A40)."""

from datetime import datetime

from sqlalchemy import DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import Recorded


class PatientMerge(Recorded, table=True):
    """The prior identifier is retired: whatever is known under it belongs to the surviving one."""

    __tablename__ = "patient_merge"
    __table_args__ = (
        PrimaryKeyConstraint("prior_patient", "revision"),
        Index("ix_patient_merge_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    prior_patient: str = column("Keyed digest of the retired identifier", Privacy.PSEUDONYM)
    patient: str = column("Keyed digest of the surviving identifier", Privacy.PSEUDONYM, index=True)
    occurred_at: datetime = column(
        "When they were merged", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    source: str | None = column("Where it came from", Privacy.OPERATIONAL, default=None)
