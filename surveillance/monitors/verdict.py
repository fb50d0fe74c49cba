"""The answer of a monitor to one question, stored once and rendered everywhere."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column


class Answer(StrEnum):
    """What a monitor may conclude. Not knowing and not running are answers, and are shown."""

    MET = "met"  # the claim is shown to hold here
    NOT_SHOWN = "not_shown"  # neither shown to hold nor to fail
    BREACHED = "breached"  # shown to fail
    STEADY = "steady"  # looked, no change worth a word
    SHIFTED = "shifted"  # changed by more than the limit
    TOO_FEW = "too_few"  # looked, cannot say yet
    BROKEN = "broken"  # could not look: a matter of its own
    DESCRIBED = "described"  # a figure without a limit


RINGS = frozenset({Answer.BREACHED, Answer.SHIFTED, Answer.BROKEN})
"""The answers that open a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One question, one answer; `threshold` is the limit as it stood, `sentence` why, `action` what to do.

    `matter` is what a person is called for: whatever rings about the same matter of a deployment is one signal.
    Empty, the question is a matter of its own. `began` is a sentence on when it began, where a chart tells.
    """

    deployment: str
    finding: str
    monitor: str
    metric: str
    answer: Answer
    rule: str
    sentence: str
    action: str
    by: str = ""
    level: str = ""
    window_from: date | None = None
    window_to: date | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: float | None = None
    method: str = ""
    threshold: float | None = None
    matter: str = ""
    began: str = ""

    @property
    def about(self) -> str:
        """The matter with its deployment; the cause where it has none."""
        return f"{self.deployment}|{self.matter}" if self.matter else self.cause

    @property
    def cause(self) -> str:
        """What the verdict is about: the same question asked again has the same cause."""
        return self.cause_of(
            self.deployment, self.finding, self.monitor, self.metric, self.by, self.level
        )

    @staticmethod
    def cause_of(*question: str) -> str:
        """The cause of a question: deployment, finding, monitor, metric, by what, on which level."""
        return "|".join(question)


class StoredVerdict(SQLModel, table=True):
    """A verdict as it was given; never changed, superseded by the next one on the same cause."""

    __tablename__ = "verdict"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    cause: str = column("What it is about", Privacy.OPERATIONAL, index=True)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL, index=True)
    finding: str = column("What was looked for", Privacy.OPERATIONAL)
    monitor: str = column("Which monitor", Privacy.OPERATIONAL)
    answer: str = column("The answer", Privacy.OPERATIONAL, choices=tuple(Answer))
    digest: str = column("SHA-256 of the content", Privacy.OPERATIONAL)
    content: dict[str, Any] = column("The verdict", Privacy.OPERATIONAL, sa_type=JSON)

    def verdict(self) -> Verdict:
        """The verdict as the monitor gave it."""
        said = dict(self.content)
        for name in ("window_from", "window_to"):
            said[name] = date.fromisoformat(said[name]) if said[name] else None
        return Verdict(**{**said, "answer": Answer(said["answer"])})


def store(session: Session, verdicts: Sequence[Verdict], *, as_of: datetime) -> list[StoredVerdict]:
    """Keep what the monitors concluded; the same answer on the same figures is not stored twice."""
    kept = []
    for verdict in verdicts:
        content = json.loads(json.dumps(asdict(verdict), default=str))
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        last = latest_on(session, verdict.cause)
        if last is None or last.digest != digest:
            last = StoredVerdict(
                cause=verdict.cause,
                as_of=as_of,
                deployment=verdict.deployment,
                finding=verdict.finding,
                monitor=verdict.monitor,
                answer=verdict.answer,
                digest=digest,
                content=content,
            )
            session.add(last)
        kept.append(last)
    session.flush()
    return kept


def latest_on(session: Session, cause: str) -> StoredVerdict | None:
    """The verdict that stands on a cause."""
    return session.exec(
        select(StoredVerdict)
        .where(StoredVerdict.cause == cause)
        .order_by(col(StoredVerdict.id).desc())
    ).first()


def standing(
    session: Session, deployment: str | None = None, *, at: datetime | None = None
) -> list[Verdict]:
    """The verdicts that stand now, or stood at a data cut, of one deployment or of all."""
    statement = (
        select(StoredVerdict)
        .distinct(col(StoredVerdict.cause))
        .order_by(col(StoredVerdict.cause), col(StoredVerdict.id).desc())
    )
    if deployment is not None:
        statement = statement.where(StoredVerdict.deployment == deployment)
    if at is not None:
        statement = statement.where(col(StoredVerdict.as_of) <= at)
    return [stored.verdict() for stored in session.exec(statement)]


def stated(value: float) -> str:
    """A claim or margin as it was stated, to two places or three: 0.90, 0.925."""
    return f"{value:.3f}".removesuffix("0")
