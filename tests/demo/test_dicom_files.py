"""The DICOM files of the demo."""

from pathlib import Path

import pydicom
import pytest

from demo.adapters.dicom_files import PACKAGED, files


@pytest.mark.filterwarnings("ignore:Expected explicit VR:UserWarning")
def test_packaged_files_are_there_without_any_data_folder() -> None:
    """More than a dozen files come with pydicom, among them reports and a segmentation."""
    found = files(None)
    assert len(found) == len(set(found)) == len(PACKAGED) >= 12
    assert all(path.is_file() for path in found)
    headers = [
        pydicom.dcmread(path, stop_before_pixels=True)
        for path in found
        if path.name not in {"no_meta.dcm", "badVR.dcm"}
    ]
    assert {"CT", "MR", "CR", "US", "SR", "SEG"} <= {
        str(header.get("Modality")) for header in headers
    }


def test_the_users_own_files_follow(tmp_path: Path) -> None:
    """Files of the folder `dicom` are added by name; a folder without it adds none."""
    assert files(tmp_path) == files(None)
    (tmp_path / "dicom").mkdir()
    for name in ("b.dcm", "a.dcm", "notes.txt"):
        (tmp_path / "dicom" / name).touch()
    assert [path.name for path in files(tmp_path)[len(PACKAGED) :]] == ["a.dcm", "b.dcm"]
