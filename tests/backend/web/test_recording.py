"""Trainings, safety notices and a cycle, from the pages."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from httpx import Client, Response
from sqlmodel import select

from backend.database import unit_of_work
from register.safety_notice import acknowledgement, notices
from register.task import Task
from register.training import Training, trainings
from surveillance.measurement import latest_cycle
from tests.backend.worked import work
from tests.journeys.served import token_in

DAY = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
TRAINING = {
    "person": "dr.north", "about": "ctbrain-triage", "version": "2.3.1", "completed": DAY, "source": "Vendor course",
}  # fmt: skip
NOTICE = {
    "about": "ctbrain-triage", "reference": "FSN-7", "versions": "2.3.1", "issued": DAY, "received": DAY,
    "summary": "Misses after a contrast scan.", "action": "Do not use after contrast.",
}  # fmt: skip
Post = Callable[..., Response]


@pytest.fixture
def post(pages: Client, come_as: Callable[..., str]) -> Post:
    """Sign in with an account of a role, once, and send a form."""

    def posting(path: str, form: dict[str, str], role: str = "compliance_officer") -> Response:
        if not signed_in:
            signed_in.append(come_as(role))
        said = {"token": token_in(pages.get("/records").text), "password": signed_in[0]}
        return pages.post(path, data=said | form)

    signed_in: list[str] = []
    return posting


def test_a_training_goes_on_file(post: Post, pages: Client, registered: str) -> None:
    """With who recorded it; the page says that it counts."""
    assert post("/records/trainings", TRAINING).status_code == 303
    with unit_of_work(registered, by="t") as session:
        (one,) = trainings(session)
        assert (one.person, one.version, one.recorded_by) == ("dr.north", "2.3.1", "ada")  # fmt: skip
    page = pages.get("/records").text
    assert "dr.north" in page
    assert "Counts" in page


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("trainings", TRAINING | {"person": " "}, "Who was trained is empty"),
        ("trainings", TRAINING | {"person": "ada"}, "ada puts no training of their own on file"),
        ("trainings", TRAINING | {"about": "nothing"}, "neither an algorithm of the register nor ai_literacy"),
        ("trainings", TRAINING | {"person": "dr.nobody"}, "'dr.nobody' is nobody whom the register names"),
        ("trainings", TRAINING | {"version": "9.9"}, "Version '9.9' of ctbrain-triage is not in the register"),
        ("trainings", TRAINING | {"supersedes": "7"}, "There is no training 7 to be corrected"),
        ("trainings", TRAINING | {"completed": "2999-01-01"}, "lies ahead"),
        ("trainings", TRAINING | {"completed": "yesterday"}, "is not a day; write it as 2026-05-31"),
        ("trainings", TRAINING | {"expires": "2020-01-01"}, "lies before its completion"),
        ("notices", NOTICE | {"versions": "9.9"}, "Version 9.9 of ctbrain-triage is not in the register"),
        ("notices", NOTICE | {"received": "2020-01-01"}, "A notice is issued, then received"),
        ("notices", NOTICE | {"summary": " "}, "summary: it is empty"),
        ("notices", NOTICE | {"token": "x"}, "too old"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_stays_typed(
    post: Post, registered: str, path: str, form: dict[str, str], says: str
) -> None:
    """In the form it was typed into; nothing is recorded."""
    refused = post(f"/records/{path}", form)
    assert refused.status_code == 403
    assert says in refused.text.split('role="alert">')[1].split("</p>")[0].replace("&#39;", "'")
    assert f'value="{form.get("reference") or form["source"]}"' in refused.text
    with unit_of_work(registered, by="t") as session:
        assert (list(trainings(session)), notices(session)) == ([], [])


def test_a_notice_is_taken_in_and_acknowledged(post: Post, pages: Client, registered: str) -> None:
    """It stands in the inbox of the deployment that runs what it is about, until someone signs what was done."""
    assert post("/records/notices", NOTICE).status_code == 303
    assert "FSN-7" in pages.get("/inbox").text
    assert 'href="/records#notices"' in pages.get("/inbox").text
    wrong = post("/records/notices/1", {"reason": "Told everyone.", "password": "wrong"})
    assert "Name or password is wrong" in wrong.text
    assert post("/records/notices/1", {"reason": "Told everyone."}).status_code == 303
    with unit_of_work(registered, by="t") as session:
        (one,) = notices(session)
        signed = acknowledgement(session, one)
        assert signed is not None
        assert (signed.signer, signed.reason) == ("ada", "Told everyone.")
        assert all(t.closed_at for t in session.exec(select(Task).where(Task.kind == "safety_notice")))  # fmt: skip


def test_who_governs_nothing_records_nothing(post: Post, pages: Client, registered: str) -> None:
    """An integrator sees the records, no form, and is refused by the server."""
    refused = post("/records/trainings", TRAINING, role="integrator")
    assert (refused.status_code, "Ada is integrator" in refused.text) == (403, True)
    assert "Put it on file" not in pages.get("/records").text
    assert "Bring the figures up to now</button>" not in pages.get("/").text
    assert "Ada is integrator" in post("/cycle", {}, role="integrator").text
    assert "Ada is integrator" in post("/inbox/1", {"outcome": "Done."}, role="integrator").text
    with unit_of_work(registered, by="t") as session:
        assert list(trainings(session)) == []
        assert latest_cycle(session) is None


def test_who_is_limited_to_a_site_sees_its_trainings_alone(pages: Client, come_as: Callable[..., str], registered: str) -> None:  # fmt: skip
    """Those of the people who oversee a deployment there."""
    with unit_of_work(registered, by="t") as session:
        for person in ("dr.north", "dr.elsewhere"):
            session.add(Training(person=person, subject="ctbrain-triage", completed_on=date(2026, 1, 1), source="Course",
                                 recorded_by="t", recorded_at=datetime(2026, 1, 2, tzinfo=UTC)))  # fmt: skip
    come_as("compliance_officer", "north")
    shown = pages.get("/records?format=json").json()["trainings"]
    assert [one["person"] for one in shown] == ["dr.north"]


def test_a_training_is_corrected_by_another_that_takes_its_place(post: Post, pages: Client, registered: str) -> None:  # fmt: skip
    """Once; what was recorded before stays on file, counts no more, and counted until then."""
    assert post("/records/trainings", TRAINING).status_code == 303
    before = datetime.now(UTC)
    form = pages.get("/records?correct=1").text
    assert 'name="supersedes" value="1"' in form
    assert 'value="Vendor course"' in form
    mended = TRAINING | {"source": "Vendor course, certificate 12", "supersedes": "1"}
    assert post("/records/trainings", mended).status_code == 303
    assert "There is no training 1 to be corrected" in post("/records/trainings", mended).text
    with unit_of_work(registered, by="t") as session:
        assert [one.source for one in trainings(session)] == ["Vendor course, certificate 12"]
        assert [one.source for one in trainings(session, before)] == ["Vendor course"]
        assert len(session.exec(select(Training)).all()) == 2


def test_a_cycle_is_asked_for_on_watch(post: Post, pages: Client, registered: str) -> None:
    """The answer comes at once; the page says how it stands until the worker is done."""
    assert post("/cycle", {}).headers["location"] == "/#work"
    assert "Waits for the worker, asked for by ada" in pages.get("/").text
    work(registered, once=True)
    shown = pages.get("/").text
    assert "Done at" in shown
    assert "Figures as of the data cut" in shown
