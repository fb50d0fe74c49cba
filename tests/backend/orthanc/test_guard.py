"""A study goes from one real Orthanc to another only when the scope gate lets it run; else it stays, and says why."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from backend.access import give_account
from backend.clock import now
from backend.commands import app
from backend.commands.orthanc import NUMBER
from backend.database import unit_of_work
from backend.orthanc.exchange import NoAnswer
from backend.orthanc.position import GuardRuns, kept_in
from backend.settings import settings
from backend.tokens import give_token, revoke_token
from demo.sources import REGISTER
from register import catalogue
from register.signature import Signer
from surveillance.changing_state import suspend
from surveillance.scope_override import override
from tests.backend.orthanc.servers import Server, free_port, head_ct, orthanc
from tests.confirmed import confirmed
from tests.journeys.served import served

pytestmark = pytest.mark.slow
KEY = "ctbrain-north-ed"
LEAD = Signer(key="ada", name="Ada", role="clinical_lead")
EARLY = now().replace(year=2026, month=1, day=1)


@dataclass(kw_only=True)
class Ward:
    """A PACS, the node of the algorithm, the gate, and the guard between them."""

    url: str
    pacs: Server
    node: Server
    gate: str
    token: Path
    arguments: list[str] = field(default_factory=lambda: ["--setting", "emergency"])

    def guard(self, *, gate: str = "", to: str = "algorithm") -> str:
        """One round of the guard; what it told."""
        done = CliRunner().invoke(
            app,
            ["orthanc", "guard", "--once", "--deployment", KEY, "--to", to, "--orthanc", self.pacs.address,
             "--gate", gate or self.gate, "--token-file", str(self.token), *self.arguments],
        )  # fmt: skip
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def mark(self, study: str) -> dict[str, Any]:
        """What stands with a study."""
        found: dict[str, Any] = self.pacs.get(f"/studies/{study}/metadata/{NUMBER}")
        return found

    def suspend(self) -> None:
        """Pull the kill switch."""
        with unit_of_work(self.url, by="t") as session:
            suspend(session, KEY, signer=LEAD, reason="Missed bleeds.", at=now())


@pytest.fixture
def ward(database_url: str, home: Path, tmp_path: Path) -> Iterator[Ward]:
    """A guard that has begun to follow an empty PACS."""
    (settings().home / "orthanc" / f"{KEY}.json").unlink(missing_ok=True)
    with unit_of_work(database_url, by="t") as session:
        form = catalogue.read(REGISTER / "ctbrain-triage.yaml")
        catalogue.record(session, form, by="t", at=EARLY)
        give_account(session, key="pacs", name="PACS", role="integrator", at=now())
        text = give_token(session, name="guard", account="pacs", sites=["north"], days=9, at=now())[
            1
        ]
    confirmed(database_url)
    (tmp_path / "token").write_text(f"{text}\n")
    with (
        orthanc(tmp_path / "algorithm", {}) as node,
        orthanc(tmp_path / "pacs", {"algorithm": node.dicom_port, "nowhere": free_port()}) as pacs,
        served(database_url) as gate,
    ):
        found = Ward(url=database_url, pacs=pacs, node=node, gate=gate, token=tmp_path / "token")
        found.guard()
        yield found


def test_only_what_may_run_is_forwarded(ward: Ward) -> None:
    """An adult goes on; a child and a study without age stay, each with clause and decision; nothing moves twice."""
    adult = ward.pacs.store(head_ct("1.2.1"), head_ct("1.2.1"))
    child = ward.pacs.store(head_ct("1.2.2", age="012Y"))
    ageless = ward.pacs.store(head_ct("1.2.3", age=""))
    told = ward.guard()
    assert ward.node.studies() == {"1.2.1"}
    assert len(ward.node.get("/instances")) == 2
    assert ward.mark(adult)["standing"] == "forwarded"
    assert (ward.mark(child)["standing"], ward.mark(ageless)["standing"]) == ("held", "held")
    assert "asks for patient_age at least 18 years" in ward.mark(child)["sentence"]
    assert "patient_age is missing" in ward.mark(ageless)["sentence"]
    assert ward.mark(child)["decision_id"] in told
    assert (
        "12" not in told.replace(ward.mark(child)["decision_id"], "").split(child)[1].split("\n")[0]
    )
    assert ward.guard() == ""
    assert ward.pacs.sendings() == 1


def test_what_was_there_before_the_guard_stays(ward: Ward) -> None:
    """The first round begins at the end of the changes: an archive is not sent to the algorithm."""
    (settings().home / "orthanc" / f"{KEY}.json").unlink()
    ward.pacs.store(head_ct("1.2.1"))
    assert ward.guard() == ""
    ward.pacs.store(head_ct("1.2.2"))
    ward.guard()
    assert ward.node.studies() == {"1.2.2"}


def test_without_an_answer_nothing_is_forwarded_and_nothing_forgotten(ward: Ward) -> None:
    """Gate down, then token revoked: the study waits and says for what; afterwards it is caught up once."""
    study = ward.pacs.store(head_ct("1.2.1"))
    ward.guard(gate=f"http://127.0.0.1:{free_port()}")
    assert ward.mark(study)["standing"] == "waiting"
    assert "gives no answer" in ward.mark(study)["sentence"]
    good, bad = ward.token.read_text(), "cat_wrong"
    ward.token.write_text(bad)
    ward.guard()
    assert "The token is unknown" in ward.mark(study)["sentence"]
    assert ward.node.studies() == set()
    ward.token.write_text(good)
    ward.guard()
    assert (ward.node.studies(), ward.pacs.sendings()) == ({"1.2.1"}, 1)
    with unit_of_work(ward.url, by="t") as session:
        revoke_token(session, 1, at=now())
    late = ward.pacs.store(head_ct("1.2.2"))
    ward.guard()
    assert "The token is revoked" in ward.mark(late)["sentence"]
    assert ward.node.studies() == {"1.2.1"}


def test_a_suspended_deployment_gets_nothing_at_once(ward: Ward) -> None:
    """From the signature on, also what the gate had let run and the node had not taken yet."""
    study = ward.pacs.store(head_ct("1.2.1"))
    ward.guard(to="nowhere")
    assert "did not reach nowhere" in ward.mark(study)["sentence"]
    ward.suspend()
    ward.guard()
    assert ward.mark(study)["standing"] == "held"
    assert f"{KEY} is suspended" in ward.mark(study)["sentence"]
    late = ward.pacs.store(head_ct("1.2.2"))
    ward.guard()
    assert f"{KEY} is suspended" in ward.mark(late)["sentence"]
    assert ward.node.studies() == set()


def test_a_node_that_was_away_is_served_when_it_is_back(ward: Ward) -> None:
    """One decision, one arrival."""
    study = ward.pacs.store(head_ct("1.2.1"))
    ward.guard(to="nowhere")
    first = ward.mark(study)
    ward.guard()
    assert ward.mark(study)["standing"] == "forwarded"
    assert ward.mark(study)["decision_id"] == first["decision_id"]


def test_an_override_lets_the_held_study_go_on(ward: Ward) -> None:
    """The next round after the clinician's signature forwards it, and marks it as abnormal use."""
    study = ward.pacs.store(head_ct("1.2.1", age="012Y"))
    ward.guard()
    with unit_of_work(ward.url, by="t") as session:
        override(
            session, ward.mark(study)["decision_id"], signer=LEAD, reason="No reader.", at=now()
        )
    ward.guard()
    assert ward.node.studies() == {"1.2.1"}
    assert "Overridden by ada" in ward.mark(study)["sentence"]
    ward.guard()
    assert ward.pacs.sendings() == 1


def test_an_instance_that_comes_late_is_asked_about_anew(ward: Ward) -> None:
    """A study that grew is another question: here the new series takes it out of scope."""
    study = ward.pacs.store(head_ct("1.2.1"))
    ward.guard()
    ward.pacs.store(head_ct("1.2.1", SeriesInstanceUID="1.2.1.2", SliceThickness=7.0))
    ward.guard()
    assert ward.mark(study)["standing"] == "held"
    assert "slice_thickness is missing" in ward.mark(study)["sentence"]


def test_localisers_and_reports_do_not_speak_for_the_study(ward: Ward) -> None:
    """A scout without slice thickness and a dose report leave the study in scope; all of it goes on."""
    scout = head_ct("1.2.1", SeriesInstanceUID="1.2.1.2", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], SliceThickness=None)  # fmt: skip
    dose = head_ct("1.2.1", SeriesInstanceUID="1.2.1.3", Modality="SR", SliceThickness=None)
    ward.pacs.store(head_ct("1.2.1"), scout, dose)
    ward.guard()
    assert len(ward.node.get("/instances")) == 3


def test_killed_while_sending_it_does_not_send_twice(ward: Ward) -> None:
    """Orthanc knows its jobs: what it has sent is sent, what it has not is sent now."""
    sent = ward.pacs.store(head_ct("1.2.1"))
    ward.guard()
    cut = ward.pacs.store(head_ct("1.2.2"))
    ward.guard(to="nowhere")
    for study in (sent, cut):
        mark = {**ward.mark(study), "standing": "sending"}
        httpx.put(f"{ward.pacs.address}/studies/{study}/metadata/{NUMBER}", content=json.dumps(mark)).raise_for_status()  # fmt: skip
    with kept_in(settings().home / "orthanc" / f"{KEY}.json") as position:
        position.announce([sent])
    ward.guard()
    assert (ward.node.studies(), ward.pacs.sendings()) == ({"1.2.1", "1.2.2"}, 2)
    assert ward.mark(sent)["standing"] == "forwarded"


def test_two_guards_do_not_share_a_position(ward: Ward) -> None:
    """The second is refused while the first runs."""
    with kept_in(settings().home / "orthanc" / f"{KEY}.json"), pytest.raises(GuardRuns):
        ward.guard()


def test_without_orthanc_the_guard_says_so(ward: Ward) -> None:
    """A sentence, and nothing lost."""
    study = ward.pacs.store(head_ct("1.2.1"))
    away = Ward(
        url=ward.url, node=ward.node, gate=ward.gate, token=ward.token,
        pacs=Server(address=f"http://127.0.0.1:{free_port()}", dicom_port=0),
    )  # fmt: skip
    with pytest.raises(NoAnswer, match="Orthanc gives no answer"):
        away.guard()
    ward.guard()
    assert ward.mark(study)["standing"] == "forwarded"
