"""Real Orthanc servers on ports of this machine, and DICOM files for them."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

MISSING = "No Orthanc here; on Debian: apt-get install orthanc"
PATIENCE = 30.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running Orthanc."""

    address: str
    dicom_port: int

    def get(self, path: str) -> Any:
        """What is at a path."""
        return httpx.get(f"{self.address}{path}").raise_for_status().json()

    def studies(self) -> set[str]:
        """The Study Instance UIDs it holds."""
        return {s["MainDicomTags"]["StudyInstanceUID"] for s in self.get("/studies?expand")}

    def store(self, *files: bytes) -> str:
        """Take files of one study in and wait until it is stable; its key."""
        for file in files:
            said = httpx.post(f"{self.address}/instances", content=file).raise_for_status().json()
        key: str = said["ParentStudy"]
        waited(lambda: self.get(f"/studies/{key}")["IsStable"], "The study did not become stable.")
        return key

    def sendings(self) -> int:
        """How many studies it has sent."""
        return sum(job["State"] == "Success" for job in self.get("/jobs?expand"))


@contextmanager
def orthanc(folder: Path, nodes: dict[str, int]) -> Iterator[Server]:
    """An Orthanc that knows some nodes of this machine, by name and DICOM port."""
    program = shutil.which("Orthanc", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    http, dicom = free_port(), free_port()
    folder.mkdir()
    (folder / "orthanc.json").write_text(
        json.dumps(
            {"Name": folder.name, "StorageDirectory": str(folder), "IndexDirectory": str(folder), "Plugins": [],
             "HttpPort": http, "DicomPort": dicom, "DicomAet": folder.name.upper(), "StableAge": 1,
             "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
             "DicomModalities": {name: [name.upper(), "127.0.0.1", port] for name, port in nodes.items()}}
        )
    )  # fmt: skip
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            [program, str(folder / "orthanc.json")], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            server = Server(address=f"http://127.0.0.1:{http}", dicom_port=dicom)
            waited(lambda: _answers(server), "Orthanc did not start.")
            yield server
        finally:
            running.terminate()
            running.wait(PATIENCE)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def head_ct(uid: str, *, age: str = "054Y", **change: Any) -> bytes:
    """One slice of a head CT, without pixels."""
    slice_ = Dataset()
    slice_.SOPClassUID, slice_.SOPInstanceUID = CTImageStorage, generate_uid()
    slice_.StudyInstanceUID, slice_.SeriesInstanceUID = uid, f"{uid}.1"
    slice_.PatientID, slice_.PatientAge, slice_.StudyDate = f"P{uid}", age, "20260504"
    slice_.Modality, slice_.BodyPartExamined, slice_.Manufacturer = "CT", "HEAD", "SIEMENS"
    slice_.SliceThickness, slice_.ImageType = 3.0, ["ORIGINAL", "PRIMARY", "AXIAL"]
    for keyword, value in change.items():
        setattr(slice_, keyword, value)
    slice_.file_meta = FileMetaDataset()
    slice_.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written = BytesIO()
    slice_.save_as(written, enforce_file_format=True)
    return written.getvalue()


def waited(until: Any, complaint: str) -> None:
    """Wait until something holds."""
    deadline = monotonic() + PATIENCE
    while not until():
        assert monotonic() < deadline, complaint
        sleep(0.05)


def _answers(server: Server) -> bool:
    try:
        return bool(server.get("/system"))
    except httpx.TransportError:
        return False
