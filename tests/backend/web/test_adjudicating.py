"""An adjudicator answers the cases of a random audit, blind, and the answers make sensitivity known."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx import Client, Response
from sqlmodel import select

from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from surveillance import cycle, random_audit
from surveillance.evidence.outcome import Outcome
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.intake.batch import import_batch
from tests.batches import INFERENCE, REPORT, STUDY, write
from tests.journeys.served import token_in

KEY, FINDING = "ctbrain-north-ed", "intracranial_haemorrhage"
AT, CUT = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
ANSWER = {"value": "negative", "evidence": "adjudication_panel", "occurred_on": "2026-05-05"}
Ask = Callable[..., Response]


@pytest.fixture
def registered(database_url: str, tmp_path: Path) -> str:
    """Twelve simulated studies nobody called positive, of which an audit of three was drawn."""
    files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "reports": []}
    for n in range(12):
        uid = {"study_instance_uid": f"1.{n}"}
        files["studies"].append({**STUDY, **uid, "patient_id": f"P{n}"})
        files["inferences"].append({**INFERENCE, **uid, "inference_id": f"I{n}", "score": "0.1"})
        files["reports"].append({**REPORT, **uid, "report_id": f"R{n}", "call": "negative"})
    with unit_of_work(database_url, by="t") as session:
        catalogue.record(session, catalogue.read(REGISTER / "ctbrain-triage.yaml"), by="t", at=AT)
        catalogue.record(session, catalogue.read(REGISTER / "nodule-ct.yaml"), by="t", at=AT)
        batch = write(tmp_path / "b", origin="simulated", **files)
        import_batch(
            raw(session), batch, key=b"secret", by="t", at=datetime(2026, 2, 1, tzinfo=UTC)
        )
        cycle.run(session, raw(session), as_of=CUT)
        frame = {"first": date(2026, 1, 1), "last": date(2026, 1, 31)}
        designed = random_audit.design(raw(session), KEY, FINDING, **frame, size=3)
        random_audit.draw(session, designed, seed=1, by="t", at=CUT)
    return database_url


@pytest.fixture
def ask(pages: Client) -> Ask:
    """Answer the case that is shown, or the study named."""

    def asking(study: str = "", **changed: str) -> Response:
        shown = pages.get("/adjudication/1", params={"study": study} if study else None)
        case = shown.text.split('name="study" value="')[1].split('"')[0]
        return pages.post(
            "/adjudication/1",
            data={**ANSWER, "token": token_in(shown.text), **changed, "study": case},
        )

    return asking


def outcomes(url: str) -> list[Any]:
    with unit_of_work(url, by="t") as session:
        asked = select(Outcome, EvidenceBatch).where(Outcome.batch == EvidenceBatch.id)
        return [(o.value, o.revision, o.verification_reason, o.verification_probability, b.origin, b.recorded_by)
                for o, b in session.exec(asked.order_by(Outcome.recorded_at))]  # fmt: skip


def lines(url: str) -> list[str]:
    with unit_of_work(url, by="t") as session:
        return [
            event for (event,) in raw(session).execute("SELECT event FROM audit_event ORDER BY id")
        ]


def test_an_adjudicator_lands_on_the_audits_and_sees_nothing_of_the_calls(
    pages: Client, come_as
) -> None:
    """From the front page to the audits, to the first case; no score, call or report stands there."""
    come_as("adjudicator")
    assert pages.get("/").headers["location"] == "/adjudication"
    audits, case = pages.get("/adjudication"), pages.get("/adjudication/1")
    assert "<b>3</b> of 3 cases wait" in case.text
    for told in (audits.text, case.text):
        assert "Intracranial haemorrhage" in told
        assert not any(
            word in told for word in ("ctbrain", "0.1", "SIEMENS", "report", "algorithm")
        )
        assert 'href="/register"' not in told


def test_answers_are_evidence_and_the_next_case_follows(
    pages: Client, come_as, ask: Ask, registered: str
) -> None:
    """Three answers empty the audit; each carries the chance of its draw, and is simulated as its study is."""
    come_as("adjudicator")
    for _ in range(3):
        assert ask().headers["location"] == "/adjudication/1"
    assert "Every case of this audit is answered" in pages.get("/adjudication/1").text
    assert outcomes(registered) == [("negative", 1, "random_audit", 0.25, "simulated", "ada")] * 3
    trail = [line for line in lines(registered) if line in ("adjudicated", "read")]
    assert trail.count("adjudicated") == 3
    assert "read" in trail


def test_an_answer_can_be_given_again_and_both_stand(
    pages: Client, come_as, ask: Ask, registered: str
) -> None:
    """A slip is mended by another answer to the same study."""
    come_as("adjudicator")
    ask()
    study = pages.get("/adjudication/1").text.split("?study=")[1].split("#")[0]
    assert ask(study, value="positive").status_code == 303
    assert [(value, revision) for value, revision, *_ in outcomes(registered)] == [
        ("negative", 1),
        ("positive", 2),
    ]
    assert "<b>2</b> of 3 cases wait" in pages.get("/adjudication/1").text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"evidence": "discharge_code"}, "The protocol closes no case as negative on discharge code; it does on"),
        ({"evidence": "follow_up_imaging"}, "counts within 14 days of the examination of 2026-01-10"),
        ({"occurred_on": "1999-01-01"}, "lies before the examination of 2026-01-10"),
        ({"occurred_on": "2999-01-01"}, "lies ahead"), ({"occurred_on": "soon"}, "write it as 2026-05-31"),
        ({"value": "maybe"}, "is not an answer"), ({"token": "x"}, "too old"),
    ],
)  # fmt: skip
def test_what_could_not_count_is_refused_and_what_was_typed_stays(
    come_as, ask: Ask, registered: str, changed: dict[str, str], says: str
) -> None:
    """With the reason on the page; nothing is kept."""
    come_as("adjudicator")
    given = {**ANSWER, **changed}
    refused = ask(**given)
    assert refused.status_code == 403
    assert says in refused.text
    assert f'value="{given["occurred_on"]}"' in refused.text
    assert outcomes(registered) == []


def test_a_study_that_was_not_drawn_is_refused(pages: Client, come_as, registered: str) -> None:
    """Nobody adds cases to a sample."""
    come_as("adjudicator")
    token = token_in(pages.get("/adjudication/1").text)
    with unit_of_work(registered, by="t") as session:
        drawn = {case.study_instance_uid for case in random_audit.queue(session, raw(session), 1)}
    other = next(f"1.{n}" for n in range(12) if f"1.{n}" not in drawn)
    refused = pages.post("/adjudication/1", data={**ANSWER, "study": other, "token": token})
    assert "is not among the cases" in refused.text
    assert outcomes(registered) == []


@pytest.mark.parametrize(
    "role", ["clinical_lead", "compliance_officer", "auditor", "administrator"]
)
def test_who_may_know_the_calls_does_not_answer(pages: Client, come_as, role: str) -> None:
    """Nor see the cases."""
    come_as(role)
    refused = pages.get("/adjudication/1")
    assert (refused.status_code, "does not know what was said" in refused.text) == (403, True)


def test_an_audit_of_another_site_is_not_there(pages: Client, come_as) -> None:
    """An adjudicator of one site sees its audits only."""
    come_as("adjudicator", "lidc")
    assert "No audit was drawn at your sites" in pages.get("/adjudication").text
    assert pages.get("/adjudication/1").status_code == 404
