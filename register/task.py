"""What waits for a person: one open task per cause, with an owner and a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import DateTime, Index, text
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.entitlement import entitled
from register.refusal import Refusal
from register.signature import Signer, put

CLOSED = "closed"


class NoSuchTask(Refusal):
    """A task that does not exist or is closed; the sentence names the open ones."""


class Task(SQLModel, table=True):
    """One thing to do. While it is open its cause opens no second one."""

    __table_args__ = (
        Index("ix_task_open_cause", "cause", unique=True, postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    cause: str = column("What called for it; one open task a cause", Privacy.OPERATIONAL)
    kind: str = column("What is to be done", Privacy.OPERATIONAL)
    deployment: str | None = column("Deployment it concerns", Privacy.OPERATIONAL, default=None)
    algorithm: str | None = column("Algorithm it concerns", Privacy.PUBLIC, default=None)
    sentence: str = column("Why, and what to do", Privacy.OPERATIONAL)
    owner: str | None = column("Who answers for it", Privacy.PERSON, default=None)
    due: date | None = column("By when", Privacy.OPERATIONAL, default=None)
    opened_at: datetime = column(
        "When it was opened", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    closed_at: datetime | None = column(
        "When it was closed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True), default=None
    )
    closed_by: str | None = column("Who closed it", Privacy.PERSON, default=None)
    outcome: str | None = column("What was done", Privacy.OPERATIONAL, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A task that something calls for; where it `insists` it comes back if it is closed while its cause lasts."""

    cause: str
    kind: str
    sentence: str
    deployment: str | None = None
    algorithm: str | None = None
    owner: str | None = None
    due: date | None = None
    insists: bool = False


def open_once(session: Session, called: Called, *, at: datetime) -> Task:
    """The task of a cause: opened now, or as it stands, its sentence and day brought up to date while it is open."""
    found = session.exec(
        select(Task).where(Task.cause == called.cause).order_by(col(Task.id).desc())
    ).first()
    if found is None or (found.closed_at is not None and called.insists):
        found = Task(
            cause=called.cause, kind=called.kind, sentence=called.sentence, deployment=called.deployment,
            algorithm=called.algorithm, owner=called.owner, due=called.due, opened_at=at,
        )  # fmt: skip
        session.add(found)
    elif found.closed_at is None and (found.sentence, found.due) != (called.sentence, called.due):
        found.sentence, found.due = called.sentence, called.due
    session.flush()
    return found


def close(session: Session, number: int, *, by: str, outcome: str, at: datetime) -> Task:
    """Close a task with what was done."""
    found = session.get(Task, number)
    if found is None or found.closed_at is not None:
        numbers = ", ".join(str(task.id) for task in open_tasks(session)) or "none"
        raise NoSuchTask(f"There is no open task {number}. Open are: {numbers}.")
    if not outcome.strip():
        raise NoSuchTask("Say in a sentence what was done before the task is closed.")
    found.closed_at, found.closed_by, found.outcome = at, by, outcome.strip()
    session.flush()
    return found


def close_all(
    session: Session, tasks: Iterable[Task], *, by: str, outcome: str, at: datetime
) -> None:
    """Close tasks that a decision settles, with its reason."""
    for task in tasks:
        close(session, task.id or 0, by=by, outcome=outcome, at=at)


def called_by(session: Session, cause: str) -> list[Task]:
    """The open task of a cause, if there is one."""
    return [task for task in open_tasks(session) if task.cause == cause]


def settle(session: Session, number: int, *, signer: Signer, outcome: str, at: datetime) -> Task:
    """Close a task by hand, signed with what was done; what a decision settles is closed under its own signature."""
    entitled(signer.name, signer.role, "closes a task", refusal=NoSuchTask)
    asked = session.get(Task, number)
    content = asked.model_dump(mode="json") if asked is not None else {}
    found = close(session, number, by=signer.key, outcome=outcome, at=at)
    put(
        session,
        record=f"task {number}",
        content=content,
        signer=signer,
        meaning=CLOSED,
        reason=outcome,
        at=at,
    )
    return found


def open_tasks(session: Session) -> list[Task]:
    """What is open, the most pressing first; what has no day comes last."""
    found = session.exec(select(Task).where(col(Task.closed_at).is_(None)).order_by(col(Task.id)))
    return sorted(found, key=lambda task: (task.due is None, task.due or date.max, task.id or 0))
