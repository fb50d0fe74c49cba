"""A run of a local validation: each criterion over all cases and on each scanner of the fleet."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import psycopg
from sqlmodel import Session

from register.error_rates import ErrorRates
from surveillance.analyses.multi_reader import in_sight
from surveillance.claim import figures, side
from surveillance.columnar import columns
from surveillance.judging import judge_cases
from surveillance.material import Material, materials
from surveillance.performance import as_json
from surveillance.statistics.claims import Verdict
from surveillance.validation.kept import ValidationNotPossible, ValidationPlan, ValidationRun
from surveillance.validation.plan import READER_GAIN
from surveillance.view import DeploymentView, view

SCANNER = "device_serial_number"
NOT_CROSSED = (
    "No two readers rated the same cases both with the algorithm in sight and without, ten of either kind; "
    "import their ratings as measurements in the unit {rating}."
)
NO_FIGURE: dict[str, Any] = {
    "estimate": None,
    "lower": None,
    "upper": None,
    "n": 0,
    "reason": NOT_CROSSED,
}


def run(
    session: Session,
    pg: psycopg.Connection[Any],
    plan: ValidationPlan,
    *,
    by: str,
    as_of: datetime,
) -> ValidationRun:
    """Judge the cases of the protocol's period and mode against its criteria, once that period has ended.

    The whole is *met* when every criterion is met over all cases, the minimum of positives is reached
    and no scanner breaches; *breached* when any criterion is breached anywhere; else *not shown*.
    `prospective` says whether the criteria were fixed before the first case was examined.
    """
    ends = date.fromisoformat(plan.content["to"])
    if as_of.date() <= ends:
        raise ValidationNotPossible(
            f"The period of '{plan.key}' ends on {ends}; run it after that day, on all of its cases."
        )
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
    errors = known.errors_of(plan.finding)
    verdicts = [
        {"by": by, "level": level, **judged}
        for by, level, part in [
            ("", "", cases),
            *((said["by"], name, part) for name, part in levels.items()),
        ]
        for judged in _criteria(part, material.reads, errors, said)
    ]
    positives = int((cases["truth"] == "positive").sum())
    examined = pd.to_datetime(cases["study_datetime"], utc=True).min()
    whole = _whole(verdicts, enough=positives >= said["minimum_positives"])
    return {
        "cases": len(cases),
        "verified": int(cases["truth"].notna().sum()),
        "positives": positives,
        "minimum_positives": said["minimum_positives"],
        "prospective": bool(len(cases) == 0 or plan.fixed_at <= examined),
        "threshold_unchanged": known.entry.threshold_for(plan.finding) == plan.threshold,
        "verdict": whole,
        "statement": _reserved({"verdict": whole, "verdicts": verdicts}),
        "verdicts": verdicts,
    }


def _levels(cases: pd.DataFrame, known: DeploymentView, by: str) -> list[str]:
    """The levels that were seen and, of scanners, those of the fleet of which nothing was seen."""
    fleet = [str(one["serial"]) for one in known.entry.scanners if one.get("serial")]
    seen = [str(level) for level in cases[by].dropna().unique()]
    return sorted({*seen, *(fleet if by == SCANNER else ())})


def _criteria(
    cases: pd.DataFrame,
    reads: pd.DataFrame,
    errors: Mapping[str, ErrorRates],
    said: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    found = figures(cases, reads, errors, alpha=said["alpha"])
    for criterion in said["criteria"]:
        metric, claim, margin = criterion["metric"], criterion["claim"], criterion["margin"]
        if metric == READER_GAIN:
            yield {"metric": metric, "claim": claim, "threshold": claim - margin,
                   **_gain(cases, reads, claim - margin)}  # fmt: skip
            continue
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


def _gain(cases: pd.DataFrame, reads: pd.DataFrame, threshold: float) -> dict[str, Any]:
    compared = in_sight(cases[cases["truth"].notna()], reads)
    figure = compared["difference"] if compared else NO_FIGURE
    return {
        "verdict": side(figure["lower"], figure["upper"], threshold=threshold).value,
        "figure": figure,
        "n_needed": None,
        "reason": figure.get("reason"),
    }


def _whole(verdicts: list[dict[str, Any]], *, enough: bool) -> str:
    if any(one["verdict"] == Verdict.BREACHED for one in verdicts):
        return Verdict.BREACHED.value
    met = all(one["verdict"] == Verdict.MET for one in verdicts if not one["by"])
    return (Verdict.MET if met and enough else Verdict.NOT_SHOWN).value


def _reserved(content: Mapping[str, Any]) -> str:
    """Where a whole that is met is not shown: on which strata, and how many cases are wanting; else nothing."""
    if content["verdict"] != Verdict.MET:
        return ""
    needed: dict[str, list[int | None]] = {}
    for one in content["verdicts"]:
        if one["by"] and one["verdict"] == Verdict.NOT_SHOWN:
            needed.setdefault(one["level"], []).append(one["n_needed"])
    if not needed:
        return ""
    return "met over all cases; not shown on " + ", on ".join(
        f"{level}: {_wanting(counts)}" for level, counts in needed.items()
    )


def _wanting(counts: list[int | None]) -> str:
    known = [n for n in counts if n is not None]
    return (
        f"{max(known):,} more cases needed"
        if len(known) == len(counts)
        else "how many more cases are needed is not known"
    )
