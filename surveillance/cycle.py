"""One cycle: link → resolve → tally → monitor → signal, for what changed since the last one."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial
from typing import Any

import duckdb
import psycopg
from sqlmodel import Session

from register.lifecycle import RUNNING
from register.obligations import due
from register.refusal import Refusal
from register.task import open_once
from surveillance import signals, tallies
from surveillance.analyses import analyse
from surveillance.change_ledger import ledger, versions_in_force
from surveillance.changing_state import reopen_stale
from surveillance.columnar import columns, listed, literal, put
from surveillance.eligibility import dry_run
from surveillance.equipment_notice import untold
from surveillance.handling import settled_since
from surveillance.judged_case import CASE_COLUMNS, READ_COLUMNS
from surveillance.judging import judge_cases
from surveillance.lesions import LESION_COLUMNS
from surveillance.linkage import same_person
from surveillance.looking import looks_due
from surveillance.material import Material, draw_judged, materials
from surveillance.measurement import (
    Cycle,
    Measurement,
    keep_analyses,
    keep_measurement,
    latest_cycle,
)
from surveillance.monitors import (
    agreement,
    charts,
    drift,
    equipment,
    performance,
    stop_rule,
    updates,
)
from surveillance.monitors.chart_record import CHARTS
from surveillance.monitors.charted import chart
from surveillance.monitors.context import Context
from surveillance.monitors.drawn import draw
from surveillance.monitors.verdict import Answer, Verdict, store
from surveillance.new_equipment import unvalidated
from surveillance.performance import measure
from surveillance.procurement.fitting import measure_begun
from surveillance.reference_window import call_for_signatures
from surveillance.restatement import note_restatements
from surveillance.review_opening import open_due
from surveillance.stopping import stop
from surveillance.taking_over import unconfirmed
from surveillance.view import DeploymentView, IndicationView, views

MONITORS: dict[str, Callable[[Any], Iterable[Verdict]]] = {
    "performance": performance.watch,
    "charts": charts.watch,
    "agreement": agreement.watch,
    "drift": drift.watch,
    "equipment": equipment.watch,
    "updates": updates.watch,
    "stop_rule": stop_rule.watch,
}
STRATA = (
    "month", "manufacturer_model_name", "device_serial_number", "patient_sex", "age_band", "setting",
    "view_position", "use_mode", "version",
)  # fmt: skip


HELD_AGAINST = ("monitoring", "oversight", "acceptance", "effective_from")
"""What an entry says that no case is judged by."""


class CycleBehind(Refusal):
    """A cycle cannot go back behind the last one; ask for figures of that date with --as-of instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDone:
    """What a cycle did, per deployment: study days judged anew, cases on them, and signals it opened.

    `judged` also holds, while a deployment has no output, what its scope says of the studies stored for
    its site: (decision, attribute that decided, studies). `stopped` are those that a stop rule suspended.
    """

    as_of: datetime
    judged: dict[str, dict[str, Any]]
    verdicts: int
    signals_opened: int
    stopped: tuple[str, ...]


def run(
    session: Session,
    pg: psycopg.Connection[Any],
    *,
    as_of: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> CycleDone:
    """Bring everything derived up to a data cut, in one transaction of the caller.

    Only the study days that new evidence touches are judged again, all of them when the register changed what cases are judged by.
    A claim, a monitoring plan or a stop rule that was edited is held against the cases as they are stored; verdicts already given keep their limits.
    """
    pg.execute("SELECT pg_advisory_xact_lock(hashtext('catamnesis.evidence'))")
    last = latest_cycle(session)
    if last is not None and as_of < last.as_of:
        raise CycleBehind(
            f"{CycleBehind.__doc__} The last cycle was as of {last.as_of.isoformat()}."
        )
    judged: dict[str, dict[str, Any]] = {}
    verdicts = opened = 0
    stopped: list[str] = []
    for view in views(session, as_of):
        before = last.judged.get(view.key, {}) if last is not None else {}
        digests = {"judged_by": judged_by(view), "register": register_digest(view)}
        judges_alike = before.get("judged_by") == digests["judged_by"]
        since = last.as_of if last is not None and judges_alike else None
        days = touched_days(pg, view, since=since, as_of=as_of)
        cases = 0
        if days:
            progress(f"{view.key}: judging {len(days)} days")
            with columns() as duck:
                judge_cases(pg, duck, view, as_of=as_of, days=days)
                tallies.count(duck)
                cases = _replace(pg, duck, view.key, days)
                note_restatements(pg, view.key, days, as_of=as_of)
        judged[view.key] = {"days": len(days), "cases": cases, **digests}
        if not _has_output(pg, view.key):
            judged[view.key]["stored"] = dry_run(pg, view, day=as_of.date())
        matured = last is None or _matured_between(pg, view.key, last.as_of, as_of)
        edited = before.get("register") != digests["register"]
        settled = last is not None and settled_since(session, view.key, last.as_of)
        if days or matured or edited or settled or _falls_silent(view, last, as_of):
            progress(f"{view.key}: measuring")
            stored = store(session, _measure(session, pg, view, as_of), as_of=as_of)
            verdicts += len(stored)
            opened += signals.raise_signals(session, stored, as_of=as_of)
            for called in list(unvalidated(session, view, stored, at=as_of)):
                open_once(session, called, at=as_of)
            if stop(session, view, stored, at=as_of) is not None:
                stopped.append(view.key)
        reopen_stale(session, view, at=as_of)
    for called in (
        *due(session, as_of.date()),
        *untold(session, as_of.date()),
        *unconfirmed(session, as_of.date()),
        *call_for_signatures(session, at=as_of),
        *looks_due(session, at=as_of),
    ):
        open_once(session, called, at=as_of)
    open_due(session, at=as_of)
    measure_begun(session, pg, at=as_of)
    session.add(Cycle(as_of=as_of, judged=judged))
    session.flush()
    return CycleDone(
        as_of=as_of, judged=judged, verdicts=verdicts, signals_opened=opened, stopped=tuple(stopped)
    )


def register_digest(view: DeploymentView) -> str:
    """SHA-256 over all that the register says of a deployment: it is measured anew when it changes."""
    return _digest(view.entry.facts(), view, view.indications)


def judged_by(view: DeploymentView) -> str:
    """SHA-256 over what cases are judged by: without plan, oversight, acceptance and claims, which come after."""
    facts = {name: said for name, said in view.entry.facts().items() if name not in HELD_AGAINST}
    return _digest(facts, view, tuple(replace(i, claims=()) for i in view.indications))


def _digest(
    facts: Mapping[str, Any], view: DeploymentView, indications: Sequence[IndicationView]
) -> str:
    said = [
        facts,
        [(str(change.effective_from), change.to_state) for change in view.changes],
        view.time_zone,
        [str(indication) for indication in indications],
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def touched_days(
    pg: psycopg.Connection[Any], view: DeploymentView, *, since: datetime | None, as_of: datetime
) -> list[date]:
    """The study days of a deployment on which anything became known between two data cuts."""
    rows = pg.execute(
        literal(_TOUCHED),
        {"deployment": view.key, "zone": view.time_zone, "since": since, "as_of": as_of},
    )
    return sorted(row[0] for row in rows)


def _measure(
    session: Session, pg: psycopg.Connection[Any], view: DeploymentView, as_of: datetime
) -> list[Verdict]:
    found: list[Verdict] = []
    versions = versions_in_force(session, view, at=as_of)
    with columns() as duck:
        draw_judged(duck, pg, view.key)
        of_findings = list(materials(duck, pg, view, as_of=as_of))
        # A scanner that began to send is a recorded change: known before the others are looked at, not one cycle later.
        store(session, [v for m in of_findings for v in _watch("equipment", m)], as_of=as_of)
        recorded = ledger(session, view, at=as_of)
        for material in of_findings:
            measured = measure(
                material.cases,
                material.reads,
                deployment=view.key,
                finding=material.finding,
                first=None,
                last=None,
                as_of=as_of,
                by=STRATA,
                errors=view.errors_of(material.finding),
            )
            keep_measurement(
                session,
                Measurement(
                    deployment=view.key, finding=material.finding, as_of=as_of, content=measured
                ),
            )
            analysed = dict(analyse(material, recorded))
            keep_analyses(session, view.key, material.finding, analysed, as_of=as_of)
            charted = cache(partial(chart, session, material))
            context = Context.of(material, measured, charted, recorded=recorded, versions=versions)
            answers = [verdict for name in MONITORS for verdict in _watch(name, context)]
            if not any(v.answer is Answer.BROKEN and v.monitor == CHARTS for v in answers):
                draw(session, view.key, material.finding, charted())
            found += answers
    return found


def _falls_silent(view: DeploymentView, last: Cycle | None, as_of: datetime) -> bool:
    """Whether a day has passed of something that runs: a feed that brings nothing is a matter of its own."""
    passed = last is not None and last.as_of.date() < as_of.date()
    return passed and view.state_on(as_of.date()) in RUNNING


def _watch(name: str, context: Material) -> list[Verdict]:
    """Run one monitor; one that breaks says so in a verdict of its own, which rings."""
    try:
        return list(MONITORS[name](context))
    except Exception as broken:  # a silent monitor is a loud fact
        return [
            Verdict(
                deployment=context.view.key,
                finding=context.finding,
                monitor=name,
                metric="monitor",
                answer=Answer.BROKEN,
                rule="a monitor that cannot look rings",
                sentence=f"The {name} monitor could not look: {type(broken).__name__}: {broken}",
                action="Report it to whoever runs the installation; until then nobody watches this.",
            )
        ]


def _replace(
    pg: psycopg.Connection[Any], duck: duckdb.DuckDBPyConnection, deployment: str, days: list[date]
) -> int:
    chosen = {"deployment": deployment, "days": days}
    on_days = "deployment = %(deployment)s AND day = ANY(%(days)s)"
    pg.execute("DROP TABLE IF EXISTS judged_before")
    pg.execute(
        literal(f"CREATE TEMP TABLE judged_before AS SELECT * FROM judged_case WHERE {on_days}"),
        chosen,
    )
    for table in ("judged_read", "judged_lesion"):
        pg.execute(
            literal(
                f"DELETE FROM {table} WHERE inference_id IN (SELECT inference_id FROM judged_case WHERE {on_days})"
            ),
            chosen,
        )
    for table in ("judged_case", "tally"):
        pg.execute(f"DELETE FROM {table} WHERE {on_days}", chosen)
    for source, target, names in (
        ("cases", "judged_case", CASE_COLUMNS),
        ("reads", "judged_read", READ_COLUMNS),
        ("lesions", "judged_lesion", LESION_COLUMNS),
        ("tally", "tally", tallies.TALLY_COLUMNS),
    ):
        put(duck, f"SELECT {listed(names)} FROM {source}", pg, target, names)
    counted = duck.execute("SELECT count(*) FROM cases").fetchone()
    return int(counted[0]) if counted else 0


def _has_output(pg: psycopg.Connection[Any], deployment: str) -> bool:
    found = pg.execute(
        "SELECT EXISTS (SELECT FROM inference WHERE deployment = %s)", [deployment]
    ).fetchone()
    return bool(found and found[0])


def _matured_between(
    pg: psycopg.Connection[Any], deployment: str, last: datetime, now: datetime
) -> bool:
    found = pg.execute(
        "SELECT EXISTS (SELECT FROM tally WHERE deployment = %s AND matures_on > %s::date AND matures_on <= %s::date)",
        [deployment, last, now],
    ).fetchone()
    return bool(found and found[0])


_LEARNT = "recorded_at > %(since)s AND recorded_at <= %(as_of)s"
_HEARD_OF = (
    f"SELECT patient FROM outcome WHERE {_LEARNT} UNION SELECT patient FROM follow_up WHERE {_LEARNT} "
    f"UNION SELECT patient FROM patient_merge WHERE {_LEARNT} "
    f"UNION SELECT prior_patient FROM patient_merge WHERE {_LEARNT} "
    f"UNION SELECT patient FROM investigation WHERE {_LEARNT}"
)
_TOUCHED = f"""
WITH patients AS ({same_person(_HEARD_OF)}), accessions AS (
    SELECT accession_number FROM clinical_report
    WHERE {_LEARNT} AND study_instance_uid IS NULL
), studies AS (
    SELECT study_instance_uid FROM study
    WHERE ({_LEARNT})
       OR patient IN (SELECT patient FROM patients)
       OR accession_number IN (SELECT accession_number FROM accessions)
    UNION SELECT study_instance_uid FROM clinical_report WHERE {_LEARNT}
    UNION SELECT study_instance_uid FROM scope_override
          WHERE overridden_at > %(since)s AND overridden_at <= %(as_of)s
    UNION SELECT study_instance_uid FROM inference
          WHERE deployment = %(deployment)s AND {_LEARNT}
)
SELECT DISTINCT (coalesce(s.study_datetime, i.completed_at) AT TIME ZONE %(zone)s)::date AS day
FROM inference i LEFT JOIN study s USING (study_instance_uid)
WHERE i.deployment = %(deployment)s AND i.recorded_at <= %(as_of)s
  AND (%(since)s::timestamptz IS NULL OR i.study_instance_uid IN (SELECT study_instance_uid FROM studies))
UNION
SELECT c.day FROM judged_case c
WHERE c.deployment = %(deployment)s
  AND (%(since)s::timestamptz IS NULL OR c.study_instance_uid IN (SELECT study_instance_uid FROM studies))
"""
