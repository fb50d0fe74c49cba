"""What a proposed register entry would change: the stored studies of a site, judged by both scopes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import psycopg
from sqlmodel import Session

from register import catalogue
from register.entry_form import EntryForm
from register.refusal import Refusal
from surveillance.columnar import columns, draw, quoted
from surveillance.eligibility import judge_all, key_expression
from surveillance.view import NOT_IN_USE, DeploymentView, view


class EntryOfAnother(Refusal):
    """A proposed entry that is about another algorithm than the deployment's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Studies that go from one decision to another, and the clause that decides it."""

    today: str
    proposed: str
    attribute: str
    clause: str
    studies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Every stored study by its decision today and under the proposed entry; the counts add up."""

    deployment: str
    finding: str
    studies: int
    matrix: dict[tuple[str, str], int]
    moved: tuple[Moved, ...]

    def as_json(self) -> dict[str, Any]:
        """The comparison as a value for `--json`."""
        return {
            "deployment": self.deployment,
            "finding": self.finding,
            "studies": self.studies,
            "matrix": [
                {"today": today, "proposed": proposed, "studies": n}
                for (today, proposed), n in self.matrix.items()
            ],
            "moved": [
                {"today": m.today, "proposed": m.proposed, "attribute": m.attribute, "clause": m.clause,
                 "studies": m.studies}
                for m in self.moved
            ],
        }  # fmt: skip


def what_if(
    session: Session,
    pg: psycopg.Connection[Any],
    deployment: str,
    form: EntryForm,
    *,
    finding: str | None = None,
    first: date | None = None,
    last: date | None = None,
    at: datetime,
) -> WhatIf:
    """Judge every study at the deployment's site on some days by today's entry and by a proposed one.

    The proposed entry is imported as any other, and taken back: nothing is recorded.
    """
    known = view(session, deployment)
    chosen = known.finding(finding)
    if form.algorithm is None or form.algorithm.key != known.algorithm:
        raise EntryOfAnother(
            f"{deployment} runs {known.algorithm}; the entry is about "
            f"{form.algorithm.key if form.algorithm else 'no algorithm'}. Name a deployment of that."
        )
    with session.begin_nested() as trial:
        catalogue.record(session, form, by="what-if", at=at)
        proposed = view(session, deployment)
        modes = [_mode(one, at.date()) for one in (known, proposed)]
        trial.rollback()
    with columns() as duck:
        draw(
            duck,
            "candidate",
            pg,
            "SELECT DISTINCT ON (study_instance_uid) * FROM study WHERE site = %(site)s "
            "AND (%(first)s::date IS NULL OR study_datetime >= %(first)s::date) "
            "AND (%(last)s::date IS NULL OR study_datetime < %(last)s::date + 1) "
            "ORDER BY study_instance_uid, revision DESC",
            {"site": known.site, "first": first, "last": last},
        )
        _judge(duck, known, chosen, modes[0], "today")
        _judge(duck, proposed, chosen, modes[1], "proposed")
        rows = duck.execute(_COMPARED).fetchall()
    matrix: dict[tuple[str, str], int] = {}
    for before, after, _, _, studies in rows:
        matrix[before, after] = matrix.get((before, after), 0) + studies
    moved = [
        Moved(today=before, proposed=after, attribute=attribute, clause=clause, studies=studies)
        for before, after, attribute, clause, studies in rows
        if before != after
    ]
    return WhatIf(
        deployment=deployment, finding=chosen, studies=sum(matrix.values()), matrix=matrix, moved=tuple(moved)
    )  # fmt: skip


def _mode(known: DeploymentView, day: date) -> str:
    """How it is used, or would be if it were let run."""
    mode = known.use_mode_on(day)
    return known.entry.use_mode if mode == NOT_IN_USE else mode


def _judge(
    duck: duckdb.DuckDBPyConnection, known: DeploymentView, finding: str, mode: str, table: str
) -> None:
    duck.execute(
        f"CREATE OR REPLACE TABLE judged AS SELECT *, {quoted(finding)} AS finding, true AS has_study, "
        f"{quoted(mode)} AS use_mode FROM candidate"
    )
    judge_all(duck, known, "judged")
    duck.execute(
        f"CREATE TABLE {table} AS SELECT study_instance_uid, scope, scope_attribute, scope_clause FROM "
        f"(SELECT study_instance_uid, {key_expression(known)} AS scope_key FROM judged) "
        "JOIN eligibility USING (scope_key)"
    )


_COMPARED = """
SELECT t.scope, p.scope,
       coalesce(CASE WHEN p.scope = 'in' THEN t.scope_attribute ELSE p.scope_attribute END, '') AS attribute,
       coalesce(CASE WHEN p.scope = 'in' THEN t.scope_clause ELSE p.scope_clause END, '') AS clause,
       count(*)
FROM today t JOIN proposed p USING (study_instance_uid) GROUP BY ALL ORDER BY 5 DESC, 1, 2, 3, 4
"""
"""What decides is the clause that keeps a study out: the proposed one, or today's if that falls."""
