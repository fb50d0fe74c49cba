"""What monitors and analyses look at: one deployment and finding at a data cut."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import duckdb
import pandas as pd
import psycopg

from register.reference_standard import Protocol
from surveillance.columnar import draw, literal
from surveillance.judged_case import DECIDED, RAN
from surveillance.report_text.accuracy import Measured, known
from surveillance.view import DeploymentView

RUN_COLUMNS = ("inference_id", "day", "version", "config_digest", "embedded")
"""What a run says of itself, as the machine sent it: empty where it did not; `embedded` whether it holds an embedding."""
OTHERS_COLUMNS = ("inference_id", "deployment", "call")
"""A case here, another deployment that read it, and its call (positive or negative)."""
ELSEWHERE_COLUMNS = ("deployment", "truth", "right", "cases")
"""A deployment of the same algorithm, and how many of its mature verified cases of one truth it called right."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """The judged cases of a deployment and finding with the reads and investigations of its patients.

    `cases` and `reads` have the columns of `judged_case` and `judged_read`, `lesions` those of `judged_lesion`, `investigations` those of
    `investigation` with the case they belong to as `inference_id`, `runs` those of RUN_COLUMNS where a run says one of them, and `embeddings` fetches
    those of chosen runs. `text_errors` holds, by the rules that read
    reports, how often they are wrong, where that was measured. `dates_made_up` says that the study
    dates of a real source were not known and are simulated. `others` looks up, when asked, what other algorithms at the site
    called the same cases for the same finding, as the last cycle judged them, columns OTHERS_COLUMNS; `elsewhere` how often the same algorithm was
    right at other sites, columns ELSEWHERE_COLUMNS. Both are empty at a data cut before the last cycle: what it judged was not known then.
    """

    view: DeploymentView
    finding: str
    as_of: datetime
    cases: pd.DataFrame
    reads: pd.DataFrame
    investigations: pd.DataFrame
    lesions: pd.DataFrame
    dates_made_up: bool
    text_errors: Mapping[str, Measured]
    others: Callable[[], pd.DataFrame] = lambda: pd.DataFrame(columns=list(OTHERS_COLUMNS))
    runs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RUN_COLUMNS)))
    elsewhere: Callable[[], pd.DataFrame] = lambda: pd.DataFrame(columns=list(ELSEWHERE_COLUMNS))
    embeddings: Callable[[Sequence[str]], list[list[float]]] = lambda _: []

    @property
    def protocol(self) -> Protocol:
        """The reference standard of the finding."""
        return next(i.protocol for i in self.view.indications if i.finding == self.finding)

    def claim(self, metric: str) -> dict[str, Any] | None:
        """What the label claims of a metric, if anything."""
        for indication in self.view.indications:
            if indication.finding == self.finding:
                for claim in indication.claims:
                    if claim["metric"] == metric:
                        return claim
        return None

    def contradicted(self) -> Mapping[str, bool]:
        """Of the cases that another algorithm read too: whether one of these said the opposite."""
        others = self.others()
        called = others["inference_id"].map(self.cases.set_index("inference_id")["call"])
        opposite: pd.Series[bool] = others["call"].astype(str) != called.astype(str)
        contradicts = opposite.groupby(others["inference_id"]).any()
        return dict(zip(contradicts.index.astype(str), contradicts.astype(bool), strict=True))

    @cached_property
    def ran(self) -> pd.DataFrame:
        """The cases in scope with an output."""
        return self.cases[(self.cases["scope"] == "in") & self.cases["call"].isin(RAN)]

    @cached_property
    def mature(self) -> pd.DataFrame:
        """The cases that ran and are old enough for their outcomes to be complete."""
        return self.ran[pd.to_datetime(self.ran["matures_on"]) <= pd.Timestamp(self.as_of.date())]

    @cached_property
    def verified(self) -> pd.DataFrame:
        """The mature cases of which is known what turned out to be true."""
        return self.mature[self.mature["truth"].notna()]

    @cached_property
    def settled(self) -> pd.DataFrame:
        """The verified cases of which call and truth take a side."""
        both = self.verified["call"].isin(DECIDED) & self.verified["truth"].isin(DECIDED)
        return self.verified[both]

    @property
    def erring(self) -> tuple[str, ...]:
        """The kinds of evidence behind the verified cases that are known to err."""
        errors = self.view.errors_of(self.finding)
        return tuple(sorted(set(self.verified["tier"].dropna().astype(str)) & set(errors)))

    @cached_property
    def reported(self) -> pd.DataFrame:
        """The reads that stand for the clinical report of a case, one a case."""
        return self.reads[self.reads["deciding"].astype(bool)]


def materials(
    duck: duckdb.DuckDBPyConnection,
    pg: psycopg.Connection[Any],
    view: DeploymentView,
    *,
    as_of: datetime,
) -> Iterator[Material]:
    """The material of each finding of a deployment, from the columnar tables `cases` and `reads`."""
    draw(
        duck,
        "investigation",
        pg,
        _INVESTIGATIONS,
        {"as_of": as_of, "findings": list(view.findings)},
    )
    duck.execute(_OF_CASES)
    draw(duck, "run_stated", pg, _RUNS, {"as_of": as_of, "deployment": view.key})
    made_up = _dates_made_up(pg, view.key)
    beside = _beside(duck, pg, view, as_of)
    for finding in view.findings:
        yield Material(
            view=view,
            finding=finding,
            as_of=as_of,
            cases=duck.execute(
                "FROM cases WHERE finding = ? ORDER BY day, inference_id", [finding]
            ).df(),
            reads=duck.execute(
                "SELECT reads.* FROM reads JOIN cases USING (inference_id) WHERE finding = ? "
                "ORDER BY inference_id, report_id",
                [finding],
            ).df(),
            lesions=duck.execute(
                "SELECT lesions.* FROM lesions JOIN cases USING (inference_id) WHERE finding = ? "
                "ORDER BY inference_id, lesion",
                [finding],
            ).df(),
            investigations=duck.execute(
                "FROM investigated WHERE finding = ? ORDER BY performed_at, investigation_id",
                [finding],
            ).df(),
            runs=duck.execute(
                "SELECT inference_id, day, s.version, config_digest, embedded FROM run_stated s JOIN cases USING (inference_id) "
                "WHERE finding = ? ORDER BY day, inference_id",
                [finding],
            ).df(),
            embeddings=partial(_embeddings, pg, as_of),
            dates_made_up=made_up,
            **beside(finding),
            text_errors={
                rules: measured
                for (rules,) in duck.execute(
                    "SELECT DISTINCT read_by FROM reads WHERE read_by IS NOT NULL ORDER BY 1"
                ).fetchall()
                if (measured := known(pg, finding, rules)) is not None
            },
        )


def _beside(
    duck: duckdb.DuckDBPyConnection,
    pg: psycopg.Connection[Any],
    view: DeploymentView,
    as_of: datetime,
) -> Callable[[str], dict[str, Callable[[], pd.DataFrame]]]:
    """What stands beside a finding as the last cycle judged it; nothing where that is later than the data cut."""
    last = pg.execute("SELECT max(as_of) FROM cycle").fetchone()
    if last is not None and last[0] is not None and last[0] > as_of:
        return lambda _: {}
    return lambda finding: {
        "others": partial(_others, duck, pg, view.key, finding),
        "elsewhere": partial(_elsewhere, pg, view, finding, as_of),
    }


def _others(
    duck: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any], deployment: str, finding: str
) -> pd.DataFrame:
    draw(
        duck,
        "others",
        pg,
        "SELECT deployment, study_instance_uid, laterality, call FROM judged_case WHERE deployment <> %(deployment)s AND finding = %(finding)s "
        "AND site IN (SELECT site FROM judged_case WHERE deployment = %(deployment)s) AND call IN ('positive', 'negative')",
        {"deployment": deployment, "finding": finding},
    )
    return duck.execute(
        "SELECT c.inference_id, o.deployment, o.call FROM cases c JOIN others o "
        "ON o.study_instance_uid = c.study_instance_uid AND o.laterality IS NOT DISTINCT FROM c.laterality "
        "WHERE c.finding = ? AND c.call IN ('positive', 'negative') ORDER BY c.day, c.inference_id, o.deployment",
        [finding],
    ).df()


def _elsewhere(
    pg: psycopg.Connection[Any], view: DeploymentView, finding: str, as_of: datetime
) -> pd.DataFrame:
    rows = pg.execute(
        "SELECT deployment, truth, count(*) FILTER (WHERE call = truth), count(*) FROM judged_case "
        "WHERE deployment IN (SELECT key FROM deployment WHERE algorithm = %s) AND deployment <> %s AND finding = %s AND scope = 'in' "
        "AND call IN ('positive', 'negative') AND truth IN ('positive', 'negative') AND matures_on <= %s GROUP BY 1, 2 ORDER BY 1, 2",
        [view.algorithm, view.key, finding, as_of.date()],
    ).fetchall()
    return pd.DataFrame(rows, columns=list(ELSEWHERE_COLUMNS))


def draw_judged(
    duck: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any], deployment: str
) -> None:
    """Draw the cases, reads and lesions of a deployment as the last cycle left them."""
    draw(duck, "cases", pg, "SELECT * FROM judged_case WHERE deployment = %s", [deployment])
    for name, table in (("reads", "judged_read"), ("lesions", "judged_lesion")):
        draw(
            duck,
            name,
            pg,
            literal(
                f"SELECT t.* FROM {table} t JOIN judged_case c USING (inference_id) WHERE c.deployment = %s"
            ),
            [deployment],
        )


def _embeddings(
    pg: psycopg.Connection[Any], as_of: datetime, runs: Sequence[str]
) -> list[list[float]]:
    rows = pg.execute(
        "SELECT DISTINCT ON (inference_id) embedding FROM inference WHERE inference_id = ANY(%s) AND recorded_at <= %s "
        "ORDER BY inference_id, revision DESC",
        [list(runs), as_of],
    )
    return [row[0] for row in rows if row[0] is not None]


def _dates_made_up(pg: psycopg.Connection[Any], deployment: str) -> bool:
    found = pg.execute(
        "SELECT EXISTS (SELECT FROM evidence_batch b WHERE b.origin = 'real' "
        "AND b.simulated::jsonb ? 'studies.study_datetime' "
        "AND b.id IN (SELECT batch FROM inference WHERE deployment = %s))",
        [deployment],
    ).fetchone()
    return bool(found and found[0])


_INVESTIGATIONS = (
    "SELECT DISTINCT ON (investigation_id) * FROM investigation "
    "WHERE recorded_at <= %(as_of)s AND finding = ANY(%(findings)s) ORDER BY investigation_id, revision DESC"
)
_RUNS = (
    "SELECT * FROM (SELECT DISTINCT ON (inference_id) inference_id, version, config_digest, embedding IS NOT NULL AS embedded FROM inference "
    "WHERE deployment = %(deployment)s AND recorded_at <= %(as_of)s ORDER BY inference_id, revision DESC) last "
    "WHERE version IS NOT NULL OR config_digest IS NOT NULL OR embedded"
)
FOLLOWS_WITHIN_DAYS = 90
"""An investigation that names no examination belongs to the patient's last one, if so recent."""
_OF_CASES = f"""
CREATE OR REPLACE TABLE investigated AS
SELECT c.inference_id, i.* FROM investigation i JOIN cases c ON c.finding = i.finding AND (
       c.accession_number = i.accession_number
    OR (i.accession_number IS NULL AND c.patient = i.patient AND i.performed_at >= c.study_datetime
        AND i.performed_at <= c.study_datetime + to_days({FOLLOWS_WITHIN_DAYS})))
QUALIFY row_number() OVER (PARTITION BY i.investigation_id ORDER BY c.study_datetime DESC, c.inference_id) = 1
"""
