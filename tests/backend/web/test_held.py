"""What the gate held, on its page: a clinician lets one study through; nobody else does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from httpx import Client

from backend.access import give_account
from backend.clock import now
from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from surveillance.scope_gate import Check, ask
from tests.confirmed import confirmed
from tests.journeys.served import served, token_in

KEY = "ctbrain-north-ed"
PAGE = f"/deployments/{KEY}/held"
CHILD = {
    "modality": "CT", "body_part_examined": "HEAD", "patient_age": 12, "slice_thickness": 3,
    "setting": "emergency", "manufacturer": "SIEMENS",
}  # fmt: skip
Enter = Callable[[str], tuple[Client, str]]


@pytest.fixture
def entering(database_url: str) -> Iterator[Enter]:
    """A register that knows the head CT deployment; come in with a role: the browser and the password."""
    with unit_of_work(database_url, by="t") as session:
        form = catalogue.read(REGISTER / "ctbrain-triage.yaml")
        catalogue.record(session, form, by="t", at=datetime(2026, 1, 1, tzinfo=UTC))
    confirmed(database_url)
    with served(database_url) as address, Client(base_url=address, timeout=60) as client:

        def enter(role: str) -> tuple[Client, str]:
            with unit_of_work(database_url, by="t") as session:
                password = (
                    give_account(session, key=role, name=role.title(), role=role, at=now()) or ""
                )
            token = token_in(client.get("/sign-in").text)
            client.post("/sign-in", data={"account": role, "password": password, "token": token})
            return client, password

        yield enter


def held(url: str, **study: object) -> str:
    """The id of a decision that held a child's study."""
    check = Check(deployment=KEY, study_instance_uid="1.2.3", attributes={**CHILD, **study})
    with unit_of_work(url, by="t") as session:
        return ask(session, [check], by="pacs", secret=b"s", at=now())[0].record.id


def test_a_clinical_lead_lets_a_study_through(entering: Enter, database_url: str) -> None:
    """From the list to the form, and back to the list with the override and its signature."""
    client, password = entering("clinical_lead")
    assert "The gate was not asked yet" in client.get(PAGE).text
    decision = held(database_url)
    listed = client.get(PAGE)
    assert f"{PAGE}?decision={decision}" in listed.text
    assert "1.2.3" not in listed.text
    chosen = client.get(f"{PAGE}?decision={decision}")
    form = {
        "override": "yes",
        "reason": "No other reader.",
        "password": password,
        "token": token_in(chosen.text),
    }
    assert client.post(f"{PAGE}/{decision}", data=form).status_code == 303
    said = client.get(f"{PAGE}?format=json").json()
    assert said["held"][0]["overridden"] == "1"
    assert said["overrides"][0]["signature"]["meaning"] == "abnormal use"
    assert said["overrides"][0]["ran"] == "not used yet"
    again = client.post(f"{PAGE}/{decision}", data=form)
    assert (again.status_code, "good for one run" in again.text) == (403, True)


@pytest.mark.parametrize("role", ["compliance_officer", "auditor", "integrator", "administrator"])
def test_nobody_else_overrides(entering: Enter, database_url: str, role: str) -> None:
    """No form is shown, and the server refuses all the same."""
    decision = held(database_url)
    client, password = entering(role)
    page = client.get(f"{PAGE}?decision={decision}")
    assert "clinical lead overrides" in page.text
    form = {"override": "yes", "reason": "Why.", "password": password, "token": token_in(page.text)}
    answer = client.post(f"{PAGE}/{decision}", data=form)
    assert answer.status_code == 403
    assert role in ("auditor", "administrator") or "only a clinical lead overrides" in answer.text
    assert client.get(f"{PAGE}?format=json").json()["overrides"] == []


def test_a_decision_of_another_deployment_is_not_shown(entering: Enter) -> None:
    """The sentence says so."""
    client, _ = entering("clinical_lead")
    answer = client.get(f"{PAGE}?decision=none")
    assert "gave no decision" in answer.text
    assert answer.status_code >= 400
