"""The inbox: what waits for a person, the most pressing first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from dashboards.pages.shown import shown, words
from dashboards.pages.verdict_shown import Badge, Tone
from dashboards.pages.watch import standing_badge
from register.escalation import escalated
from register.task import Task, open_tasks
from surveillance.handling import handling
from surveillance.settling import closes_by_itself
from surveillance.signals import matter_of, open_signals

PAGE_OF = {
    "scope_review": "review", "scope_review_approval": "review", "reference_window": "plan#windows",
    "equipment_validation": "validations", "look_at_charts": "charts",
}  # fmt: skip
"""On which page of its deployment a task is acted on, where that is not the one of its state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskShown:
    """One open task."""

    number: int = shown("Number of the task")
    kind: str = shown("What is to be done")
    about: str = shown("Deployment or algorithm it concerns")
    href: str = shown("Where to act; empty where nothing is to be clicked")
    sentence: str = shown("Why, and what to do")
    owner: str = shown("Who answers for it")
    due: str = shown("By when; empty = no day set")
    badge: Badge = shown("Whether it is due")
    closing: str = shown("What closes it by itself; empty = it is closed by hand")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalShown:
    """One signal that waits for someone."""

    number: int = shown("Number of the signal")
    matter: str = shown("What it is about")
    about: str = shown("Deployment it concerns")
    sentence: str = shown("Why it rang")
    owner: str = shown("Who answers for it")
    badge: Badge = shown("Whether it waits for someone")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """Everything the inbox shows."""

    at: datetime = shown("When the page was made")
    signals: tuple[SignalShown, ...] = shown("Open signals that are not put off")
    tasks: tuple[TaskShown, ...] = shown("What is open, the most pressing first")
    refused: int = shown("Number of the task that was not closed; 0 = none was refused")
    problem: str = shown("Why it was not closed; empty = nothing was refused")


def inbox_page(session: Session, *, at: datetime, refused: int = 0, problem: str = "") -> InboxPage:
    """What is open now."""
    return InboxPage(
        at=at,
        signals=tuple(_waiting(session, at.date())),
        tasks=tuple(_task(session, task, at.date()) for task in open_tasks(session)),
        refused=refused,
        problem=problem,
    )


def _waiting(session: Session, today: date) -> Iterator[SignalShown]:
    for signal in open_signals(session):
        handled = handling(session, signal, today)
        if handled.rests_until is None:
            yield SignalShown(
                number=signal.id or 0,
                matter=matter_of(session, signal),
                about=signal.deployment,
                sentence=signal.sentence,
                owner=handled.answered_for_by,
                badge=standing_badge(signal, handled),
            )


def _task(session: Session, task: Task, today: date) -> TaskShown:
    return TaskShown(
        number=task.id or 0,
        kind=words(task.kind).capitalize(),
        about=task.deployment or task.algorithm or "this site",
        href=_where(task),
        sentence=task.sentence,
        owner=task.owner or "nobody yet",
        due=task.due.isoformat() if task.due else "",
        badge=_pressing(task, today),
        closing=closes_by_itself(session, task, today),
    )


def _where(task: Task) -> str:
    if task.kind == "safety_notice":
        return "/records#notices"
    if task.deployment:
        return f"/deployments/{task.deployment}/{PAGE_OF.get(task.kind, 'lifecycle')}"
    return f"/register/{task.algorithm}" if task.algorithm else ""


def _pressing(task: Task, today: date) -> Badge:
    due = task.due
    if escalated(task, today):
        return Badge(word="Overdue, escalated", icon="triangle", tone=Tone.CONCERN)
    if due is not None and due < today:
        return Badge(word="Overdue", icon="triangle", tone=Tone.CONCERN)
    if due is not None and (due - today).days <= 30:
        return Badge(word="Due soon", icon="half", tone=Tone.NEUTRAL)
    return Badge(word="Open", icon="ring", tone=Tone.COMMON)
