"""Looking at the charts as often as the monitoring plan says, also while nothing rings: a task for who answers for a rule."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from register.lifecycle import RUNNING
from register.monitoring_plan import CADENCES, Rule, monitoring_plan
from register.task import Called, Task, close_all, open_tasks
from surveillance.view import DeploymentView, views

KIND = "look_at_charts"


def looks_due(session: Session, *, at: datetime) -> Iterator[Called]:
    """A task for each person and cadence of a plan whose last look is that long ago; those that no plan asks for any more are closed."""
    asked = {
        cause: (known, rules)
        for known in views(session, at)
        if known.state_on(at.date()) in RUNNING
        for cause, rules in _by_person(known)
    }
    open_now = [task for task in open_tasks(session) if task.kind == KIND]
    passed = [task for task in open_now if task.cause not in asked]
    close_all(session, passed, by="cycle", outcome="The monitoring plan asks for it no more.", at=at)  # fmt: skip
    for cause, (known, rules) in asked.items():
        day = _next(session, cause, rules[0], today=at.date())
        if day <= at.date() and cause not in {task.cause for task in open_now}:
            yield _called(known, cause, rules, day)


def _by_person(known: DeploymentView) -> Iterator[tuple[str, list[Rule]]]:
    """The rules by whom and how often; none of a plan that cannot be read, of which the charts tell that they could not look."""
    rules: dict[str, list[Rule]] = defaultdict(list)
    try:
        plan = monitoring_plan(known.entry.monitoring)
    except ValueError:
        return
    for rule in plan.rules:
        if rule.cadence:
            rules[f"{_owner(known, rule)} looks at charts of {known.key} {rule.cadence}"].append(
                rule
            )
    yield from rules.items()


def _owner(known: DeploymentView, rule: Rule) -> str:
    return rule.owner or known.entry.answers or "whoever oversees it"


def _next(session: Session, cause: str, rule: Rule, *, today: date) -> date:
    """The day on which it is to be looked at: so many days after the last look, today where there was none."""
    last = session.exec(
        select(Task.closed_at).where(Task.cause == cause, col(Task.closed_at).is_not(None)).order_by(col(Task.id).desc())
    ).first()  # fmt: skip
    return last.date() + timedelta(days=CADENCES[rule.cadence]) if last else today


def _called(known: DeploymentView, cause: str, rules: list[Rule], day: date) -> Called:
    watched = ", ".join(dict.fromkeys(rule.words() for rule in rules))
    return Called(
        cause=cause,
        kind=KIND,
        deployment=known.key,
        algorithm=known.algorithm,
        owner=rules[0].owner or known.entry.answers,
        sentence=f"The monitoring plan has these charts looked at {rules[0].cadence}, whether they ring or not: {watched}. "
        "Close this with what you saw; it comes back when the next look is due.",
        due=day,
        insists=True,
    )
