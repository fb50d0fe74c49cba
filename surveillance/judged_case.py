"""What evidence and register say together of each inference: a case, and the reads beside it.

Both tables are derived. They are written anew for the days that new evidence touches and can be
derived again from the evidence at any time; nothing else may be concluded from them.
"""

from datetime import date, datetime

from sqlalchemy import DateTime, Index
from sqlmodel import SQLModel

from register.columns import Privacy, column
from register.scope import Scope

RAN = ("positive", "negative", "indeterminate")
"""Calls of a run that gave an output."""
DECIDED = ("positive", "negative")
"""A call, a report or a truth that takes a side."""
TRUTHS = {"sensitivity": "positive", "specificity": "negative"}
"""Of the cases of which truth a metric is the share called right."""


class JudgedCase(SQLModel, table=True):
    """One inference with its scope decision, its call, and what turned out to be true.

    Where the finding proved to be on the side that the output left unmarked, call and side are of that side.
    """

    __tablename__ = "judged_case"
    __table_args__ = (Index("ix_judged_case_deployment_day", "deployment", "day"),)

    inference_id: str = column(
        "The run that stands for the study", Privacy.PSEUDONYM, primary_key=True
    )
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL)
    finding: str = column("What was looked for", Privacy.CLINICAL)
    indication: str | None = column("Indication that covers it", Privacy.PUBLIC)
    version: str | None = column("Software version that ran", Privacy.OPERATIONAL)
    use_mode: str = column("How the output was used that day", Privacy.OPERATIONAL)
    study_instance_uid: str = column("The study", Privacy.PSEUDONYM)
    patient: str | None = column("Keyed digest", Privacy.PSEUDONYM)
    accession_number: str | None = column("Keyed digest", Privacy.PSEUDONYM)
    day: date = column("Day of the study at the site", Privacy.CLINICAL)
    matures_on: date = column("From this day on, no outcome means not verified", Privacy.CLINICAL)
    scope: str = column("Scope decision", Privacy.CLINICAL, choices=tuple(Scope))
    scope_attribute: str | None = column("What decided it", Privacy.CLINICAL)
    scope_value: str | None = column("Its value", Privacy.CLINICAL)
    scope_clause: str | None = column("The clause it was judged by", Privacy.PUBLIC)
    call: str = column("What the algorithm said", Privacy.CLINICAL)
    score: float | None = column("Its score", Privacy.CLINICAL)
    laterality: str | None = column("Which side", Privacy.CLINICAL)
    measurement: float | None = column("What it measured", Privacy.CLINICAL)
    measurement_unit: str | None = column("UCUM unit", Privacy.CLINICAL)
    failure_reason: str | None = column("Why there is no output", Privacy.OPERATIONAL)
    user_action: str | None = column("What the reader did with it", Privacy.OPERATIONAL)
    truth: str | None = column("What turned out to be true; empty = not known", Privacy.CLINICAL)
    tier: str | None = column("Kind of evidence that decided", Privacy.CLINICAL)
    outcome_id: str | None = column("The outcome that decided", Privacy.PSEUDONYM)
    protocol: str | None = column("Version of the protocol that decided", Privacy.PUBLIC)
    reference_measurement: float | None = column(
        "What the reference measured, in the same unit", Privacy.CLINICAL
    )
    occurred_at: datetime | None = column(
        "When the deciding fact was so", Privacy.CLINICAL, sa_type=DateTime(timezone=True)
    )
    known_at: datetime | None = column(
        "When the truth was known", Privacy.CLINICAL, sa_type=DateTime(timezone=True)
    )
    verification_reason: str | None = column("Why the truth was looked for", Privacy.OPERATIONAL)
    verification_probability: float | None = column("Chance of being verified", Privacy.OPERATIONAL)
    study_datetime: datetime | None = column(
        "When the study was taken", Privacy.CLINICAL, sa_type=DateTime(timezone=True)
    )
    received_at: datetime | None = column(
        "When it reached the algorithm", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    completed_at: datetime | None = column(
        "When the output was there", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    shown_at: datetime | None = column(
        "When a reader first saw it", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    priority: str | None = column("How urgent it was ordered", Privacy.OPERATIONAL)
    site: str | None = column("Key of the site", Privacy.OPERATIONAL)
    age_band: str | None = column("Age in decades", Privacy.CLINICAL)
    patient_sex: str | None = column("DICOM (0010,0040)", Privacy.CLINICAL)
    setting: str | None = column("Where the patient was", Privacy.CLINICAL)
    view_position: str | None = column("DICOM (0018,5101)", Privacy.CLINICAL)
    protocol_name: str | None = column("DICOM (0018,1030)", Privacy.CLINICAL)
    manufacturer: str | None = column("DICOM (0008,0070)", Privacy.OPERATIONAL)
    manufacturer_model_name: str | None = column("DICOM (0008,1090)", Privacy.OPERATIONAL)
    device_serial_number: str | None = column("DICOM (0018,1000)", Privacy.OPERATIONAL)
    software_versions: str | None = column("DICOM (0018,1020)", Privacy.OPERATIONAL)
    slice_thickness: float | None = column("DICOM (0018,0050)", Privacy.CLINICAL, unit="mm")
    patient_age: float | None = column("Age at the examination", Privacy.CLINICAL, unit="years")
    extra: str | None = column("The x_ columns of the study, as JSON", Privacy.CLINICAL)


class JudgedRead(SQLModel, table=True):
    """One reader's call on the finding of a case; *deciding* marks the read that stands for the report."""

    __tablename__ = "judged_read"

    inference_id: str = column("The case", Privacy.PSEUDONYM, primary_key=True)
    report_id: str = column("The document", Privacy.PSEUDONYM, primary_key=True)
    call: str = column("What the reader said", Privacy.CLINICAL)
    reader: str | None = column("Who read", Privacy.PERSON)
    reader_role: str | None = column("In which role", Privacy.OPERATIONAL)
    read: str | None = column("First, second or arbitration", Privacy.OPERATIONAL)
    reported_at: datetime | None = column(
        "When it was signed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    opened_at: datetime | None = column(
        "When the reader opened the study", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    communicated_at: datetime | None = column(
        "When a critical finding was told", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    recommended_action: str | None = column("What was recommended", Privacy.CLINICAL)
    measurement: float | None = column("What the reader measured", Privacy.CLINICAL)
    measurement_unit: str | None = column("UCUM unit", Privacy.CLINICAL)
    read_by: str | None = column("Rules that read the call out of the text", Privacy.OPERATIONAL)
    ai_visible: str = column("Whether the reader saw the AI", Privacy.OPERATIONAL)
    deciding: bool = column("Whether this read stands for the clinical report", Privacy.OPERATIONAL)


CASE_COLUMNS = tuple(JudgedCase.model_fields)
READ_COLUMNS = tuple(JudgedRead.model_fields)
STRATA = (
    "version", "use_mode", "site", "manufacturer", "manufacturer_model_name", "device_serial_number",
    "software_versions", "patient_sex", "age_band", "setting", "view_position", "protocol_name",
)  # fmt: skip
"""Columns of a case that a figure may be broken down by; a site's own x_ columns come beside them."""
