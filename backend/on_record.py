"""What is on record, held against the trail: a row that was edited, put in or written anew behind it is named."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
from sqlmodel import Session, SQLModel, select

from backend import audit
from backend.tables import REGISTER
from register.ai_act.answering import AiActAnswer
from register.fda_list import FdaListing
from register.label_change import LabelChange
from register.procurement.due_diligence import DueDiligenceAnswer
from register.safety_notice import SafetyNotice
from register.scope_review import ScopeReview, ScopeReviewCompletion
from register.signature import Signature
from register.training import Training
from register.transition import Transition
from surveillance.handling import SignalStep
from surveillance.measurement import Cycle
from surveillance.monitors.chart_record import LockedReference, SettledAlarm
from surveillance.operating_point import OperatingPointDecision
from surveillance.validation.kept import ValidationPlan, ValidationRun

WRITTEN_ONCE = (
    *(table for table in REGISTER if table is not FdaListing), Signature, Transition, LabelChange, Training, ScopeReview,
    ScopeReviewCompletion, AiActAnswer, DueDiligenceAnswer, SafetyNotice, ValidationPlan, ValidationRun, OperatingPointDecision,
    SignalStep, SettledAlarm, LockedReference, Cycle,
)  # fmt: skip
"""The tables whose rows are written once and each told by a line: register, decisions, signatures, and what they rest on."""


def at_odds(session: Session, pg: psycopg.Connection[Any]) -> str:
    """The first row that is not what its line of the trail tells, or of which no line tells; empty where all agree."""
    return next(_faults(session, pg), "")


def _faults(session: Session, pg: psycopg.Connection[Any]) -> Iterator[str]:
    for table in WRITTEN_ONCE:
        told = dict(
            pg.execute(
                "SELECT subject, after FROM audit_event WHERE event = 'added' AND split_part(subject, ' ', 1) = %s ORDER BY id DESC",
                [table.__tablename__],
            ).fetchall()
        )
        yield from _rows(session, table, told)


def _rows(
    session: Session, table: type[SQLModel], told: dict[str, dict[str, Any]]
) -> Iterator[str]:
    there = {audit.subject_of(row): audit.state_of(row) for row in session.exec(select(table))}
    for subject, state in there.items():
        if subject not in told:
            yield f"{subject} is on record and no line tells of it"
            continue
        for name, value in state.items():
            if not _same(value, told[subject].get(name)):
                yield f"{subject} is not what its line tells: {name} is {value!r} and was {told[subject].get(name)!r}"
    for subject in told:
        if subject not in there:
            yield f"a line tells of {subject}, which is not on record"


def _same(one: Any, other: Any) -> bool:
    """Equal, or the same moment in another zone."""
    if one == other or not (isinstance(one, str) and isinstance(other, str)):
        return bool(one == other)
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False
