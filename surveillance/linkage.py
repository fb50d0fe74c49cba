"""Study ↔ inference ↔ report ↔ outcome, as known on a date, brought together in columns."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import psycopg

from surveillance.columnar import draw, literal
from surveillance.view import DeploymentView

_LATEST = "SELECT * EXCLUDE (nth) FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY revision DESC) AS nth FROM {table}) WHERE nth = 1"


def gather(
    pg: psycopg.Connection[Any],
    duck: duckdb.DuckDBPyConnection,
    view: DeploymentView,
    *,
    as_of: datetime,
    days: Sequence[date] | None = None,
) -> None:
    """Draw what was known on `as_of` of one deployment (of some study days only, if given).

    Leaves the columnar tables `run` (one inference a study and finding: the last completed one),
    `study`, `report`, `outcome` and `follow_up`, each in its latest revision.
    """
    chosen = {
        "deployment": view.key,
        "as_of": as_of,
        "zone": view.time_zone,
        "days": list(days) if days is not None else None,
        "findings": list(view.findings),
    }
    pg.execute("DROP TABLE IF EXISTS chosen")
    pg.execute(
        "CREATE TEMP TABLE chosen AS SELECT DISTINCT i.study_instance_uid, s.patient, s.accession_number "
        "FROM inference i LEFT JOIN study s USING (study_instance_uid) "
        "WHERE i.deployment = %(deployment)s AND (%(days)s::date[] IS NULL OR "
        "(coalesce(s.study_datetime, i.completed_at) AT TIME ZONE %(zone)s)::date = ANY(%(days)s))",
        chosen,
    )
    pg.execute("ANALYZE chosen")
    for table, (key, condition) in _DRAWN.items():
        draw(
            duck,
            f"{table}_revisions",
            pg,
            literal(
                f"SELECT t.* FROM {_SOURCE.get(table, table)} t WHERE recorded_at <= %(as_of)s AND {condition}"
            ),
            chosen,
        )
        latest = _LATEST.format(key=key, table=f"{table}_revisions")
        duck.execute(f"CREATE OR REPLACE TABLE {table} AS {latest}")
        duck.execute(f"DROP TABLE {table}_revisions")
    duck.execute(
        "CREATE OR REPLACE TABLE run AS SELECT * FROM inference QUALIFY row_number() OVER "
        "(PARTITION BY study_instance_uid, finding ORDER BY completed_at DESC, inference_id DESC) = 1"
    )
    pg.execute("DROP TABLE chosen")


_SOURCE = {"report": "clinical_report"}
_OF_STUDY = (
    "(t.study_instance_uid IN (SELECT study_instance_uid FROM chosen) "
    "OR t.accession_number IN (SELECT accession_number FROM chosen))"
)
_OF_PATIENT = "t.patient IN (SELECT patient FROM chosen) AND t.finding = ANY(%(findings)s)"
_DRAWN = {
    "inference": (
        "inference_id",
        "t.deployment = %(deployment)s AND t.study_instance_uid IN (SELECT study_instance_uid FROM chosen)",
    ),
    "study": (
        "study_instance_uid",
        "t.study_instance_uid IN (SELECT study_instance_uid FROM chosen)",
    ),
    "report": ("report_id, finding", f"t.finding = ANY(%(findings)s) AND {_OF_STUDY}"),
    "outcome": ("outcome_id", _OF_PATIENT),
    "follow_up": ("patient, finding, followed_to", _OF_PATIENT),
}
