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

    Leaves the columnar tables `run` (one inference a study, finding and side: the last completed one;
    marks of single lesions are left aside), `study`, `report`, `outcome` and `follow_up`, each in its
    latest revision. Patients that were merged by then go by the surviving identifier.
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
    pg.execute("DROP TABLE IF EXISTS person")
    pg.execute(
        literal(f"CREATE TEMP TABLE person AS {same_person('SELECT patient FROM chosen')}"),
        chosen,
    )
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
        "CREATE OR REPLACE TABLE run AS SELECT * FROM inference WHERE lesion IS NULL QUALIFY row_number() OVER "
        "(PARTITION BY study_instance_uid, finding, laterality ORDER BY completed_at DESC, inference_id DESC) = 1"
    )
    _merge_patients(duck)
    pg.execute("DROP TABLE chosen, person")


def same_person(patients: str) -> str:
    """The query of every identifier, retired or surviving, of the patients of a query."""
    return (
        "WITH RECURSIVE merged AS (SELECT DISTINCT ON (prior_patient) prior_patient, patient "
        "FROM patient_merge WHERE recorded_at <= %(as_of)s ORDER BY prior_patient, revision DESC), "
        f"same AS ({patients} UNION SELECT CASE WHEN merged.patient = same.patient "
        "THEN merged.prior_patient ELSE merged.patient END FROM same JOIN merged "
        "ON same.patient IN (merged.patient, merged.prior_patient)) SELECT patient FROM same"
    )


def _merge_patients(duck: duckdb.DuckDBPyConnection) -> None:
    """Put the surviving identifier in place of every retired one, through merges of merges."""
    duck.execute(
        "CREATE OR REPLACE TABLE survivor AS WITH RECURSIVE chain AS ("
        "SELECT prior_patient, patient, 1 AS steps FROM patient_merge UNION ALL "
        "SELECT c.prior_patient, m.patient, steps + 1 FROM chain c JOIN patient_merge m "
        f"ON m.prior_patient = c.patient WHERE steps < {MOST_MERGES}) "
        "SELECT prior_patient, arg_max(patient, steps) AS patient FROM chain GROUP BY prior_patient"
    )
    for table in ("study", "outcome", "follow_up"):
        duck.execute(
            f"UPDATE {table} SET patient = s.patient FROM survivor s WHERE {table}.patient = s.prior_patient"
        )


MOST_MERGES = 20
"""Merges in a row that are followed; a ring of merges ends there."""

_SOURCE = {"report": "clinical_report"}
_OF_STUDY = (
    "(t.study_instance_uid IN (SELECT study_instance_uid FROM chosen) "
    "OR t.accession_number IN (SELECT accession_number FROM chosen))"
)
_OF_PATIENT = "t.patient IN (SELECT patient FROM person) AND t.finding = ANY(%(findings)s)"
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
    "patient_merge": ("prior_patient", "t.prior_patient IN (SELECT patient FROM person)"),
}
