"""The scope review on its page: gathered, completed by one, approved by another; refused at each wrong turn."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from httpx import Client

from backend.access import give_account
from backend.clock import now
from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.scope_review import ASKED
from surveillance import cycle
from surveillance.intake.batch import import_batch
from tests.backend.worked import work
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.journeys.served import served, token_in

KEY = "ctbrain-north-ed"
PAGE = f"/deployments/{KEY}/review"
TODAY = f"{datetime.now(UTC).date()}T00:00:01+00:00"


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> str:
    """A head CT deployment with one study of today, and a cycle."""
    times = {"study_datetime": TODAY}
    batch = write(
        tmp_path / "b", studies=[STUDY | times], inferences=[INFERENCE | {"completed_at": TODAY}], outcomes=[OUTCOME],
    )  # fmt: skip
    with unit_of_work(database_url, by="t") as session:
        form = catalogue.read(REGISTER / "ctbrain-triage.yaml")
        catalogue.record(session, form, by="t", at=datetime(2026, 1, 1, tzinfo=UTC))
    with unit_of_work(database_url, by="t") as session:
        import_batch(raw(session), batch, key=b"secret", by="t", at=now(), time_zone=None)
    with unit_of_work(database_url, by="t") as session:
        cycle.run(session, raw(session), as_of=now())
    return database_url


@pytest.fixture
def people(url: str) -> dict[str, str]:
    """An account of each role, under its own name."""
    with unit_of_work(url, by="t") as session:
        return {
            role: give_account(session, key=role, name=role, role=role, at=now()) or ""
            for role in ("clinical_lead", "compliance_officer", "auditor")
        }


@pytest.fixture
def client(url: str):
    """Nobody is signed in yet."""
    with served(url) as address, Client(base_url=address, timeout=120) as found:
        yield found


def enter(client: Client, people: dict[str, str], role: str) -> None:
    client.cookies.clear()
    form = {"account": role, "password": people[role], "token": token_in(client.get("/sign-in").text)}  # fmt: skip
    assert client.post("/sign-in", data=form).status_code == 303


def post(client: Client, path: str = "", **form: object):
    token = token_in(client.get(PAGE).text)
    return client.post(f"{PAGE}{path}", data={"token": token} | form)


def answers(password: str, **change: object) -> dict[str, object]:
    return {
        "remark": [f"Said of {n}." if str(n) in ASKED else "" for n in range(1, 13)], "conclusion": "Works as claimed.",
        "decision": "suspend", "next_review": str(now().date().replace(day=28, month=12)), "password": password,
    } | change  # fmt: skip


def said(client: Client) -> dict:
    return client.get(f"{PAGE}?format=json").json()


def test_a_review_from_its_opening_to_the_decision_carried_out(
    client: Client, people: dict[str, str], url: str
) -> None:
    """Opened before its day, gathered, completed, approved by the other role; each wrong turn is told on the page."""
    enter(client, people, "compliance_officer")
    officer = people["compliance_officer"]
    assert said(client)["standing"]["word"] == "Not open"
    refused = post(client, open="yes", reason=" ", password=officer)
    assert (refused.status_code, "needs a reason" in refused.text) == (403, True)
    assert post(client, open="yes", reason="New scanners.", password=officer).status_code == 303
    assert said(client)["complete"] is None
    refused = post(client, "/complete", **answers(officer))
    assert (refused.status_code, "are not gathered" in refused.text) == (403, True)
    assert post(client, "/gather").status_code == 303
    assert said(client)["gathering"].startswith(
        "Waits for the worker, asked for by compliance_offi"
    )
    work(url, once=True)

    page = said(client)
    assert page["gathering"] == ""
    assert [s["number"] for s in page["sections"]] == [str(n) for n in range(1, 14)]
    assert "studies received 1, of these in scope" in page["sections"][1]["brief"]
    matrix = page["sections"][1]["tables"][1]
    assert client.get(matrix["csv"]).status_code == 200
    assert client.get(page["dossier"]["pdf"]).headers["content-type"] == "application/pdf"

    refused = post(client, "/complete", **answers("guessed"))
    assert (refused.status_code, "Name or password is wrong" in refused.text) == (403, True)
    assert "Said of 8." in refused.text
    for left, says in (
        ({"decision": ""}, "Decision: &#39;&#39; is none; choose one of continue, restrict"),
        ({"next_review": "soon"}, "Next review: &#39;soon&#39; is not a day"),
    ):
        refused = post(client, "/complete", **answers(officer, **left))
        assert (refused.status_code, says in refused.text) == (403, True)
        for typed in (
            "Said of 8.",
            "Works as claimed.",
            'action="/deployments/ctbrain-north-ed/review/complete"',
        ):
            assert typed in refused.text
    refused = post(client, "/complete", **answers(officer, remark=[""] * 12))
    assert "Section 3 needs a person" in refused.text
    assert post(client, "/complete", **answers(officer)).status_code == 303
    assert "completed this review" in said(client)["decide"]["hindered"]
    refused = post(client, "/decide", approve="yes", reason="Me.", password=officer)
    assert (refused.status_code, "someone else must" in refused.text) == (403, True)

    enter(client, people, "clinical_lead")
    lead = people["clinical_lead"]
    assert post(client, "/decide", approve="no", reason="Name the scanners.", password=lead).status_code == 303  # fmt: skip
    assert said(client)["standing"]["word"] == "Sent back"
    enter(client, people, "compliance_officer")
    assert post(client, "/complete", **answers(officer, conclusion="Named.")).status_code == 303
    enter(client, people, "clinical_lead")
    assert post(client, "/decide", approve="yes", reason="Agreed.", password=lead).status_code == 303  # fmt: skip

    page = said(client)
    assert (page["reviews"][0]["badge"]["word"], page["state"]["word"]) == ("Approved", "Suspended")
    assert [s["meaning"] for s in page["reviews"][0]["completions"][0]["signatures"]] == ["completed", "approved"]  # fmt: skip
    change = client.get(f"/deployments/{KEY}/lifecycle?format=json").json()["changes"][0]
    assert change["evidence"].startswith(
        f"scope review {page['reviews'][0]['number']}, completed by"
    )
    with psycopg.connect(url) as pg:
        kept = pg.execute("SELECT DISTINCT dossier_sha256 FROM scope_review_completion").fetchall()
        bound = pg.execute("SELECT digest FROM signature WHERE meaning = 'approved' AND record LIKE 'scope review completion%' "
            "UNION ALL SELECT s.digest FROM signature s JOIN signature a USING (record) WHERE s.meaning = 'completed' AND a.meaning = 'approved'").fetchall()  # fmt: skip
    assert [(page["reviews"][0]["completions"][0]["sha256"],)] == kept
    assert len(bound) == 2
    assert len(set(bound)) == 1


def test_a_dossier_that_was_altered_is_signed_by_nobody(
    client: Client, people: dict[str, str], url: str
) -> None:
    """Neither completed nor approved over it; gathered again it has the bytes that were signed."""
    enter(client, people, "compliance_officer")
    officer, lead = people["compliance_officer"], people["clinical_lead"]
    post(client, open="yes", reason="New scanners.", password=officer)
    post(client, "/gather")
    work(url, once=True)
    with psycopg.connect(url) as pg:
        ((folder,),) = pg.execute("SELECT folder FROM dossier").fetchall()
    file = Path(folder) / "tables" / "use_matrix.csv"
    kept = file.read_text()
    file.write_text(kept.replace("emergency", "ward"))
    assert "was altered" in post(client, "/complete", **answers(officer)).text
    assert post(client, "/gather").status_code == 303
    work(url, once=True)
    assert file.read_text() == kept
    assert post(client, "/complete", **answers(officer)).status_code == 303
    enter(client, people, "clinical_lead")
    shutil.rmtree(folder)
    refused = post(client, "/decide", approve="yes", reason="Agreed.", password=lead)
    assert (refused.status_code, "are not readable" in refused.text) == (403, True)
    assert said(client)["state"]["word"] == "Live"


def test_an_auditor_reads_and_is_offered_nothing(client: Client, people: dict[str, str]) -> None:
    """What is sent all the same is refused, and a task of a review leads to its page."""
    enter(client, people, "auditor")
    assert "opens a review" in said(client)["open_early"]["hindered"]
    refused = post(client, open="yes", reason="x", password=people["auditor"])
    assert (refused.status_code, "is auditor" in refused.text) == (403, True)
    refused = post(client, "/gather")
    assert (refused.status_code, "is auditor" in refused.text) == (403, True)


def test_sections_are_gathered_by_a_form_of_this_page(
    client: Client, people: dict[str, str]
) -> None:
    """One that is too old, or from elsewhere, gathers nothing."""
    enter(client, people, "compliance_officer")
    old = client.post(f"{PAGE}/gather", data={"token": "old"})
    assert (old.status_code, "too old" in old.text) == (403, True)


def test_pages_lead_to_the_review(client: Client, people: dict[str, str], url: str) -> None:
    """From the deployment, from its state, and from its task in the inbox."""
    with unit_of_work(url, by="t") as session:
        cycle.run(session, raw(session), as_of=datetime(2027, 3, 10, tzinfo=UTC))
    enter(client, people, "auditor")
    for path in (f"/deployments/{KEY}", f"/deployments/{KEY}/lifecycle", "/inbox"):
        assert f'href="{PAGE}"' in client.get(path).text
    assert said(client)["reviews"][0]["due"] == "2027-05-02"
