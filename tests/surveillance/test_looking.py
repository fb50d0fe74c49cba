"""Charts are looked at as often as the plan says, also while nothing rings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from backend.database import raw, unit_of_work
from register.deployment import Deployment
from register.revision import revise
from register.signature import Signer
from register.task import Task, close, open_tasks
from surveillance import cycle
from surveillance.looking import KIND
from surveillance.plan_activation import activate
from surveillance.view import view

KEY, START = "ctbrain-north-ed", datetime(2026, 6, 1, 9, tzinfo=UTC)
LEAD = Signer(key="lead", name="Dr. Lead", role="clinical_lead")


def planned(session: Session, at: datetime, **plan: Any) -> None:
    activate(session, KEY, plan, signer=LEAD, reason="As agreed", at=at, accounts=("dr.east", "it"))  # fmt: skip


def asked_on(session: Session, at: datetime) -> list[Task]:
    """What a cycle leaves open of it."""
    cycle.run(session, raw(session), as_of=at)
    return [task for task in open_tasks(session) if task.kind == KIND]


def test_a_look_is_asked_for_again_when_the_next_is_due(registered: str) -> None:
    """Monthly: at once, not a day before the thirtieth after the last look, and once while it is open."""
    with unit_of_work(registered, by="t") as session:
        planned(session, START, cadence="monthly", rules=[{"watch": "sensitivity"}])
        (first,) = asked_on(session, START)
        assert (first.owner, first.due) == ("dr.north", START.date())
        assert "looked at monthly, whether they ring or not: sensitivity 0.1 lower." in first.sentence  # fmt: skip
        assert asked_on(session, START + timedelta(days=40)) == [first]
        looked = START + timedelta(days=41)
        close(session, first.id or 0, by="lead", outcome="Nothing to see", at=looked)
        assert asked_on(session, looked + timedelta(days=29)) == []
        (again,) = asked_on(session, looked + timedelta(days=30))
    assert (again.cause, again.due) == (first.cause, (looked + timedelta(days=30)).date())


def test_each_person_is_asked_for_the_rules_that_are_theirs(registered: str) -> None:
    """Two owners, two tasks; a rule without a cadence calls only when it rings; what the plan asks no more is closed."""
    rules = [{"watch": "sensitivity", "cadence": "weekly"}, {"watch": "failure", "owner": "it", "cadence": "monthly"}, {"watch": "score"}]  # fmt: skip
    with unit_of_work(registered, by="t") as session:
        planned(session, START, owner="dr.east", rules=rules)
        found = {(t.owner, t.sentence.split(": ")[1]) for t in asked_on(session, START)}
        assert found == {
            ("dr.east", "sensitivity 0.1 lower. Close this with what you saw; it comes back when the next look is due."),
            ("it", "failure 0.03 higher. Close this with what you saw; it comes back when the next look is due."),
        }  # fmt: skip
        later = START + timedelta(days=1)
        planned(session, later, owner="dr.east", rules=rules[1:])
        (left,) = asked_on(session, later)
        assert left.owner == "it"


@pytest.mark.parametrize("plan", [{}, {"rules": [{"watch": "sensitivity"}]}])
def test_nobody_is_asked_where_the_plan_says_no_cadence(
    registered: str, plan: dict[str, Any]
) -> None:
    """A task a week that nobody agreed to is one that nobody does."""
    with unit_of_work(registered, by="t") as session:
        if plan:
            planned(session, START, **plan)
        assert asked_on(session, START) == []


def test_a_plan_that_cannot_be_read_stops_no_cycle(registered: str) -> None:
    """Entered when any word could stand there: the cycle goes on."""
    with unit_of_work(registered, by="t") as session:
        said = view(session, KEY).entry.model_dump(exclude={"revision", "recorded_at", "effective_from"})  # fmt: skip
        written = {"monitoring": {"cadence": "every Monday"}, "revision": 0, "recorded_at": START}
        revise(session, Deployment(**said | written))
        assert asked_on(session, START) == []
