"""One imaging examination, with what its DICOM header says of patient, scanner and protocol."""

from datetime import datetime

from sqlalchemy import DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import LATERALITIES, Recorded

SETTINGS = ("emergency", "inpatient", "outpatient", "screening")


class Study(Recorded, table=True):
    """An examination that arrived, whether or not any algorithm ran on it."""

    __table_args__ = (
        PrimaryKeyConstraint("study_instance_uid", "revision"),
        Index("ix_study_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    study_instance_uid: str = column("DICOM (0020,000D)", Privacy.PSEUDONYM)
    accession_number: str | None = column(
        "Keyed digest of (0008,0050) and its issuer", Privacy.PSEUDONYM, index=True, default=None
    )
    patient: str = column(
        "Keyed digest of (0010,0020) and its issuer", Privacy.PSEUDONYM, index=True
    )
    patient_age: float | None = column(
        "Age at the examination",
        Privacy.CLINICAL,
        unit="years",
        minimum=0,
        maximum=120,
        default=None,
    )
    patient_sex: str | None = column(
        "DICOM (0010,0040)", Privacy.CLINICAL, choices=("M", "F", "O"), default=None
    )
    patient_ethnicity: str | None = column(
        "Where it may lawfully be kept", Privacy.CLINICAL, default=None
    )
    site: str = column("Key of the site", Privacy.OPERATIONAL)
    study_datetime: datetime = column(
        "When the images were made", Privacy.CLINICAL, sa_type=DateTime(timezone=True), index=True
    )
    modality: str = column("DICOM (0008,0060)", Privacy.CLINICAL)
    body_part_examined: str | None = column("DICOM (0018,0015)", Privacy.CLINICAL, default=None)
    view_position: str | None = column("DICOM (0018,5101)", Privacy.CLINICAL, default=None)
    laterality: str | None = column(
        "DICOM (0020,0060)", Privacy.CLINICAL, choices=(*LATERALITIES, "U"), default=None
    )
    protocol_name: str | None = column("DICOM (0018,1030)", Privacy.CLINICAL, default=None)
    contrast_bolus_agent: str | None = column("DICOM (0018,0010)", Privacy.CLINICAL, default=None)
    manufacturer: str | None = column("DICOM (0008,0070)", Privacy.OPERATIONAL, default=None)
    manufacturer_model_name: str | None = column(
        "DICOM (0008,1090)", Privacy.OPERATIONAL, default=None
    )
    device_serial_number: str | None = column(
        "DICOM (0018,1000)", Privacy.OPERATIONAL, default=None
    )
    software_versions: str | None = column("DICOM (0018,1020)", Privacy.OPERATIONAL, default=None)
    slice_thickness: float | None = column(
        "DICOM (0018,0050)", Privacy.CLINICAL, unit="mm", minimum=0, default=None
    )
    kvp: float | None = column(
        "DICOM (0018,0060)", Privacy.CLINICAL, unit="kV", minimum=0, default=None
    )
    convolution_kernel: str | None = column("DICOM (0018,1210)", Privacy.CLINICAL, default=None)
    magnetic_field_strength: float | None = column(
        "DICOM (0018,0087)", Privacy.CLINICAL, unit="T", minimum=0, default=None
    )
    exposure_index: float | None = column("DICOM (0018,1411)", Privacy.CLINICAL, default=None)
    patient_position: str | None = column("DICOM (0018,5100)", Privacy.CLINICAL, default=None)
    setting: str | None = column(
        "Where the patient was", Privacy.CLINICAL, choices=SETTINGS, default=None
    )
    priority: str | None = column(
        "How urgent the request was",
        Privacy.CLINICAL,
        choices=("stat", "urgent", "routine"),
        default=None,
    )
