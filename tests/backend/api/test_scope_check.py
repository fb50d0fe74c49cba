"""The scope gate over HTTP: in, out or undeterminable with the clause; closed in every other case."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from httpx import Client

from backend.database import unit_of_work
from backend.settings import settings
from register.signature import Signer
from surveillance.changing_state import suspend
from surveillance.scope_decision import RecordedDecision
from tests.backend.api.conftest import ADULT, CHECK, Ask, Token, question

LEAD = Signer(key="ada", name="Ada", role="clinical_lead")
ANSWERED = {
    "decision_id", "scope", "may_run", "attribute", "value", "clause", "source", "sentence", "finding",
    "override", "scope_version", "decided_at",
}  # fmt: skip


def recorded(url: str) -> int:
    with psycopg.connect(url) as pg:
        found = pg.execute("SELECT count(*) FROM scope_decision").fetchone()
    return found[0] if found else -1


def stop(url: str) -> None:
    with unit_of_work(url, by="ada") as session:
        suspend(session, "ctbrain-north-ed", signer=LEAD, reason="Missed bleeds.", at=datetime.now(UTC))  # fmt: skip


def test_an_adult_is_in_scope_and_it_may_run(ask: Ask) -> None:
    """Every clause holds; the answer names the finding and everything promised."""
    answer = ask()
    said = answer.json()
    assert (answer.status_code, set(said)) == (200, ANSWERED)
    assert (said["scope"], said["may_run"], said["finding"]) == ("in", True, "intracranial_haemorrhage")  # fmt: skip
    assert said["sentence"].startswith("In scope: every clause of IFU rev 7")


def test_a_twelve_year_old_is_refused_with_the_clause(ask: Ask) -> None:
    """A child's head CT does not run, and the answer says what the label asks for."""
    said = ask(patient_age=12).json()
    assert (said["scope"], said["may_run"]) == ("out", False)
    assert (said["attribute"], said["value"]) == ("patient_age", "12")
    assert said["clause"] == "patient_age at least 18 years"
    assert said["source"] == "IFU rev 7, section 1.2 (fictional)"
    assert "patient_age is 12" in said["sentence"]


@pytest.mark.parametrize("lacking", ["slice_thickness", "manufacturer", "setting", "modality"])
@pytest.mark.parametrize("how", [None, "left out"])
def test_a_missing_attribute_fails_closed(ask: Ask, lacking: str, how: str | None) -> None:
    """Null or not sent at all: undeterminable, and it does not run."""
    study = {name: value for name, value in ADULT.items() if name != lacking or how is None}
    body = question()
    body["study"] = study | ({lacking: None} if how is None else {})
    said = ask(body).json()
    assert (said["scope"], said["may_run"], said["attribute"]) == ("undeterminable", False, lacking)
    assert said["sentence"].endswith("The algorithm must not run.")


def test_a_finding_without_clearance_is_out(ask: Ask) -> None:
    """What the deployment is not cleared to look for, it does not look for."""
    said = ask({**question(), "finding": "lung_nodule"}).json()
    assert (said["scope"], said["attribute"], said["may_run"]) == ("out", "finding", False)


@pytest.mark.parametrize(
    ("study", "told"),
    [
        ({"patient_name": "Doe^Jane"}, "study: 'patient_name' is not an attribute of a study. Use study_instance_uid"),
        ({"use_mode": "triage"}, "'use_mode' is what the register says"),
        ({"patient_age": "045Y"}, "patient_age needs a number in years"),
        ({"patient_age": True}, "patient_age needs a number"),
        ({"patient_age": 999}, "patient_age lies outside"),
        ({"patient_age": "inf"}, "patient_age needs a number"),
        ({"setting": "ER"}, "setting is one of emergency"),
        ({"protocol_name": "x" * 300}, "protocol_name needs a printable text"),
        ({"protocol_name": "a\u0000b"}, "protocol_name needs a printable text"),
        ({"manufacturer": ["SIEMENS"]}, "manufacturer needs a printable text"),
        ({"study_instance_uid": "PAT-0815"}, "study_instance_uid is not a DICOM UID"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_form_is_refused_by_name(
    ask: Ask, registered: str, study: dict[str, Any], told: str
) -> None:
    """The sentence names the attribute and never repeats a value; nothing is recorded."""
    answer = ask(**study)
    assert answer.status_code == 422
    assert told in answer.json()["error"]
    assert "Jane" not in answer.text
    assert recorded(registered) == 0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"deployment": "ctbrain-north-ed"}, "study: is missing; add it."),
        ({**question(), "patient": "P1"}, "patient: is not known here"),
        ({"checks": []}, "checks: "),
        ({"checks": [question()] * 1001}, "checks: "),
        ({"checks": [question(), question(shoe_size=40)]}, "checks.1.study: 'shoe_size' is not"),
    ],
)
def test_the_place_of_a_mistake_is_named(ask: Ask, body: dict[str, Any], told: str) -> None:
    """Field by field, and within a batch by the place of the question."""
    answer = ask(body)
    assert (answer.status_code, told in answer.json()["error"]) == (422, True)


def test_what_is_no_json_is_said_to_be_none(program: Client, token: Token) -> None:
    """So is a body nobody needs to send."""
    bearer = {"Authorization": f"Bearer {token()}"}
    assert "Invalid JSON" in program.post(CHECK, content=b"{", headers=bearer).json()["error"]
    assert program.post(CHECK, content=b" " * (3 << 20), headers=bearer).status_code == 413


def test_an_unknown_deployment_is_named(ask: Ask) -> None:
    """With those there are, and without an answer that could be taken for one."""
    answer = ask({**question(), "deployment": "nowhere"})
    assert answer.status_code == 404
    assert "No deployment 'nowhere'" in answer.json()["error"]
    assert "may_run" not in answer.json()


def test_a_study_of_another_site_is_refused(ask: Ask) -> None:
    """What the question says of the site must be what the register says."""
    answer = ask(site="south")
    assert (answer.status_code, "runs at north" in answer.json()["error"]) == (422, True)
    assert ask(site="north").json()["may_run"] is True


def test_a_suspended_deployment_lets_nothing_through(ask: Ask, registered: str) -> None:
    """From the moment of the signature, whatever the study is."""
    stop(registered)
    said = ask().json()
    assert (said["scope"], said["may_run"]) == ("out", False)
    assert (said["attribute"], said["value"]) == ("deployment", "suspended")
    assert "ctbrain-north-ed is suspended" in said["sentence"]


def test_a_key_with_the_same_question_gives_the_same_answer(ask: Ask, registered: str) -> None:
    """Sent again, nothing is decided again."""
    first = ask(question("k-1")).json()
    assert ask(question("k-1")).json() == first
    assert recorded(registered) == 1
    with psycopg.connect(registered) as pg:
        assert pg.execute("SELECT 1 FROM scope_decision WHERE idempotency_key = 'k-1'").fetchone() is None  # fmt: skip


def test_a_key_sent_twice_at_once_is_one_decision(ask: Ask, registered: str) -> None:
    """Requests with one key wait for each other and are answered alike."""
    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(lambda _: ask(question("k-1")).json(), range(6)))
    assert {one["decision_id"] for one in said} == {said[0]["decision_id"]}
    assert recorded(registered) == 1


def test_a_key_with_another_question_is_refused(ask: Ask, registered: str) -> None:
    """The sentence names the decision that has the key."""
    first = ask(question("k-1")).json()
    answer = ask(question("k-1", patient_age=12))
    assert answer.status_code == 409
    assert first["decision_id"] in answer.json()["error"]
    assert recorded(registered) == 1


def test_an_answer_given_again_runs_nothing_that_was_stopped(ask: Ask, registered: str) -> None:
    """The decision stands as recorded; the kill switch counts all the same."""
    first = ask(question("k-1")).json()
    stop(registered)
    again = ask(question("k-1")).json()
    assert (first["may_run"], again["may_run"]) == (True, False)
    assert again["decision_id"] == first["decision_id"]
    assert "Since then: Out of scope: ctbrain-north-ed is suspended" in again["sentence"]


def test_a_batch_is_answered_in_its_order(ask: Ask, registered: str) -> None:
    """Each answer is that of the question in its place; a key twice in a batch is one decision."""
    ages = [54, 12, None, 80, 17]
    said = ask({"checks": [question(f"k-{age}", patient_age=age) for age in [*ages, 54]]}).json()
    scopes = [one["scope"] for one in said["decisions"]]
    assert scopes == ["in", "out", "undeterminable", "in", "out", "in"]
    assert said["decisions"][0] == said["decisions"][5]
    assert recorded(registered) == len(ages)


def test_a_batch_is_answered_whole_or_not_at_all(ask: Ask, registered: str) -> None:
    """One question that is refused refuses them all, and says which."""
    answer = ask({"checks": [question(), {**question(), "deployment": "nowhere"}]})
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("checks.1: No deployment 'nowhere'")
    taken = ask({"checks": [question("a"), question("a", patient_age=3)]})
    assert (taken.status_code, recorded(registered)) == (409, 0)


def test_a_decision_shows_that_it_is_ours(ask: Ask, registered: str) -> None:
    """The signature fits the record as stored, and no record that was altered, with no other secret."""
    number, key = ask().json()["decision_id"], settings().secret("scope-decision")
    with unit_of_work(registered, by="t") as session:
        kept = session.get(RecordedDecision, number)
        assert kept is not None
        session.expunge(kept)
    assert kept.is_ours(key)
    assert not kept.is_ours(b"another site")
    for change in ({"scope": "out"}, {"attributes": {}}, {"decided_at": datetime.now(UTC)}):
        assert not RecordedDecision(**{**kept.model_dump(), **change}).is_ours(key)
    assert kept.study_instance_uid == "1.2.3"
    assert "study_instance_uid" not in kept.attributes


@pytest.mark.parametrize("tamper", ["UPDATE scope_decision SET scope = 'in'", "DELETE FROM scope_decision"])  # fmt: skip
def test_a_decision_cannot_be_altered_by_sql(ask: Ask, registered: str, tamper: str) -> None:
    """PostgreSQL refuses, whoever asks."""
    ask(patient_age=12)
    with psycopg.connect(registered) as pg, pytest.raises(psycopg.errors.RaiseException, match="append_only"):  # fmt: skip
        pg.execute(tamper)  # type: ignore[call-overload]


def test_the_trail_names_the_account_and_the_token(ask: Ask, registered: str) -> None:
    """One line for a request, in the transaction of its decisions."""
    number = ask().json()["decision_id"]
    with psycopg.connect(registered) as pg:
        line = pg.execute(
            "SELECT by, subject FROM audit_event WHERE event = 'scope checked'"
        ).fetchone()
    assert line == ("pacs (router)", f"scope_decision {number}")
