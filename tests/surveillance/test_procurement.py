"""Due diligence and the AI Act at one site: what is known, what is answered, and when a deployment may be assessed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from backend.database import raw, unit_of_work
from register.ai_act import answering
from register.ai_act.answering import NotAnswered, Said, standing
from register.ai_act.classification import AnswerNotUnderstood, Classification, NotYetClassified
from register.ai_act.configuration import newest
from register.lifecycle import State
from register.procurement.due_diligence import ITEMS, Checked
from register.procurement.parties import NotInRegister
from register.signature import NotSigned, Signer
from register.task import open_tasks
from surveillance import cycle
from surveillance.changing_state import StateNotChanged, decide, propose
from surveillance.intake.batch import import_batch
from surveillance.procurement.diligence import Found, NotDiligent, accept, answer, checklist
from surveillance.procurement.fitting import NothingToFit, measure_fit
from surveillance.procurement.local_fit import latest_fits
from tests.batches import STUDY, write
from tests.register.test_ai_act import DEPLOYER
from tests.surveillance.procured import diligent
from tests.surveillance.standards import register

ALGORITHM, SITE, KEY = "ctbrain-triage", "north", "ctbrain-north-ed"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ANNA = Signer(key="anna", name="Anna", role="clinical_lead")
BEN = Signer(key="ben", name="Ben", role="compliance_officer")
PANEL = {"positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
         "matures_after_days": 30}  # fmt: skip
PROPOSED: dict[str, Any] = {"shadow": None, "live": None, "scanners": []}


@pytest.fixture
def session(registered: str, tmp_path: Path) -> Iterator[Session]:
    """One transaction; the head CT deployment is proposed."""
    register(registered, PANEL, tmp_path, PROPOSED)
    with unit_of_work(registered, by="t") as found:
        yield found


def study(number: int, **change: str) -> dict[str, str]:
    return {**STUDY, "study_instance_uid": f"1.2.{number}", "patient_id": f"P{number}",
            "manufacturer_model_name": "Force", "study_datetime": "2026-05-10T10:00:00+00:00", **change}  # fmt: skip


def took(session: Session, folder: Path, *rows: Mapping[str, str]) -> None:
    import_batch(raw(session), write(folder / "b", studies=list(rows)), key=b"k", by="t", at=NOW - timedelta(days=1))  # fmt: skip


def item(session: Session, key: str) -> Checked:
    return next(one for one in checklist(session, ALGORITHM, SITE, on=NOW.date()) if one.item.key == key)  # fmt: skip


def said(session: Session, by: Signer = ANNA, **found: str) -> int:
    rows = {key: Found(answer=code, evidence="offer, page 3") for key, code in found.items()}
    return answer(session, ALGORITHM, SITE, rows, by=by.key, role=by.role, at=NOW)


def classified(session: Session, answers: Mapping[str, str] = DEPLOYER) -> int:
    rows = {key: Said(answer=code, reason="as the IFU says") for key, code in answers.items()}
    return answering.answer(session, ALGORITHM, SITE, rows, by="ben", role="compliance_officer", at=NOW)  # fmt: skip


def everything_known(session: Session, folder: Path) -> None:
    took(session, folder, study(1))
    measure_fit(session, raw(session), ALGORITHM, SITE, at=NOW)
    classified(session)


def test_the_studies_of_the_site_are_counted_against_the_scope(session: Session, tmp_path: Path) -> None:  # fmt: skip
    """In, out and undeterminable with the clause, apart by scanner and age; another body part is counted apart."""
    took(
        session, tmp_path,
        study(1), study(2, patient_age="17"), study(3, slice_thickness=""),
        study(4, manufacturer="TOSHIBA", manufacturer_model_name="Aquilion"),
        study(5, body_part_examined="KNEE", manufacturer="TOSHIBA"),
        study(6, study_datetime="2025-05-30T10:00:00+00:00"),
    )  # fmt: skip
    fit = measure_fit(session, raw(session), ALGORITHM, SITE, at=NOW)[0]
    assert (fit.content["studies"], fit.content["elsewhere"], fit.candidates) == (5, 1, 4)
    assert fit.content["counts"] == {"in": 1, "out": 2, "undeterminable": 1}
    assert {(c["scope"], c["attribute"], c["studies"]) for c in fit.content["clauses"]} == {
        ("out", "patient_age", 1), ("out", "manufacturer", 1), ("undeterminable", "slice_thickness", 1),
    }  # fmt: skip
    strata = fit.content["strata"]
    assert strata["scanner"]["Aquilion"] == {"in": 0, "out": 1, "undeterminable": 0}
    assert strata["age"] == {
        "60-69": {"in": 1, "out": 1, "undeterminable": 1}, "0-17": {"in": 0, "out": 1, "undeterminable": 0},
    }  # fmt: skip
    assert "of 4 of its modality and body part 1 in (25.0%), 2 out (50.0%)" in fit.sentence()


def test_without_a_study_or_a_deployment_there_is_nothing_to_fit(session: Session) -> None:
    """Each is told with its remedy, and the item cannot be met."""
    with pytest.raises(NotDiligent, match="not counted yet"):
        said(session, specificity="met")
    fit = measure_fit(session, raw(session), ALGORITHM, SITE, at=NOW)[0]
    assert "Import studies" in fit.sentence()
    with pytest.raises(NotDiligent, match="none is of the modality"):
        said(session, specificity="met")
    with pytest.raises(NotInRegister, match=r"No site 'moon' in the register\. There are: north"):
        measure_fit(session, raw(session), ALGORITHM, "moon", at=NOW)


def test_a_deployment_that_ended_is_no_proposal(registered: str, tmp_path: Path) -> None:
    """It has to be entered anew."""
    register(registered, PANEL, tmp_path, {"live": {"from": "2023-05-02", "to": "2024-01-01"}})
    with unit_of_work(registered, by="t") as session, pytest.raises(NothingToFit, match="as proposed"):  # fmt: skip
        measure_fit(session, raw(session), ALGORITHM, SITE, at=NOW)


def test_what_the_register_knows_is_held_against_an_answer(registered: str, tmp_path: Path) -> None:
    """A PACS version that is not certified is neither met nor not applicable; once it is certified, it can be."""
    pacs = {"vendor": "PACS", "version": "12.1", "certified_versions": ["11.0", "12.0"]}
    register(registered, PANEL, tmp_path, {**PROPOSED, "pacs": pacs})
    with unit_of_work(registered, by="t") as session:
        for claimed in ("met", "not_applicable"):
            with pytest.raises(
                NotDiligent, match=r"ours is PACS 12\.1; certified are 11\.0, 12\.0"
            ):
                said(session, pacs=claimed)
        assert said(session, clearance="met", pmcf="met", completeness="met") == 3
        assert "12.1" not in (item(session, "pmcf").answer or pytest.fail("no answer")).known
    pacs["certified_versions"].append("12.1")
    register(registered, PANEL, tmp_path, {**PROPOSED, "pacs": pacs})
    with unit_of_work(registered, by="t") as session:
        assert said(session, pacs="met") == 1
        assert said(session, pacs="not_applicable") == 1
    register(registered, PANEL, tmp_path, {**PROPOSED, "pacs": {**pacs, "version": "13.0"}})
    with unit_of_work(registered, by="t") as session:
        assert (item(session, "pacs").outdated, item(session, "pacs").open) == (True, True)


def test_a_questionnaire_saved_empty_says_so(session: Session) -> None:
    """It does not pass for answered."""
    with pytest.raises(NotAnswered, match="Nothing was answered: answer one question at least"):
        classified(session, {})


def test_answers_are_kept_once_and_refused_with_the_reason(session: Session) -> None:
    """The same again says nothing new; a wrong item, a wrong word, no evidence and the wrong role are refused."""
    assert (said(session, logs="met"), said(session, logs="met")) == (1, 0)
    assert said(session, logs="not_applicable") == 1
    with pytest.raises(NotDiligent, match=r"'price' is not an item\. There are: clearance,"):
        said(session, price="met")
    with pytest.raises(NotDiligent, match=r"'good' is not an answer\. Use one of: met, not_met"):
        said(session, logs="good")
    with pytest.raises(NotDiligent, match="asked of every algorithm and never 'not applicable'"):
        said(session, clearance="not_applicable")
    with pytest.raises(NotDiligent, match="what the answer rests on"):
        answer(session, ALGORITHM, SITE, {"logs": Found(answer="met", evidence=" ")}, by="anna", role="clinical_lead", at=NOW)  # fmt: skip
    with pytest.raises(NotDiligent, match="otto is auditor"):
        answer(session, ALGORITHM, SITE, {"logs": Found(answer="met", evidence="x")}, by="otto", role="auditor", at=NOW)  # fmt: skip


def test_a_deployment_is_assessed_once_its_due_diligence_is_done(session: Session, tmp_path: Path) -> None:  # fmt: skip
    """Refused while an item is open or not met; what is not met is accepted by someone else, signed."""

    def assessed() -> int:
        row = propose(session, KEY, State.ASSESSED, signer=ANNA, evidence="", reason="Fits.", effective_from=NOW.date(), at=NOW)  # fmt: skip
        return row.id or 0

    everything_known(session, tmp_path)
    said(session, training="not_met")
    with pytest.raises(StateNotChanged, match=r"due diligence is not done. Open: Clearance.*not met and accepted by nobody: Training"):  # fmt: skip
        assessed()
    said(session, **{i.key: "met" for i in ITEMS if i.key != "training"})
    with pytest.raises(StateNotChanged, match=r"done\. Not met and accepted by nobody: Training\. Go on with it on the page Due diligence of ctbrain-triage at north"):  # fmt: skip
        assessed()
    with pytest.raises(NotDiligent, match="anna answered this and cannot accept it"):
        accept(session, ALGORITHM, SITE, "training", signer=ANNA, reason="x", at=NOW)
    with pytest.raises(NotDiligent, match="These do: training"):
        accept(session, ALGORITHM, SITE, "logs", signer=BEN, reason="x", at=NOW)
    with pytest.raises(NotSigned, match="needs a reason"):
        accept(session, ALGORITHM, SITE, "training", signer=BEN, reason=" ", at=NOW)
    accept(session, ALGORITHM, SITE, "training", signer=BEN, reason="We train ourselves.", at=NOW)
    number = assessed()
    said(session, training="not_met", logs="not_met")
    with pytest.raises(StateNotChanged, match="accepted by nobody: Logs"):
        decide(session, number, approve=True, signer=BEN, reason="Agreed.", at=NOW)
    said(session, logs="met")
    assert decide(session, number, approve=True, signer=BEN, reason="Agreed.", at=NOW).to_state == "assessed"  # fmt: skip


def test_an_acceptance_stands_under_the_answer_it_was_given_for(session: Session) -> None:
    """A new answer of *not met* on other evidence has to be accepted anew."""
    said(session, training="not_met")
    accept(session, ALGORITHM, SITE, "training", signer=BEN, reason="We train ourselves.", at=NOW)
    assert not item(session, "training").failed
    other = {"training": Found(answer="not_met", evidence="call of 3 June")}
    assert answer(session, ALGORITHM, SITE, other, by="anna", role="clinical_lead", at=NOW) == 1
    assert item(session, "training").failed


def test_nothing_is_assessed_that_was_never_asked_about(session: Session) -> None:
    """Neither due diligence nor the questionnaire can be left out by never beginning it, nor left half done."""

    def lacks() -> str:
        with pytest.raises(StateNotChanged) as refused:
            propose(session, KEY, State.ASSESSED, signer=ANNA, evidence="", reason="Fits.", effective_from=NOW.date(), at=NOW)  # fmt: skip
        return str(refused.value)

    assert "due diligence was never begun" in lacks()
    assert "AI Act questionnaire was never begun" in lacks()
    classified(session, {"union": "within"})
    assert "AI Act questionnaire is not complete" in lacks()
    classified(session)
    assert "AI Act" not in lacks()
    diligent(session, ALGORITHM, SITE, at=NOW)
    assert propose(session, KEY, State.ASSESSED, signer=ANNA, evidence="", reason="Fits.", effective_from=NOW.date(), at=NOW).id  # fmt: skip


def test_a_cycle_counts_anew_where_due_diligence_was_begun(session: Session, tmp_path: Path) -> None:  # fmt: skip
    """And nowhere else."""
    took(session, tmp_path, study(1))
    cycle.run(session, raw(session), as_of=NOW)
    assert latest_fits(session, KEY) == []
    said(session, logs="met")
    cycle.run(session, raw(session), as_of=NOW + timedelta(hours=1))
    assert [fit.candidates for fit in latest_fits(session, KEY)] == [1]


def test_the_questionnaire_is_kept_with_reasons_and_version(session: Session) -> None:
    """In two sittings; the same answer again is not kept twice, a changed one is, and the last counts."""
    first = {key: DEPLOYER[key] for key in ("union", "system", "purpose")}
    assert classified(session, first) == 3
    so_far = standing(session, ALGORITHM, SITE, on=NOW.date()).result
    assert isinstance(so_far, NotYetClassified)
    assert so_far.next.key == "origin"
    assert classified(session) == len(DEPLOYER) - 3
    done = standing(session, ALGORITHM, SITE, on=NOW.date())
    assert isinstance(done.result, Classification)
    assert {(a.configuration, a.answered_by, a.reason) for a in done.answers.values()} == {
        ("2026-07", "ben", "as the IFU says")
    }
    assert classified(session, {**DEPLOYER, "modification": "modified"}) == 1
    changed = standing(session, ALGORITHM, SITE, on=NOW.date()).result
    assert isinstance(changed, Classification)
    assert changed.role.value == "provider_by_article_25"


def test_an_answer_without_a_reason_or_by_the_wrong_role_is_refused(session: Session) -> None:
    """All answers of a sitting are kept or none."""
    rows = {"union": Said(answer="within", reason="x"), "system": Said(answer="infers", reason=" ")}
    with pytest.raises(NotAnswered, match="system: an answer needs a reason"):
        answering.answer(session, ALGORITHM, SITE, rows, by="ben", role="compliance_officer", at=NOW)  # fmt: skip
    with pytest.raises(AnswerNotUnderstood, match="'price' is not a question"):
        classified(session, {"price": "low"})
    with pytest.raises(NotAnswered, match="olga is integrator"):
        answering.answer(session, ALGORITHM, SITE, rows, by="olga", role="integrator", at=NOW)
    assert standing(session, ALGORITHM, SITE, on=NOW.date()).answers == {}


def test_a_newer_law_calls_for_new_answers_once(session: Session) -> None:
    """One task a version and site however often a cycle runs, and none once it is answered under that version."""
    rows = {"union": Said(answer="within", reason="as the IFU says")}
    older = replace(newest(), version="2024-08")
    answering.answer(session, ALGORITHM, SITE, rows, by="ben", role="compliance_officer", at=NOW, law=older)  # fmt: skip
    for hour in (1, 2):
        cycle.run(session, raw(session), as_of=NOW + timedelta(hours=hour))
    opened = [task for task in open_tasks(session) if task.kind == "ai_act_anew"]
    assert [task.cause for task in opened] == ["AI Act 2026-07 ctbrain-triage north"]
    assert "was answered under 2024-08; 2026-07 holds now" in opened[0].sentence
    classified(session)
    assert list(answering.superseded(session)) == []
