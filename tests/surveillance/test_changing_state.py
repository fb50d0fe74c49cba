"""From proposed to retired: each step decided by two people, and refused at each wrong turn with the reason."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import Session, select

from backend.database import raw, unit_of_work
from register import catalogue
from register.clearance import Clearance
from register.lifecycle import NEXT, RUNNING, State
from register.revision import as_known
from register.signature import NotSigned, Signer
from register.task import Task, close, open_tasks
from register.training import Training
from register.transition import Transition, approved
from surveillance.changing_state import (
    StateNotChanged,
    current_state,
    decide,
    propose,
    reopen_stale,
    suspend,
    what_is_stale,
)
from surveillance.readiness import checklist
from surveillance.validation.plan import PlanForm, fix
from surveillance.validation.run import run
from surveillance.validation.sign_off import sign
from surveillance.view import NOT_IN_USE, view
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.surveillance.procured import classified, diligent
from tests.surveillance.standards import register

KEY = "ctbrain-north-ed"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = NOW.date()
ANNA = Signer(key="anna", name="Anna", role="clinical_lead")
BEN = Signer(key="ben", name="Ben", role="compliance_officer")
CLEO = Signer(key="cleo", name="Cleo", role="compliance_officer")
AUDITOR = Signer(key="otto", name="Otto", role="auditor")
PANEL = {"positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
         "matures_after_days": 30}  # fmt: skip
READY: dict[str, Any] = {
    "oversight": {"clinical_lead": "dr.north"}, "monitoring": {"owner": "dr.north", "cadence": "monthly"},
    "shadow": None, "live": None, "use_mode": "triage", "scanners": [],
}  # fmt: skip


@pytest.fixture
def entered(registered: str, tmp_path: Path) -> Callable[..., str]:
    """The head CT deployment as the register states it, not yet running, with changes."""

    def entering(**change: Any) -> str:
        register(registered, PANEL, tmp_path, {**READY, **change})
        return registered

    return entering


@pytest.fixture
def session(entered) -> Iterator[Session]:
    """One transaction on a deployment that nothing was decided about, though all was asked before."""
    with unit_of_work(entered(), by="t") as found:
        diligent(found)
        classified(found)
        yield found


def moved(session: Session, to: State, *, at: datetime = NOW, by: Signer = ANNA, other: Signer = BEN) -> Transition:  # fmt: skip
    """Proposed by one, approved by another."""
    row = propose(session, KEY, to, signer=by, evidence="minutes of 1 June", reason="As agreed.",
                  effective_from=at.date(), at=at)  # fmt: skip
    return decide(
        session, row.id or 0, approve=True, signer=other, reason="Read and agreed.", at=at
    )


def trained(session: Session, person: str = "dr.north", **change: Any) -> None:
    """A training of one person on the algorithm."""
    said = {"version": None, "completed_on": DAY - timedelta(days=9), "expires_on": None, **change}
    session.add(Training(person=person, subject="ctbrain-triage", source="vendor course", recorded_by="t",
                         recorded_at=NOW, **said))  # fmt: skip
    session.flush()


def validated(session: Session, take, tmp_path: Path, *, signer: Signer = CLEO) -> None:
    """A local validation on shadow cases that is met and signed."""
    files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "outcomes": []}
    for n in range(200):
        uid, ill = {"study_instance_uid": f"1.{n}"}, n % 2 == 0
        files["studies"].append(
            {**STUDY, **uid, "patient_id": f"P{n}", "study_datetime": "2026-01-12T10:00:00+00:00"}
        )
        files["inferences"].append(
            {**INFERENCE, **uid, "inference_id": f"I{n}", "score": "0.9" if ill else "0.1"}
        )
        files["outcomes"].append({**OUTCOME, **uid, "outcome_id": f"O{n}", "patient_id": f"P{n}",
                                  "evidence": "adjudication_panel", "value": "positive" if ill else "negative"})  # fmt: skip
    take(write(tmp_path / "cases", **files))
    plan = fix(
        session,
        PlanForm.model_validate(
            {"key": "local", "deployment": KEY, "population": "Adults of January in shadow", "from": "2026-01-01",
             "to": "2026-01-31", "prevalence": 0.5, "criteria": [{"metric": "sensitivity", "claim": 0.92, "margin": 0.05}]}),
        author=Signer(key="anna", name="Anna", role="clinical_lead"), at=NOW - timedelta(days=90),
    )  # fmt: skip
    assert run(session, raw(session), plan, by="t", as_of=NOW).content["verdict"] == "met"
    sign(session, "local", signer=signer, meaning="accepted", reason="All met.", at=NOW)


def test_every_state_leads_somewhere_or_is_the_end() -> None:
    """No dead end but retirement, which everything reaches; nothing comes back from it."""
    assert [state for state in State if not NEXT[state]] == [State.RETIRED]
    assert all(State.RETIRED in NEXT[state] for state in State if state is not State.RETIRED)
    assert all(State.SUSPENDED in NEXT[state] for state in RUNNING)


def test_the_mode_of_use_follows_from_the_state(session) -> None:
    """Proposed and assessed it is not in use; in shadow from the day that was decided."""
    early = datetime(2026, 1, 2, tzinfo=UTC)
    assert current_state(session, view(session, KEY), DAY) is State.PROPOSED
    moved(session, State.ASSESSED, at=early)
    assert view(session, KEY).use_mode_on(DAY) == NOT_IN_USE
    moved(session, State.SHADOW, at=early + timedelta(days=3))
    known = view(session, KEY)
    assert [known.use_mode_on(date(2026, 1, day)) for day in (4, 5)] == [NOT_IN_USE, "shadow"]


def test_live_is_refused_with_every_condition_that_lacks(entered) -> None:
    """Clearance, acceptance, oversight, monitoring and training, each with its remedy."""
    with unit_of_work(entered(oversight={}, monitoring={}), by="t") as session:
        diligent(session)
        classified(session)
        moved(session, State.ASSESSED)
        moved(session, State.SHADOW)
        with pytest.raises(StateNotChanged) as refused:
            moved(session, State.LIVE)
        names = {c.name: c.holds for c in checklist(session, KEY, DAY)}
    for said in ("No local validation", "Nobody is named", "no monitoring plan"):
        assert said in str(refused.value)
    assert names == {
        "clearance": True,
        "due diligence": True,
        "AI Act": True,
        "acceptance": False,
        "oversight": False,
        "monitoring": False,
        "training": False,
    }


def test_a_lapsed_clearance_refuses_care(session) -> None:
    """The day after its end the certificate is no clearance any more."""
    after = datetime(2027, 11, 1, tzinfo=UTC)
    said = {c.name: c for c in checklist(session, KEY, after.date())}["clearance"]
    assert (said.holds, "ended on 2027-10-31" in said.sentence) == (False, True)


def test_a_wrong_turn_names_the_right_ones(session) -> None:
    """From proposed nothing goes live."""
    with pytest.raises(
        StateNotChanged, match="From proposed it does not go to live; it goes to assessed, retired"
    ):
        moved(session, State.LIVE)


def test_the_author_does_not_approve(session) -> None:
    """Four eyes, also where the author has the right role; and only certain roles take part."""
    with pytest.raises(StateNotChanged, match="someone else must"):
        moved(session, State.ASSESSED, by=ANNA, other=ANNA)
    with pytest.raises(StateNotChanged, match="Otto is auditor"):
        decide(session, 1, approve=True, signer=AUDITOR, reason="No.", at=NOW)
    with pytest.raises(NotSigned, match="needs a reason"):
        decide(session, 1, approve=True, signer=BEN, reason=" ", at=NOW)
    with pytest.raises(StateNotChanged, match="still open"):
        moved(session, State.ASSESSED)


def test_a_rejected_proposal_changes_nothing(session) -> None:
    """It stays on record, and another one can be made."""
    row = propose(
        session,
        KEY,
        State.ASSESSED,
        signer=ANNA,
        evidence="",
        reason="Try.",
        effective_from=DAY,
        at=NOW,
    )
    decide(session, row.id or 0, approve=False, signer=BEN, reason="Not yet.", at=NOW)
    assert current_state(session, view(session, KEY), DAY) is State.PROPOSED
    assert approved(session, KEY) == []
    with pytest.raises(StateNotChanged, match="no open proposal"):
        decide(session, row.id or 0, approve=True, signer=BEN, reason="Now.", at=NOW)
    moved(session, State.ASSESSED)


@pytest.fixture
def in_shadow(entered, take, tmp_path: Path) -> str:
    """Assessed, in shadow since January, trained and locally validated: ready for care."""
    url = entered()
    with unit_of_work(url, by="t") as session:
        early = datetime(2026, 1, 2, tzinfo=UTC)
        diligent(session)
        classified(session)
        moved(session, State.ASSESSED, at=early)
        moved(session, State.SHADOW, at=early)
        trained(session)
    with unit_of_work(url, by="t") as session:
        validated(session, take, tmp_path)
    return url


def test_ready_for_care_it_goes_live(in_shadow: str) -> None:
    """All seven conditions hold; the register before that day still says shadow."""
    with unit_of_work(in_shadow, by="t") as session:
        assert all(c.holds for c in checklist(session, KEY, DAY))
        moved(session, State.LIVE)
        known = view(session, KEY)
        assert known.use_mode_on(DAY) == "triage"
        assert known.use_mode_on(DAY - timedelta(days=1)) == "shadow"
        assert view(session, KEY, NOW - timedelta(seconds=1)).use_mode_on(DAY) == "shadow"


def test_each_finding_in_use_needs_a_validation_of_its_own(in_shadow: str, tmp_path: Path) -> None:
    """The one that was accepted says nothing of a second finding."""
    written = yaml.safe_load((tmp_path / "entry.yaml").read_text())
    indications = written["algorithm"]["clearances"][0]["indications"]
    indications.append({**indications[0], "key": "mass", "finding": "brain_mass"})
    written["deployments"][0]["indications"].append("mass")
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(in_shadow, by="t") as session:
        catalogue.record(session, catalogue.read(tmp_path / "two.yaml"), by="t", at=NOW)
        with pytest.raises(StateNotChanged, match="No local validation of brain mass was met and signed"):  # fmt: skip
            moved(session, State.LIVE)


def test_what_was_recorded_in_shadow_is_asked_before_it_goes_live(entered) -> None:
    """Entering spares nobody the questions: each is named with the page where it is answered."""
    with unit_of_work(entered(shadow={"from": "2026-01-05"}), by="t") as session:
        with pytest.raises(StateNotChanged) as refused:
            moved(session, State.LIVE)
        for said in (
            "due diligence was never begun. Begin it on the page Due diligence of ctbrain-triage at north",
            "AI Act questionnaire was never begun. Answer it on the page AI Act of ctbrain-triage at north",
        ):
            assert said in str(refused.value)


def test_what_was_live_before_its_first_decision_is_taken_over(entered) -> None:
    """The checklist says that it was not asked, also once it was suspended and is to run again."""
    with unit_of_work(entered(live={"from": "2026-01-05"}), by="t") as session:
        suspend(session, KEY, signer=ANNA, reason="To be sure.", at=NOW)
        said = {c.name: c for c in checklist(session, KEY, DAY)}
    for name in ("due diligence", "AI Act"):
        assert said[name].holds
        assert "Not asked for: it was in care before its first decision here." in said[name].sentence  # fmt: skip


def test_who_validated_does_not_deploy(in_shadow: str) -> None:
    """The signer of the local validation cannot approve its way into care."""
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(StateNotChanged, match="signed the local validation"),
    ):
        moved(session, State.LIVE, other=CLEO)


@pytest.mark.parametrize("key", ["cleo", "t"])
def test_who_validated_does_not_propose_either(in_shadow: str, key: str) -> None:
    """Neither who ran the local validation nor who signed it."""
    judge = Signer(key=key, name=key.capitalize(), role="compliance_officer")
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(StateNotChanged, match=f"{key} ran or signed the local validation and cannot propose"),
    ):  # fmt: skip
        moved(session, State.LIVE, by=judge)


@pytest.mark.parametrize(
    ("change", "lacks"),
    [({"version": "2.2.0"}, "current training"), ({"expires_on": DAY - timedelta(days=1)}, "current training"),
     ({"person": "dr.south"}, "dr.north")],
)  # fmt: skip
def test_a_training_counts_for_person_version_and_time(
    session, change: dict[str, Any], lacks: str
) -> None:
    """Another version, an expired one, or another person's does not."""
    trained(session, **change)
    said = {c.name: c for c in checklist(session, KEY, DAY)}["training"]
    assert not said.holds
    assert lacks in said.sentence


def test_the_kill_switch_needs_one_signature_and_acts_at_once(in_shadow: str) -> None:
    """From then on it is not in use; before it was; nothing runs that could be stopped again."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        suspend(
            session,
            KEY,
            signer=ANNA,
            reason="Three missed bleeds this week.",
            at=NOW + timedelta(days=2),
        )
        known = view(session, KEY)
        assert known.use_mode_on(DAY + timedelta(days=1)) == "triage"
        assert known.use_mode_on(DAY + timedelta(days=2)) == NOT_IN_USE
        with pytest.raises(StateNotChanged, match="nothing to suspend"):
            suspend(session, KEY, signer=ANNA, reason="Again.", at=NOW + timedelta(days=2))
        with pytest.raises(StateNotChanged, match="Otto is auditor"):
            suspend(session, KEY, signer=AUDITOR, reason="No.", at=NOW)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"threshold": 0.5}, "threshold changed"), ({"routing": "All CT"}, "routing changed"),
     ({"pacs": {"vendor": "Other", "version": "1"}}, "pacs changed"),
     ({"scanners": [{"manufacturer": "GE", "serial": "X"}]}, "scanners changed")],
)  # fmt: skip
def test_a_change_makes_the_approval_stale_and_opens_one_task(
    in_shadow: str, entered, change: dict[str, Any], said: str
) -> None:
    """However often it is looked at; a task that was closed is not opened by an old cause that is gone."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        assert what_is_stale(session, view(session, KEY), DAY) == ()
    entered(**change)
    with unit_of_work(in_shadow, by="t") as session:
        known = view(session, KEY)
        assert said in what_is_stale(session, known, DAY)
        for _ in range(3):
            reopen_stale(session, known, at=NOW)
        (task,) = open_tasks(session)
        assert said in task.sentence
        assert task.owner == "dr.north"
    entered()
    with unit_of_work(in_shadow, by="t") as session:
        assert reopen_stale(session, view(session, KEY), at=NOW) is None
        assert len(session.exec(select(Task)).all()) == 1


def test_a_changed_routing_is_approved_anew(in_shadow: str, entered) -> None:
    """Live stays live, under a new approval; without any change there is nothing to renew."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        with pytest.raises(StateNotChanged, match="nothing changed"):
            moved(session, State.LIVE)
    entered(routing="All CT")
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        assert what_is_stale(session, view(session, KEY), DAY) == ()


def test_another_operating_point_needs_another_validation(in_shadow: str, entered) -> None:
    """Its approval cannot be renewed on the validation of the old one."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
    entered(threshold=0.5)
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(StateNotChanged, match="Validate it again"),
    ):
        moved(session, State.LIVE)


def test_a_proposal_of_another_configuration_is_not_approved(in_shadow: str, entered) -> None:
    """What was proposed must be what is approved."""
    with unit_of_work(in_shadow, by="t") as session:
        row = propose(
            session,
            KEY,
            State.LIVE,
            signer=ANNA,
            evidence="",
            reason="Go.",
            effective_from=DAY,
            at=NOW,
        )
        number = row.id or 0
    entered(routing="All CT")
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(StateNotChanged, match="changed since this was proposed"),
    ):
        decide(session, number, approve=True, signer=BEN, reason="Go.", at=NOW)


def test_a_deployment_that_ran_before_the_register_is_taken_over(registered: str) -> None:
    """Its state is what the entry states, without a decision, until the first one is taken."""
    with unit_of_work(registered, by="t") as session:
        known = view(session, KEY)
        assert known.state_on(DAY) is State.LIVE
        assert what_is_stale(session, known, DAY) == ()


def test_a_task_is_closed_with_what_was_done(in_shadow: str, entered) -> None:
    """By whom and when stays; the same cause afterwards opens a new one."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
    entered(routing="All CT")
    with unit_of_work(in_shadow, by="t") as session:
        task = reopen_stale(session, view(session, KEY), at=NOW)
        assert task is not None
        with pytest.raises(Exception, match="what was done"):
            close(session, task.id or 0, by="anna", outcome=" ", at=NOW)
        assert (
            close(session, task.id or 0, by="anna", outcome="Validated again.", at=NOW).closed_by
            == "anna"
        )
        with pytest.raises(Exception, match="no open task"):
            close(session, task.id or 0, by="anna", outcome="Twice.", at=NOW)
        again = reopen_stale(session, view(session, KEY), at=NOW)
        assert again is not None
        assert again.id != task.id


def test_locally_validated_is_what_a_validation_makes_it(session) -> None:
    """Without one that was met and signed the state is refused, whoever proposes it."""
    moved(session, State.ASSESSED)
    with pytest.raises(StateNotChanged, match="No local validation was met and signed"):
        moved(session, State.LOCALLY_VALIDATED)


def test_a_certificate_of_other_indications_does_not_clear_these(session) -> None:
    """The one the deployment relies on has ended; another of the same product, without them, changes nothing."""
    (own,) = as_known(session, Clearance, algorithm="ctbrain-triage")
    said = own.model_dump(exclude={"key", "revision", "expires"})
    session.add(Clearance(**said, key="ctbrain-triage:other", revision=1, expires=date(2099, 1, 1)))
    session.flush()
    after = own.expires + timedelta(days=1)
    (cleared,) = (c for c in checklist(session, KEY, after) if c.name == "clearance")
    assert (cleared.holds, f"ended on {own.expires}" in cleared.sentence) == (False, True)
