"""The scope of the register applied to studies, each distinct combination of attributes judged once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import psycopg

from register.lifecycle import IN_CARE, RUNNING
from register.scope import Scope, ScopeDecision, decide
from surveillance.columnar import columns, draw, quoted
from surveillance.view import DeploymentView, IndicationView

DEPLOYMENT, CLEARANCE = "deployment", "clearance"
"""The attributes of a decision that the state of the deployment gave, or the end of its clearance; neither is overridden."""
_UNRECEIVED = ScopeDecision(
    scope=Scope.UNDETERMINABLE,
    attribute="study",
    value="not received",
    clause="the study's attributes",
    source="no study record",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLetRun(ScopeDecision):
    """The decision for a deployment whose state lets nothing through, whatever the study."""

    deployment: str

    def sentence(self) -> str:
        """Which state keeps it from running, and where to look."""
        return (
            f"Out of scope: {self.deployment} is {self.value.replace('_', ' ')}; it runs only while its state is "
            f"{self.clause}. Its page State and decisions says since when, and by whom."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfirmed(ScopeDecision):
    """The decision for a deployment that was entered as in care by one person and confirmed by fewer than two, whatever the study."""

    deployment: str

    def sentence(self) -> str:
        """What is lacking, and where it is given."""
        return (
            f"Out of scope: {self.deployment} was entered as {self.value}, and two people have not confirmed that. They do so on its page State and "
            "decisions; until then it reads no study for care."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed(ScopeDecision):
    """The decision for a finding whose clearance has ended where the deployment runs, whatever the study."""

    deployment: str

    def sentence(self) -> str:
        """Which certificate ended, and on which day."""
        return f"Out of scope: the clearance under which {self.deployment} runs, {self.clause}, ended on {self.value}."


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCleared(ScopeDecision):
    """The decision for a finding that has no clearance where the deployment runs, whatever the study."""

    deployment: str

    def sentence(self) -> str:
        """Where it runs, and that nothing clears it there."""
        return f"Out of scope: {self.deployment} runs in {self.value}, where it has no clearance for this finding."


def not_let_run(view: DeploymentView, finding: str, day: date) -> ScopeDecision | None:
    """The decision for a deployment that is not let run for a finding on a day; None where it is.

    Its state comes first, which in care rests on two people; then the clearances of its indications, of which one that holds is enough.
    """
    state = view.state_on(day)
    if state in IN_CARE and view.unconfirmed:
        return NotConfirmed(
            scope=Scope.OUT,
            deployment=view.key,
            attribute=DEPLOYMENT,
            value=str(state),
            clause="a takeover that two people confirmed",
            source="state of the deployment",
        )
    if state in RUNNING:
        return _uncovered(view, finding, day)
    return NotLetRun(
        scope=Scope.OUT,
        deployment=view.key,
        attribute=DEPLOYMENT,
        value=str(state),
        clause=f"{', '.join(RUNNING[:-1])} or {RUNNING[-1]}",
        source="state of the deployment",
    )


def covering(view: DeploymentView, finding: str, day: date) -> list[IndicationView]:
    """The indications of a finding under which a deployment runs on a day: those whose clearance holds there."""
    return [i for i in view.indications if i.finding == finding and not view.uncovered_on(i, day)]


def _uncovered(view: DeploymentView, finding: str, day: date) -> ScopeDecision | None:
    without = [i for i in view.indications if i.finding == finding and view.uncovered_on(i, day)]
    if not without or covering(view, finding, day):
        return None
    ended = [
        i
        for i in without
        if i.clearance.held.counts_in(view.jurisdiction)
        and i.clearance.expires is not None
        and i.clearance.expires < day
    ]
    if not ended:
        return NotCleared(
            scope=Scope.OUT,
            deployment=view.key,
            attribute=CLEARANCE,
            value=view.jurisdiction,
            clause=f"a clearance in {view.jurisdiction}",
            source="clearances of the register",
        )
    last = max(ended, key=lambda i: i.clearance.expires or day)
    return Lapsed(
        scope=Scope.OUT,
        deployment=view.key,
        attribute=CLEARANCE,
        value=str(last.clearance.expires),
        clause=last.certificate,
        source="clearance of the register",
    )


def judge(
    indications: Iterable[IndicationView], attributes: Mapping[str, object]
) -> tuple[ScopeDecision, str | None]:
    """The best decision over the indications of one finding, and the key of the one it comes from.

    One indication that covers the study is enough; else one that cannot be judged keeps it open.
    """
    order = {Scope.IN: 0, Scope.UNDETERMINABLE: 1, Scope.OUT: 2}
    judged = [(decide(i.scope, attributes, source=i.clause), i.key) for i in indications]
    if not judged:
        return (
            ScopeDecision(
                scope=Scope.OUT,
                attribute="finding",
                value=str(attributes.get("finding", "")),
                clause="a cleared finding",
                source="no indication of the register",
            ),
            None,
        )
    return min(judged, key=lambda pair: order[pair[0].scope])


def judge_all(duck: duckdb.DuckDBPyConnection, view: DeploymentView, table: str) -> None:
    """Judge every row of a columnar table of studies with `finding` and `use_mode`.

    Leaves the table `eligibility(scope_key, scope, scope_attribute, scope_value, scope_clause,
    indication)`, to be joined on `key_expression(view)`.
    """
    import pandas as pd  # the scope gate, which decides one study at a time, does without

    attributes = _attributes(view)
    listed = ", ".join(f"any_value({name}) AS {name}" for name in attributes)
    combinations = duck.execute(
        f"SELECT {key_expression(view)} AS scope_key, any_value(finding) AS finding, "
        f"bool_or(has_study) AS has_study{', ' + listed if listed else ''} FROM {table} GROUP BY scope_key"
    ).fetchall()
    rows = []
    for scope_key, finding, has_study, *values in combinations:
        known = {"finding": finding, **dict(zip(attributes, values, strict=True))}
        if has_study:
            cleared = [i for i in view.indications if i.finding == finding]
            decision, indication = judge(cleared, known)
        else:
            decision, indication = _UNRECEIVED, None
        clause = f"{decision.clause} ({decision.source})" if decision.clause else decision.source
        rows.append(
            (
                scope_key,
                str(decision.scope),
                decision.attribute or None,
                decision.value or None,
                clause,
                indication,
            )
        )
    frame = pd.DataFrame(
        rows,
        columns=[
            "scope_key",
            "scope",
            "scope_attribute",
            "scope_value",
            "scope_clause",
            "indication",
        ],
        dtype="object",
    )
    duck.register("eligibility_rows", frame)
    texts = ", ".join(f"{name}::VARCHAR AS {name}" for name in frame.columns)
    duck.execute(f"CREATE OR REPLACE TABLE eligibility AS SELECT {texts} FROM eligibility_rows")
    duck.unregister("eligibility_rows")


def key_expression(view: DeploymentView) -> str:
    """A columnar expression that is equal for studies the scope cannot tell apart."""
    parts = [
        "finding",
        "has_study::VARCHAR",
        *(f"coalesce({a}::VARCHAR, '')" for a in _attributes(view)),
    ]
    return f"concat_ws(chr(31), {', '.join(parts)})"


def _attributes(view: DeploymentView) -> list[str]:
    asked = {clause.attribute for indication in view.indications for clause in indication.scope}
    return sorted(asked)


def dry_run(
    pg: psycopg.Connection[Any], view: DeploymentView, *, day: date
) -> list[tuple[str, str, int]]:
    """What the scope would say of every study at the deployment's site, whether or not it ran there.

    Gives (decision, attribute that decided, studies), most frequent first, as used on a day.
    """
    with columns() as duck:
        draw(
            duck,
            "candidate",
            pg,
            "SELECT DISTINCT ON (study_instance_uid) * FROM study WHERE site = %s "
            "ORDER BY study_instance_uid, revision DESC",
            [view.site],
        )
        duck.execute(
            f"CREATE TABLE judged AS SELECT *, {quoted(view.findings[0])} AS finding, true AS has_study, "
            f"{quoted(view.use_mode_on(day))} AS use_mode FROM candidate"
        )
        judge_all(duck, view, "judged")
        return duck.execute(
            f"SELECT scope, coalesce(scope_attribute, ''), count(*) FROM "
            f"(SELECT {key_expression(view)} AS scope_key FROM judged) JOIN eligibility USING (scope_key) "
            "GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        ).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDecision:
    """The scope decision on one study for one deployment and finding, and what the label alone says of the study."""

    deployment: str
    finding: str
    decision: ScopeDecision
    label: ScopeDecision

    def sentence(self) -> str:
        """The decision in words; where the study had no part in it, also what the label says."""
        said = self.decision.sentence()
        return (
            said
            if self.decision == self.label
            else f"{said} By its label alone: {self.label.sentence()}"
        )

    def as_json(self) -> dict[str, str]:
        """The decision as a value for `--json`."""
        return {
            "deployment": self.deployment,
            "finding": self.finding,
            "scope": str(self.decision.scope),
            "attribute": self.decision.attribute,
            "value": self.decision.value,
            "clause": self.decision.clause,
            "source": self.decision.source,
            "sentence": self.sentence(),
            "by_label": str(self.label.scope),
        }


def check_study(
    view: DeploymentView, attributes: Mapping[str, object], *, day: date
) -> list[StudyDecision]:
    """Judge one study, given by its attributes, for each finding of a deployment on a day, as the scope gate does.

    A deployment that is not let run, or whose clearance does not hold there, is out, whatever the study.
    """
    return [_checked(view, finding, attributes, day) for finding in view.findings]


def _checked(
    view: DeploymentView, finding: str, attributes: Mapping[str, object], day: date
) -> StudyDecision:
    known = {**attributes, "finding": finding, "site": view.site, "use_mode": view.use_mode_on(day)}
    cleared = [i for i in view.indications if i.finding == finding]
    return StudyDecision(
        deployment=view.key,
        finding=finding,
        decision=not_let_run(view, finding, day) or judge(covering(view, finding, day), known)[0],
        label=judge(cleared, known)[0],
    )
