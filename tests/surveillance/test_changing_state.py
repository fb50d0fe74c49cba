"""From proposed to retired: each step decided by two people, and refused at each wrong turn with the reason."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from backend.database import unit_of_work
from register.lifecycle import NEXT, RUNNING, State
from register.signature import NotSigned, Signer
from register.task import Task, close, open_tasks
from register.transition import approved
from surveillance.changing_state import (
    StateNotChanged,
    current_state,
    decide,
    propose,
    reopen_stale,
    suspend,
    what_is_stale,
    withdraw,
)
from surveillance.readiness import checklist
from surveillance.view import NOT_IN_USE, view
from tests.surveillance.procured import classified, diligent
from tests.surveillance.taken_on import (
    ANNA,
    AUDITOR,
    BEN,
    CLEO,
    DAY,
    KEY,
    NOW,
    moved,
    proposed,
    validated,
)


@pytest.fixture
def session(entered) -> Iterator[Session]:
    """One transaction on a deployment that nothing was decided about, though all was asked before."""
    with unit_of_work(entered(), by="t") as found:
        diligent(found)
        classified(found)
        yield found


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


def test_ready_for_care_it_goes_live(in_shadow: str) -> None:
    """All seven conditions hold; the register before that day still says shadow."""
    with unit_of_work(in_shadow, by="t") as session:
        assert all(c.holds for c in checklist(session, KEY, DAY))
        moved(session, State.LIVE)
        known = view(session, KEY)
        assert known.use_mode_on(DAY) == "triage"
        assert known.use_mode_on(DAY - timedelta(days=1)) == "shadow"
        assert view(session, KEY, NOW - timedelta(seconds=1)).use_mode_on(DAY) == "shadow"


@pytest.mark.parametrize("key", ["cleo", "t"])
def test_who_validated_does_not_deploy(in_shadow: str, key: str) -> None:
    """Neither who ran the local validation nor who signed it approves its way into care."""
    judge = Signer(key=key, name=key.capitalize(), role="compliance_officer")
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(
            StateNotChanged, match=f"{key} ran or signed the local validation and cannot let"
        ),
    ):
        moved(session, State.LIVE, other=judge)


@pytest.mark.parametrize("key", ["cleo", "t"])
def test_who_validated_does_not_propose_either(in_shadow: str, key: str) -> None:
    """Neither who ran the local validation nor who signed it."""
    judge = Signer(key=key, name=key.capitalize(), role="compliance_officer")
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(StateNotChanged, match=f"{key} ran or signed the local validation and cannot propose"),
    ):  # fmt: skip
        moved(session, State.LIVE, by=judge)


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


def test_what_was_suspended_does_not_run_again_by_itself(in_shadow: str) -> None:
    """Live was approved for a day to come, and it was suspended before: that day it is suspended still. As known before, it would have been live."""
    soon = DAY + timedelta(days=6)
    with unit_of_work(in_shadow, by="t") as session:
        row = propose(session, KEY, State.LIVE, signer=ANNA, evidence="", reason="Go.", effective_from=soon, at=NOW)  # fmt: skip
        decide(session, row.id or 0, approve=True, signer=BEN, reason="Go.", at=NOW + timedelta(hours=1))  # fmt: skip
        assert view(session, KEY).state_on(soon) is State.LIVE
        suspend(session, KEY, signer=ANNA, reason="Stop.", at=NOW + timedelta(hours=2))
        for day in (DAY, soon, soon + timedelta(days=9)):
            assert view(session, KEY).state_on(day) is State.SUSPENDED
        assert view(session, KEY, NOW + timedelta(hours=1)).state_on(soon) is State.LIVE


def test_what_was_approved_for_a_day_to_come_is_stopped_before(session) -> None:
    """One signature is enough, although nothing runs yet; where nothing is to come there is nothing to suspend."""
    moved(session, State.ASSESSED)
    with pytest.raises(StateNotChanged, match="nor was it let run from a day to come"):
        suspend(session, KEY, signer=ANNA, reason="Stop.", at=NOW)
    soon = DAY + timedelta(days=1)
    row = propose(session, KEY, State.SHADOW, signer=ANNA, evidence="", reason="Go.", effective_from=soon, at=NOW)  # fmt: skip
    decide(session, row.id or 0, approve=True, signer=BEN, reason="Go.", at=NOW + timedelta(hours=1))  # fmt: skip
    assert view(session, KEY).state_on(soon) is State.SHADOW
    suspend(session, KEY, signer=ANNA, reason="Stop.", at=NOW + timedelta(hours=2))
    assert view(session, KEY).state_on(soon) is State.SUSPENDED


def test_who_validated_may_limit_what_is_live(in_shadow: str) -> None:
    """A restriction narrows; to widen it again, another one proposes."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        moved(session, State.LIMITED, at=NOW + timedelta(hours=1), by=CLEO, other=ANNA)
        with pytest.raises(StateNotChanged, match="cleo ran or signed the local validation"):
            proposed(session, State.LIVE, at=NOW + timedelta(hours=2), by=CLEO)


def test_nothing_is_decided_for_a_day_that_is_past(session) -> None:
    """What was is told by the register; a state begins today or later."""
    past = DAY - timedelta(days=1)
    with pytest.raises(
        StateNotChanged, match="2026-05-31 is past; a state begins today, 2026-06-01"
    ):
        propose(session, KEY, State.ASSESSED, signer=ANNA, evidence="", reason="Go.", effective_from=past, at=NOW)  # fmt: skip


def test_what_was_proposed_is_what_is_approved(in_shadow: str, entered) -> None:
    """Other people of oversight, entered meanwhile, are another proposal."""
    with unit_of_work(in_shadow, by="t") as session:
        number = proposed(session, State.LIVE).id or 0
    entered(NOW + timedelta(hours=1), oversight={"clinical_lead": "dr.north", "compliance": "x"})
    with (
        unit_of_work(in_shadow, by="t") as session,
        pytest.raises(StateNotChanged, match=r"at 2026-06-01 10:00 .*after this was proposed"),
    ):
        decide(session, number, approve=True, signer=BEN, reason="Go.", at=NOW + timedelta(hours=2))


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
    entered(NOW, **change)
    with unit_of_work(in_shadow, by="t") as session:
        known = view(session, KEY)
        assert said in what_is_stale(session, known, DAY)
        for _ in range(3):
            reopen_stale(session, known, at=NOW)
        (task,) = open_tasks(session)
        assert said in task.sentence
        assert task.owner == "dr.north"
    entered(NOW)
    with unit_of_work(in_shadow, by="t") as session:
        assert reopen_stale(session, view(session, KEY), at=NOW) is None
        suspend(session, KEY, signer=ANNA, reason="Enough.", at=NOW)
        assert open_tasks(session) == []
        assert len(session.exec(select(Task).where(Task.kind == "revalidation")).all()) == 1


def test_a_changed_routing_is_validated_and_approved_anew(
    in_shadow: str, entered, take, tmp_path: Path
) -> None:
    """The validation of the old configuration does not renew the approval; without any change there is nothing to renew."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
        with pytest.raises(StateNotChanged, match="nothing changed"):
            moved(session, State.LIVE)
    entered(NOW, routing="All CT")
    with unit_of_work(in_shadow, by="t") as session:
        with pytest.raises(StateNotChanged, match="fixed on 2026-03-03 for another configuration: routing changed since"):  # fmt: skip
            moved(session, State.LIVE)
        assert what_is_stale(session, view(session, KEY), DAY) == ("routing changed",)
    with unit_of_work(in_shadow, by="t") as session:
        validated(session, take, tmp_path, key="again", fixed_at=NOW)
        moved(session, State.LIVE)
        assert what_is_stale(session, view(session, KEY), DAY) == ()


def test_an_approval_anew_closes_the_revalidation_it_answers(
    in_shadow: str, entered, take, tmp_path: Path
) -> None:
    """A rejection does not; the reason of who approved is what was done."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
    entered(NOW, routing="All CT")
    with unit_of_work(in_shadow, by="t") as session:
        reopen_stale(session, view(session, KEY), at=NOW)
        validated(session, take, tmp_path, key="again", fixed_at=NOW)
        row = proposed(session, State.LIVE)
        decide(session, row.id or 0, approve=False, signer=BEN, reason="Not yet.", at=NOW)
        assert [task.kind for task in open_tasks(session)] == ["revalidation"]
        moved(session, State.LIVE)
        assert open_tasks(session) == []
        (done,) = session.exec(select(Task).where(Task.kind == "revalidation"))
        assert (done.closed_by, done.outcome) == ("ben", "Read and agreed.")


def test_a_proposal_waits_in_the_inbox_until_it_is_decided(session) -> None:
    """For those of the oversight, as it names no owner; approved, rejected or withdrawn it is gone."""
    for approve in (True, False):
        row = proposed(session, State.ASSESSED if approve else State.SHADOW)
        (task,) = open_tasks(session)
        assert (task.kind, task.owner, task.deployment) == ("proposal", None, KEY)
        assert "Someone else decides" in task.sentence
        decide(session, row.id or 0, approve=approve, signer=BEN, reason="Read.", at=NOW)
        assert open_tasks(session) == []


def test_a_proposal_is_withdrawn_by_who_made_it(session) -> None:
    """With a reason; nobody else does, nothing changes, and another can be made."""
    number = proposed(session, State.ASSESSED).id or 0
    with pytest.raises(StateNotChanged, match="anna made proposal 1 and withdraws it"):
        withdraw(session, number, signer=BEN, reason="No.", at=NOW)
    with pytest.raises(NotSigned, match="needs a reason"):
        withdraw(session, number, signer=ANNA, reason="", at=NOW)
    withdraw(session, number, signer=ANNA, reason="Wrong day.", at=NOW)
    assert (open_tasks(session), approved(session, KEY)) == ([], [])
    with pytest.raises(StateNotChanged, match="no open proposal"):
        decide(session, number, approve=True, signer=BEN, reason="Yes.", at=NOW)
    moved(session, State.ASSESSED)


def test_another_operating_point_needs_another_validation(in_shadow: str, entered) -> None:
    """Its approval cannot be renewed on the validation of the old one."""
    with unit_of_work(in_shadow, by="t") as session:
        moved(session, State.LIVE)
    entered(NOW, threshold=0.5)
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
    entered(NOW, routing="All CT")
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
    entered(NOW, routing="All CT")
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
