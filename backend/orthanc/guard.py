"""The guard: each study that is complete in Orthanc is asked about, and only what may run is sent on.

It fails closed. Without an answer nothing is sent and the study waits; a study that was answered before stays as it
was, whatever restarts, until an instance is added to it or a clinician overrides the decision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from backend.orthanc.exchange import NoAnswer, Peer, Refused
from backend.orthanc.position import Position
from backend.orthanc.server import Mark, Orthanc, Standing, Study
from register.scope import ATTRIBUTES

_OF_THE_STUDY = (409, 413, 422)
"""Refusals of a question for what it says of the study: asking again would not help. Every other one is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One deployment, the Orthanc server its studies come to, and the node where its algorithm listens.

    `setting` is where the patients of this server are, which DICOM does not say; empty = not known.
    """

    orthanc: Orthanc
    gate: Peer
    deployment: str
    to: str
    setting: str
    tell: Callable[[Study, Mark], None]

    def round(self, position: Position) -> None:
        """Follow the changes since the last round, then settle what waits, the first announced first.

        The first round of all begins at the end: what was in Orthanc before the guard is not sent.
        """
        if position.reached is None:
            position.announce((), self.orthanc.end())
        for reached, studies in self.orthanc.announced(position.reached or 0):
            position.announce(studies, reached)
        silent = ""
        try:
            position.announce(self._overridden())
        except (NoAnswer, Refused) as no_answer:
            silent = str(no_answer)
        for key in list(position.waiting):
            study = self.orthanc.study(key)
            if study is None or (study.stable and self._settled(study, silent)):
                position.settle(key)

    def _overridden(self) -> list[str]:
        """The studies here of which a clinician overrode the decision, until that is used."""
        said = self.gate.get(
            f"/api/v1/scope/overrides?deployment={quote(self.deployment, safe='')}"
        )
        if not isinstance(said, dict) or "overrides" not in said:
            raise NoAnswer(f"{self.gate.name} answers, but not as the scope gate does.")
        return [
            key
            for one in said["overrides"]
            for key in self.orthanc.with_uid(one["study_instance_uid"])
        ]

    def _settled(self, study: Study, silent: str) -> bool:
        """Whether a study waits no more: sent now or before, or held."""
        before = self.orthanc.mark(study)
        same = before if before and before.last_update == study.last_update else None
        if same and same.standing is Standing.FORWARDED:
            return True
        if same and same.standing is Standing.SENDING:
            sent = self.orthanc.sent(study)
            if sent is None:
                return False
            if sent:
                return self._put(study, same, Standing.FORWARDED, same.sentence, same.decision_id)
        if silent:
            if same and same.standing is Standing.HELD:
                return True
            return self._put(study, same, Standing.WAITING, silent)
        return self._decided(study, same)

    def _decided(self, study: Study, same: Mark | None) -> bool:
        """Ask, and do as told. When Orthanc falls silent while it sends, the mark stays: the next round looks at its jobs."""
        try:
            said = self.gate.post("/api/v1/scope/check", self._question(study))
            may_run, sentence, decision = said["may_run"], said["sentence"], said["decision_id"]
        except NoAnswer as silent:
            return self._put(study, same, Standing.WAITING, str(silent))
        except Refused as refused:
            final = refused.peer == self.gate.name and refused.status in _OF_THE_STUDY
            return self._put(
                study, same, Standing.HELD if final else Standing.WAITING, str(refused)
            )
        if may_run is not True:
            return self._put(study, same, Standing.HELD, sentence, decision)
        self.orthanc.put(study, self._mark(study, Standing.SENDING, sentence, decision))
        try:
            self.orthanc.forward(study, self.to)
        except Refused as failed:
            told = f"It may run, and did not reach {self.to}: {failed}"
            waits = self._mark(study, Standing.WAITING, told, decision)
            self.orthanc.put(study, waits)
            if waits != same:
                self.tell(study, waits)
            return False
        return self._put(study, None, Standing.FORWARDED, sentence, decision)

    def _question(self, study: Study) -> dict[str, Any]:
        """Deployment, study and state of the study are the key: the same question is answered once."""
        known = self.orthanc.attributes(study)
        if self.setting:
            known["setting"] = self.setting
        return {
            "deployment": self.deployment,
            "study": {
                "study_instance_uid": study.uid, **{n: v for n, v in known.items() if n in ATTRIBUTES},
            },
            "idempotency_key": f"{self.deployment} {study.uid} {study.last_update}",
        }  # fmt: skip

    def _mark(self, study: Study, standing: Standing, sentence: str, decision: str) -> Mark:
        return Mark(
            deployment=self.deployment, standing=standing, sentence=sentence, last_update=study.last_update,
            decision_id=decision, to=self.to,
        )  # fmt: skip

    def _put(
        self, study: Study, before: Mark | None, standing: Standing, sentence: str, decision: str = ""
    ) -> bool:  # fmt: skip
        """Write down where a study stands, if that is new; whether it waits no more."""
        mark = self._mark(study, standing, sentence, decision)
        if mark != before:
            self.orthanc.put(study, mark)
            self.tell(study, mark)
        return standing in (Standing.FORWARDED, Standing.HELD)
