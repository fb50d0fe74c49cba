"""What a radiologist wrote of one finding in one study."""

from datetime import datetime

from sqlalchemy import DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import LATERALITIES, Recorded
from surveillance.report_text.pack import languages

REPORT_CALLS = ("positive", "negative", "indeterminate", "not_mentioned")
ACTIONS = ("none", "recall", "imaging", "biopsy", "referral")


class ClinicalReport(Recorded, table=True):
    """One read of one finding, and whether the reader had seen the output of the AI."""

    __tablename__ = "clinical_report"
    __table_args__ = (
        PrimaryKeyConstraint("report_id", "finding", "revision"),
        Index("ix_clinical_report_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    report_id: str = column("Identifier of the document", Privacy.PSEUDONYM)
    finding: str = column("Which finding", Privacy.CLINICAL)
    study_instance_uid: str | None = column(
        "The study it describes", Privacy.PSEUDONYM, index=True, default=None
    )
    accession_number: str | None = column(
        "Keyed digest, where the source knows no study UID",
        Privacy.PSEUDONYM,
        index=True,
        default=None,
    )
    call: str = column("What the reader said", Privacy.CLINICAL, choices=REPORT_CALLS)
    laterality: str | None = column(
        "Which side", Privacy.CLINICAL, choices=LATERALITIES, default=None
    )
    reader: str | None = column("Who read", Privacy.PERSON, default=None)
    reader_role: str | None = column(
        "In which role; study_reader = read for a study, not for care",
        Privacy.OPERATIONAL,
        default=None,
    )
    read: str | None = column(
        "Which read", Privacy.OPERATIONAL, choices=("first", "second", "arbitration"), default=None
    )
    reported_at: datetime = column(
        "When it was signed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    status: str | None = column(
        "State of the document",
        Privacy.OPERATIONAL,
        choices=("preliminary", "final", "amended"),
        default=None,
    )
    ai_visible: str | None = column(
        "Whether the reader saw the AI",
        Privacy.OPERATIONAL,
        choices=("true", "false", "unknown"),
        default=None,
    )
    opened_at: datetime | None = column(
        "When the reader opened the study",
        Privacy.OPERATIONAL,
        sa_type=DateTime(timezone=True),
        default=None,
    )
    communicated_at: datetime | None = column(
        "When a critical finding was communicated",
        Privacy.OPERATIONAL,
        sa_type=DateTime(timezone=True),
        default=None,
    )
    recommended_action: str | None = column(
        "What the reader recommended", Privacy.CLINICAL, choices=ACTIONS, default=None
    )
    measurement: float | None = column("Measured value", Privacy.CLINICAL, default=None)
    measurement_unit: str | None = column("UCUM unit", Privacy.CLINICAL, default=None)
    text: str | None = column("The text, scrubbed of identifiers", Privacy.CLINICAL, default=None)
    language: str | None = column(
        "Language of the text; with it an empty call is read out of the text",
        Privacy.OPERATIONAL,
        choices=languages(),
        default=None,
    )
    read_by: str | None = column(
        "Rules that read the call out of the text; empty = the source gave it",
        Privacy.OPERATIONAL,
        default=None,
    )
    read_from: str | None = column("The sentence that decided", Privacy.CLINICAL, default=None)
