"""Count how the studies of a site over the last year fit the scope that an algorithm is cleared for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import psycopg
from sqlmodel import Session

from register.lifecycle import State
from register.procurement.due_diligence import begun
from register.procurement.facts import ENTER, deployments_here
from register.procurement.parties import known_pair
from register.refusal import Refusal
from register.scope import Scope
from surveillance.age_band import AGE_BAND
from surveillance.columnar import columns, draw, quoted
from surveillance.eligibility import judge_all, key_expression
from surveillance.procurement.local_fit import LocalFit
from surveillance.view import DeploymentView, view, views

PERIOD = timedelta(days=365)
KIND = ("modality", "body_part_examined")
"""A study that these rule out is none that would be sent; it is counted apart."""
STRATA = {
    "scanner": "manufacturer_model_name",
    "protocol": "protocol_name",
    "age": AGE_BAND,
}


class NothingToFit(Refusal):
    """There is no deployment whose scope the studies could be held against."""


def measure_fit(
    session: Session, pg: psycopg.Connection[Any], algorithm: str, site: str, *, at: datetime
) -> Sequence[LocalFit]:
    """Count and keep the fit of each deployment of an algorithm at a site, over the last 365 days.

    The studies are those known at the moment, each as last corrected, judged as in the use that is proposed.
    """
    known_pair(session, algorithm, site)
    here = deployments_here(session, algorithm, site)
    if not here:
        raise NothingToFit(f"No deployment of {algorithm} at {site} is entered. {ENTER}")
    return [fit for entry in here for fit in _fits(session, pg, view(session, entry.key), at)]


def measure_begun(
    session: Session, pg: psycopg.Connection[Any], *, at: datetime
) -> Sequence[LocalFit]:
    """Count anew for every proposed deployment whose due diligence was begun."""
    pairs = begun(session)
    return [
        fit
        for known in views(session)
        if (known.algorithm, known.site) in pairs and known.state_on(at.date()) is State.PROPOSED
        for fit in _fits(session, pg, known, at)
    ]


def _fits(
    session: Session, pg: psycopg.Connection[Any], known: DeploymentView, at: datetime
) -> list[LocalFit]:
    kept = []
    with columns() as duck:
        draw(
            duck,
            "candidate",
            pg,
            "SELECT * FROM (SELECT DISTINCT ON (study_instance_uid) * FROM study "
            "WHERE site = %(site)s AND recorded_at <= %(at)s ORDER BY study_instance_uid, revision DESC) s "
            "WHERE study_datetime > %(since)s AND study_datetime <= %(at)s",
            {"site": known.site, "at": at, "since": at - PERIOD},
        )
        for finding in known.findings:
            fit = LocalFit(
                deployment=known.key, finding=finding, first=(at - PERIOD).date(), last=at.date(), as_of=at,
                content=_counted(duck, _kind_first(known), finding),
            )  # fmt: skip
            session.add(fit)
            kept.append(fit)
    session.flush()
    return kept


def _kind_first(known: DeploymentView) -> DeploymentView:
    """The same scope with modality and body part asked first: what they rule out, they decide."""
    return replace(
        known,
        indications=tuple(
            replace(i, scope=tuple(sorted(i.scope, key=lambda clause: clause.attribute not in KIND)))
            for i in known.indications
        ),
    )  # fmt: skip


def _counted(
    duck: duckdb.DuckDBPyConnection, known: DeploymentView, finding: str
) -> dict[str, Any]:
    duck.execute(
        f"CREATE OR REPLACE TABLE judged AS SELECT *, {quoted(finding)} AS finding, true AS has_study, "
        f"{quoted(known.entry.use_mode)} AS use_mode, {AGE_BAND} AS age_band FROM candidate"
    )
    judge_all(duck, known, "judged")
    duck.execute(
        f"CREATE OR REPLACE TABLE fit AS SELECT *, scope = {quoted(Scope.OUT)} AND "
        f"coalesce(scope_attribute, '') IN ({', '.join(map(quoted, KIND))}) AS elsewhere "
        f"FROM (SELECT *, {key_expression(known)} AS scope_key FROM judged) JOIN eligibility USING (scope_key)"
    )
    studies, elsewhere = duck.execute("SELECT count(*), count(*) FILTER (elsewhere) FROM fit").fetchall()[0]  # fmt: skip
    clauses = duck.execute(
        "SELECT scope, scope_attribute, scope_clause, count(*) FROM fit "
        f"WHERE NOT elsewhere AND scope <> {quoted(Scope.IN)} GROUP BY ALL ORDER BY 4 DESC, 1, 2, 3"
    ).fetchall()
    return {
        "studies": studies,
        "elsewhere": elsewhere,
        "counts": _by_decision(duck, "''").get("", dict.fromkeys(map(str, Scope), 0)),
        "clauses": [
            {"scope": scope, "attribute": attribute, "clause": clause, "studies": n}
            for scope, attribute, clause, n in clauses
        ],
        "strata": {name: _by_decision(duck, column) for name, column in STRATA.items()},
    }


def _by_decision(duck: duckdb.DuckDBPyConnection, level: str) -> dict[str, dict[str, int]]:
    """Level -> decision -> studies, the largest level first."""
    counted = ", ".join(f"count(*) FILTER (scope = {quoted(scope)})" for scope in Scope)
    rows = duck.execute(
        f"SELECT coalesce({level}, 'not known') AS level, {counted} FROM fit WHERE NOT elsewhere "
        "GROUP BY level ORDER BY count(*) DESC, level"
    ).fetchall()
    return {name: dict(zip(map(str, Scope), numbers, strict=True)) for name, *numbers in rows}
