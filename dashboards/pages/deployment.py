"""The page of one deployment and finding: what it is for, what turned out true, and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from dashboards.figures.chart import Chart
from dashboards.figures.markings import Pin
from dashboards.pages.deployment_charts import SCANNER, UNKNOWN, Charts
from dashboards.pages.deployment_tables import (
    Confusion,
    Reads,
    Step,
    Tier,
    confusion,
    flow_steps,
    reads,
    study_readers,
    tiers,
)
from dashboards.pages.judged import METRICS, Judged, equal_told, judged
from dashboards.pages.origin import NO_OUTPUT, dates_made_up, made_up, origin
from dashboards.pages.scope_shown import ScopeShown, scope_tried
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.state_shown import StaleShown, stale_shown, stands_since, state_badge
from dashboards.pages.verdict_shown import Badge, VerdictShown, in_reading_order, verdict_shown
from dashboards.pages.watch import BRING_UP, HAND_IN, SignalShown, href, signal_shown
from register.ai_act.answering import unclassified
from register.deployment import Site
from register.lifecycle import State
from register.revision import as_known
from register.scope_review import restricted_to
from surveillance.change_ledger import LedgerEntry, ledger
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.identifiability import corrected_for
from surveillance.measurement import latest_cycle, latest_measurement
from surveillance.monitors.verdict import Verdict, standing
from surveillance.procurement.diligence import unfinished
from surveillance.provenance import batches, deployments_by_batch
from surveillance.signals import open_signals
from surveillance.view import DeploymentView, view


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One finding of the deployment."""

    finding: str = shown("What is looked for")
    href: str = shown("Its page")
    current: bool = shown("Whether it is the one shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationLine:
    """What the deployment is cleared for."""

    statement: str = shown("The manufacturer's sentence")
    clause: str = shown("Where it is written")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShown:
    """A dated change, pinned on the charts by its number."""

    number: int = shown("Number on the charts")
    day: str = shown("Day at the site")
    kind: str = shown("What changed")
    description: str = shown("What happened")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPage:
    """Everything the page of a deployment shows."""

    at: datetime = shown("When the page was made")
    as_of: datetime | None = shown("Data cut of the figures; empty when nothing was measured yet")
    key: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    algorithm: str = shown("Key of the algorithm")
    version: str = shown("Installed version")
    site: str = shown("Name of the site")
    time_zone: str = shown("Zone in which study days are counted")
    mode: str = shown("How the output is used now")
    since: str = shown("Since when it stands where it stands, and by which decision")
    threshold: str = shown("Operating point for the finding")
    origin: Badge = shown("Whether the cases are real")
    finding: str = shown("What is looked for")
    tabs: tuple[Tab, ...] = shown("The findings of the deployment")
    indications: tuple[IndicationLine, ...] = shown("What it is cleared for")
    window: str = shown("First and last study day of the figures")
    statements: tuple[str, ...] = shown("Sentences without which the figures would mislead")
    signals: tuple[SignalShown, ...] = shown("What waits for a person")
    metrics: tuple[Judged, ...] = shown("Sensitivity and specificity against their claims")
    flow: tuple[Step, ...] = shown("From received to verified")
    tried: ScopeShown | None = shown("Without any output: the scope tried on stored studies")
    dates_made_up: bool = shown("Study dates are simulated: the course over time means nothing")
    performance_charts: tuple[Chart, ...] = shown("Sensitivity and specificity by month")
    agreement_charts: tuple[Chart, ...] = shown("Kappa by month, never on the axes of performance")
    subgroup_charts: tuple[Chart, ...] = shown("Sensitivity by scanner and subgroup")
    tally_charts: tuple[Chart, ...] = shown("Scores, acquisition mix, reasons out of scope")
    events: tuple[EventShown, ...] = shown("Dated changes")
    confusion: Confusion | None = shown("Calls against what turned out to be true")
    tiers: tuple[Tier, ...] = shown("Performance by kind of evidence")
    verification: tuple[tuple[str, int], ...] = shown("Why the truth of cases was looked for")
    reads: tuple[Reads, ...] = shown("Agreement with reports")
    study_readers: tuple[Reads, ...] = shown("Agreement with readers of a study")
    verdicts: tuple[VerdictShown, ...] = shown("Every question asked, and its answer")
    analyses: str = shown("The page of its analyses")
    charts: str = shown("The page of the charts of its plan")
    drift_report: str = shown("Evidently's own report of what drifted")
    validations: str = shown("The page of its local validations")
    plan: str = shown("The page of its monitoring plan")
    lifecycle: str = shown("The page of its state and decisions")
    review: str = shown("The page of its scope review")
    state: Badge = shown("Where it stands")
    stale: StaleShown | None = shown("That its approval no longer holds; empty = it does")
    restriction: str = shown("What a review restricted it to; empty = nothing")
    next_steps: tuple[str, ...] = shown("What to do next when there is nothing to show")


def deployment_page(
    session: Session, key: str, finding: str | None, *, at: datetime
) -> DeploymentPage:
    """The page of a deployment as of now, for its first finding unless another is asked for."""
    known = view(session, key)
    chosen = known.finding(finding)
    stored = latest_measurement(session, key, chosen)
    measured = stored.content if stored else None
    brought = deployments_by_batch(session)
    behind = [b for b in batches(session, at) if key in brought.get(b.id or 0, ())]
    verdicts = [v for v in standing(session, key) if v.finding == chosen]
    events = _events(ledger(session, known, at=at))
    metrics = tuple(judged(known, chosen, m, measured, verdicts) for m in METRICS if measured)
    charts = Charts(
        view=known, finding=chosen, measured=measured or {"strata": []}, metrics=metrics, verdicts=verdicts,
        pins=[Pin(number=e.number, day=e.day, label=e.kind) for e in events],
        dates_made_up=dates_made_up(behind),
    )  # fmt: skip
    seen = bool(measured and measured["flow"]["received"])
    tried = None if seen else scope_tried(latest_cycle(session), key)
    site = next(iter(as_known(session, Site, key=known.site)), None)
    threshold = known.entry.threshold_for(chosen)
    return DeploymentPage(
        at=at,
        as_of=datetime.fromisoformat(measured["as_of"]) if measured else None,
        key=key,
        name=known.name,
        algorithm=known.algorithm,
        version=known.version,
        site=site.name if site else known.site,
        time_zone=known.time_zone,
        mode=words(known.use_mode_on(at.date())),
        since=stands_since(known.entry, known.changes, at.date()),
        threshold="not recorded" if threshold is None else f"{threshold:g}",
        origin=NO_OUTPUT if tried else origin(behind),
        finding=words(chosen),
        tabs=tuple(
            Tab(finding=words(f), href=href(key, f), current=f == chosen) for f in known.findings
        ),
        indications=tuple(
            IndicationLine(statement=i.statement, clause=i.clause)
            for i in known.indications
            if i.finding == chosen
        ),
        window=f"{measured['from']} to {measured['to']}" if measured and seen else "",
        statements=_statements(measured, behind, known, verdicts) if measured and seen else (),
        signals=tuple(
            signal_shown(session, s, at.date())
            for s in open_signals(session, key)
            if s.finding == chosen
        ),
        metrics=metrics if seen else (),
        flow=flow_steps(measured["flow"]) if measured and seen else (),
        tried=tried,
        dates_made_up=charts.dates_made_up,
        performance_charts=charts.performance(),
        agreement_charts=charts.agreement(),
        subgroup_charts=charts.subgroups(),
        tally_charts=charts.tallied(session) if seen else (),
        events=events,
        confusion=confusion(measured) if measured and seen else None,
        tiers=tiers(measured) if measured else (),
        verification=tuple(
            (words(reason), n) for reason, n in (measured or {}).get("verification", {}).items()
        ),
        reads=reads(measured) if measured else (),
        study_readers=study_readers(measured) if measured else (),
        verdicts=tuple(verdict_shown(v) for v in in_reading_order(verdicts)),
        analyses=href(key, chosen, "analyses"),
        charts=href(key, chosen, "charts"),
        drift_report=href(key, chosen, "drift-report"),
        validations=f"/deployments/{key}/validations",
        plan=f"/deployments/{key}/plan",
        lifecycle=f"/deployments/{key}/lifecycle",
        review=f"/deployments/{key}/review",
        state=state_badge(known.state_on(at.date())),
        stale=stale_shown(session, known, at.date()),
        restriction=restricted_to(session, known.entry, known.changes, at.date()),
        next_steps=() if seen else (*_asked_before(session, known, at.date()), HAND_IN, BRING_UP),
    )


def _asked_before(session: Session, known: DeploymentView, on: date) -> tuple[str, ...]:
    """What is asked before a proposed deployment is taken on, as far as it is lacking."""
    if known.state_on(on) is not State.PROPOSED:
        return ()
    lacking = (
        unfinished(session, known.algorithm, known.site, on=on),
        unclassified(session, known.algorithm, known.site, on=on),
    )
    return tuple(said for said in lacking if said)


def _statements(
    measured: Mapping[str, Any],
    behind: Sequence[EvidenceBatch],
    known: DeploymentView,
    verdicts: Sequence[Verdict],
) -> tuple[str, ...]:
    said = [f"{batch.title or batch.source}: {batch.note or made_up(batch)}" for batch in behind]
    corrected = measured["corrected"]
    if corrected:
        said.append(
            f"{sentence_case(corrected_for(measured))} by {corrected['method']}. {corrected['assumption']}"
        )
    else:
        said.append(f"Not corrected. {measured['reason']}")
    told = equal_told(measured)
    if told:
        said.append(told)
    said += [v.sentence for v in verdicts if v.monitor == "equipment"]
    if measured["clustered"]:
        said.append("Some patients came more than once: intervals are clustered by patient.")
    scanners = [p for p in measured["strata"] if p["by"] == SCANNER]
    if scanners and all(p["level"] == UNKNOWN for p in scanners):
        said.append(
            "This source does not say which scanner made the images: nothing is shown by scanner."
        )
    pending = measured["flow"]["pending"]
    if pending:
        wait = known.matures_after_days(measured["finding"])
        said.append(
            f"{pending:,} processed cases are younger than {wait} days: they are pending, not negative, and "
            "stand in no figure."
        )
    return tuple(said)


def _events(found: Sequence[LedgerEntry]) -> tuple[EventShown, ...]:
    return tuple(
        EventShown(
            number=number,
            day=entry.day.isoformat(),
            kind=sentence_case(words(entry.kind)),
            description=entry.told,
        )
        for number, entry in enumerate(found, start=1)
    )
