"""Counts that add up: per deployment, finding, version, day and stratum. What pages and monitors read.

For any set of days and levels of one stratum the tally of the union is the sum of the tallies.
"""

from datetime import date

import duckdb
from sqlalchemy import ARRAY, BigInteger, Integer, PrimaryKeyConstraint
from sqlmodel import SQLModel

from register.columns import Privacy, column
from surveillance.judged_case import STRATA

SCORE_BINS = 100
_FREE = Privacy.OPERATIONAL


class Tally(SQLModel, table=True):
    """The cases of one day in one stratum; `by` is empty for all of them together."""

    __table_args__ = (
        PrimaryKeyConstraint("deployment", "finding", "day", "by", "level", "version"),
    )

    deployment: str = column("Key of the deployment", _FREE)
    finding: str = column("What was looked for", _FREE)
    day: date = column("Day of the study at the site", _FREE)
    by: str = column("Stratum; empty = all", _FREE)
    level: str = column("Level of the stratum; empty = not known", _FREE)
    version: str = column("Software version that ran", _FREE)
    matures_on: date = column("From this day on, not known means not verified", _FREE)
    received: int = column("Studies that reached the deployment", _FREE, sa_type=BigInteger)
    in_scope: int = column("Within the cleared indication", _FREE, sa_type=BigInteger)
    out_of_scope: int = column("Outside of it", _FREE, sa_type=BigInteger)
    undeterminable: int = column("An attribute was missing", _FREE, sa_type=BigInteger)
    processed: int = column("In scope with an output", _FREE, sa_type=BigInteger)
    failed: int = column("In scope without an output", _FREE, sa_type=BigInteger)
    called_positive: int = column("Processed and called positive", _FREE, sa_type=BigInteger)
    verified: int = column(
        "Processed, and what turned out to be true is known", _FREE, sa_type=BigInteger
    )
    tp: int = column("Called positive, was positive", _FREE, sa_type=BigInteger)
    fp: int = column("Called positive, was negative", _FREE, sa_type=BigInteger)
    fn: int = column("Called negative, was positive", _FREE, sa_type=BigInteger)
    tn: int = column("Called negative, was negative", _FREE, sa_type=BigInteger)
    indeterminate: int = column(
        "Verified, but call or truth is indeterminate", _FREE, sa_type=BigInteger
    )
    both_positive: int = column("Algorithm and report positive", _FREE, sa_type=BigInteger)
    ai_only: int = column("Algorithm positive, report negative", _FREE, sa_type=BigInteger)
    report_only: int = column("Algorithm negative, report positive", _FREE, sa_type=BigInteger)
    both_negative: int = column("Algorithm and report negative", _FREE, sa_type=BigInteger)
    scores: list[int] | None = column(
        f"Processed cases per score bin of 1/{SCORE_BINS}; only where `by` is empty",
        _FREE,
        sa_type=ARRAY(Integer),
    )


TALLY_COLUMNS = tuple(Tally.model_fields)
COUNTS = TALLY_COLUMNS[TALLY_COLUMNS.index("received") : TALLY_COLUMNS.index("scores")]

_RUN = "scope = 'in' AND call IN ('positive', 'negative', 'indeterminate')"
_KNOWN = f"{_RUN} AND truth IS NOT NULL"
_CONDITIONS = {
    "received": "true",
    "in_scope": "scope = 'in'",
    "out_of_scope": "scope = 'out'",
    "undeterminable": "scope = 'undeterminable'",
    "processed": _RUN,
    "failed": "scope = 'in' AND call IN ('failed', 'not_processed')",
    "called_positive": "scope = 'in' AND call = 'positive'",
    "verified": _KNOWN,
    "tp": "scope = 'in' AND call = 'positive' AND truth = 'positive'",
    "fp": "scope = 'in' AND call = 'positive' AND truth = 'negative'",
    "fn": "scope = 'in' AND call = 'negative' AND truth = 'positive'",
    "tn": "scope = 'in' AND call = 'negative' AND truth = 'negative'",
    "indeterminate": f"{_KNOWN} AND (call = 'indeterminate' OR truth = 'indeterminate')",
    "both_positive": "scope = 'in' AND call = 'positive' AND report = 'positive'",
    "ai_only": "scope = 'in' AND call = 'positive' AND report = 'negative'",
    "report_only": "scope = 'in' AND call = 'negative' AND report = 'positive'",
    "both_negative": "scope = 'in' AND call = 'negative' AND report = 'negative'",
}
SCOPE_REASON = "scope_attribute"
_DAY = ("deployment", "finding", "day", "version")
_CELL = (*_DAY, "scope", "call", "truth", "report")


def count(duck: duckdb.DuckDBPyConnection) -> None:
    """Tally the columnar tables `cases` and `reads` into `tally`.

    Cases that no count can tell apart share a *cell* (day, version, scope, call, truth, report). Each
    stratum then needs one count per cell and level, and every tally is a sum over few cells.
    """
    strata = [name for name in (*STRATA, SCOPE_REASON) if name != "version"]
    levels = ", ".join(f"coalesce(cases.{name}, '') AS {name}" for name in strata)
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE joined AS SELECT deployment, finding, day, coalesce(version, '') AS version, "
        f"scope, cases.call, truth, r.call AS report, matures_on, score, {levels} "
        "FROM cases LEFT JOIN (SELECT inference_id, call FROM reads WHERE deciding) r USING (inference_id)"
    )
    keys = ", ".join(_CELL)
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE cell AS SELECT row_number() OVER () AS cell, * "
        f"FROM (SELECT {keys}, max(matures_on) AS matures_on FROM joined GROUP BY {keys})"
    )
    same = " AND ".join(f"joined.{name} IS NOT DISTINCT FROM cell.{name}" for name in _CELL)
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE celled AS SELECT cell.cell, {', '.join(f'joined.{name}' for name in strata)} "
        f"FROM joined JOIN cell ON {same}"
    )
    counted = ["SELECT '' AS stratum, '' AS level, cell, count(*) AS n FROM celled GROUP BY cell"]
    counted += [
        f"SELECT '{name}' AS stratum, {name} AS level, cell, count(*) AS n FROM celled GROUP BY cell, {name}"
        for name in strata
    ]
    sums = ", ".join(
        f"coalesce(sum(n) FILTER ({condition}), 0)::BIGINT AS {name}"
        for name, condition in _CONDITIONS.items()
    )
    day = ", ".join(_DAY)
    _histogram(duck)
    duck.execute(
        f'CREATE OR REPLACE TABLE tally AS SELECT {day}, stratum AS "by", level, matures_on, {", ".join(COUNTS)}, '
        f"CASE WHEN stratum = '' THEN scores END AS scores FROM "
        f"(SELECT {day}, stratum, level, max(matures_on) AS matures_on, {sums} "
        f"FROM ({' UNION ALL '.join(counted)}) JOIN cell USING (cell) GROUP BY {day}, stratum, level) "
        f"LEFT JOIN histogram USING ({day})"
    )


def _histogram(duck: duckdb.DuckDBPyConnection) -> None:
    """The scores of a day's processed cases as a PostgreSQL array of counts per bin."""
    day = ", ".join(_DAY)
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE histogram AS SELECT {day}, '{{' || array_to_string(list_transform("
        f"range({SCORE_BINS}), lambda bin: coalesce(bins[bin], 0)), ',') || '}}' AS scores FROM "
        f"(SELECT {day}, map(list(bin), list(n)) AS bins FROM "
        f"(SELECT {day}, least(floor(score * {SCORE_BINS}), {SCORE_BINS - 1})::BIGINT AS bin, count(*) AS n "
        f"FROM joined WHERE {_RUN} AND score IS NOT NULL GROUP BY ALL) GROUP BY {day})"
    )
