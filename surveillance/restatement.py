"""Truths that changed after they were first known: what was held, what is held now, and what arrived."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from sqlalchemy import DateTime, Index
from sqlmodel import Session, SQLModel, col, func, select

from register.columns import Privacy, column


class Restatement(SQLModel, table=True):
    """One case whose truth a later data cut knows otherwise; written once, never changed."""

    __table_args__ = (Index("ix_restatement_deployment_day", "deployment", "finding", "day"),)

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    as_of: datetime = column(
        "Data cut that knew better", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    inference_id: str = column("The case", Privacy.PSEUDONYM)
    deployment: str = column("Key of the deployment", Privacy.OPERATIONAL)
    finding: str = column("What was looked for", Privacy.OPERATIONAL)
    day: date = column("Day of the study at the site", Privacy.CLINICAL)
    before: str = column("What was held to be true", Privacy.CLINICAL)
    before_tier: str = column("On what evidence", Privacy.CLINICAL)
    before_protocol: str = column("By which version of the protocol", Privacy.PUBLIC)
    after: str | None = column("What is held now; empty = not known any more", Privacy.CLINICAL)
    after_tier: str | None = column("On what evidence", Privacy.CLINICAL)
    after_protocol: str = column("By which version of the protocol", Privacy.PUBLIC)
    outcome_id: str | None = column("The outcome that decides now", Privacy.PSEUDONYM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """How many cases of one month changed from one truth to another at one data cut."""

    month: str
    as_of: datetime
    before: str
    before_tier: str
    after: str | None
    after_tier: str | None
    cases: int


def note_restatements(
    pg: psycopg.Connection[Any], deployment: str, days: Sequence[date], *, as_of: datetime
) -> int:
    """Note the cases whose truth differs between `judged_before` and `judged_case`; how many."""
    noted = pg.execute(
        "INSERT INTO restatement (as_of, inference_id, deployment, finding, day, before, before_tier, "
        "before_protocol, after, after_tier, after_protocol, outcome_id) "
        "SELECT %(as_of)s, b.inference_id, b.deployment, b.finding, b.day, b.truth, b.tier, "
        "coalesce(b.protocol, ''), c.truth, c.tier, coalesce(c.protocol, ''), c.outcome_id "
        "FROM judged_before b JOIN judged_case c USING (inference_id) "
        "WHERE c.deployment = %(deployment)s AND c.day = ANY(%(days)s) "
        "AND b.truth IS DISTINCT FROM c.truth AND b.truth IS NOT NULL ORDER BY b.day, b.inference_id",
        {"as_of": as_of, "deployment": deployment, "days": list(days)},
    )
    return noted.rowcount


def restatements(
    session: Session, deployment: str, finding: str, *, as_of: datetime | None = None
) -> Sequence[Restated]:
    """What was restated (by the data cuts up to `as_of`), by month of the study, the latest cut first."""
    month = func.to_char(col(Restatement.day), "YYYY-MM")
    kinds = (
        month, col(Restatement.as_of), col(Restatement.before), col(Restatement.before_tier),
        col(Restatement.after), col(Restatement.after_tier),
    )  # fmt: skip
    rows = session.execute(
        select(*kinds, func.count())  # type: ignore[call-overload]
        .where(Restatement.deployment == deployment, Restatement.finding == finding)
        .where(col(Restatement.as_of) <= (as_of or datetime.max.replace(tzinfo=UTC)))
        .group_by(*kinds)
        .order_by(col(Restatement.as_of).desc(), month)
    ).all()
    return [
        Restated(
            month=month, as_of=as_of, before=before, before_tier=before_tier, after=after,
            after_tier=after_tier, cases=int(cases),
        )
        for month, as_of, before, before_tier, after, after_tier, cases in rows
    ]  # fmt: skip


def restated_as_json(found: Sequence[Restated]) -> dict[str, Any]:
    """Restatements as an analysis is kept: how many cases in all, and each change."""
    return {
        "cases": sum(one.cases for one in found),
        "changes": [{**asdict(one), "as_of": one.as_of.isoformat()} for one in found],
    }
