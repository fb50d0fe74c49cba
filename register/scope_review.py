"""The yearly scope review of a deployment: opened when due, completed by one, approved by another.

No statute prescribes it under this name. It serves the deployer's duty to use a system as its instructions say and to watch
it (AI Act, Article 26(1) and (5)) and the profession's criterion of a governance group (ARCH-AI). Three kinds of record
follow one another and none is changed: the review as it was opened, each completion, and the signatures under it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import JSON, DateTime, Index
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.deployment import Deployment
from register.lifecycle import IN_CARE, RUNNING, State
from register.signature import Signature, under
from register.transition import Transition, changes_of, state_on

OPENED_EARLY, COMPLETED, APPROVED, SENT_BACK = "opened early", "completed", "approved", "sent back"
WITHDRAWN = "withdrawn"
OPENS = timedelta(days=60)
"""How long before its day a review is opened."""


class Decision(StrEnum):
    """What a review may conclude."""

    CONTINUE = "continue"
    RESTRICT = "restrict"
    RETRAIN = "retrain"
    SUSPEND = "suspend"
    RETIRE = "retire"


LEADS_TO: Mapping[Decision, State] = {
    Decision.RESTRICT: State.LIMITED,
    Decision.SUSPEND: State.SUSPENDED,
    Decision.RETIRE: State.RETIRED,
}
"""The state a decision leads to; the others change none."""
NEED_CONDITIONS = (Decision.RESTRICT, Decision.RETRAIN)
"""Decisions that say nothing without their conditions."""

ASKED: Mapping[str, str] = {
    "3": "Is the use outside the indication to go on, and does the hospital then become the provider (AI Act, Article 25)?",
    "4": "Do the patients match those of the instructions for use and of the validation?",
    "8": "Incidents, field safety notices and recalls on file outside of this register, and overdue actions: which, or none?",
    "10": "Do other AI systems act on the same studies, and how do their outputs meet?",
    "12": "What was changed in the risk and hazard log since the last review?",
}
"""Sections that no record of the register answers; a person must, before the review is signed."""


class ScopeReview(SQLModel, table=True):
    """One review as it was opened; written once."""

    __tablename__ = "scope_review"
    __table_args__ = (
        Index("ix_scope_review_period", "deployment", "period_from", "opening", unique=True),
    )  # fmt: skip

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    due: date = column("By when", Privacy.OPERATIONAL)
    period_from: date = column("First study day it covers", Privacy.OPERATIONAL)
    opening: int = column(
        "Which opening of this period it is; 1 = the first, more after one was withdrawn",
        Privacy.OPERATIONAL,
        default=1,
    )
    opened_at: datetime = column(
        "When it was opened", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    opened_by: str | None = column(
        "Who opened it before its time; empty = the cycle, when it fell due", Privacy.PERSON, default=None
    )  # fmt: skip

    @property
    def record(self) -> str:
        """The name under which an early opening, and its withdrawal, is signed."""
        return f"scope review {self.id}"

    @property
    def cause(self) -> str:
        """The cause of its task in the inbox."""
        return cause(self.deployment, self.due)


class ScopeReviewCompletion(SQLModel, table=True):
    """One completion of a review; written once. What is sent back is completed anew beside it."""

    __tablename__ = "scope_review_completion"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    review: int = column("Number of the review", Privacy.OPERATIONAL, index=True)
    period_to: date = column("Last study day it covers", Privacy.OPERATIONAL)
    as_of: datetime = column(
        "Data cut of the dossier", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    dossier: str = column("Identifier of the dossier it rests on", Privacy.OPERATIONAL)
    dossier_sha256: str = column("Hash of the manifest of that dossier", Privacy.OPERATIONAL)
    remarks: dict[str, str] = column(
        "Section -> what a person says of it", Privacy.OPERATIONAL, sa_type=JSON
    )
    conclusion: str = column("Conclusion, with reasons", Privacy.OPERATIONAL)
    decision: str = column("What is decided", Privacy.OPERATIONAL, choices=tuple(Decision))
    conditions: str = column("Under which conditions; empty = none", Privacy.OPERATIONAL)
    despite: str = column(
        "Why it continues although a claim is breached; empty = none is", Privacy.OPERATIONAL
    )
    next_review: date = column("Day of the next review", Privacy.OPERATIONAL)
    configuration: dict[str, Any] = column(
        "Version, operating points, routing, scanners and PACS at the time",
        Privacy.OPERATIONAL,
        sa_type=JSON,
    )
    completed_by: str = column("Sign-in name of its author", Privacy.PERSON)
    completed_at: datetime = column(
        "When it was completed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    @property
    def record(self) -> str:
        """The name under which it is signed."""
        return f"scope review completion {self.id}"

    def content(self) -> dict[str, Any]:
        """What its signatures are bound to, the hash of the dossier included; its times in UTC."""
        times = {
            name: getattr(self, name).astimezone(UTC).isoformat()
            for name in ("as_of", "completed_at")
        }
        return self.model_dump(mode="json") | times


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A completion with its signatures: the author's first, then the decision on it, if there is one."""

    said: ScopeReviewCompletion
    signatures: Sequence[Signature]

    @property
    def decided(self) -> Signature | None:
        """The signature that approved it or sent it back."""
        return next((s for s in self.signatures if s.meaning in (APPROVED, SENT_BACK)), None)

    @property
    def approved(self) -> bool:
        """Whether it was approved."""
        return self.decided is not None and self.decided.meaning == APPROVED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSoFar:
    """A review with everything that was said of it, the oldest first."""

    review: ScopeReview
    completions: Sequence[Completion]
    withdrawn: Signature | None = None

    @property
    def last(self) -> Completion | None:
        """The completion that counts."""
        return self.completions[-1] if self.completions else None

    @property
    def waiting(self) -> Completion | None:
        """The completion that waits for an approval."""
        return self.last if self.last is not None and self.last.decided is None else None

    @property
    def approved(self) -> bool:
        """Whether it was approved."""
        return self.last is not None and self.last.approved

    @property
    def over(self) -> bool:
        """Whether it was approved, or withdrawn before anything was said of it."""
        return self.approved or self.withdrawn is not None


def reviews(session: Session, deployment: str | None = None) -> list[ReviewSoFar]:
    """The reviews of a deployment, or of all, the oldest first."""
    statement = select(ScopeReview).order_by(col(ScopeReview.id))
    if deployment is not None:
        statement = statement.where(ScopeReview.deployment == deployment)
    return [so_far(session, review) for review in session.exec(statement).all()]


def so_far(session: Session, review: ScopeReview) -> ReviewSoFar:
    """A review with its completions."""
    rows = session.exec(
        select(ScopeReviewCompletion)
        .where(ScopeReviewCompletion.review == review.id)
        .order_by(col(ScopeReviewCompletion.id))
    ).all()
    return ReviewSoFar(
        review=review,
        completions=[Completion(said=row, signatures=under(session, row.record)) for row in rows],
        withdrawn=next((s for s in under(session, review.record) if s.meaning == WITHDRAWN), None),
    )


def open_one(found: Sequence[ReviewSoFar]) -> ReviewSoFar | None:
    """The review that is neither approved nor withdrawn; there is at most one."""
    return next((one for one in reversed(found) if not one.over), None)


def last_approved(found: Sequence[ReviewSoFar]) -> ScopeReviewCompletion | None:
    """The completion that was last approved."""
    return next((one.last.said for one in reversed(found) if one.last and one.approved), None)


def began(entry: Deployment, changes: Sequence[Transition], states: Sequence[State]) -> date | None:
    """The first day a deployment was in one of some running states, by its entry or by decision."""
    stated = [entry.live_from] + ([entry.shadow_from] if State.SHADOW in states else [])
    decided = [change.effective_from for change in changes if State(change.to_state) in states]
    return min([day for day in stated if day is not None] + decided, default=None)


def due_on(session: Session, entry: Deployment, on: date) -> date | None:
    """The day of the review that is open or next to come; None while nothing in care calls for one.

    What the last review fixed goes before the yearly return of the first day in care.
    """
    found = reviews(session, entry.key)
    pending, last = open_one(found), last_approved(found)
    changes = changes_of(session, entry.key)
    start = began(entry, changes, IN_CARE)
    if start is None or start > on or state_on(entry, changes, on) is State.RETIRED:
        return None
    if pending is not None:
        return pending.review.due
    return last.next_review if last is not None else next_anniversary(start, after=on - OPENS)


def restricted_to(
    session: Session, entry: Deployment, changes: Sequence[Transition], on: date
) -> str:
    """What reviews restricted a deployment to that is limited on a day; empty where no review did.

    A restriction stands while the state stays limited, whoever approves that anew meanwhile.
    """
    past = [change for change in changes if change.effective_from <= on]
    limiting = {
        (change.proposed_by, change.proposed_at)
        for change in takewhile(lambda one: one.to_state == State.LIMITED, reversed(past))
    }
    said = [
        one.said.conditions for found in reviews(session, entry.key) for one in found.completions
        if one.said.decision == Decision.RESTRICT and (one.said.completed_by, one.said.completed_at) in limiting
    ]  # fmt: skip
    return " ".join(said)


def ran_since(session: Session, entry: Deployment) -> date | None:
    """The first day a deployment ran at all, in shadow or in care."""
    return began(entry, changes_of(session, entry.key), RUNNING)


def latest_next(due: date, on: date) -> date:
    """The last day the next review may be set to: a year after this one, by its day if that is near.

    >>> latest_next(date(2027, 5, 2), date(2027, 4, 1)), latest_next(date(2027, 5, 2), date(2026, 11, 24))
    (datetime.date(2028, 5, 2), datetime.date(2027, 11, 24))
    """
    counted = max(on, due) if due - on <= OPENS else on
    return next_anniversary(counted, after=counted)


def cause(deployment: str, due: date) -> str:
    """The cause of the task that a review calls for."""
    return f"scope review {deployment} {due}"


def next_anniversary(start: date, *, after: date) -> date:
    """The first yearly return of a day after another one; 29 February returns on 1 March.

    >>> next_anniversary(date(2024, 2, 29), after=date(2025, 1, 1))
    datetime.date(2025, 3, 1)
    """
    for year in range(max(start.year + 1, after.year), after.year + 3):
        try:
            day = start.replace(year=year)
        except ValueError:
            day = date(year, 3, 1)
        if day > after:
            return day
    raise AssertionError("Every day returns within two years.")
