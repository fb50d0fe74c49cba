"""The yearly scope review: opened by itself, completed by one, approved by another, and carried out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from backend.database import raw, unit_of_work
from register.clearance import Clearance
from register.deployment import Deployment
from register.lifecycle import State
from register.refusal import Refusal
from register.revision import as_known, revise
from register.scope_review import ASKED, OPENS, Decision, ReviewSoFar, latest_next, reviews
from register.signature import NotSigned, Signer, under
from register.task import open_tasks
from register.transition import approved
from surveillance import cycle
from surveillance.changing_state import current_state, suspend
from surveillance.judged_case import JudgedCase
from surveillance.measurement import Cycle
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.review_opening import cut_of, open_early, withdraw
from surveillance.reviewing import Answers, Gathered, complete, decide
from surveillance.view import view
from tests.batches import INFERENCE, STUDY, write

KEY = "ctbrain-north-ed"
NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
DUE = date(2026, 5, 2)
ANNA = Signer(key="anna", name="Anna", role="clinical_lead")
BEN = Signer(key="ben", name="Ben", role="compliance_officer")
CLEO = Signer(key="cleo", name="Cleo", role="compliance_officer")
OTTO = Signer(key="otto", name="Otto", role="auditor")
RESTS_ON = Gathered(dossier="SCOPE-1", sha256="ab" * 32, period_to=NOW.date(), as_of=NOW)
ANSWERS = Answers(
    remarks=dict.fromkeys(ASKED, "None."), conclusion="Works as claimed.", decision=Decision.CONTINUE, next_review=date(2027, 5, 2),
)  # fmt: skip
BREACH = Verdict(
    deployment=KEY, finding="intracranial_haemorrhage", monitor="performance", metric="sensitivity", answer=Answer.BREACHED,
    rule="r", sentence="Sensitivity lies below its claim.", action="Look.",
)  # fmt: skip


@pytest.fixture
def session(registered: str) -> Iterator[Session]:
    """A deployment live since 2 May 2023, and a cycle less than sixty days before its day."""
    with unit_of_work(registered, by="t") as found:
        cycle.run(found, raw(found), as_of=NOW)
        yield found


def completed(
    session: Session, decision: Decision = Decision.CONTINUE, *, by: Signer = BEN, at: datetime = NOW, **change: Any
) -> int:  # fmt: skip
    """The open review of the deployment, completed."""
    number = reviews(session, KEY)[-1].review.id or 0
    answers = replace(ANSWERS, decision=decision, **change)
    complete(session, number, answers, rests_on=RESTS_ON, signer=by, at=at)
    return number


def decided(session: Session, number: int, *, by: Signer = ANNA, approve: bool = True) -> ReviewSoFar:  # fmt: skip
    decide(session, number, approve=approve, signer=by, reason="Read and agreed.", at=NOW)
    return reviews(session, KEY)[-1]


def kinds(session: Session) -> list[str]:
    """What is open beside the takeover of what was live before the register."""
    return [task.kind for task in open_tasks(session) if task.kind != "takeover"]


def test_it_opens_by_itself_once(session: Session) -> None:
    """With its task, sixty days before the day and not sooner, however often the cycle runs."""
    cycle.run(session, raw(session), as_of=NOW + timedelta(hours=1))
    (found,) = reviews(session)
    assert (found.review.deployment, found.review.due) == (KEY, DUE)
    assert found.review.period_from == NOW.date() - timedelta(days=365)
    assert kinds(session).count("scope_review") == 1


def test_a_first_review_reaches_back_to_the_first_study(
    registered: str, take, tmp_path: Path
) -> None:
    """Where the last study is more than a year old a period of a year would hold none."""
    take(write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE]))
    later = datetime(2028, 4, 1, tzinfo=UTC)
    with unit_of_work(registered, by="t") as session:
        cycle.run(session, raw(session), as_of=later)
        (found,) = reviews(session)
        first = session.exec(select(JudgedCase.day).where(JudgedCase.deployment == KEY)).one()
        assert found.review.period_from <= first < later.date() - timedelta(days=365)


def test_sooner_than_sixty_days_nothing_opens(registered: str) -> None:
    """Sixty-one days before the day there is neither review nor task."""
    with unit_of_work(registered, by="t") as found:
        at = datetime(2026, 3, 2, tzinfo=UTC)
        cycle.run(found, raw(found), as_of=at)
        assert (DUE - at.date()).days == OPENS.days + 1
        assert (reviews(found), kinds(found)) == ([], [])


def test_an_early_review_is_withdrawn_by_its_opener_alone(registered: str) -> None:
    """While nobody has completed it; the same days can then be reviewed anew, and no second time withdrawn."""
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with unit_of_work(registered, by="t") as found:
        cycle.run(found, raw(found), as_of=at)
        number = open_early(found, KEY, signer=BEN, reason="New scanners.", at=at).id or 0
        for signer, says in ((CLEO, "ben opened review 1"), (OTTO, "Otto is auditor")):
            with pytest.raises(Refusal, match=says):
                withdraw(found, number, signer=signer, reason="No.", at=at)
        with pytest.raises(NotSigned, match="needs a reason"):
            withdraw(found, number, signer=BEN, reason=" ", at=at)
        assert withdraw(found, number, signer=BEN, reason="They never came.", at=at).over
        with pytest.raises(Refusal, match="no open scope review 1"):
            withdraw(found, number, signer=BEN, reason="Again.", at=at)
        with pytest.raises(Refusal, match="Review 1 was withdrawn; there is nothing left to complete"):  # fmt: skip
            complete(found, number, ANSWERS, rests_on=RESTS_ON, signer=BEN, at=at)
        second = open_early(found, KEY, signer=BEN, reason="They came.", at=at)
        assert (second.id, second.opening) == (2, 2)
        completed(found, at=at, next_review=date(2027, 1, 1))
        with pytest.raises(Refusal, match="was completed once already"):
            withdraw(found, 2, signer=BEN, reason="Too late.", at=at)


def test_what_fell_due_is_not_withdrawn(session: Session) -> None:
    """It is completed; nobody opened it."""
    with pytest.raises(Refusal, match="opened as it fell due"):
        withdraw(session, reviews(session)[-1].review.id or 0, signer=BEN, reason="x", at=NOW)


def test_nothing_is_gathered_before_a_cycle_knows_the_deployment(registered: str) -> None:
    """No cycle at all, or none since it was entered: what to do is said, not that it is not in the register."""
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with unit_of_work(registered, by="t") as found:
        review = open_early(found, KEY, signer=BEN, reason="New scanners.", at=at)
        with pytest.raises(Refusal, match="No cycle has run yet; run one on the page Watch"):
            cut_of(found, review)
        found.add(Cycle(as_of=datetime(2025, 12, 1, tzinfo=UTC), judged={}))
        found.flush()
        with pytest.raises(Refusal, match=f"No cycle has run since {KEY} was entered; run one on the page Watch"):  # fmt: skip
            cut_of(found, review)


def test_continue_changes_nothing_but_the_next_day(session: Session) -> None:
    """Two signatures over one content, the task closed with what was decided, the next one due on the day that was set."""
    number = completed(session, next_review=date(2027, 2, 1))
    found = decided(session, number)
    assert found.last is not None
    first, second = found.last.signatures
    assert [(s.signer, s.meaning) for s in (first, second)] == [
        ("ben", "completed"),
        ("anna", "approved"),
    ]
    assert first.digest == second.digest
    assert approved(session, KEY) == []
    assert kinds(session) == []
    cycle.run(session, raw(session), as_of=NOW + timedelta(days=1))
    assert "scope_review" not in kinds(session)
    later = datetime(2026, 12, 4, tzinfo=UTC)
    cycle.run(session, raw(session), as_of=later)
    last = reviews(session, KEY)[-1].review
    assert (last.due, last.period_from) == (date(2027, 2, 1), NOW.date() + timedelta(days=1))


@pytest.mark.parametrize(
    ("decision", "state"),
    [(Decision.SUSPEND, State.SUSPENDED), (Decision.RETIRE, State.RETIRED)],
)
def test_a_decision_is_carried_out_with_the_approval(
    session: Session, decision: Decision, state: State
) -> None:
    """By a change of state of its own record, which names the review and carries the approver's signature."""
    number = completed(session, decision)
    assert current_state(session, view(session, KEY), NOW.date()) is State.LIVE
    decided(session, number)
    assert current_state(session, view(session, KEY), NOW.date()) is state
    ((row, signed),) = approved(session, KEY)
    assert row.evidence.startswith(f"scope review {number}, completed by Ben")
    assert (row.proposed_by, signed.signer, signed.reason) == ("ben", "anna", "Read and agreed.")
    assert "scope_review" not in kinds(session)


def test_what_the_lifecycle_refuses_is_refused_here(session: Session) -> None:
    """With its own sentence, when it is completed and not only when it is approved."""
    with pytest.raises(Refusal, match=f"{KEY} cannot be limited. No local validation"):
        completed(session, Decision.RESTRICT, conditions="Emergency only.")
    number = completed(session, Decision.SUSPEND)
    suspend(session, KEY, signer=ANNA, reason="Missed bleeds.", at=NOW)
    with pytest.raises(Refusal, match="is suspended already"):
        decided(session, number)


def test_who_validated_lets_nothing_into_care_by_a_review(in_shadow: str) -> None:
    """To restrict what is in shadow is to let it into care; who did not judge the validation may."""
    at = datetime(2026, 6, 2, 9, tzinfo=UTC)
    rests_on = replace(RESTS_ON, as_of=at)
    answers = replace(ANSWERS, decision=Decision.RESTRICT, conditions="Nights only.")
    with unit_of_work(in_shadow, by="t") as session:
        cycle.run(session, raw(session), as_of=at)
        number = open_early(session, KEY, signer=ANNA, reason="To begin.", at=at).id or 0
        with pytest.raises(Refusal, match="cleo ran or signed the local validation and cannot propose use in care"):  # fmt: skip
            complete(session, number, answers, rests_on=rests_on, signer=CLEO, at=at)
        complete(session, number, answers, rests_on=rests_on, signer=BEN, at=at)
        assert reviews(session, KEY)[-1].waiting is not None


def test_retraining_opens_one_task_for_everybody_named(session: Session) -> None:
    """Each with an owner and a day; the state stays."""
    number = completed(session, Decision.RETRAIN, conditions="How negatives are read.")
    decided(session, number)
    tasks = [task for task in open_tasks(session) if task.kind == "training"]
    assert sorted(task.owner or "" for task in tasks) == ["compliance", "cso", "dr.north"]
    assert all(
        "How negatives are read." in task.sentence and task.due is not None for task in tasks
    )
    assert current_state(session, view(session, KEY), NOW.date()) is State.LIVE


@pytest.mark.parametrize(
    ("by", "says"),
    [(BEN, "ben completed this review"), (CLEO, "a clinical lead approves it"), (OTTO, "Otto is auditor")],
)  # fmt: skip
def test_the_wrong_person_does_not_approve(session: Session, by: Signer, says: str) -> None:
    """Neither the author, nor another of the same role, nor another role; nothing is signed."""
    number = completed(session)
    with pytest.raises(Refusal, match=says):
        decided(session, number, by=by)
    assert reviews(session, KEY)[-1].waiting is not None


def test_what_is_sent_back_is_completed_anew(session: Session) -> None:
    """Both completions stay on record; a colleague of the author may send back."""
    number = completed(session)
    with pytest.raises(Refusal, match="waits for an approval"):
        completed(session)
    assert not decided(session, number, by=CLEO, approve=False).over
    completed(session, conclusion="Section 8 is answered now.")
    found = decided(session, number)
    assert found.over
    assert [one.approved for one in found.completions] == [False, True]
    for again in (lambda: decided(session, number), lambda: completed(session)):
        with pytest.raises(Refusal, match="approved"):
            again()


def test_sections_from_before_a_change_are_gathered_again(session: Session) -> None:
    """Also when a review was sent back: a dossier that does not know the change decides nothing about it."""
    number = completed(session)
    decided(session, number, by=CLEO, approve=False)
    (entry,) = as_known(session, Deployment, key=KEY)
    stated = entry.model_dump(exclude={"revision", "recorded_at", "routing"})
    revise(session, Deployment(**stated, routing="All CT", revision=0, recorded_at=NOW + timedelta(hours=1)))  # fmt: skip
    with pytest.raises(Refusal, match=r"at 2026-03-10 10:00 .UTC., after the last cycle; run one"):
        completed(session, at=NOW + timedelta(hours=2))
    cycle.run(session, raw(session), as_of=NOW + timedelta(hours=2))
    with pytest.raises(Refusal, match="was changed or decided on since, at 2026-03-10 10:00"):
        completed(session, at=NOW + timedelta(hours=2))
    again = replace(RESTS_ON, as_of=NOW + timedelta(hours=2))
    complete(session, number, ANSWERS, rests_on=again, signer=BEN, at=NOW + timedelta(hours=3))
    clearance = as_known(session, Clearance, algorithm="ctbrain-triage")[0]
    stated = clearance.model_dump(exclude={"revision", "recorded_at", "number"})
    revise(session, Clearance(**stated, number="OTHER", revision=0, recorded_at=NOW + timedelta(hours=4)))  # fmt: skip
    with pytest.raises(
        Refusal, match=r"changed or decided on since, at 2026-03-10 13:00 .*sent back first"
    ):
        decide(session, number, approve=True, signer=ANNA, reason="Read.", at=NOW + timedelta(hours=5))  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"remarks": {**ANSWERS.remarks, "8": " "}}, "Section 8 needs a person's answer: Incidents"),
        ({"remarks": {**ANSWERS.remarks, "13": "x"}}, "'13' is not a section"),
        ({"conclusion": " "}, "needs a conclusion"),
        ({"decision": Decision.RETRAIN}, "'retrain' needs its conditions"),
        ({"next_review": NOW.date()}, "after today and not later than 2027-05-02"),
        ({"next_review": date(2027, 5, 3)}, "after today and not later than 2027-05-02"),
    ],
)  # fmt: skip
def test_what_is_not_answered_is_not_signed(
    session: Session, change: dict[str, Any], says: str
) -> None:
    """Each refusal names what is missing."""
    with pytest.raises((Refusal, NotSigned), match=says):
        completed(session, **{"decision": Decision.CONTINUE, **change})
    assert reviews(session, KEY)[-1].completions == []


def test_to_continue_below_a_claim_needs_its_own_reason(session: Session) -> None:
    """When it is completed, and again when it is approved, if the breach came between; other decisions need none."""
    number = completed(session)
    store(session, [BREACH], as_of=NOW)
    with pytest.raises(Refusal, match="A claim is breached: Sensitivity lies below its claim"):
        decided(session, number)
    decided(session, number, approve=False)
    with pytest.raises(Refusal, match="needs a reason of its own"):
        completed(session)
    completed(session, despite="Two scanners, sent elsewhere since.")
    assert decided(session, number).over


def test_nothing_is_reviewed_without_a_cycle_or_its_sections(registered: str) -> None:
    """A review opened early, with its reason signed, waits for both."""
    with unit_of_work(registered, by="t") as session:
        row = open_early(session, KEY, signer=BEN, reason="New scanners.", at=NOW)
        assert [s.meaning for s in under(session, row.record)] == ["opened early"]
        with pytest.raises(Refusal, match="run one on the page Watch"):
            completed(session)
        cycle.run(session, raw(session), as_of=NOW)
        with pytest.raises(Refusal, match="not gathered"):
            complete(session, row.id or 0, ANSWERS, rests_on=None, signer=BEN, at=NOW)
        with pytest.raises(Refusal, match="is open already"):
            open_early(session, KEY, signer=BEN, reason="Again.", at=NOW)


def test_a_review_before_its_day_takes_the_place_of_the_yearly_one(registered: str) -> None:
    """Its next day counts; the days it covered are not covered again."""
    early = datetime(2026, 1, 5, 9, tzinfo=UTC)
    with unit_of_work(registered, by="t") as session:
        cycle.run(session, raw(session), as_of=early)
        with pytest.raises(Refusal, match="Otto is auditor"):
            open_early(session, KEY, signer=OTTO, reason="x", at=early)
        row = open_early(session, KEY, signer=BEN, reason="New scanners.", at=early)
        assert row.due == DUE
        rests_on = replace(RESTS_ON, period_to=early.date(), as_of=early)
        answers = replace(ANSWERS, next_review=date(2026, 11, 3))
        complete(session, row.id or 0, answers, rests_on=rests_on, signer=BEN, at=early)
        decide(session, row.id or 0, approve=True, signer=ANNA, reason="Agreed.", at=early)
        with pytest.raises(Refusal, match="are covered and no others have come"):
            open_early(session, KEY, signer=BEN, reason="Again.", at=early)
        cycle.run(session, raw(session), as_of=NOW)
        assert len(reviews(session, KEY)) == 1


@given(
    due=st.dates(date(2000, 1, 1), date(2100, 1, 1)), on=st.dates(date(2000, 1, 1), date(2100, 1, 1))
)  # fmt: skip
def test_a_review_is_never_more_than_a_year_and_its_sixty_days_away(due: date, on: date) -> None:
    """Whenever it is done, the latest next day lies a year on, by its own day if that is near."""
    latest = latest_next(due, on)
    assert 365 <= (latest - on).days <= 366 + OPENS.days
    assert latest > due or due - on > OPENS
