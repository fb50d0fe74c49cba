"""Signing on a page: the right person, the password anew, a reason, all of it or nothing."""

from datetime import UTC, datetime

import psycopg
import pytest
from httpx import Client

from backend.access import give_account
from backend.clock import now
from backend.database import raw, unit_of_work
from register.signature import Signer
from surveillance.validation import plan as protocols
from surveillance.validation.plan import PlanForm
from surveillance.validation.run import run
from tests.journeys.served import token_in

AT = datetime(2026, 1, 1, tzinfo=UTC)
DEPLOYMENT = "ctbrain-north-ed"
ANALYSES = f"/deployments/{DEPLOYMENT}/analyses"
DECIDE = f"/deployments/{DEPLOYMENT}/operating-point?finding=intracranial_haemorrhage"


@pytest.fixture
def lead(client: Client, enter, demo_database_url: str) -> tuple[Client, str]:
    """A signed-in clinical lead and the password to sign with; another one each time."""
    with unit_of_work(demo_database_url, by="t") as session:
        name = f"lead-{datetime.now(UTC):%H%M%S%f}"
        password = give_account(session, key=name, name="Dr Ada Lead", role="clinical_lead", at=AT)
    assert enter(password, name) == 303
    return client, password or ""


def decided(url: str) -> int:
    with psycopg.connect(url) as pg:
        found = pg.execute("SELECT count(*) FROM operating_point_decision").fetchone()
    return found[0] if found else -1


def form(client: Client, **change: str) -> dict[str, str]:
    return {"threshold": "0.62", "reason": "Recalls stay bearable.", "token": token_in(client.get(ANALYSES).text)} | change  # fmt: skip


def test_the_clinical_lead_decides_and_signs(lead, demo_database_url: str) -> None:
    """The decision stands on the page with name, time, meaning, reason and the figures of that day."""
    client, password = lead
    before = decided(demo_database_url)
    answer = client.post(DECIDE, data=form(client, password=password))
    assert (answer.status_code, decided(demo_database_url)) == (303, before + 1)
    page = client.get(ANALYSES).text
    assert "Dr Ada Lead" in page
    assert "keep the operating point" in page
    assert "Recalls stay bearable." in page
    said = client.get(f"{ANALYSES}?format=json").json()["decided"][0]
    assert "sensitivity" in said["sentence"]
    with psycopg.connect(demo_database_url) as pg:
        told = pg.execute(
            "SELECT after->>'meaning' FROM audit_event WHERE subject LIKE 'signature%' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert told == ("keep the operating point",)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"password": "guessed"}, "Name or password is wrong"),
        ({"reason": "  "}, "needs a reason"),
        ({"threshold": "0.123"}, "was not explored"),
        ({"token": "old"}, "too old or came from elsewhere"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    lead, demo_database_url: str, change: dict[str, str], says: str
) -> None:
    """Told on the page beside the form, and neither decision nor signature is kept."""
    client, password = lead
    before = decided(demo_database_url)
    answer = client.post(DECIDE, data=form(client, password=password) | change)
    assert (answer.status_code, decided(demo_database_url)) == (403, before)
    assert says in answer.text
    assert client.get(ANALYSES).status_code == 200


def test_someone_else_cannot_decide(
    signed_in: Client, demo_password: str, demo_database_url: str
) -> None:
    """The compliance officer sees who decides, and the server refuses what the page does not offer."""
    assert "The clinical lead decides" in signed_in.get(ANALYSES).text
    before = decided(demo_database_url)
    answer = signed_in.post(DECIDE, data=form(signed_in, password=demo_password))
    assert (answer.status_code, decided(demo_database_url)) == (403, before)
    assert "the clinical lead decides" in answer.text


def test_a_password_cannot_be_guessed_by_signing(lead) -> None:
    """After five wrong ones the right one waits too."""
    client, password = lead
    for _ in range(5):
        client.post(DECIDE, data=form(client, password="guessed"))
    assert (
        "Too many wrong passwords" in client.post(DECIDE, data=form(client, password=password)).text
    )


def test_a_validation_is_signed_on_its_page(lead, demo_database_url: str) -> None:
    """By someone else than its author; what is not met cannot be accepted, and is not offered."""
    client, password = lead
    key = f"try-{datetime.now(UTC):%H%M%S%f}"
    plan = {
        "key": key, "deployment": DEPLOYMENT, "population": "Adults of one week in January",
        "from": "2026-01-01", "to": "2026-01-02", "use_mode": "shadow", "prevalence": 0.1,
        "criteria": [{"metric": "sensitivity", "claim": 0.92, "margin": 0.05}],
    }  # fmt: skip
    with unit_of_work(demo_database_url, by="t") as session:
        fixed = protocols.fix(
            session,
            PlanForm.model_validate(plan),
            author=Signer(key="demo", name="Demo", role="compliance_officer"),
            at=AT,
        )
        run(session, raw(session), fixed, by="t", as_of=now())
    path = f"/deployments/{DEPLOYMENT}/validations"
    page = client.get(path).text
    assert f"Sign off {key}" in page
    assert '<option value="rejected">' in page
    assert '<option value="accepted">' not in page
    where, said = f"/validations/{key}/signature", {"reason": "Nobody was examined.", "token": token_in(page), "password": password}  # fmt: skip
    refused = client.post(where, data=said | {"meaning": "accepted"})
    assert refused.status_code == 403
    assert "only a run that meets them can be accepted" in refused.text
    assert client.post(where, data=said | {"meaning": "rejected"}).status_code == 303
    assert "Nobody was examined." in client.get(path).text


def test_the_author_of_a_protocol_is_told_that_someone_else_signs(
    signed_in: Client, demo_database_url: str
) -> None:
    """No form is offered."""
    key = f"own-{datetime.now(UTC):%H%M%S%f}"
    plan = {
        "key": key, "deployment": DEPLOYMENT, "population": "Adults of one week in January",
        "from": "2026-01-01", "to": "2026-01-02", "use_mode": "shadow", "prevalence": 0.1,
        "criteria": [{"metric": "sensitivity", "claim": 0.92, "margin": 0.05}],
    }  # fmt: skip
    with unit_of_work(demo_database_url, by="t") as session:
        fixed = protocols.fix(
            session,
            PlanForm.model_validate(plan),
            author=Signer(key="demo", name="Demo", role="compliance_officer"),
            at=AT,
        )
        run(session, raw(session), fixed, by="t", as_of=now())
    found = signed_in.get(f"/deployments/{DEPLOYMENT}/validations?format=json").json()
    own = next(v for v in found["validations"] if v["key"] == key)
    assert own["sign"]["hindered"] == "demo fixed the protocol; someone else signs it off."


PROTOCOL = {
    "finding": "intracranial_haemorrhage", "population": "Adults of one week in January",
    "from": "2026-01-01", "to": "2026-01-02", "use_mode": "shadow", "by": "device_serial_number",
    "minimum_positives": "30", "prevalence": "0.1", "claim-sensitivity": "0.92", "margin-sensitivity": "0.05",
    "claim-specificity": "",
}  # fmt: skip


def test_a_validation_is_fixed_and_run_on_its_page(lead, demo_database_url: str) -> None:
    """What the label claims stands there beforehand; the author is the one who signed, and does not sign it off."""
    client, password = lead
    path = f"/deployments/{DEPLOYMENT}/validations"
    page = client.get(path).text
    assert 'name="claim-sensitivity" inputmode="decimal" value="0.92"' in page
    key = f"page-{datetime.now(UTC):%H%M%S%f}"
    given = PROTOCOL | {"key": key, "token": token_in(page), "password": password}
    assert client.post(path, data=given).status_code == 303
    shown = {v["key"]: v for v in client.get(f"{path}?format=json").json()["validations"]}[key]
    assert (shown["ran"], shown["badge"]) == ("Run it", None)
    assert "sensitivity no worse than 0.92 by more than 0.05" in shown["planned"].lower()
    assert "specificity" not in shown["planned"].lower()
    answer = client.post(f"/validations/{key}/run", data={"token": token_in(page)})
    assert answer.headers["location"] == f"{path}#{key}"
    shown = {v["key"]: v for v in client.get(f"{path}?format=json").json()["validations"]}[key]
    assert shown["ran"] == "Run it again"
    assert shown["sign"]["hindered"].endswith("someone else signs it off.")


@pytest.mark.parametrize(
    ("change", "says"),
    [({"population": "short"}, "Population, in a sentence: needs"), ({"prevalence": "many"}, "Share of positives expected, 0 to 1: needs a number"), ({"to": "2025-01-01"}, "lies before"),
     ({"claim-sensitivity": ""}, "Sensitivity expected, or specificity expected: needs 1 at least"), ({"claim-sensitivity": "0.06"}, "accepts less than the label"), ({"password": "wrong"}, "Name or password is wrong")],
)  # fmt: skip
def test_a_protocol_that_cannot_be_fixed_keeps_what_was_typed(lead, change: dict[str, str], says: str) -> None:  # fmt: skip
    """The field is named, and the form stands there as it was."""
    client, password = lead
    path = f"/deployments/{DEPLOYMENT}/validations"
    given = PROTOCOL | {
        "key": "never",
        "token": token_in(client.get(path).text),
        "password": password,
    }
    refused = client.post(path, data=given | change)
    assert refused.status_code == 403
    assert says in refused.text.split('role="alert">')[1].split("</p>")[0]
    assert 'name="key" required value="never"' in refused.text
    assert password not in refused.text
    found = client.get(f"{path}?format=json").json()["validations"]
    assert "never" not in [v["key"] for v in found]


def test_who_governs_nothing_neither_fixes_nor_runs(lead, client: Client, enter, demo_database_url: str) -> None:  # fmt: skip
    """An integrator is shown why, and refused."""
    name = f"int-{datetime.now(UTC):%H%M%S%f}"
    with unit_of_work(demo_database_url, by="t") as session:
        password = give_account(session, key=name, name="Ida", role="integrator", at=AT)
    assert enter(password, name) == 303
    path = f"/deployments/{DEPLOYMENT}/validations"
    page = client.get(path).text
    assert "A compliance officer or clinical lead fixes a validation." in page
    given = PROTOCOL | {"key": "never", "token": token_in(page), "password": password or ""}
    assert "Ida is integrator" in client.post(path, data=given).text
