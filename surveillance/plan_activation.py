"""A monitoring plan as people decide on it: how its false alarms are shared out here, and the signatures that put it in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from register.deployment import Deployment
from register.entitlement import entitled
from register.monitoring_plan import MonitoringPlan, Rule, monitoring_plan
from register.refusal import Refusal
from register.revision import revise
from register.signature import Signature, Signer, put, under
from register.stop_rules import stop_rules
from register.training import somebody_known
from surveillance.monitors.chart_record import standing_reference
from surveillance.view import DeploymentView, view

ACTIVATED = "activated"


class PlanNotPossible(Refusal):
    """A plan, or a signature about it, that cannot be; the sentence says why and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """A rule, how many charts it keeps here, and the false alarms a year that all of them together may give."""

    rule: Rule
    charts: int
    false_alarms_per_year: float


def understood(monitoring: Mapping[str, Any]) -> MonitoringPlan:
    """The plan that is written; a refusal that names place, value and remedy."""
    try:
        return monitoring_plan(monitoring)
    except ValueError as wrong:
        raise PlanNotPossible(f"{wrong}.") from wrong


def alarm_budget(
    session: Session, known: DeploymentView, plan: MonitoringPlan
) -> tuple[BudgetLine, ...]:
    """The rules of a plan, each with its share of the budget at this deployment; what watches beside them (`plan.beside`) takes its own first.

    Levels of a column are those of the reference window that was locked, of all cases where none was yet.
    """
    strata = levels_here(session, known, {rule.by for rule in plan.rules if rule.by})
    try:
        shared = plan.shared_out(strata)
    except ValueError as wrong:
        raise PlanNotPossible(f"{wrong}.") from wrong
    return tuple(
        BudgetLine(
            rule=rule, charts=rule.charts(strata), false_alarms_per_year=rule.false_alarms_per_year or 0.0
        )
        for rule in shared
    )  # fmt: skip


def levels_here(session: Session, known: DeploymentView, columns: set[str]) -> dict[str, int]:
    """How many findings (`finding`) and how many levels of each column the deployment has."""
    windows = [standing_reference(session, known.key, finding) for finding in known.findings]
    first, last = next((window.window for window in windows if window), (None, None))
    levels = {"finding": max(1, len(known.findings))}
    for name in sorted(columns):
        counted = session.connection().execute(
            text(
                f"SELECT count(DISTINCT {_as_sql(name)}) FROM judged_case WHERE deployment = :deployment "
                "AND (CAST(:first AS date) IS NULL OR day BETWEEN :first AND :last)"
            ),
            {"deployment": known.key, "first": first, "last": last},
        )
        levels[name] = max(1, int(counted.scalar_one()))
    return levels


def _as_sql(column: str) -> str:
    return f"extra::jsonb ->> '{column}'" if column.startswith("x_") else column


def answered_for(
    session: Session, known: DeploymentView, plan: MonitoringPlan, accounts: Collection[str]
) -> None:
    """Refuse a plan whose owner neither the register nor one of the `accounts` names; who answers already may stay."""
    for owner in {rule.owner for rule in plan.rules} - {"", known.entry.answers}:
        somebody_known(session, owner, accounts, refusal=PlanNotPossible)


def activate(
    session: Session,
    key: str,
    monitoring: Mapping[str, Any],
    *,
    signer: Signer,
    reason: str,
    at: datetime,
    accounts: Collection[str] = (),
) -> Deployment:
    """Put a plan in force by signature: a new revision of the entry, and nothing else of it changes.

    Who answers for what rings is somebody whom the register names, or who has one of the `accounts`.
    """
    entitled(signer.name, signer.role, "activates a monitoring plan", refusal=PlanNotPossible)
    known = view(session, key)
    plan = understood(monitoring)
    alarm_budget(session, known, plan)
    stop_rules(monitoring)
    answered_for(session, known, plan, accounts)
    stated = known.entry.model_dump(
        exclude={"revision", "recorded_at", "recorded_by", "effective_from", "monitoring"}
    )
    revised = Deployment(
        **stated, monitoring=dict(monitoring), effective_from=at.date(), revision=0, recorded_at=at,
        recorded_by=signer.key,
    )  # fmt: skip
    if dict(monitoring) == known.entry.monitoring or revise(session, revised) == "unchanged":
        raise PlanNotPossible("This is the plan in force; change something of it.")
    put(
        session, record=f"monitoring plan of {key}, revision {revised.revision}", content=dict(monitoring),
        signer=signer, meaning=ACTIVATED, reason=reason, at=at,
    )  # fmt: skip
    return revised


def activated(session: Session, known: DeploymentView) -> Signature | None:
    """The signature under the plan in force; None where it was entered in the register without one."""
    revisions = session.exec(
        select(Deployment)
        .where(Deployment.key == known.key)
        .order_by(col(Deployment.revision).desc())
    )
    for entry in revisions:
        if entry.monitoring != known.entry.monitoring:
            return None
        signed = under(session, f"monitoring plan of {known.key}, revision {entry.revision}")
        if signed:
            return signed[-1]
    return None
