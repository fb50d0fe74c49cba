"""Lesion by lesion: what the algorithm marked, what turned out to be there, and what it left unmarked."""

import duckdb
from sqlmodel import SQLModel

from register.columns import Privacy, column
from surveillance.reference_standard import resolve_lesions
from surveillance.view import DeploymentView

NO_MARK = "none"
"""The call of a lesion that the algorithm left unmarked."""


class JudgedLesion(SQLModel, table=True):
    """One lesion of a case: marked or not, and what it turned out to be."""

    __tablename__ = "judged_lesion"

    inference_id: str = column("The case", Privacy.PSEUDONYM, primary_key=True)
    lesion: str = column(
        "The lesion, by the name its marks have", Privacy.PSEUDONYM, primary_key=True
    )
    laterality: str | None = column("Which side", Privacy.CLINICAL)
    call: str = column("What the algorithm said of it; none = no mark", Privacy.CLINICAL)
    score: float | None = column("Its score", Privacy.CLINICAL)
    truth: str | None = column("What it turned out to be; empty = not known", Privacy.CLINICAL)
    tier: str | None = column("Kind of evidence that decided", Privacy.CLINICAL)


LESION_COLUMNS = tuple(JudgedLesion.model_fields)


def judge_lesions(duck: duckdb.DuckDBPyConnection, view: DeploymentView, in_force: str) -> None:
    """Match the marks of each case in `cases` with the outcomes of its lesions; leaves `lesions`.

    A lesion is one by the name that marks and outcomes of the study give it. A mark without an outcome
    of its own is negative when the study is, or when other lesions of the study were settled one by
    one; otherwise it is not known. `in_force` is the columnar expression of the operating point.
    """
    duck.execute(f"CREATE OR REPLACE TABLE mark AS {_MARKS.format(in_force=in_force)}")
    duck.execute(f"CREATE OR REPLACE TABLE lesion_base AS {_BASE}")
    resolve_lesions(duck)
    duck.execute(f"CREATE OR REPLACE TABLE lesions AS {_LESIONS}")


_MARKS = """
SELECT study_instance_uid, finding, lesion, laterality, score,
       CASE WHEN run.call IS NOT NULL THEN run.call
            WHEN {in_force} IS NULL THEN 'indeterminate'
            WHEN run.score >= {in_force} THEN 'positive' ELSE 'negative' END AS call
FROM inference run WHERE lesion IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY study_instance_uid, finding, lesion ORDER BY completed_at DESC, inference_id DESC) = 1
"""
_BASE = f"""
WITH named AS (
    SELECT base.inference_id, m.lesion FROM base JOIN mark m
      ON m.study_instance_uid = base.study_instance_uid AND m.finding = base.finding
    UNION
    SELECT base.inference_id, o.lesion FROM base JOIN outcome o
      ON o.patient = base.patient AND o.finding = base.finding AND (
         o.study_instance_uid = base.study_instance_uid
      OR (o.study_instance_uid IS NULL AND o.accession_number = base.accession_number))
    WHERE o.lesion IS NOT NULL
)
SELECT base.* EXCLUDE (inference_id, lesion, call, score, laterality, unmarked),
       base.inference_id AS of_case, concat(base.inference_id, chr(31), named.lesion) AS inference_id,
       named.lesion, coalesce(m.call, '{NO_MARK}') AS call, m.score,
       coalesce(m.laterality, base.laterality) AS laterality, NULL::VARCHAR AS unmarked
FROM named JOIN base USING (inference_id)
LEFT JOIN mark m ON m.study_instance_uid = base.study_instance_uid AND m.finding = base.finding
                AND m.lesion = named.lesion
"""
_LESIONS = """
WITH settled AS (SELECT DISTINCT of_case FROM lesion_base JOIN lesion_truth USING (inference_id))
SELECT b.of_case AS inference_id, b.lesion, b.laterality, b.call, b.score,
       CASE WHEN t.truth IS NOT NULL THEN t.truth
            WHEN c.truth = 'negative' OR s.of_case IS NOT NULL THEN 'negative' END AS truth,
       coalesce(t.tier, CASE WHEN c.truth = 'negative' THEN c.tier END) AS tier
FROM lesion_base b
JOIN cases c ON c.inference_id = b.of_case
LEFT JOIN lesion_truth t ON t.inference_id = b.inference_id
LEFT JOIN settled s ON s.of_case = b.of_case
"""
