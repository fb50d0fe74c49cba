"""What turned out to be true of each case, by the protocol of its finding: one relational expression."""

import duckdb
import pandas as pd

from register.reference_standard import FOLLOW_UP
from surveillance.view import DeploymentView


def resolve(duck: duckdb.DuckDBPyConnection, view: DeploymentView) -> None:
    """Resolve the cases in the columnar table `base` against `outcome` and `follow_up`.

    An outcome counts when the protocol names its kind of evidence, when it belongs to the study (by
    study UID or accession number, or by patient and time if the source knows neither), and when it
    occurred within the protocol's days. Stronger evidence decides; within one kind, a positive stands
    before an indeterminate and that before a negative. A negative by follow-up needs follow-up to its
    full length and no positive of any kind until then.

    Where the protocol asks for the same side, an outcome of the other side is none of the case's, with
    one exception: where the only output on a study of both sides marks one side, and the finding proves
    to be on the other, the finding was missed. `other_side` then names where it was. The
    outcome of a single lesion can make its study positive, but never negative. Where the protocol gives
    a limit to the measured value, that value decides and not the word of the source.

    Leaves `truth(inference_id, truth, tier, outcome_id, occurred_at, known_at, reference_measurement,
    verification_reason, verification_probability, other_side)`; a case that is not in it is not known.
    """
    _tabulate(duck, view)
    duck.execute(f"CREATE OR REPLACE TABLE truth AS {_truth('base', _OF_STUDY)}")


def resolve_lesions(duck: duckdb.DuckDBPyConnection) -> None:
    """Resolve the lesions in the columnar table `lesion_base` by their own outcomes, after `resolve`.

    Leaves `lesion_truth` as `resolve` leaves `truth`, without what follow-up would close.
    """
    duck.execute(f"CREATE OR REPLACE TABLE lesion_truth AS {_truth('lesion_base', _OF_LESION)}")


_SAME_SIDE = (
    "(NOT p.same_side OR o.laterality IS NULL OR base.laterality IS NULL "
    "OR o.laterality = base.laterality OR o.laterality IN ('B', 'U') OR base.laterality IN ('B', 'U'))"
)
_LEFT_UNMARKED = "(p.same_side AND o.value = 'positive' AND o.laterality = base.unmarked)"
_OF_STUDY = "(o.lesion IS NULL OR o.value = 'positive')"
_OF_LESION = "o.lesion = base.lesion"


def _truth(cases: str, of: str) -> str:
    """The resolving query over a table of cases; `of` says which outcomes can settle one."""
    return _TRUTH.format(cases=cases, of=of)


_TRUTH = f"""
WITH base AS (FROM {{cases}}), matched AS (
    SELECT base.inference_id, base.study_datetime, base.measurement_unit AS run_unit,
           p.matures_after_days, o.*, CASE WHEN {_LEFT_UNMARKED} THEN o.laterality END AS other_side,
           (o.study_instance_uid IS NOT NULL OR o.accession_number IS NOT NULL) AS linked,
           date_diff('second', base.study_datetime, o.occurred_at) / 86400.0 AS days_after
    FROM base
    JOIN protocol p ON p.finding = base.finding
    JOIN outcome o ON o.patient = base.patient AND o.finding = base.finding
    WHERE ({_SAME_SIDE} OR {_LEFT_UNMARKED}) AND {{of}} AND (
          o.study_instance_uid = base.study_instance_uid
       OR (o.study_instance_uid IS NULL AND o.accession_number = base.accession_number)
       OR (o.study_instance_uid IS NULL AND o.accession_number IS NULL AND o.occurred_at >= base.study_datetime))
), by_rule AS (
    SELECT m.inference_id, CASE WHEN r.unit IS NULL THEN m.value ELSE r.value END AS truth,
           m.evidence AS tier, m.outcome_id, m.occurred_at, coalesce(m.known_at, m.occurred_at) AS known_at,
           CASE WHEN m.measurement_unit = m.run_unit THEN m.measurement END AS reference_measurement,
           m.verification_reason, m.verification_probability, m.other_side
    FROM matched m
    JOIN rule r ON r.finding = m.finding AND r.evidence = m.evidence AND CASE
        WHEN r.unit IS NULL THEN m.value IN (r.value, 'indeterminate')
        ELSE m.measurement_unit = r.unit AND coalesce(m.measurement >= r.at_least, true)
             AND coalesce(m.measurement < r.below, true) END
    WHERE (r.within_days IS NULL OR m.days_after <= r.within_days)
      AND (m.linked OR m.days_after <= coalesce(r.within_days, m.matures_after_days))
      AND (r.codes = '' OR len(list_filter(string_split(r.codes, ','), lambda c: starts_with(m.code, c))) > 0)
), by_follow_up AS (
    SELECT base.inference_id, 'negative' AS truth, '{FOLLOW_UP}' AS tier, NULL AS outcome_id,
           base.study_datetime + to_days(p.negative_after_days) AS occurred_at,
           base.study_datetime + to_days(p.negative_after_days) AS known_at,
           NULL::DOUBLE AS reference_measurement,
           'clinical' AS verification_reason, NULL::DOUBLE AS verification_probability, NULL AS other_side
    FROM base
    JOIN protocol p ON p.finding = base.finding AND p.negative_after_days IS NOT NULL
    JOIN (SELECT patient, finding, max(followed_to) AS followed_to FROM follow_up GROUP BY ALL) f
      ON f.patient = base.patient AND f.finding = base.finding
    WHERE base.lesion IS NULL AND f.followed_to >= base.day + p.negative_after_days
      AND NOT EXISTS (
          SELECT 1 FROM outcome o
          WHERE o.patient = base.patient AND o.finding = base.finding AND o.value = 'positive'
            AND ({_SAME_SIDE} OR {_LEFT_UNMARKED})
            AND o.occurred_at BETWEEN base.study_datetime - INTERVAL 1 DAY
                                  AND base.study_datetime + to_days(p.negative_after_days))
), candidate AS (
    SELECT * FROM by_rule UNION ALL BY NAME SELECT * FROM by_follow_up
)
SELECT c.inference_id, c.truth, c.tier, c.outcome_id, c.occurred_at, c.known_at, c.reference_measurement, c.verification_reason,
       c.verification_probability, CASE WHEN c.truth = 'positive' THEN c.other_side END AS other_side
FROM candidate c
JOIN base ON base.inference_id = c.inference_id
LEFT JOIN tier t ON t.finding = base.finding AND t.evidence = c.tier
QUALIFY row_number() OVER (
    PARTITION BY c.inference_id
    ORDER BY coalesce(t.rank, 99),
             CASE c.truth WHEN 'positive' THEN 0 WHEN 'indeterminate' THEN 1 ELSE 2 END,
             c.other_side NULLS FIRST, c.occurred_at, c.outcome_id NULLS LAST) = 1
"""


def _tabulate(duck: duckdb.DuckDBPyConnection, view: DeploymentView) -> None:
    """The protocols of the deployment's findings as the tables `protocol`, `rule` and `tier`."""
    by_finding = {indication.finding: indication.protocol for indication in view.indications}
    protocols = [
        (finding, p.matures_after_days, p.negative_after_days, p.same_side)
        for finding, p in by_finding.items()
    ]
    rules = [
        (
            finding,
            r.value,
            r.evidence,
            r.within_days,
            ",".join(r.codes),
            r.at_least,
            r.below,
            r.unit,
        )
        for finding, p in by_finding.items()
        for r in p.rules
    ]
    tiers = [(finding, e, p.rank(e)) for finding, p in by_finding.items() for e in p.order]
    for name, rows, kinds in (
        ("protocol", protocols, {"finding": "VARCHAR", "matures_after_days": "INTEGER",
                                 "negative_after_days": "INTEGER", "same_side": "BOOLEAN"}),
        ("rule", rules, {"finding": "VARCHAR", "value": "VARCHAR", "evidence": "VARCHAR",
                         "within_days": "INTEGER", "codes": "VARCHAR", "at_least": "DOUBLE",
                         "below": "DOUBLE", "unit": "VARCHAR"}),
        ("tier", tiers, {"finding": "VARCHAR", "evidence": "VARCHAR", "rank": "INTEGER"}),
    ):  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(kinds), dtype="object")
        duck.register("rows_of_protocol", frame)
        typed = ", ".join(f"{column}::{kind} AS {column}" for column, kind in kinds.items())
        duck.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {typed} FROM rows_of_protocol")
        duck.unregister("rows_of_protocol")
