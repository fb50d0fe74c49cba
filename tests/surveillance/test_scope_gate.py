"""Decisions derived again, and what another entry would change."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from sqlmodel import Session

from backend.database import raw, unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.entry_form import EntryForm
from register.signature import Signer
from surveillance.changing_state import suspend
from surveillance.eligibility import check_study
from surveillance.readiness import clearance_on
from surveillance.scope_gate import Check, Gate, ask
from surveillance.scope_override import NotOverridden, override
from surveillance.scope_replay import UnknownDecision, replay
from surveillance.view import view
from surveillance.what_if import EntryOfAnother, what_if
from tests.batches import STUDY, write
from tests.confirmed import confirmed

KEY, SECRET = "ctbrain-north-ed", b"secret"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
ADULT = {
    "modality": "CT", "body_part_examined": "HEAD", "patient_age": 60, "slice_thickness": 3,
    "setting": "emergency", "manufacturer": "SIEMENS",
}  # fmt: skip
Propose = Callable[..., EntryForm]


@pytest.fixture
def registered(registered: str) -> str:
    """The head CT deployment is in care, as two people confirmed."""
    return confirmed(registered)


@pytest.fixture
def session(registered: str) -> Iterator[Session]:
    """One transaction on a register that knows the head CT deployment."""
    with unit_of_work(registered, by="t") as found:
        yield found


@pytest.fixture
def propose(tmp_path: Path) -> Propose:
    """The entry of the demo with other clauses in its scope; None takes one out."""

    def proposing(entry: str = "ctbrain-triage.yaml", **clauses: Any) -> EntryForm:
        written = yaml.safe_load((REGISTER / entry).read_text())
        scope = written["algorithm"]["clearances"][0]["indications"][0]["scope"]
        scope.update(clauses)
        written["algorithm"]["clearances"][0]["indications"][0]["scope"] = {
            name: rule for name, rule in scope.items() if rule is not None
        }
        (tmp_path / "proposed.yaml").write_text(yaml.safe_dump(written))
        return catalogue.read(tmp_path / "proposed.yaml")

    return proposing


def decide(session: Session, at: datetime = NOW, **study: Any) -> str:
    """The id of a recorded decision on an adult's head CT, with changes."""
    check = Check(deployment=KEY, study_instance_uid="1.2.3", attributes={**ADULT, **study})
    return ask(session, [check], by="pacs", secret=SECRET, at=at)[0].record.id


def test_a_replay_gives_the_decision_again(session: Session) -> None:
    """To the letter, with the version of the scope, and the signature fits."""
    for age in (60, 12, None):
        found = replay(session, decide(session, patient_age=age), secret=SECRET, at=LATER)
        assert (found.same, found.signed_by_us) == (True, True)
        assert found.then == found.today


def test_a_replay_after_the_register_changed_tells_then_and_today(
    session: Session, propose: Propose
) -> None:
    """Then it was in scope and still is; by the register of today it would be out."""
    number = decide(session)
    catalogue.record(
        session,
        propose(patient_age={"min": 65, "unit": "years"}),
        by="t",
        at=NOW + timedelta(hours=1),
    )
    found = replay(session, number, secret=SECRET, at=LATER)
    assert (found.same, found.then.decision.scope, found.today.decision.scope) == (True, "in", "out")  # fmt: skip
    assert found.then.scope_version != found.today.scope_version
    assert found.today.decision.clause == "patient_age at least 65 years"


def test_a_replay_after_a_suspension_tells_then_and_today(session: Session) -> None:
    """The state counts as of its day."""
    number = decide(session)
    lead = Signer(key="ada", name="Ada", role="clinical_lead")
    suspend(session, KEY, signer=lead, reason="Missed bleeds.", at=NOW + timedelta(days=2))
    found = replay(session, number, secret=SECRET, at=LATER)
    assert (found.same, found.today.decision.attribute) == (True, "deployment")
    assert found.today.decision.value == "suspended"


def test_a_record_the_register_does_not_give_is_not_the_same(session: Session) -> None:
    """Whoever records what the register does not say is found out, with and without our secret."""
    number = decide(session)
    with raw(session).cursor() as cursor:
        cursor.execute("ALTER TABLE scope_decision DISABLE TRIGGER scope_decision_append_only")
        cursor.execute("UPDATE scope_decision SET attributes = '{}'")
    session.expire_all()
    found = replay(session, number, secret=SECRET, at=LATER)
    assert (found.same, found.signed_by_us) == (False, False)


def test_an_unknown_decision_is_refused(session: Session) -> None:
    """The sentence repeats the id."""
    with pytest.raises(UnknownDecision, match="no decision 'x'"):
        replay(session, "x", secret=SECRET, at=NOW)


def test_what_an_entry_ended_or_never_let_run_is_out(registered: str, tmp_path: Path) -> None:
    """Without any decision the entry's own days count: before the first and after the last it is out."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    written["deployments"][0] |= {
        "shadow": None,
        "live": {"from": "2026-03-01", "to": "2026-05-01"},
    }
    (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(registered, by="t") as session:
        catalogue.record(
            session, catalogue.read(tmp_path / "entry.yaml"), by="t", at=datetime(2026, 1, 2, tzinfo=UTC)
        )  # fmt: skip
        states = {}
        for day in (date(2026, 2, 1), date(2026, 4, 1), date(2026, 6, 1)):
            at = datetime.combine(day, NOW.timetz())
            check = Check(deployment=KEY, study_instance_uid="1.2", attributes=ADULT)
            said = ask(session, [check], by="pacs", secret=SECRET, at=at)[0].as_json()
            states[day.month] = (said["may_run"], said["value"])
    assert states == {2: (False, "proposed"), 4: (True, ""), 6: (False, "retired")}


def test_a_lapsed_clearance_is_out_from_the_day_after(session: Session) -> None:
    """With the certificate and its last day, kept and replayed; neither an override nor an old key lets anything through."""
    last_day, after = datetime(2027, 10, 31, 9, tzinfo=UTC), datetime(2027, 11, 1, 9, tzinfo=UTC)
    check = Check(deployment=KEY, study_instance_uid="1.2.3", attributes=ADULT, idempotency_key="k")
    (before,) = ask(session, [check], by="pacs", secret=SECRET, at=last_day)
    assert before.may_run
    (again,) = ask(session, [check], by="pacs", secret=SECRET, at=after)
    assert (again.may_run, "ended on 2027-10-31" in again.stopped) == (False, True)
    (held,) = ask(session, [replace(check, idempotency_key=None)], by="pacs", secret=SECRET, at=after)  # fmt: skip
    said = held.as_json()
    assert (said["scope"], said["attribute"], said["value"]) == ("out", "clearance", "2027-10-31")
    assert said["clause"] == "mdr certificate EXAMPLE 712345 (EU)"
    assert replay(session, held.record.id, secret=SECRET, at=after).same
    lead = Signer(key="ada", name="Ada", role="clinical_lead")
    with pytest.raises(NotOverridden, match="ended on 2027-10-31"):
        override(session, held.record.id, signer=lead, reason="No other tonight.", at=after)
    decision = check_study(view(session, KEY), ADULT, day=after.date())[0].decision
    assert (decision.scope, decision.attribute) == ("out", "clearance")


@pytest.mark.parametrize(
    ("change", "runs", "says"),
    [
        ({"expires": "2099-01-01"}, True, "In scope"),
        ({"jurisdiction": "US"}, False, "runs in EU, where it has no clearance for this finding"),
        ({"pathway": "none", "number": None, "expires": None}, False, "runs in EU, where it has no clearance for this finding"),
        ({"issued": "2030-01-01", "expires": None}, False, "runs in EU, where it has no clearance for this finding"),
        ({"issued": "2027-11-01", "expires": None}, True, "In scope"),
    ],
)  # fmt: skip
def test_in_care_it_needs_a_clearance_where_it_runs(
    session: Session, tmp_path: Path, change: dict[str, str], runs: bool, says: str
) -> None:
    """One that was renewed keeps nothing out; one of elsewhere, for research or not issued yet lets nothing through, as State and decisions says."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    written["algorithm"]["clearances"][0].update(change)
    (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
    catalogue.record(session, catalogue.read(tmp_path / "entry.yaml"), by="t", at=NOW)
    check = Check(deployment=KEY, study_instance_uid="1.2.3", attributes=ADULT)
    (said,) = ask(session, [check], by="pacs", secret=SECRET, at=datetime(2027, 11, 1, tzinfo=UTC))
    assert (said.may_run, says in said.as_json()["sentence"]) == (runs, True)
    assert clearance_on(view(session, KEY), date(2027, 11, 1)).holds == runs


def test_a_suspended_deployment_is_out_by_the_command_too(session: Session) -> None:
    """The check of a file says the same as the gate, although every clause holds."""
    assert check_study(view(session, KEY), ADULT, day=NOW.date())[0].decision.scope == "in"
    lead = Signer(key="ada", name="Ada", role="clinical_lead")
    suspend(session, KEY, signer=lead, reason="Missed bleeds.", at=NOW)
    decision = check_study(view(session, KEY), ADULT, day=NOW.date())[0].decision
    assert (decision.scope, decision.attribute) == ("out", "deployment")


def test_a_deployment_that_was_only_entered_is_out_by_the_command_too(session: Session, tmp_path: Path) -> None:  # fmt: skip
    """As at the gate; what its label says of the study stands beside it, and the site is what the register says."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    written["deployments"][0] |= {"shadow": None, "live": None}
    (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
    catalogue.record(
        session,
        catalogue.read(tmp_path / "entry.yaml"),
        by="t",
        at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    (check,) = check_study(view(session, KEY), {**ADULT, "site": "elsewhere"}, day=NOW.date())
    gate = Gate(session, NOW).derive(Check(deployment=KEY, study_instance_uid="1", attributes=ADULT))  # fmt: skip
    assert check.decision == gate.decision
    assert (check.decision.scope, check.decision.value, check.label.scope) == (
        "out",
        "proposed",
        "in",
    )
    assert "is proposed" in check.sentence()
    assert "By its label alone: In scope" in check.sentence()


@pytest.fixture
def stored(take, tmp_path: Path) -> None:
    """Adults, children, one without slice thickness, and one study of another month."""
    rows = [("1", "60", "3"), ("2", "60", "4"), ("3", "17", "3"), ("4", "12", "3"), ("5", "60", "")]
    studies = [
        {**STUDY, "study_instance_uid": f"1.{n}", "patient_age": age, "slice_thickness": thickness}
        for n, age, thickness in rows
    ]
    other = {**STUDY, "study_instance_uid": "1.9", "study_datetime": "2026-01-20T10:00:00+00:00"}
    take(write(tmp_path / "b", studies=[*studies, other]))


def test_what_if_counts_every_stored_study_once(stored, session, propose: Propose) -> None:
    """Who moves, moves by a clause; the rest stays; the counts add up to the studies of those days."""
    form = propose(patient_age={"min": 16, "unit": "years"}, slice_thickness={"max": 3, "unit": "mm"})  # fmt: skip
    days = {"first": date(2026, 1, 1), "last": date(2026, 1, 10)}
    found = what_if(session, raw(session), KEY, form, at=NOW, **days)
    assert found.matrix == {
        ("in", "in"): 1, ("in", "out"): 1, ("out", "in"): 1, ("out", "out"): 1,
        ("undeterminable", "undeterminable"): 1,
    }  # fmt: skip
    assert found.studies == sum(found.matrix.values()) == 5
    moved = {(m.today, m.proposed): (m.attribute, m.clause, m.studies) for m in found.moved}
    assert moved == {
        ("in", "out"): ("slice_thickness", "slice_thickness at most 3 mm (IFU rev 7, section 1.2 (fictional))", 1),
        ("out", "in"): ("patient_age", "patient_age at least 18 years (IFU rev 7, section 1.2 (fictional))", 1),
    }  # fmt: skip
    assert what_if(session, raw(session), KEY, form, at=NOW).studies == 6


def test_what_if_can_make_a_study_determinable(stored, session, propose: Propose) -> None:
    """Without the clause on slices the study that lacks them is in; the clause of today is named."""
    found = what_if(session, raw(session), KEY, propose(slice_thickness=None), at=NOW)
    assert [(m.today, m.proposed, m.attribute) for m in found.moved] == [("undeterminable", "in", "slice_thickness")]  # fmt: skip


def test_what_if_records_nothing(stored, session, registered: str, propose: Propose) -> None:
    """Neither in the register nor in the trail, and the entry of today stands."""

    def lines() -> list[tuple[Any, ...]]:
        with psycopg.connect(registered) as pg:
            return pg.execute("SELECT (SELECT count(*) FROM audit_event), (SELECT count(*) FROM indication)").fetchall()  # fmt: skip

    before, entry = lines(), view(session, KEY).indications
    what_if(session, raw(session), KEY, propose(patient_age=None), at=NOW)
    assert view(session, KEY).indications == entry
    session.commit()
    assert lines() == before


def test_what_if_is_about_the_algorithm_of_the_deployment(session, propose: Propose) -> None:
    """An entry of another product is refused."""
    with pytest.raises(EntryOfAnother, match="runs ctbrain-triage; the entry is about"):
        what_if(session, raw(session), KEY, propose("nodule-ct.yaml"), at=NOW)
