"""The monitors that watch beside the rules of a plan, and how often they may ring for nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from register.monitoring_plan import MonitoringPlan
from register.stop_rules import SHARE, StopRule, stop_rules
from surveillance.judged_case import TRUTHS
from surveillance.monitors.looks import rings_a_year
from surveillance.view import DeploymentView

DRIFT_COLUMNS = {
    "score": "the score distribution",
    "manufacturer_model_name": "the mix of scanner models",
    "slice_thickness": "the slice thickness",
    "view_position": "the mix of view positions",
    "setting": "the mix of settings",
    "patient_age": "the age of the patients",
    "patient_sex": "the mix of sexes",
}
DRIFT_CHANCE = 0.001
"""How often a column of equal months is told to have shifted, at most, each month."""


ALPHA = 0.025
"""One-sided error rate at which a claim is held or breached; a stop rule is met beyond a 95 % interval."""
MINIMUM_CASES = 30
RECENT_DAYS = 120
"""Claims are held on each scanner model over so many mature days, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A monitor beside the plan: what it does, and false alarms a year; None where nothing says what is usual."""

    monitor: str
    told: str
    false_alarms_per_year: float | None


def beside_the_plan(session: Session, known: DeploymentView) -> tuple[Beside, ...]:
    """What else may ring for a deployment, with its rate.

    A claim and a stop rule are looked at in every cycle without widening their interval: the rate is that of the first year, simulated, in which
    the claim just holds, or the share outside the indication stays as it was so far.
    """
    findings = max(1, len(known.findings))
    claims = [(i.finding, claim) for i in known.indications for claim in i.claims]
    rules = stop_rules(known.entry.monitoring)
    of_claims = [
        rate for finding, claim in claims for rate in _breaches(session, known, finding, claim)
    ]
    of_rules = [
        rate for rule in rules if rule.metric for finding in known.findings if rule.concerns(finding)
        for rate in _stops(session, known, rule, finding)
    ]  # fmt: skip
    return (
        Beside(
            monitor="drift",
            told=f"each month {len(DRIFT_COLUMNS)} columns against the first three months, each with a chance of {DRIFT_CHANCE:g} at most",
            false_alarms_per_year=12 * len(DRIFT_COLUMNS) * findings * DRIFT_CHANCE,
        ),
        Beside(
            monitor="performance",
            told=f"{len(claims)} claim{'' if len(claims) == 1 else 's'} of the label, sensitivity and specificity by scanner model as well: breached at one-sided "
            f"{ALPHA:g} below claim and margin; a claim without a margin rings far more often",
            false_alarms_per_year=_sum(of_claims, asked=len(claims)),
        ),
        Beside(
            monitor="stop rule",
            told=f"{len(rules)} agreed: a figure's is met when its whole 95 % interval lies beyond the limit, a signal's when that monitor rings",
            false_alarms_per_year=_sum(of_rules, asked=sum(bool(rule.metric) for rule in rules)),
        ),
        Beside(
            monitor="equipment", told="counted: a new scanner is one", false_alarms_per_year=0.0
        ),
    )  # fmt: skip


def taken(others: Sequence[Beside]) -> float:
    """The false alarms a year that they take of a budget, as far as they state any."""
    return sum(one.false_alarms_per_year or 0.0 for one in others)


def budgeted(session: Session, known: DeploymentView, plan: MonitoringPlan) -> MonitoringPlan:
    """A plan with what the monitors beside its rules take of its budget at a deployment."""
    return replace(plan, beside=taken(beside_the_plan(session, known)))


def _sum(rates: list[float], *, asked: int) -> float | None:
    return sum(rates) if rates or not asked else None


def _breaches(
    session: Session, known: DeploymentView, finding: str, claim: Mapping[str, Any]
) -> Iterator[float]:
    """The rate over all cases, and on each scanner model that sends enough of them; the error rate is shared out over these."""
    if claim["metric"] not in TRUTHS:
        return
    missed = 1 - claim["value"]
    limit = missed + claim["margin"]
    a_day = _a_day(session, known, finding, TRUTHS[claim["metric"]])
    if a_day:
        yield _rings(missed, limit, sum(a_day.values()))
    models = [one for name, one in a_day.items() if name and one * RECENT_DAYS >= MINIMUM_CASES]
    for one in models if len(models) > 1 else ():
        yield _rings(missed, limit, one, alpha=ALPHA / len(models), window=RECENT_DAYS)


def _stops(
    session: Session, known: DeploymentView, rule: StopRule, finding: str
) -> Iterator[float]:
    """The rate of a stop rule that is about a figure; none where neither label nor history says what is usual."""
    if rule.metric == SHARE:
        outside = sum(_a_day(session, known, finding, None, rule, scope="out").values())
        received = outside + sum(_a_day(session, known, finding, None, rule, scope="in").values())
        if received:
            yield _rings(outside / received, rule.limit, received)
        return
    claims = [claim["value"] for i in known.indications if i.finding == finding for claim in i.claims if claim["metric"] == rule.metric]  # fmt: skip
    a_day = sum(_a_day(session, known, finding, TRUTHS[rule.metric], rule).values())
    if claims and a_day:
        yield _rings(1 - claims[0], 1 - rule.limit, a_day)


def _rings(
    share: float, limit: float, per_day: float, *, alpha: float = ALPHA, window: int | None = None
) -> float:
    return rings_a_year(
        share=share, limit=limit, alpha=alpha, per_day=per_day, window=window, least=MINIMUM_CASES
    )


def _a_day(
    session: Session,
    known: DeploymentView,
    finding: str,
    truth: str | None,
    rule: StopRule | None = None,
    *,
    scope: str = "in",
) -> dict[str, float]:
    """Cases a day by scanner model (empty = not stated): mature verified ones of a truth, or all; those that a rule concerns."""
    name, level = rule.stratum if rule is not None and rule.stratum else ("deployment", known.key)
    counted = session.connection().execute(
        text(
            "WITH mine AS (SELECT * FROM judged_case WHERE deployment = :deployment AND finding = :finding AND (CAST(:truth AS text) IS NULL OR matures_on <= current_date)) "
            "SELECT coalesce(manufacturer_model_name, ''), count(*)::float / (SELECT max(day) - min(day) + 1 FROM mine) FROM mine "
            f"WHERE scope = :scope AND CAST({name} AS text) = :level "
            "AND (CAST(:truth AS text) IS NULL OR (truth = :truth AND call IN ('positive', 'negative'))) GROUP BY 1 ORDER BY 1"
        ),
        {"deployment": known.key, "finding": finding, "truth": truth, "scope": scope, "level": level},
    )  # fmt: skip
    return {str(model): float(n) for model, n in counted}
