"""A run of a local validation: each criterion over all cases and on each scanner of the fleet."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import psycopg
from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from surveillance.claim import figures
from surveillance.columnar import columns
from surveillance.judging import judge_cases
from surveillance.material import Material, materials
from surveillance.performance import as_json
from surveillance.statistics.claims import Verdict
from surveillance.validation.plan import ValidationPlan
from surveillance.view import DeploymentView, view

SCANNER = "device_serial_number"


class ValidationRun(SQLModel, table=True):
    """One run of a protocol as known at a data cut; written once."""

    __tablename__ = "validation_run"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    plan: str = column("Key of the validation", Privacy.OPERATIONAL, index=True)
    as_of: datetime = column("Data cut", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    content: dict[str, Any] = column("Verdicts and counts", Privacy.OPERATIONAL, sa_type=JSON)
    run_by: str = column("Who ran it", Privacy.PERSON)


def run(
    session: Session,
    pg: psycopg.Connection[Any],
    plan: ValidationPlan,
    *,
    by: str,
    as_of: datetime,
) -> ValidationRun:
    """Judge the cases of the protocol's period and mode against its criteria.

    The whole is *met* when every criterion is met over all cases, the minimum of positives is reached
    and no scanner breaches; *breached* when any criterion is breached anywhere; else *not shown*.
    `prospective` says whether the criteria were fixed before the first case was examined.
    """
    known = view(session, plan.deployment, as_of)
    with columns() as duck:
        judge_cases(pg, duck, known, as_of=as_of)
        material = next(
            m for m in materials(duck, pg, known, as_of=as_of) if m.finding == plan.finding
        )
    content = _judge(material, plan, known)
    found = ValidationRun(plan=plan.key, as_of=as_of, content=content, run_by=by)
    session.add(found)
    session.flush()
    return found


def runs(session: Session, plan: str) -> list[ValidationRun]:
    """The runs of a protocol, in order."""
    return list(
        session.exec(
            select(ValidationRun).where(ValidationRun.plan == plan).order_by(col(ValidationRun.id))
        )
    )


def _judge(material: Material, plan: ValidationPlan, known: DeploymentView) -> dict[str, Any]:
    said = plan.content
    first, last = (date.fromisoformat(said[end]) for end in ("from", "to"))
    days = pd.to_datetime(material.mature["day"]).dt.date
    cases = material.mature[
        (days >= first) & (days <= last)
        & (material.mature["use_mode"] == said["use_mode"])
        & (material.mature["version"] == plan.version)
    ]  # fmt: skip
    levels = {
        level: cases[cases[said["by"]] == level] for level in _levels(cases, known, said["by"])
    }
    verdicts = [
        {"by": by, "level": level, **judged}
        for by, level, part in [
            ("", "", cases),
            *((said["by"], name, part) for name, part in levels.items()),
        ]
        for judged in _criteria(part, material.reads, said)
    ]
    positives = int((cases["truth"] == "positive").sum())
    examined = pd.to_datetime(cases["study_datetime"], utc=True).min()
    return {
        "cases": len(cases),
        "verified": int(cases["truth"].notna().sum()),
        "positives": positives,
        "minimum_positives": said["minimum_positives"],
        "prospective": bool(len(cases) == 0 or plan.fixed_at <= examined),
        "threshold_unchanged": known.entry.threshold_for(plan.finding) == plan.threshold,
        "verdict": _whole(verdicts, enough=positives >= said["minimum_positives"]),
        "verdicts": verdicts,
    }


def _levels(cases: pd.DataFrame, known: DeploymentView, by: str) -> list[str]:
    """The levels that were seen and, of scanners, those of the fleet of which nothing was seen."""
    fleet = [str(one["serial"]) for one in known.entry.scanners if one.get("serial")]
    seen = [str(level) for level in cases[by].dropna().unique()]
    return sorted({*seen, *(fleet if by == SCANNER else ())})


def _criteria(
    cases: pd.DataFrame, reads: pd.DataFrame, said: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    found = figures(cases, reads, alpha=said["alpha"])
    for criterion in said["criteria"]:
        metric, claim, margin = criterion["metric"], criterion["claim"], criterion["margin"]
        held = found.held(metric, claim=claim, margin=margin)
        yield {
            "metric": metric,
            "claim": claim,
            "threshold": claim - margin,
            "verdict": held.verdict.value,
            "figure": as_json(found.figure(metric), found.trials(metric)),
            "n_needed": held.n_needed,
            "reason": held.reason,
        }


def _whole(verdicts: list[dict[str, Any]], *, enough: bool) -> str:
    if any(one["verdict"] == Verdict.BREACHED for one in verdicts):
        return Verdict.BREACHED.value
    met = all(one["verdict"] == Verdict.MET for one in verdicts if not one["by"])
    return (Verdict.MET if met and enough else Verdict.NOT_SHOWN).value
