"""What the register holds of people, versions, decisions and logs around a deployment, as known at the data cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlmodel import Session, col, or_, select

from register.algorithm import ProductVersion
from register.revision import as_known
from register.safety_notice import SafetyNotice, acknowledgement, notices
from register.scope_review import Completion, reviews
from register.signature import Signature
from register.task import Task
from register.training import Training, trainings
from register.transition import Transition, approved
from surveillance.columnar import literal
from surveillance.scope_override import Overridden, overrides
from surveillance.view import DeploymentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """What an annual review asks beyond the cases.

    `companions` are the other deployments with output on the same studies, and on how many; `logged` is the
    first and the last output on record whatever the period, and their number; `gate` counts what the scope
    gate decided in the period, and `overrides` are those of it that a clinician overrode then; `modalities` names the modality of each study.
    """

    versions: Sequence[ProductVersion]
    trainings: Sequence[Training]
    changes: Sequence[tuple[Transition, Signature]]
    open_tasks: Sequence[Task]
    companions: Sequence[tuple[str, int]]
    logged: tuple[date, date, int]
    gate: Sequence[tuple[str, int]]
    overrides: Sequence[Overridden]
    modalities: dict[str, str]
    reviewed: Sequence[Completion]
    notices: Sequence[tuple[SafetyNotice, Signature | None]]


def governance(
    session: Session,
    pg: psycopg.Connection[Any],
    known: DeploymentView,
    *,
    first: date,
    last: date,
    as_of: datetime,
) -> Governance:
    """Gather it; the same arguments give the same answer as long as the record stands."""
    asked = {
        "deployment": known.key, "zone": known.time_zone, "first": first, "last": last, "as_of": as_of,
    }  # fmt: skip
    return Governance(
        versions=as_known(session, ProductVersion, as_of, algorithm=known.algorithm),
        trainings=list(reversed(trainings(session, as_of))),
        changes=approved(session, known.key, as_of),
        open_tasks=session.exec(
            select(Task)
            .where(
                or_(Task.deployment == known.key, Task.algorithm == known.algorithm),
                col(Task.opened_at) <= as_of,
                or_(col(Task.closed_at).is_(None), col(Task.closed_at) > as_of),
            )
            .order_by(col(Task.id))
        ).all(),
        companions=pg.execute(literal(_COMPANIONS), asked).fetchall(),
        logged=pg.execute(literal(_LOGGED), asked).fetchall()[0],
        gate=pg.execute(literal(_GATE), asked).fetchall(),
        overrides=_overrides(session, known, first=first, last=last, as_of=as_of),
        modalities=dict(pg.execute(literal(_MODALITIES), asked).fetchall()),
        reviewed=[
            done
            for one in reviews(session, known.key)
            for done in one.completions
            if done.approved and done.decided is not None and done.decided.signed_at <= as_of
        ],
        notices=[
            (notice, signed if signed and signed.signed_at <= as_of else None)
            for notice in notices(session, known.algorithm)
            for signed in [acknowledgement(session, notice)]
            if notice.recorded_at <= as_of
        ],
    )


def _overrides(
    session: Session, known: DeploymentView, *, first: date, last: date, as_of: datetime
) -> list[Overridden]:
    """Those given in the period, as far as known at the data cut."""
    zone = ZoneInfo(known.time_zone)
    return [
        one if one.used_at is None or one.used_at <= as_of else replace(one, used_at=None)
        for one in overrides(session, known.key)
        if one.override.overridden_at <= as_of
        and first <= one.override.overridden_at.astimezone(zone).date() <= last
    ]


_DAY = "(completed_at AT TIME ZONE %(zone)s)::date"
_OURS = f"""
SELECT DISTINCT study_instance_uid FROM inference
WHERE deployment = %(deployment)s AND recorded_at <= %(as_of)s AND {_DAY} BETWEEN %(first)s AND %(last)s
"""
_COMPANIONS = f"""
SELECT deployment, count(DISTINCT study_instance_uid) FROM inference JOIN ({_OURS}) ours USING (study_instance_uid)
WHERE deployment <> %(deployment)s AND recorded_at <= %(as_of)s GROUP BY 1 ORDER BY 1
"""
_LOGGED = f"""
SELECT min({_DAY}), max({_DAY}), count(DISTINCT inference_id) FROM inference
WHERE deployment = %(deployment)s AND recorded_at <= %(as_of)s
"""
_GATE = """
SELECT scope, count(*) FROM scope_decision
WHERE deployment = %(deployment)s AND decided_at <= %(as_of)s
  AND (decided_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s GROUP BY 1 ORDER BY 1
"""
_MODALITIES = """
SELECT DISTINCT ON (study_instance_uid) study_instance_uid, modality FROM study
WHERE recorded_at <= %(as_of)s
  AND study_instance_uid IN (SELECT study_instance_uid FROM inference WHERE deployment = %(deployment)s)
ORDER BY study_instance_uid, revision DESC
"""
