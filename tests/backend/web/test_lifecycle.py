"""A deployment's life on its page: proposed by one, approved by another, stopped at once by either."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from httpx import Client

from backend.access import give_account
from backend.clock import now
from backend.database import unit_of_work
from register.signature import under
from register.task import Called, open_once
from tests.journeys.served import token_in

PAGE = "/deployments/nodule-south/lifecycle"
Person = Callable[[str], tuple[str, str]]


@pytest.fixture
def person(demo_database_url: str) -> Person:
    """Makes an account of a role: its name and password."""

    def making(role: str) -> tuple[str, str]:
        name = f"{role}-{datetime.now(UTC):%H%M%S%f}"
        with unit_of_work(demo_database_url, by="t") as session:
            password = give_account(session, key=name, name=name, role=role, at=now())
        return name, password or ""

    return making


def post(client: Client, path: str, password: str, **form: str):
    said = {
        "reason": "As agreed on Monday.",
        "password": password,
        "token": token_in(client.get(PAGE).text),
    }
    return client.post(path, data=said | form)


def test_care_is_refused_on_the_page_with_the_reasons(
    client: Client, enter, person: Person
) -> None:
    """What lacks is named beside the form and in the list of conditions; nothing is kept."""
    name, password = person("clinical_lead")
    assert enter(password, name) == 303
    answer = post(client, PAGE, password, to="live")
    assert answer.status_code == 403
    assert "no monitoring plan" in answer.text
    assert "No local validation was met and signed" in answer.text
    said = client.get(f"{PAGE}?format=json").json()
    assert said["state"]["word"] == "Shadow"
    assert all("live" not in change["what"] for change in said["changes"])


def test_one_proposes_another_approves_and_the_switch_acts_at_once(
    client: Client, enter, person: Person
) -> None:
    """From shadow to suspended by the kill switch, and back to shadow by two people."""
    lead, password = person("clinical_lead")
    assert enter(password, lead) == 303
    assert (
        post(client, "/deployments/nodule-south/suspend", password, suspend="yes").status_code
        == 303
    )
    assert client.get(f"{PAGE}?format=json").json()["state"]["word"] == "Suspended"
    assert (
        post(client, PAGE, password, to="shadow", evidence="Vendor mended it.").status_code == 303
    )
    waiting = client.get(f"{PAGE}?format=json").json()
    number = waiting["changes"][0]["number"]
    assert waiting["decide"]["hindered"] == f"{lead} proposed this; someone else decides."
    refused = post(client, f"{PAGE}/{number}", password, approve="yes")
    assert refused.status_code == 403
    assert "someone else must" in refused.text
    assert "Someone else decides" in client.get("/inbox").text
    assert post(client, f"{PAGE}/{number}/withdrawal", password).status_code == 303
    assert post(client, PAGE, password, to="shadow", evidence="Mended.").status_code == 303
    waiting = client.get(f"{PAGE}?format=json").json()
    assert waiting["changes"][1]["signatures"][-1]["meaning"] == "withdrawn"
    number = waiting["changes"][0]["number"]
    officer, other = person("compliance_officer")
    client.cookies.clear()
    assert enter(other, officer) == 303
    assert post(client, f"{PAGE}/{number}", other, approve="yes").status_code == 303
    said = client.get(f"{PAGE}?format=json").json()
    assert said["state"]["word"] == "Shadow"
    assert [s["meaning"] for s in said["changes"][0]["signatures"]] == ["proposed", "approved"]


def test_an_auditor_changes_nothing(
    client: Client, enter, person: Person, demo_database_url: str
) -> None:
    """No form is offered, and the server refuses what is sent all the same."""
    name, password = person("auditor")
    assert enter(password, name) == 303
    page = client.get(f"{PAGE}?format=json").json()
    assert "with a signature" in page["suspend"]["hindered"]
    answer = post(client, "/deployments/nodule-south/suspend", password, suspend="yes")
    assert (answer.status_code, "is auditor" in answer.text) == (403, True)
    with unit_of_work(demo_database_url, by="t") as session:
        number = open_once(
            session, Called(cause="try", kind="commitment", sentence="A try."), at=now()
        ).id
    refused = client.post(
        f"/inbox/{number}", data={"outcome": "x", "token": token_in(client.get("/inbox").text)}
    )
    assert (refused.status_code, "changes nothing" in refused.text) == (403, True)


def test_a_task_is_closed_from_the_inbox(
    signed_in: Client, demo_database_url: str, demo_password: str
) -> None:
    """Signed with what was done; then it is gone from the inbox."""
    with unit_of_work(demo_database_url, by="t") as session:
        cause = f"try {datetime.now(UTC):%f}"
        number = open_once(
            session, Called(cause=cause, kind="clearance_ends", sentence="Ends."), at=now()
        ).id
    token = token_in(signed_in.get("/inbox").text)
    for form, says in (
        ({"outcome": " ", "password": demo_password}, "what was done"),
        ({"outcome": "New one recorded.", "password": "guessed"}, "Name or password is wrong"),
    ):
        refused = signed_in.post(f"/inbox/{number}", data=form | {"token": token})
        assert (refused.status_code, says in refused.text) == (403, True)
    form = {"outcome": "New one recorded.", "password": demo_password, "token": token}
    assert signed_in.post(f"/inbox/{number}", data=form).status_code == 303
    with unit_of_work(demo_database_url, by="t") as session:
        (signed,) = under(session, f"task {number}")
        assert (signed.meaning, signed.reason) == ("closed", "New one recorded.")
    numbers = [t["number"] for t in signed_in.get("/inbox?format=json").json()["tasks"]]
    assert number not in numbers
