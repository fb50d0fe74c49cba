"""Overrides: a named clinician, with a reason, for one run; abnormal use that counts in no figure."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlmodel import Session

from backend.database import raw, unit_of_work
from dashboards.dossiers.annual_scope_review import sections
from dashboards.dossiers.content import Table
from dashboards.dossiers.facts import gather
from register.signature import NotSigned, Signer, digest_of, under
from surveillance import cycle
from surveillance.changing_state import suspend
from surveillance.scope_gate import Answer, Check, ask
from surveillance.scope_override import NotOverridden, ScopeOverride, override, overrides
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.confirmed import confirmed

KEY, SECRET, UID = "ctbrain-north-ed", b"secret", "1.2.3"
NOW = datetime(2026, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
ADA = Signer(key="ada", name="Ada", role="clinical_lead")
ADULT = {
    "modality": "CT", "body_part_examined": "HEAD", "patient_age": 60, "slice_thickness": 3,
    "setting": "emergency", "manufacturer": "SIEMENS",
}  # fmt: skip


@pytest.fixture
def registered(registered: str) -> str:
    """The head CT deployment is in care, as two people confirmed."""
    return confirmed(registered)


@pytest.fixture
def session(registered: str):
    """One transaction on a register that knows the head CT deployment."""
    with unit_of_work(registered, by="t") as found:
        yield found


def asked(session: Session, key: str | None = None, **study: Any) -> Answer:
    """The gate's answer about a head CT with changes."""
    check = Check(
        deployment=KEY, study_instance_uid=UID, attributes={**ADULT, **study}, idempotency_key=key
    )
    return ask(session, [check], by="pacs", secret=SECRET, at=NOW)[0]


def overridden(
    session: Session, answer: Answer, signer: Signer = ADA, reason: str = "No reader tonight."
) -> ScopeOverride:
    """An override of an answer by the clinical lead."""
    return override(session, answer.record.id, signer=signer, reason=reason, at=NOW)


def test_an_override_lets_one_study_through_once(session: Session) -> None:
    """The decision stays what it was; the next question runs, the one after it does not."""
    held = asked(session, patient_age=12)
    row = overridden(session, held)
    then, after = asked(session, patient_age=12), asked(session, patient_age=12)
    assert (held.may_run, then.may_run, after.may_run) == (False, True, False)
    assert then.record.scope == "out"
    assert then.as_json()["override"] == row.id
    assert "Overridden by ada" in then.sentence()
    assert overrides(session, KEY)[0].used_at == NOW


def test_an_answer_asked_for_again_is_the_same_once(session: Session) -> None:
    """A router that repeats its question after the override is let through, and no other question is."""
    held = asked(session, "k-1", patient_age=12)
    overridden(session, held)
    assert [asked(session, "k-1", patient_age=12).may_run for _ in range(2)] == [True, True]
    assert not asked(session, "k-2", patient_age=12).may_run


def test_an_override_is_for_its_study_alone(session: Session) -> None:
    """Another study that breaks the same clause stays out."""
    overridden(session, asked(session, patient_age=12))
    other = Check(
        deployment=KEY, study_instance_uid="1.2.4", attributes={**ADULT, "patient_age": 12}
    )
    assert not ask(session, [other], by="pacs", secret=SECRET, at=NOW)[0].may_run


def test_two_at_once_do_not_both_run(registered: str) -> None:
    """Whoever asks second waits for the first and is told no."""
    with unit_of_work(registered, by="t") as session:
        overridden(session, asked(session, patient_age=12))
    with unit_of_work(registered, by="t") as first:
        assert asked(first, patient_age=12).may_run
        with unit_of_work(registered, by="t") as second:
            raw(second).execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(Exception, match="lock timeout"):
                asked(second, patient_age=12)
            second.rollback()
    with unit_of_work(registered, by="t") as third:
        assert not asked(third, patient_age=12).may_run


@pytest.mark.parametrize("role", ["compliance_officer", "auditor", "integrator", "administrator"])
def test_only_a_clinical_lead_overrides(session: Session, role: str) -> None:
    """The sentence says who does."""
    held = asked(session, patient_age=12)
    with pytest.raises(NotOverridden, match="only a clinical lead"):
        overridden(session, held, Signer(key="x", name="X", role=role))


def test_an_override_needs_a_reason_and_a_decision_against(session: Session) -> None:
    """And is given once a decision."""
    held = asked(session, patient_age=12)
    with pytest.raises(NotSigned, match="reason"):
        overridden(session, held, reason=" ")
    session.rollback()


def test_there_must_be_something_to_override(session: Session) -> None:
    """Not what may run anyway, not twice, and not what the gate never decided."""
    with pytest.raises(NotOverridden, match="nothing to override"):
        overridden(session, asked(session))
    held = asked(session, patient_age=None)
    overridden(session, held)
    with pytest.raises(NotOverridden, match="good for one run"):
        overridden(session, held)
    with pytest.raises(NotOverridden, match="no decision 'x'"):
        override(session, "x", signer=ADA, reason="Why.", at=NOW)


def test_no_override_starts_a_deployment(session: Session) -> None:
    """Neither before nor after: the kill switch is stronger than any override."""
    early = asked(session, "k-1", patient_age=12)
    overridden(session, early)
    suspend(session, KEY, signer=ADA, reason="Missed bleeds.", at=NOW)
    assert not asked(session, "k-1", patient_age=12).may_run
    assert not asked(session, patient_age=12).may_run
    with pytest.raises(NotOverridden, match="No override starts a deployment"):
        overridden(session, asked(session, patient_age=11))


def test_it_is_signed_as_abnormal_use(session: Session) -> None:
    """Name, role, reason and meaning stand beside it, bound to it."""
    row = overridden(session, asked(session, patient_age=12))
    (signed,) = under(session, row.record)
    assert (signed.name, signed.meaning, signed.reason) == ("Ada", "abnormal use", "No reader tonight.")  # fmt: skip
    assert signed.digest == digest_of(row.model_dump(mode="json"))


@pytest.fixture
def ran(take, registered: str, tmp_path: Path) -> Callable[..., str]:
    """A study that ran on an override, and one within the indication, both verified."""

    def running(**study: str) -> str:
        other = {"study_instance_uid": "1.2.9"}
        take(
            write(
                tmp_path / "batch",
                studies=[{**STUDY, **study}, {**STUDY, **other, "patient_id": "P2"}],
                inferences=[INFERENCE, {**INFERENCE, **other, "inference_id": "I2"}],
                outcomes=[OUTCOME, {**OUTCOME, "outcome_id": "O2", "patient_id": "P2"}],
            ),
            at=NOW + timedelta(days=5),
        )
        return registered

    return running


@pytest.mark.parametrize("age", ["12", "60"])
def test_what_was_overridden_counts_in_no_figure(ran, figures, age: str) -> None:
    """Out by its clause, or, where the age became known afterwards, out as abnormal use."""
    url = ran(patient_age=age)
    before = figures()["flow"]["in_scope"]
    with unit_of_work(url, by="t") as session:
        overridden(session, asked(session, patient_age=None))
    found = figures()
    assert (before, found["flow"]["in_scope"]) == (2 if age == "60" else 1, 1)
    assert (found["flow"]["out_of_scope"], found["counts"]["tp"]) == (1, 1)


def test_the_cycle_takes_a_case_out_when_its_override_is_known(ran) -> None:
    """Judged before it was known, judged again after."""
    url = ran()
    with unit_of_work(url, by="t") as session:
        cycle.run(session, raw(session), as_of=NOW + timedelta(days=6))
        held = asked(session, patient_age=None)
        override(session, held.record.id, signer=ADA, reason="Why.", at=NOW + timedelta(days=7))
        cycle.run(session, raw(session), as_of=NOW + timedelta(days=8))
    with psycopg.connect(url) as pg:
        said = pg.execute(
            "SELECT scope, scope_attribute FROM judged_case WHERE study_instance_uid = %s", [UID]
        ).fetchall()
    assert said == [("out", "override")]


def test_the_scope_review_counts_overrides(ran) -> None:
    """By clause, with reason, person, and whether the study ran."""
    url = ran(patient_age="12")
    with unit_of_work(url, by="t") as session:
        overridden(session, asked(session, patient_age=12))
        asked(session, patient_age=12)
        overridden(session, asked(session, patient_age=13))
        facts = gather(
            session, raw(session), KEY, first=date(2026, 1, 1), last=date(2026, 1, 31), as_of=LATER
        )
        third = next(s for s in sections(facts) if s.number == "3")
    (table,) = [b for b in third.blocks if isinstance(b, Table) and b.key == "overrides"]
    assert table.rows == (("patient_age at least 18 years", 2, 1, "Ada", "No reader tonight."),)
