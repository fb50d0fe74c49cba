"""DICOM files to try intake on: those that the installed pydicom carries, and the user's own folder
`dicom`.

pydicom's test files are part of its wheel (MIT licence and the terms named there); nothing is
downloaded. They are real objects, some broken on purpose: truncated, without file meta, with
values of the wrong kind.
"""

from pathlib import Path

import pydicom

NEEDS = "dicom"

PACKAGED = (
    "test_files/CT_small.dcm",
    "test_files/693_J2KI.dcm",
    "test_files/MR_small.dcm",
    "test_files/MR_small_bigendian.dcm",
    "test_files/MR_truncated.dcm",
    "test_files/ExplVR_BigEnd.dcm",
    "test_files/JPEG2000.dcm",
    "test_files/SC_rgb_jpeg.dcm",
    "test_files/dicomdirtests/77654033/CR1/6154",
    "test_files/liver_1frame.dcm",
    "test_files/rtplan.dcm",
    "test_files/rtdose.dcm",
    "test_files/badVR.dcm",
    "test_files/no_meta.dcm",
    "test_files/reportsi.dcm",
    "test_files/reportsi_with_empty_number_tags.dcm",
    "test_files/test-SR.dcm",
    "test_files/waveform_ecg.dcm",
    "charset_files/chrJapMulti.dcm",
    "charset_files/chrRuss.dcm",
)
"""Images of six modalities, segmentation, radiotherapy, reports, waveform, character sets."""


def files(data: Path | None) -> list[Path]:
    """The packaged files in the order above, then those of the user's folder by name."""
    packaged = [Path(pydicom.__file__).parent / "data" / name for name in PACKAGED]
    own = [] if data is None else sorted((data / NEEDS).glob("*.dcm"))
    return packaged + own
