"""Everything a dossier quotes, derived from evidence and register as they were known at the data cut."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb
import pandas as pd
import psycopg
from sqlmodel import Session, col, select

from dashboards.dossiers.governance_facts import Governance, governance
from register.algorithm import Algorithm, Commitment, ProductVersion
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.indication import Indication
from register.refusal import Refusal
from register.revision import as_known
from register.signature import Signature
from surveillance.analyses import analyse
from surveillance.columnar import columns, draw
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.intake.quarantine import waiting_by_source
from surveillance.judging import judge_cases
from surveillance.material import materials
from surveillance.monitors.verdict import StoredVerdict, Verdict
from surveillance.operating_point import OperatingPointDecision, decisions
from surveillance.performance import measure
from surveillance.validation.kept import ValidationPlan, ValidationRun, plans, runs
from surveillance.validation.sign_off import signature_of
from surveillance.view import DeploymentView, view

STRATA = (
    "month", "manufacturer_model_name", "patient_sex", "age_band", "setting", "version", "use_mode",
)  # fmt: skip


class NothingToReport(Refusal):
    """A dossier needs at least one study in its period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One deployment over one period at one data cut."""

    view: DeploymentView
    site: Site
    algorithm: Algorithm
    version: ProductVersion | None
    clearances: Sequence[Clearance]
    indications: Sequence[Indication]
    commitments: Sequence[Commitment]
    history: Sequence[Deployment]
    as_of: datetime
    first: date
    last: date
    cases: pd.DataFrame = field(repr=False)
    reads: pd.DataFrame = field(repr=False)
    measured: dict[str, dict[str, Any]] = field(repr=False)
    analyses: dict[str, dict[str, dict[str, Any]]] = field(repr=False)
    batches: Sequence[EvidenceBatch]
    quarantined: int
    events: Sequence[dict[str, Any]]
    investigations: Sequence[dict[str, Any]]
    harmed: Sequence[dict[str, Any]]
    verdicts: Sequence[Verdict]
    validations: Sequence[tuple[ValidationPlan, ValidationRun | None, Signature | None]]
    decided: dict[str, Sequence[tuple[OperatingPointDecision, Signature]]]
    governance: Governance = field(repr=False)

    @property
    def origin(self) -> str:
        """Whether the cases are real, simulated, or both."""
        found = sorted({batch.origin for batch in self.batches})
        return " and ".join(found) or "real"


def gather(
    session: Session,
    pg: psycopg.Connection[Any],
    deployment: str,
    *,
    first: date | None,
    last: date | None,
    as_of: datetime,
) -> Facts:
    """Derive the facts; the same arguments give the same facts as long as the evidence stands."""
    known = view(session, deployment, as_of)
    with columns() as duck:
        judge_cases(pg, duck, known, as_of=as_of)
        cases = duck.execute("FROM cases ORDER BY day, inference_id").df()
        reads = duck.execute("FROM reads ORDER BY inference_id, report_id").df()
        days = pd.to_datetime(cases["day"])
        chosen = pd.Series(data=True, index=cases.index)
        if first is not None:
            chosen &= days >= pd.Timestamp(first)
        if last is not None:
            chosen &= days <= pd.Timestamp(last)
        cases = cases[chosen]
        if cases.empty:
            period = f"from {first or 'its first day'} to {last or 'its last'}"
            raise NothingToReport(
                f"{NothingToReport.__doc__} {deployment} has none {period}. Import its evidence and run a cycle; what is "
                f"not used is suspended or retired without a review: catamnesis lifecycle propose {deployment} retired"
            )
        start = first or pd.to_datetime(cases["day"]).min().date()
        end = last or pd.to_datetime(cases["day"]).max().date()
        draw(duck, "event", pg, _EVENTS, [as_of, deployment, known.site, start, end])
        draw(
            duck,
            "investigation",
            pg,
            _INVESTIGATIONS,
            [as_of, list(known.findings), deployment, start, end],
        )
        events = _rows(duck, "FROM event ORDER BY occurred_at, event_id")
        done = _rows(duck, "FROM investigation ORDER BY kind, trigger, result")
        draw(duck, "harmed", pg, _HARMED, [as_of, list(known.findings), deployment, start, end])
        harmed = _rows(duck, "FROM harmed ORDER BY day, kind, harm")
        duck.execute("DELETE FROM cases WHERE day NOT BETWEEN ? AND ?", [start, end])
        analyses = {
            material.finding: dict(analyse(material))
            for material in materials(duck, pg, known, as_of=as_of)
        }
    behind, waiting = _batches(session, pg, deployment, as_of), waiting_by_source(session, as_of)
    algorithm = as_known(session, Algorithm, as_of, key=known.algorithm)[0]
    sites = as_known(session, Site, as_of, key=known.site)
    clearances = as_known(session, Clearance, as_of, algorithm=known.algorithm)
    names = {indication.key for indication in known.indications}
    versions = as_known(session, ProductVersion, as_of, algorithm=known.algorithm)
    return Facts(
        view=known,
        site=sites[0],
        algorithm=algorithm,
        version=next((v for v in versions if v.version == known.version), None),
        clearances=clearances,
        indications=[i for i in as_known(session, Indication, as_of) if i.key in names],
        commitments=as_known(session, Commitment, as_of, algorithm=known.algorithm),
        history=session.exec(
            select(Deployment)
            .where(Deployment.key == deployment, col(Deployment.recorded_at) <= as_of)
            .order_by(col(Deployment.revision))
        ).all(),
        as_of=as_of,
        first=start,
        last=end,
        cases=cases,
        reads=reads,
        analyses=analyses,
        measured={
            finding: measure(
                cases, reads, deployment=deployment, finding=finding, first=start, last=end,
                as_of=as_of, by=STRATA, errors=known.errors_of(finding),
            )
            for finding in known.findings
        },
        batches=behind,
        quarantined=sum(waiting.get(source, 0) for source in {batch.source for batch in behind}),
        events=events,
        investigations=done,
        harmed=harmed,
        verdicts=_verdicts(session, deployment, as_of),
        validations=[
            _validation(session, plan, as_of)
            for plan in plans(session, deployment)
            if plan.fixed_at <= as_of
        ],
        decided={
            finding: [
                (decision, signed)
                for decision, signed in reversed(decisions(session, deployment, finding))
                if signed.signed_at <= as_of
            ]
            for finding in known.findings
        },
        governance=governance(session, pg, known, first=start, last=end, as_of=as_of),
    )  # fmt: skip


def _rows(duck: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = duck.execute(query)
    names = [described[0] for described in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _batches(
    session: Session, pg: psycopg.Connection[Any], deployment: str, as_of: datetime
) -> Sequence[EvidenceBatch]:
    """The imports whose inferences stand behind the figures."""
    rows = pg.execute(
        "SELECT DISTINCT batch FROM inference WHERE deployment = %s AND recorded_at <= %s",
        [deployment, as_of],
    )
    numbers = [row[0] for row in rows]
    return session.exec(
        select(EvidenceBatch)
        .where(col(EvidenceBatch.id).in_(numbers))
        .order_by(col(EvidenceBatch.id))
    ).all()


def _validation(
    session: Session, plan: ValidationPlan, as_of: datetime
) -> tuple[ValidationPlan, ValidationRun | None, Signature | None]:
    done = [run for run in runs(session, plan.key) if run.as_of <= as_of]
    signed = signature_of(session, done[-1]) if done else None
    return (
        plan,
        done[-1] if done else None,
        signed if signed and signed.signed_at <= as_of else None,
    )


def _verdicts(session: Session, deployment: str, as_of: datetime) -> Sequence[Verdict]:
    stored = session.exec(
        select(StoredVerdict)
        .where(StoredVerdict.deployment == deployment, col(StoredVerdict.as_of) <= as_of)
        .distinct(col(StoredVerdict.cause))
        .order_by(col(StoredVerdict.cause), col(StoredVerdict.id).desc())
    )
    return [one.verdict() for one in stored]


_EVENTS = """
SELECT DISTINCT ON (event_id) event_id, kind, occurred_at, manufacturer_model_name, description FROM event
WHERE recorded_at <= %s AND (deployment = %s OR (deployment IS NULL AND site = %s)) AND occurred_at::date BETWEEN %s AND %s
ORDER BY event_id, revision DESC
"""
_DONE = """
FROM (SELECT DISTINCT ON (investigation_id) * FROM investigation WHERE recorded_at <= %s AND finding = ANY(%s)
      ORDER BY investigation_id, revision DESC) v
WHERE patient IN (SELECT s.patient FROM study s JOIN inference i USING (study_instance_uid) WHERE i.deployment = %s)
  AND performed_at::date BETWEEN %s AND %s
"""
_INVESTIGATIONS = f"""
SELECT kind, coalesce(trigger, 'unknown') AS trigger, coalesce(result, 'not stated') AS result,
       count(*) AS n, count(*) FILTER (WHERE harm IN ('minor', 'serious')) AS harmed
{_DONE} GROUP BY 1, 2, 3
"""
_HARMED = f"""
SELECT kind, performed_at::date::text AS day, harm, coalesce(trigger, 'unknown') AS trigger,
       coalesce(result, 'not stated') AS result
{_DONE} AND harm IN ('minor', 'serious')
"""
