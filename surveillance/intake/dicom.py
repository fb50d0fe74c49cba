"""What a DICOM header says of a study, in the words of the evidence contract."""

import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from register.refusal import Refusal

_TEXTS = {
    "study_instance_uid": "StudyInstanceUID",
    "modality": "Modality",
    "body_part_examined": "BodyPartExamined",
    "view_position": "ViewPosition",
    "laterality": "Laterality",
    "protocol_name": "ProtocolName",
    "contrast_bolus_agent": "ContrastBolusAgent",
    "manufacturer": "Manufacturer",
    "manufacturer_model_name": "ManufacturerModelName",
    "device_serial_number": "DeviceSerialNumber",
    "software_versions": "SoftwareVersions",
    "convolution_kernel": "ConvolutionKernel",
    "patient_position": "PatientPosition",
    "patient_sex": "PatientSex",
}
_NUMBERS = {
    "slice_thickness": "SliceThickness",
    "kvp": "KVP",
    "magnetic_field_strength": "MagneticFieldStrength",
    "exposure_index": "ExposureIndex",
}
_NO_IMAGES = {"SR", "PR", "KO", "SEG", "DOC", "RTSTRUCT", "REG", "AU", "ECG"}
_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


class Header(Protocol):
    """Values by DICOM keyword."""

    def get(self, keyword: str, /) -> Any:
        """The value of a keyword, or None."""


class DicomNotReadable(Refusal):
    """A file that is not a DICOM object with a header."""


def attributes(path: Path) -> dict[str, Any]:
    """The attributes of a study by which a scope is judged; what the header lacks is left out.

    Pixels are not read. The age is (0010,1010), else birth date to study date, in years.
    """
    from pydicom import config, dcmread
    from pydicom.errors import InvalidDicomError

    config.settings.reading_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings(action="ignore"):
            header = dcmread(path, stop_before_pixels=True)
    except FileNotFoundError as missing:
        raise DicomNotReadable(f"{path}: there is no such file.") from missing
    except (InvalidDicomError, EOFError, ValueError, NotImplementedError, OSError) as wrong:
        raise DicomNotReadable(f"{path}: not readable as a DICOM file ({wrong}).") from wrong
    return described(header)


def described(header: Header) -> dict[str, Any]:
    """The attributes that a header gives by DICOM keyword, whatever it was read from."""
    found: dict[str, Any] = {}
    for name, keyword in _TEXTS.items():
        text = _text(header.get(keyword))
        if text:
            found[name] = text
    for name, keyword in _NUMBERS.items():
        try:
            found[name] = float(header.get(keyword))
        except (TypeError, ValueError):
            continue
    age = _age(
        _text(header.get("PatientAge")), header.get("PatientBirthDate"), header.get("StudyDate")
    )
    if age is not None:
        found["patient_age"] = age
    return found


def agreed(series: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the image series of a study have in common, from the header of each.

    Localisers and what is no image (reports, presentation states, key images, segmentations) say nothing of how
    the study was made. What the others differ in is left out: a scope that asks for it cannot be judged.
    """
    images = [
        header for header in series
        if header.get("Modality") not in _NO_IMAGES and "LOCALIZER" not in _text(header.get("ImageType")).split("\\")
    ]  # fmt: skip
    first = images[0] if images else {}
    return {k: v for k, v in first.items() if all(header.get(k) == v for header in images)}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    try:
        return "\\".join(str(part).strip() for part in value)
    except TypeError:
        return str(value).strip()


def _age(said: str, born: object, examined: object) -> float | None:
    """Years of an age string such as 045Y, 018M, 003W, 010D, or between two DICOM dates."""
    if len(said) == 4 and said[:3].isdigit() and said[3] in _YEARS:
        return round(int(said[:3]) * _YEARS[said[3]], 3)
    days = [_date(born), _date(examined)]
    if days[0] is not None and days[1] is not None:
        return round((days[1] - days[0]).days / 365.25, 3)
    return None


def _date(value: object) -> date | None:
    text = str(value or "")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
