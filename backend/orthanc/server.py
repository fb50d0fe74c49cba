"""What is asked of an Orthanc server: what became stable, what a study is, and to send it on.

Written for its REST interface as of version 1.10. What was decided stands with the study, as user-defined metadata.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from backend.orthanc.exchange import Peer, Refused
from surveillance.intake.dicom import agreed, described

USER_DEFINED = 1024
"""The lowest number of a metadata entry that is the user's own."""
PAGE = 1000
_FOLLOWED = ("NewStudy", "StableStudy")
"""A study that is announced is looked at until it is stable: a restart of Orthanc may swallow `StableStudy`."""
_UNDERWAY = ("Pending", "Running", "Retry", "Paused")


class Standing(StrEnum):
    """Where a study stands before the algorithm."""

    WAITING = "waiting"  # no answer yet, or not sent yet: tried again
    SENDING = "sending"
    FORWARDED = "forwarded"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands with a study in Orthanc: where it stands, why, by which decision, and for which of its states."""

    deployment: str
    standing: Standing
    sentence: str
    last_update: str
    decision_id: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study in Orthanc; `last_update` changes with each instance that arrives."""

    key: str
    uid: str
    last_update: str
    stable: bool
    series: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orthanc:
    """An Orthanc server, and the number of the metadata under which marks are kept."""

    peer: Peer
    metadata: int

    def end(self) -> int:
        """The position behind the last change."""
        return int(self.peer.get("/changes?last")["Last"])

    def announced(self, since: int) -> Iterator[tuple[int, list[str]]]:
        """Page by page the position reached, and the studies announced up to it.

        A position beyond the end is of another database: everything is looked at anew.
        """
        if self.end() < since:
            since = 0
        done = False
        while not done:
            page = self.peer.get(f"/changes?since={since}&limit={PAGE}")
            since, done = page["Last"], page["Done"]
            yield since, [c["ID"] for c in page["Changes"] if c["ChangeType"] in _FOLLOWED]

    def study(self, key: str) -> Study | None:
        """A study as it stands; None when it is gone."""
        try:
            said = self.peer.get(f"/studies/{key}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return Study(
            key=key, uid=said["MainDicomTags"].get("StudyInstanceUID", ""), last_update=said["LastUpdate"],
            stable=said["IsStable"], series=tuple(said["Series"]),
        )  # fmt: skip

    def with_uid(self, uid: str) -> list[str]:
        """The studies of a Study Instance UID; the same UID with two patients is two."""
        found: list[str] = self.peer.post(
            "/tools/find", {"Level": "Study", "Query": {"StudyInstanceUID": uid}}
        )
        return found

    def attributes(self, study: Study) -> dict[str, Any]:
        """The attributes of a study by which a scope is judged: what all its image series have in common."""
        return described(
            agreed([self.peer.get(f"/series/{s}/shared-tags?simplify") for s in study.series])
        )

    def mark(self, study: Study) -> Mark | None:
        """What stands with a study; nothing where there is nothing, or nothing of ours."""
        try:
            said = self.peer.get(f"/studies/{study.key}/metadata/{self.metadata}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return Mark(**{**said, "standing": Standing(said["standing"])})

    def put(self, study: Study, mark: Mark) -> None:
        """Write down where a study stands."""
        self.peer.put(f"/studies/{study.key}/metadata/{self.metadata}", asdict(mark))

    def forward(self, study: Study, modality: str) -> None:
        """Send a study to a node and wait until all of it has arrived there."""
        body = {"Resources": [study.key], "Synchronous": True}
        self.peer.post(f"/modalities/{quote(modality, safe='')}/store", body, patience=None)

    def sent(self, study: Study) -> bool | None:
        """Whether Orthanc sent it in a job that nobody waited for; None while it is still sending."""
        jobs = [
            job["State"] for job in self.peer.get("/jobs?expand")
            if job["Type"] == "DicomModalityStore" and study.key in job["Content"].get("ParentResources", ())
        ]  # fmt: skip
        return None if set(jobs) & set(_UNDERWAY) else "Success" in jobs
