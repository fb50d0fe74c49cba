"""A reference window is locked by a cycle and taken as normal by a person, who is called for until it is signed."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, col, select

from register.entitlement import entitled
from register.refusal import Refusal
from register.signature import Signature, Signer, put, under
from register.task import Called, called_by, close_all, open_tasks
from surveillance.monitors.chart_record import LockedReference, standing_references
from surveillance.view import view

TAKEN_AS_NORMAL = "taken as normal"
KIND = "reference_window"


class NotTakenAsNormal(Refusal):
    """A signature under a reference window that cannot be; the sentence says why."""


def call_for_signatures(session: Session, *, at: datetime) -> Iterator[Called]:
    """A task for each reference window that stands and that nobody signed; those about windows that stand no more are closed."""
    standing = standing_references(session)
    records = {window.record for window in standing}
    passed = (t for t in open_tasks(session) if t.kind == KIND and t.cause not in records)
    close_all(session, list(passed), by="cycle", outcome="Another window was locked in its place.", at=at)  # fmt: skip
    for window in standing:
        if not signatures_under(session, window):
            yield _called(session, window)


def signatures_under(session: Session, window: LockedReference) -> list[Signature]:
    """The signatures that take a window as normal, or took it when other rules locked the same days, cases and unrest."""
    alike = session.exec(
        select(LockedReference)
        .where(
            LockedReference.deployment == window.deployment, LockedReference.finding == window.finding,
            LockedReference.first_day == window.first_day, LockedReference.last_day == window.last_day,
            LockedReference.cases == window.cases,
        )
        .order_by(col(LockedReference.id))
    )  # fmt: skip
    return [
        signature
        for one in alike
        if set(window.unsteady) <= set(one.unsteady)
        for signature in under(session, one.record)
    ]


def _called(session: Session, window: LockedReference) -> Called:
    known = view(session, window.deployment)
    finding = window.finding.replace("_", " ")
    rang = f" Its own charts rang within it, so that it may hold a change: {' '.join(window.unsteady)}" if window.unsteady else ""  # fmt: skip
    return Called(
        cause=window.record,
        kind=KIND,
        deployment=window.deployment,
        algorithm=known.algorithm,
        owner=known.entry.answers,
        sentence=f"The charts of {finding} hold every case against those of {window.first_day} to {window.last_day} ({window.cases:,} cases).{rang} "
        "Take the window as normal by signature, or state another one, on the page Monitoring plan.",
        insists=True,
    )  # fmt: skip


def take_as_normal(
    session: Session, number: int, *, signer: Signer, reason: str, at: datetime
) -> LockedReference:
    """Sign a locked reference window: somebody looked at it and takes it as the normal that later cases are held against."""
    entitled(signer.name, signer.role, "signs a reference window", refusal=NotTakenAsNormal)
    window = session.get(LockedReference, number)
    if window is None:
        raise NotTakenAsNormal(f"There is no reference window {number}.")
    if signatures_under(session, window):
        raise NotTakenAsNormal("It is signed already.")
    put(
        session, record=window.record, content=window.model_dump(mode="json"), signer=signer,
        meaning=TAKEN_AS_NORMAL, reason=reason, at=at,
    )  # fmt: skip
    close_all(session, called_by(session, window.record), by=signer.key, outcome=reason, at=at)
    return window
