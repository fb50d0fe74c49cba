"""From evidence to judged cases: linked, in scope or not, with what turned out to be true."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pandas as pd
import psycopg

from surveillance.age_band import AGE_BAND
from surveillance.columnar import draw, quoted
from surveillance.eligibility import judge_all, key_expression
from surveillance.judged_case import CASE_COLUMNS, READ_COLUMNS
from surveillance.lesions import judge_lesions
from surveillance.linkage import gather
from surveillance.reference_standard import resolve
from surveillance.view import DeploymentView


def judge_cases(
    pg: psycopg.Connection[Any],
    duck: duckdb.DuckDBPyConnection,
    view: DeploymentView,
    *,
    as_of: datetime,
    days: Sequence[date] | None = None,
) -> None:
    """Derive the cases of a deployment as known on a date (of some study days only, if given).

    Leaves the columnar tables `cases`, `reads` and `lesions`, with the columns of `judged_case`,
    `judged_read` and `judged_lesion`.
    """
    gather(pg, duck, view, as_of=as_of, days=days)
    duck.execute("CREATE OR REPLACE TABLE base AS " + _base(view))
    _give_use_mode(duck, view)
    judge_all(duck, view, "base")
    resolve(duck, view)
    draw(duck, "abnormal", pg, _OVERRIDDEN, [view.key, as_of])
    listed = ", ".join(CASE_COLUMNS)
    duck.execute(
        f"CREATE OR REPLACE TABLE cases AS SELECT {listed} FROM (SELECT * {_AS_IT_COUNTS} FROM "
        f"(SELECT *, {key_expression(view)} AS scope_key FROM base) "
        "JOIN eligibility USING (scope_key) LEFT JOIN truth USING (inference_id) "
        "LEFT JOIN abnormal USING (study_instance_uid, finding))"
    )
    duck.execute(
        f"CREATE OR REPLACE TABLE reads AS SELECT {', '.join(READ_COLUMNS)} FROM ({_READS})"
    )
    judge_lesions(duck, view, _in_force(view))


def _base(view: DeploymentView) -> str:
    """One row a run: study attributes beside the output, called by the operating point if not called."""
    in_force = _in_force(view)
    waits = " ".join(f"WHEN {quoted(f)} THEN {view.matures_after_days(f)}" for f in view.findings)
    matures = f"CASE run.finding {waits} ELSE 0 END" if waits else "0"
    versions = " ".join(
        f"WHEN {quoted(i.finding)} THEN {quoted(i.protocol.version)}" for i in view.indications
    )
    protocol = f"CASE run.finding {versions} END" if versions else "NULL::VARCHAR"
    zone, version = quoted(view.time_zone), quoted(view.version)
    return f"""
    SELECT *, CASE WHEN call = 'positive' AND marked IN ('L', 'R') AND coalesce(examined, 'B') IN ('B', 'U')
                   AND count(*) OVER (PARTITION BY study_instance_uid, finding) = 1
              THEN CASE marked WHEN 'L' THEN 'R' ELSE 'L' END END AS unmarked
    FROM (
    SELECT run.inference_id, run.deployment, run.finding, coalesce(run.version, {version}) AS version,
           run.study_instance_uid, run.lesion, study.patient, study.accession_number, study.site,
           coalesce(study.study_datetime, run.completed_at) AS study_datetime,
           study.study_instance_uid IS NOT NULL AS has_study,
           timezone({zone}, coalesce(study.study_datetime, run.completed_at))::DATE AS day,
           day + ({matures}) AS matures_on,
           CASE WHEN run.call IS NOT NULL THEN run.call
                WHEN {in_force} IS NULL THEN 'indeterminate'
                WHEN run.score >= {in_force} THEN 'positive' ELSE 'negative' END AS call,
           run.score, run.failure_reason, run.user_action, run.measurement, run.measurement_unit,
           run.received_at, run.completed_at, run.shown_at, {protocol} AS protocol,
           {AGE_BAND} AS age_band,
           study.patient_age, study.patient_sex, study.setting, study.priority, study.modality,
           study.body_part_examined, study.view_position,
           coalesce(run.laterality, study.laterality) AS laterality, study.protocol_name,
           study.contrast_bolus_agent, study.manufacturer, study.manufacturer_model_name,
           study.device_serial_number, study.software_versions, study.slice_thickness, study.kvp,
           study.convolution_kernel, study.magnetic_field_strength, study.exposure_index,
           study.patient_position, study.extra, run.laterality AS marked, study.laterality AS examined
    FROM run LEFT JOIN study USING (study_instance_uid))
    """


def _in_force(view: DeploymentView) -> str:
    """The operating point of a run: its own, else the deployment's for the finding."""
    thresholds = " ".join(
        f"WHEN {quoted(finding)} THEN {threshold}"
        for finding in view.findings
        if (threshold := view.entry.threshold_for(finding)) is not None
    )
    if not thresholds:
        return "run.threshold"
    return f"coalesce(run.threshold, CASE run.finding {thresholds} END)"


def _give_use_mode(duck: duckdb.DuckDBPyConnection, view: DeploymentView) -> None:
    days = [row[0] for row in duck.execute("SELECT DISTINCT day FROM base").fetchall()]
    frame = pd.DataFrame(
        {"day": pd.to_datetime(days), "use_mode": [view.use_mode_on(day) for day in days]}
    )
    duck.register("modes", frame)
    duck.execute(
        "CREATE OR REPLACE TABLE base AS SELECT base.*, m.use_mode::VARCHAR AS use_mode "
        "FROM base JOIN modes m ON m.day::DATE = base.day"
    )
    duck.unregister("modes")


_AS_IT_COUNTS = """
REPLACE (coalesce(other_side, laterality) AS laterality, CASE WHEN other_side IS NULL THEN call ELSE 'negative' END AS call,
         CASE WHEN other_side IS NULL THEN score END AS score,
         CASE WHEN overridden THEN 'out' ELSE scope END AS scope,
         CASE WHEN overridden AND scope <> 'out' THEN 'override' ELSE scope_attribute END AS scope_attribute,
         CASE WHEN overridden AND scope <> 'out' THEN 'abnormal use' ELSE scope_value END AS scope_value,
         CASE WHEN overridden AND scope <> 'out' THEN 'let through by a clinician against the scope gate'
              ELSE scope_clause END AS scope_clause)
"""
"""Of the side where the finding was and that it left unmarked, the algorithm said negative, and gave no score.

What a clinician let run against the gate is out of scope, even where the register or the study says otherwise today.
"""
_OVERRIDDEN = """
SELECT DISTINCT study_instance_uid, finding, true AS overridden FROM scope_override
WHERE deployment = %s AND overridden_at <= %s
"""
_READS = """
WITH matched AS (
    SELECT cases.inference_id AS of_case, cases.laterality AS side, report.* FROM cases JOIN report
      ON report.finding = cases.finding AND report.study_instance_uid = cases.study_instance_uid
    UNION ALL
    SELECT cases.inference_id AS of_case, cases.laterality AS side, report.* FROM cases JOIN report
      ON report.finding = cases.finding AND report.accession_number = cases.accession_number
     AND report.study_instance_uid IS NULL
)
SELECT of_case AS inference_id, report_id, call, reader, reader_role, read, reported_at, opened_at,
       communicated_at, recommended_action, measurement, measurement_unit, read_by,
       coalesce(ai_visible, 'unknown') AS ai_visible,
       coalesce(reader_role, '') <> 'study_reader' AND row_number() OVER (
           PARTITION BY of_case
           ORDER BY coalesce(reader_role, '') = 'study_reader',
                    CASE status WHEN 'amended' THEN 0 WHEN 'preliminary' THEN 2 ELSE 1 END,
                    CASE read WHEN 'arbitration' THEN 0 WHEN 'second' THEN 1 ELSE 2 END,
                    reported_at DESC, report_id) = 1 AS deciding
FROM matched WHERE laterality IS NULL OR side IS NULL OR laterality = side
"""
