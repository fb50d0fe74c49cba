"""Who hears of a task: its owner, and when it is overdue those who answer for the deployment."""

from collections.abc import Mapping
from datetime import date, timedelta

from register.task import Task

GRACE = timedelta(days=7)
"""How long an overdue task stays with its owner alone."""


def escalated(task: Task, on: date) -> bool:
    """Whether a task is overdue for longer than its owner is left alone with it."""
    return task.due is not None and on > task.due + GRACE


def told(task: Task, oversight: Mapping[str, str], on: date) -> tuple[str, ...]:
    """Everybody who hears of a task on a day, its owner first.

    A task without an owner, and one that is escalated, goes to everybody named in the oversight of its deployment.
    """
    owner = (task.owner,) if task.owner else ()
    beyond = tuple(oversight.values()) if not owner or escalated(task, on) else ()
    return tuple(dict.fromkeys((*owner, *beyond)))
