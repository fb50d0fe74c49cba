"""What falls due: ends of clearances and trainings, promises of the vendor, yearly scope reviews, a law that changed, new releases, safety notices."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlmodel import Session

from register import scope_review
from register.ai_act.answering import superseded
from register.algorithm import Commitment
from register.change_plan import incoming
from register.clearance import Clearance
from register.deployment import Deployment
from register.revision import as_known
from register.safety_notice import unanswered
from register.task import Called
from register.training import trainings

WARNED = (180, 90, 30)
"""Days before the end of a clearance at which it is pressed anew."""
SOON = timedelta(days=30)


def due(session: Session, on: date) -> Iterator[Called]:
    """Everything that calls for a task on a day; the same thing has the same cause until it is over."""
    yield from _clearances(session, on)
    yield from _commitments(session, on)
    yield from _trainings(session, on)
    yield from _reviews(session, on)
    yield from superseded(session)
    yield from incoming(session)
    yield from unanswered(session)


def _clearances(session: Session, on: date) -> Iterator[Called]:
    used = {d.algorithm for d in as_known(session, Deployment) if d.live_to is None}
    for clearance in as_known(session, Clearance):
        if clearance.expires is None or clearance.algorithm not in used:
            continue
        left = (clearance.expires - on).days
        if left > max(WARNED):
            continue
        step = next((days for days in sorted(WARNED) if 0 <= left <= days), 0)
        said = f"ends in {left} days" if left >= 0 else f"ended {-left} days ago"
        yield Called(
            cause=f"clearance {clearance.key} ends {clearance.expires}, {step} days",
            kind="clearance_ends",
            algorithm=clearance.algorithm,
            due=clearance.expires,
            sentence=f"The clearance {clearance.key} {said}, on {clearance.expires}. Ask the manufacturer for the one that follows "
            "and record it; without one use in care is refused.",
        )  # fmt: skip


def _commitments(session: Session, on: date) -> Iterator[Called]:
    for promise in as_known(session, Commitment):
        if promise.next is not None and promise.next - on <= SOON:
            yield Called(
                cause=f"commitment {promise.key} {promise.next}",
                kind="commitment",
                algorithm=promise.algorithm,
                due=promise.next,
                sentence=f"The manufacturer owes: {promise.kind.replace('_', ' ')}, by {promise.next} ({promise.source}). "
                "File it, or remind the manufacturer.",
            )  # fmt: skip


def _trainings(session: Session, on: date) -> Iterator[Called]:
    named = {person for d in as_known(session, Deployment) for person in d.oversight.values()}
    latest: dict[tuple[str, str], date] = {}
    for training in trainings(session):
        key = (training.person, training.subject)
        latest[key] = max(latest.get(key, date.min), training.expires_on or date.max)
    for (person, subject), ends in sorted(latest.items()):
        if person in named and ends - on <= SOON:
            yield Called(
                cause=f"training {person} {subject} {ends}",
                kind="training_ends",
                owner=person,
                due=ends,
                sentence=f"The training of {person} on {subject.replace('_', ' ')} ends on {ends}. Train again and record it "
                "on the page Records.",
            )  # fmt: skip


def _reviews(session: Session, on: date) -> Iterator[Called]:
    for entry in as_known(session, Deployment):
        day = None if entry.live_to is not None else scope_review.due_on(session, entry, on)
        if day is not None and day - on <= scope_review.OPENS:
            yield Called(
                cause=scope_review.cause(entry.key, day),
                kind="scope_review",
                deployment=entry.key,
                algorithm=entry.algorithm,
                owner=entry.oversight.get("compliance"),
                due=day,
                sentence=f"The yearly scope review of {entry.key} is due on {day}: gather its sections, complete and sign it, and "
                "have someone else approve it, on its page.",
                insists=True,
            )  # fmt: skip
