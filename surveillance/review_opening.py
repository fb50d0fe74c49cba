"""Open a scope review: by itself when its day is near, or before it by a person with a reason."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, func, select

from register.deployment import Deployment
from register.entitlement import entitled
from register.refusal import Refusal
from register.revision import as_known
from register.scope_review import (
    OPENED_EARLY,
    OPENS,
    WITHDRAWN,
    ReviewSoFar,
    ScopeReview,
    due_on,
    last_approved,
    next_anniversary,
    open_one,
    ran_since,
    reviews,
    so_far,
)
from register.signature import Signer, put
from surveillance.judged_case import JudgedCase
from surveillance.measurement import latest_cycle
from surveillance.view import UnknownDeployment, stated_at, view

NO_CYCLE = "No cycle has run yet; run one on the page Watch."


class NotReviewed(Refusal):
    """A step of a scope review that is refused; the sentence says what stands in the way and what would help."""


def open_due(session: Session, *, at: datetime) -> list[ScopeReview]:
    """Open the review of every deployment whose day is near, once; those opened now."""
    opened = []
    for entry in as_known(session, Deployment):
        day = None if entry.live_to is not None else due_on(session, entry, at.date())
        found = reviews(session, entry.key)
        if day is not None and day - at.date() <= OPENS and open_one(found) is None:
            begins = _begins(session, entry, at.date())
            row = ScopeReview(
                deployment=entry.key, due=day, period_from=begins, opened_at=at, opening=_opening(found, begins)
            )  # fmt: skip
            session.add(row)
            opened.append(row)
    session.flush()
    return opened


def open_early(
    session: Session,
    deployment: str,
    *,
    signer: Signer,
    reason: str,
    at: datetime,
    period_from: date | None = None,
) -> ScopeReview:
    """Open a review before its day, signed with the reason why it does not wait.

    `period_from` is the first day of a first review; later ones begin where the one before ended.
    """
    known = view(session, deployment)
    entitled(signer.name, signer.role, "opens a review", refusal=NotReviewed)
    found = reviews(session, deployment)
    pending = open_one(found)
    if pending is not None:
        raise NotReviewed(
            f"Review {pending.review.id} of {deployment} is open already; complete that one."
        )
    start = ran_since(session, known.entry)
    if start is None or start > at.date():
        raise NotReviewed(f"{deployment} has never run; there is nothing to review.")
    last = last_approved(found)
    if period_from is not None and last is not None:
        raise NotReviewed(
            f"The last review covers the days to {last.period_to}; this one begins the day after, and no other day is given."
        )
    begins = period_from or _begins(session, known.entry, at.date())
    if begins > at.date():
        raise NotReviewed(
            f"The days to {begins - timedelta(days=1)} are covered and no others have come; wait for them."
        )
    row = ScopeReview(
        deployment=deployment, due=due_on(session, known.entry, at.date()) or next_anniversary(start, after=at.date()),
        period_from=begins, opened_at=at, opened_by=signer.key, opening=_opening(found, begins),
    )  # fmt: skip
    session.add(row)
    session.flush()
    put(
        session, record=row.record, content=row.model_dump(mode="json"), signer=signer, meaning=OPENED_EARLY, reason=reason, at=at,
    )  # fmt: skip
    return row


def withdraw(
    session: Session, number: int, *, signer: Signer, reason: str, at: datetime
) -> ReviewSoFar:
    """Withdraw a review that was opened before its day, signed by who opened it, while nobody has completed it."""
    entitled(signer.name, signer.role, "withdraws a review", refusal=NotReviewed)
    row = session.get(ScopeReview, number, with_for_update=True)
    found = so_far(session, row) if row is not None else None
    if row is None or found is None or found.over:
        raise NotReviewed(f"There is no open scope review {number} that could be withdrawn.")
    if row.opened_by is None:
        raise NotReviewed(
            f"Review {number} was opened as it fell due and is not withdrawn; complete it."
        )
    if signer.key != row.opened_by:
        raise NotReviewed(
            f"{row.opened_by} opened review {number} and withdraws it; nobody else does."
        )
    if found.completions:
        raise NotReviewed(
            f"Review {number} was completed once already; it is decided on and not withdrawn."
        )
    put(
        session, record=row.record, content=row.model_dump(mode="json"), signer=signer, meaning=WITHDRAWN, reason=reason, at=at,
    )  # fmt: skip
    return so_far(session, row)


def cut_of(session: Session, review: ScopeReview) -> datetime:
    """The data cut at which the sections of a review are gathered: that of the last cycle."""
    last = latest_cycle(session)
    if last is None:
        raise NotReviewed(NO_CYCLE)
    try:
        view(session, review.deployment, last.as_of)
    except UnknownDeployment:
        raise NotReviewed(
            f"No cycle has run since {review.deployment} was entered; run one on the page Watch."
        ) from None
    if last.as_of.date() < review.period_from:
        raise NotReviewed(
            f"The last cycle knows the days to {last.as_of.date()} and the review begins on {review.period_from}; run one "
            "on the page Watch."
        )
    if (changed := stated_at(session, review.deployment)) > last.as_of:
        raise NotReviewed(
            f"{review.deployment} was changed or decided on at {changed:%Y-%m-%d %H:%M} (UTC), after the last cycle; run one on the page Watch, so that the "
            "sections know of it."
        )
    return last.as_of


def _opening(found: Sequence[ReviewSoFar], begins: date) -> int:
    """Which opening of a period comes next."""
    return 1 + sum(one.review.period_from == begins for one in found)


def _begins(session: Session, entry: Deployment, on: date) -> date:
    """The day after the last review ended; for a first one the first study day on record, a year ago at the earliest.

    A first review of what saw its last study more than a year ago reaches back to the first one.
    """
    last = last_approved(reviews(session, entry.key))
    if last is not None:
        return last.period_to + timedelta(days=1)
    year_ago = on - timedelta(days=365)
    seen = select(func.min(JudgedCase.day), func.max(JudgedCase.day))
    first, last_seen = session.exec(seen.where(JudgedCase.deployment == entry.key)).one()
    ran = ran_since(session, entry) or on
    if first is None:
        return max(ran, year_ago)
    earliest = min(ran, first)
    return max(earliest, year_ago) if last_seen >= year_ago else earliest
