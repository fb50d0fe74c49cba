"""What an adjudicator is asked: the cases of a random audit, one by one, without what anyone said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlmodel import Session, col, select

from register.reference_standard import Protocol
from register.refusal import Refusal
from surveillance.evidence.outcome import Outcome
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.random_audit import AuditedCase, RandomAudit, queue
from surveillance.view import DeploymentView, view

SIDES = ("L", "R", "B")
VALUES = ("positive", "negative", "indeterminate")


class NotAdjudicated(Refusal):
    """An answer that was not kept; the sentence says why and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAudit:
    """A drawn audit, the deployment whose protocol it serves, its cases, and those that still wait."""

    audit: RandomAudit
    view: DeploymentView
    cases: tuple[AuditedCase, ...]
    waiting: tuple[AuditedCase, ...]

    @property
    def protocol(self) -> Protocol:
        """What decides the finding."""
        return next(i.protocol for i in self.view.indications if i.finding == self.audit.finding)

    def kinds(self, value: str) -> dict[str, int | None]:
        """The kinds of evidence on which a person's word closes a case so, each with its limit in days."""
        return {
            rule.evidence: rule.within_days
            for rule in self.protocol.rules
            if rule.value == value and not rule.codes and rule.unit is None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found of one case: its value, what it rests on, the day it was so, and the side if that counts."""

    value: str
    evidence: str
    occurred_on: date
    laterality: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer as it stands, and who gave it."""

    outcome: Outcome
    by: str


def audits(session: Session, pg: psycopg.Connection[Any]) -> list[OpenAudit]:
    """Every drawn audit that the session may see, the oldest first."""
    drawn = session.exec(select(RandomAudit).order_by(col(RandomAudit.id))).all()
    return [_opened(session, pg, audit) for audit in drawn]


def audit_of(session: Session, pg: psycopg.Connection[Any], number: int) -> OpenAudit:
    """One drawn audit by its number."""
    found = session.exec(select(RandomAudit).where(RandomAudit.id == number)).first()
    if found is None:
        raise NotAdjudicated(f"There is no audit {number}.")
    return _opened(session, pg, found)


def answers(session: Session, number: int) -> Sequence[Answered]:
    """The answers to an audit as they stand, the last given first."""
    cases = session.exec(select(AuditedCase).where(AuditedCase.audit == number)).all()
    rows = session.exec(
        select(Outcome, EvidenceBatch)
        .where(col(Outcome.outcome_id).in_([case.outcome_id for case in cases]))
        .where(col(Outcome.batch) == col(EvidenceBatch.id))
        .order_by(col(Outcome.outcome_id), col(Outcome.revision).desc())
    ).all()
    latest = {outcome.outcome_id: (outcome, batch) for outcome, batch in reversed(rows)}
    return sorted(
        (Answered(outcome=outcome, by=batch.recorded_by) for outcome, batch in latest.values()),
        key=lambda one: one.outcome.recorded_at,
        reverse=True,
    )


def row_of(
    opened: OpenAudit, study: str, answer: Answer, *, examined: date, at: datetime
) -> dict[str, str]:
    """The row of outcomes.csv an answer stands for; refused where the protocol could not count it.

    A case that was answered may be answered again: the later answer corrects the earlier one.
    """
    case = next((c for c in opened.cases if c.study_instance_uid == study), None)
    if case is None:
        raise NotAdjudicated(f"Study {study} is not among the cases of audit {opened.audit.id}.")
    if answer.value not in VALUES:
        raise NotAdjudicated(f"'{answer.value}' is not an answer; give one of {', '.join(VALUES)}.")
    _could_count(opened, answer, examined)
    zone = ZoneInfo(opened.view.time_zone)
    if answer.occurred_on > at.astimezone(zone).date():
        raise NotAdjudicated(f"{answer.occurred_on} lies ahead; give the day on which it was so.")
    noon = datetime.combine(answer.occurred_on, time(12), zone)
    return {
        "outcome_id": case.outcome_id, "study_instance_uid": study, "finding": opened.audit.finding,
        "value": answer.value, "evidence": answer.evidence, "occurred_at": min(noon, at).isoformat(),
        "verification_reason": "random_audit", "verification_probability": str(case.probability),
        "laterality": answer.laterality,
    }  # fmt: skip


def _could_count(opened: OpenAudit, answer: Answer, examined: date) -> None:
    kinds = opened.kinds(answer.value)
    if answer.value != "indeterminate" and answer.evidence not in kinds:
        raise NotAdjudicated(
            f"The protocol closes no case as {answer.value} on {answer.evidence.replace('_', ' ')}; "
            f"it does on {', '.join(kind.replace('_', ' ') for kind in kinds) or 'nothing that can be said here'}."
        )
    if answer.occurred_on < examined:
        raise NotAdjudicated(
            f"{answer.occurred_on} lies before the examination of {examined}; give the day on which it was found out."
        )
    limit = kinds.get(answer.evidence)
    if limit is not None and answer.occurred_on > examined + timedelta(days=limit):
        raise NotAdjudicated(
            f"{answer.evidence.replace('_', ' ').capitalize()} counts within {limit} days of the examination of {examined}, "
            f"and {answer.occurred_on} is later. Name other evidence, or answer indeterminate."
        )
    if opened.protocol.same_side and answer.value == "positive" and answer.laterality not in SIDES:
        raise NotAdjudicated("The protocol counts a finding on its side: say which side it was.")


def _opened(session: Session, pg: psycopg.Connection[Any], audit: RandomAudit) -> OpenAudit:
    number = audit.id or 0
    return OpenAudit(
        audit=audit,
        view=view(session, audit.deployment),
        cases=tuple(session.exec(select(AuditedCase).where(AuditedCase.audit == number))),
        waiting=tuple(queue(session, pg, number)),
    )
