"""Close a task by hand, unless what it is about is still open: then its own page closes it, and nothing else does."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session

from register import scope_review, task
from register.refusal import Refusal
from register.signature import Signer
from register.task import Task
from surveillance import reference_window
from surveillance.changing_state import REVALIDATION, what_is_stale
from surveillance.relabelling import KIND
from surveillance.taking_over import TAKEOVER, awaits
from surveillance.view import view

REVIEW = "scope_review"
CLOSED_BY: Mapping[str, str] = {
    REVALIDATION: "once the state is approved anew, on the page State and decisions",
    "proposal": "once the proposal is decided on or withdrawn, on the page State and decisions",
    REVIEW: "once the review is approved, on the page Scope review",
    "scope_review_approval": "once the review is approved or sent back, on the page Scope review",
    TAKEOVER: "once two people have confirmed the takeover, or its state is decided on, on the page State and decisions",
    reference_window.KIND: "once the window is signed, or another one is locked in its place, on the page Monitoring plan",
    KIND: "once the change of the label is decided on, on its page",
}
"""What closes a task that the product opens and closes by itself, by kind."""


class StillOpen(Refusal):
    """A task that is not closed by hand while what it is about is open; the sentence says what closes it."""


def closes_by_itself(session: Session, about: Task, on: date) -> str:
    """What closes a task that is not closed by hand on a day; empty where a hand closes it.

    A validation that is not called for any more, and a review that falls due no more, are closed by hand.
    """
    if about.kind not in CLOSED_BY or not _lasts(session, about, on):
        return ""
    return f"It is not closed by hand: it closes by itself {CLOSED_BY[about.kind]}."


def settle(session: Session, number: int, *, signer: Signer, outcome: str, at: datetime) -> Task:
    """Close a task by hand, signed with what was done; refused while it closes by itself."""
    asked = session.get(Task, number)
    if asked is not None and asked.closed_at is None:
        closing = closes_by_itself(session, asked, at.date())
        if closing:
            raise StillOpen(f"Task {number} is still open. {closing}")
    return task.settle(session, number, signer=signer, outcome=outcome, at=at)


def _lasts(session: Session, about: Task, on: date) -> bool:
    if about.kind == REVALIDATION and about.deployment is not None:
        return bool(what_is_stale(session, view(session, about.deployment), on))
    if about.kind == TAKEOVER and about.deployment is not None:
        return awaits(session, view(session, about.deployment).entry, on)
    if about.kind == REVIEW and about.deployment is not None:
        entry = view(session, about.deployment).entry
        day = scope_review.due_on(session, entry, on)
        return (
            entry.live_to is None
            and day is not None
            and about.cause == scope_review.cause(entry.key, day)
        )
    return True
