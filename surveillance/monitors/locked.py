"""The reference window of a monitoring plan: what its charts hold later cases against, locked once and kept as it was."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

import pandas as pd
from sqlmodel import Session

from register.lifecycle import State
from register.monitoring_plan import REFERENCE_DAYS, MonitoringPlan, Rule
from register.refusal import Refusal
from surveillance.material import Material
from surveillance.monitors.beside_the_plan import budgeted
from surveillance.monitors.chart_record import LockedReference, standing_reference
from surveillance.monitors.sequential import Chart, lock, within
from surveillance.monitors.streams import Watched, watched
from surveillance.statistics.cusum import CusumLimit
from surveillance.view import DeploymentView


class NotCharted(Refusal):
    """A history on which no chart can be drawn; the sentence says why and from when it can."""


def locked(session: Session, material: Material, plan: MonitoringPlan) -> LockedReference:
    """The reference that stands for a plan as it is now; locked here where its cases are mature and no one did before."""
    digest = plan_digest(plan, material)
    found = standing_reference(session, material.view.key, material.finding)
    if found is not None and found.plan == digest:
        return found
    window, mature_on = reference_window(material, plan)
    seen = seen_since(material, plan, window)
    charts = lock(
        budgeted(session, material.view, plan), seen, finding=material.finding, findings=len(material.view.findings)
    )  # fmt: skip
    found = LockedReference(
        deployment=material.view.key, finding=material.finding, plan=digest,
        first_day=window[0], last_day=window[1], mature_on=mature_on, locked_at=material.as_of,
        unsteady=list(_unsteady(charts, seen)),
        cases=int(seen.in_reference(seen.cases["day"]).sum()),
        charts=[json.loads(json.dumps(asdict(chart))) for chart in charts],
    )  # fmt: skip
    session.add(found)
    session.flush()
    return found


def _unsteady(charts: tuple[Chart, ...], seen: Watched) -> Iterator[str]:
    """What rang within the window itself, a sentence a chart."""
    for path in within(charts, seen):
        if path.alarms:
            yield path.sentence(path.alarms[-1])


def charts_of(reference: LockedReference) -> tuple[Chart, ...]:
    """Its charts, ready to be followed."""
    return tuple(
        Chart(**{**said, "rule": Rule(**said["rule"]), "design": CusumLimit(**said["design"])})
        for said in reference.charts
    )


def reference_window(material: Material, plan: MonitoringPlan) -> tuple[tuple[date, date], date]:
    """The window that the plan states, else the first 180 days, and the day from which its cases are mature.

    Refused where study dates are made up, and before that day.
    """
    key = material.view.key
    if material.dates_made_up:
        raise NotCharted(f"{key} cannot be charted over time: its study dates are simulated.")
    if material.cases.empty:
        raise NotCharted(f"{key} cannot be charted over time: there are no cases.")
    first = pd.to_datetime(material.cases["day"]).min().date()
    window = plan.reference or (first, first + timedelta(days=REFERENCE_DAYS - 1))
    mature_on = window[1] + timedelta(days=material.view.matures_after_days(material.finding))
    if material.as_of.date() <= mature_on:
        raise NotCharted(
            f"The cases of the reference window ({window[0]} to {window[1]}) of {key} are mature on {mature_on}; "
            "wait until then, or state an earlier window in the plan."
        )
    return window, mature_on


def seen_since(material: Material, plan: MonitoringPlan, window: tuple[date, date]) -> Watched:
    """The cases with their reports as known at the end of the day before the data cut, beside a reference window."""
    over = material.as_of.date() - timedelta(days=1)
    by_ai = material.investigations[material.investigations["trigger"] == "ai"]
    asked = any(rule.watch == "contradiction" for rule in plan.rules)
    return watched(
        material.cases, material.reads, until=over, reference=window, ai_only=by_ai["inference_id"],
        contradicted=material.contradicted() if asked else {}, resting=_resting(material.view, window[0], over),
    )  # fmt: skip


def _resting(view: DeploymentView, first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if view.state_on(day) in (State.SUSPENDED, State.RETIRED)]


def plan_digest(plan: MonitoringPlan, material: Material) -> str:
    """SHA-256 of what sets the charts: rules, budget, window, and how many findings share them."""
    said = {
        "rules": [asdict(rule) | {"owner": "", "cadence": "", "action": ""} for rule in plan.rules],
        "false_alarms_per_year": plan.false_alarms_per_year,
        "reference": plan.reference,
        "findings": material.view.findings,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
