"""Figures derived from the evidence as known at any moment; what a dossier and the command line quote."""

from datetime import date, datetime
from typing import Any

import psycopg
from sqlmodel import Session

from register.refusal import Refusal
from surveillance.analyses import analyse
from surveillance.change_ledger import ledger
from surveillance.columnar import columns
from surveillance.judged_case import STRATA
from surveillance.judging import judge_cases
from surveillance.material import materials
from surveillance.performance import measure
from surveillance.restatement import restated_as_json, restatements
from surveillance.view import view


class NotAsked(Refusal):
    """A figure was asked in words the product does not know."""


def performance_of(
    session: Session,
    pg: psycopg.Connection[Any],
    deployment: str,
    *,
    finding: str | None,
    first: date | None,
    last: date | None,
    as_of: datetime,
    by: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Performance in its public form, from evidence and register as they were known at `as_of`."""
    known = view(session, deployment, as_of)
    chosen = known.finding(finding)
    for name in by:
        if name not in (*STRATA, "month") and not name.startswith("x_"):
            raise NotAsked(
                f"Figures cannot be broken down by '{name}'; use month, {', '.join(STRATA)} or an x_ column."
            )
    with columns() as duck:
        judge_cases(pg, duck, known, as_of=as_of)
        cases = duck.execute("FROM cases ORDER BY day, inference_id").df()
        reads = duck.execute("FROM reads ORDER BY inference_id, report_id").df()
    return measure(
        cases,
        reads,
        deployment=deployment,
        finding=chosen,
        first=first,
        last=last,
        as_of=as_of,
        by=by,
        errors=known.errors_of(chosen),
    )


def analyses_of(
    session: Session,
    pg: psycopg.Connection[Any],
    deployment: str,
    *,
    finding: str | None,
    as_of: datetime,
) -> dict[str, dict[str, Any]]:
    """Every analysis whose question arises, by kind, from evidence and register as known at `as_of`."""
    known = view(session, deployment, as_of)
    chosen = known.finding(finding)
    with columns() as duck:
        judge_cases(pg, duck, known, as_of=as_of)
        of_findings = {m.finding: m for m in materials(duck, pg, known, as_of=as_of)}
        answers = dict(analyse(of_findings[chosen], ledger(session, known, at=as_of)))
    if answers:
        found = restatements(session, deployment, chosen, as_of=as_of)
        answers["restatements"] = restated_as_json(found)
    return answers
