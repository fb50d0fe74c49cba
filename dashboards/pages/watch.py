"""The page *Watch*: one row a deployment and finding, what rang above it, and the sources below."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from dashboards.pages.estimated import Estimated, estimated
from dashboards.pages.judged import METRICS, Judged, judged
from dashboards.pages.origin import NO_OUTPUT, made_up, origin
from dashboards.pages.register import clearance_concern, states_of
from dashboards.pages.scope_shown import ScopeShown, scope_shown, scope_tried
from dashboards.pages.shown import shown, words
from dashboards.pages.state_shown import StaleShown, stale_shown, state_badge
from dashboards.pages.verdict_shown import Badge, Tone
from dashboards.pages.work_shown import WorkShown, alarms, work_shown
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.entitlement import GOVERNING
from register.revision import as_known
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.handling import Handling, handling
from surveillance.intake.quarantine import waiting_by_source
from surveillance.measurement import latest_cycle, latest_measurement
from surveillance.monitors.verdict import Verdict, standing
from surveillance.provenance import batches, deployments_by_batch
from surveillance.signals import Signal, open_signals
from surveillance.view import DeploymentView, views

LATEST_IMPORTS = 3
"""Imports of one source shown one by one: a source that sends every night would fill the page."""

HAND_IN = "Hand in evidence where the program is installed: catamnesis evidence import my-batch/"
BRING_UP = "Bring the figures up to now, on the page Watch."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalShown:
    """One open matter that waits for a person."""

    number: int = shown("Number of the signal, which names its page")
    deployment: str = shown("Key of the deployment")
    finding: str = shown("What was looked for")
    badge: Badge = shown("Whether it waits, is looked into or was put off")
    sentence: str = shown("Why it rang")
    action: str = shown("What to do")
    opened_at: datetime = shown("Data cut at which it first rang")
    seen: int = shown("In how many cycles it rang")
    owner: str = shown("Who answers for it")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow:
    """One deployment and finding at its last data cut."""

    deployment: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    version: str = shown("Installed version")
    site: str = shown("Name of the site")
    mode: str = shown("How the output is used")
    finding: str = shown("What is looked for")
    origin: Badge = shown("Whether the cases are real")
    algorithm: str = shown("Key of the algorithm")
    state: Badge = shown("Where it stands")
    clearance: Badge | None = shown(
        "What of its clearance waits for a person: expired, ending soon, or none"
    )
    stale: StaleShown | None = shown("That its approval no longer holds; empty = it does")
    href: str = shown("Its page")
    metrics: tuple[Judged, ...] = shown("Sensitivity and specificity against what turned out true")
    kappa: Estimated | None = shown("Cohen's kappa with the reports: agreement, not accuracy")
    study_readers: int = shown("Readers of a study, who read beside it and not for care")
    scope: ScopeShown | None = shown("How many of the studies were not in scope, and why")
    matured: int = shown("Processed cases old enough for their outcomes to be complete")
    pending: int = shown("Processed cases that are not yet")
    failed: int = shown("Studies in scope without an output")
    verified: int = shown("Matured cases whose truth is known")
    signals: int = shown("Open signals")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShown:
    """One import of evidence."""

    title: str = shown("The source in words")
    origin: Badge = shown("Whether its cases are real")
    rows: int = shown("Rows taken over all its files")
    quarantined: int = shown("Rows of the source that wait in quarantine")
    deployments: tuple[str, ...] = shown("Deployments whose outputs it brought")
    outputs: bool = shown("Whether it came with outputs of an algorithm, new or known before")
    brought: str = shown("What it brought, in words")
    unchanged: int = shown("Later imports of the source that changed nothing")
    earlier: int = shown("Earlier imports of the source that are not shown one by one")
    citation: str = shown("Where the data are published")
    note: str = shown("What a reader must know")
    made_up: str = shown("Which columns were made up")
    recorded_at: datetime = shown("When it was taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPage:
    """Everything the page *Watch* shows."""

    at: datetime = shown("When the page was made")
    as_of: datetime | None = shown("Data cut of the last cycle")
    signals: tuple[SignalShown, ...] = shown("What waits for a person, oldest first")
    rows: tuple[WatchRow, ...] = shown("One row a deployment and finding")
    sources: tuple[SourceShown, ...] = shown("Where the evidence came from")
    quarantined: int = shown("Rows that could not be taken and wait")
    next_steps: tuple[str, ...] = shown("What to do next when there is nothing to show")
    cycles: bool = shown("Whether this person may run a cycle")
    work: tuple[WorkShown, ...] = shown(
        "The last work of each kind, and what failed about single things"
    )
    alarms: tuple[str, ...] = shown("Why nobody may be watching; empty = somebody is")
    problem: str = shown("Why a cycle was refused; empty = it was not")


def watch_page(
    session: Session,
    *,
    at: datetime,
    role: str = "",
    problem: str = "",
    every: timedelta | None = None,
) -> WatchPage:
    """The page as of now, from measurements, verdicts, signals and the register.

    `problem` is why a cycle was refused, `every` how often one is due by itself.
    """
    cycle = latest_cycle(session)
    known = views(session)
    brought = deployments_by_batch(session)
    imports = batches(session, at)
    waiting = waiting_by_source(session, at)
    open_now = open_signals(session)
    verdicts = standing(session)
    sites = {site.key: site.name for site in as_known(session, Site)}
    rows = []
    for view in known:
        behind = [batch for batch in imports if view.key in brought.get(batch.id or 0, ())]
        stale = stale_shown(session, view, at.date())
        for finding in view.findings:
            measured = latest_measurement(session, view.key, finding)
            content = measured.content if measured else None
            scope = scope_shown(session, view.key, finding, content)
            rows.append(
                _row(view, finding, sites, behind, content, scope or scope_tried(cycle, view.key),
                     _clearance(session, view.algorithm, at), stale, verdicts, open_now, at)
            )  # fmt: skip
    return WatchPage(
        at=at,
        as_of=cycle.as_of if cycle else None,
        signals=tuple(signal_shown(session, signal, at.date()) for signal in open_now),
        rows=tuple(rows),
        sources=_sources(imports, brought, waiting),
        quarantined=sum(waiting.values()),
        next_steps=_next_steps(bool(known), bool(imports), cycle is not None),
        cycles=role in GOVERNING and bool(known),
        work=work_shown(session, at),
        alarms=alarms(session, at=at, every=every),
        problem=problem,
    )


def signal_shown(session: Session, signal: Signal, on: date) -> SignalShown:
    """An open signal as a page shows it."""
    handled = handling(session, signal, on)
    return SignalShown(
        number=signal.id or 0,
        deployment=signal.deployment,
        finding=words(signal.finding),
        badge=standing_badge(signal, handled),
        sentence=signal.sentence,
        action=signal.action,
        opened_at=signal.opened_at,
        seen=signal.seen,
        owner=handled.answered_for_by,
    )


def standing_badge(signal: Signal, handled: Handling) -> Badge:
    """Whether a signal waits for someone."""
    if signal.closed_at is not None:
        return Badge(word="Closed", icon="bar", tone=Tone.COMMON)
    if handled.rests_until is not None:
        return Badge(word=f"Put off to {handled.rests_until}", icon="dots", tone=Tone.NEUTRAL)
    if handled.settled:
        return Badge(word="Charts settled", icon="half", tone=Tone.CONCERN)
    if handled.waits_for:
        return Badge(word=f"Handed to {handled.waits_for}", icon="triangle", tone=Tone.CONCERN)
    if handled.acknowledged_by:
        return Badge(word="Being looked into", icon="half", tone=Tone.CONCERN)
    return Badge(word="Rang", icon="triangle", tone=Tone.CONCERN)


def href(deployment: str, finding: str, part: str = "") -> str:
    """The page of a deployment and finding, or of a part of it."""
    return f"/deployments/{'/'.join(filter(None, (deployment, part)))}?finding={finding}"


def _row(
    view: DeploymentView,
    finding: str,
    sites: Mapping[str, str],
    behind: Sequence[EvidenceBatch],
    measured: Mapping[str, Any] | None,
    scope: ScopeShown | None,
    clearance: Badge | None,
    stale: StaleShown | None,
    verdicts: Sequence[Verdict],
    open_now: Sequence[Signal],
    at: datetime,
) -> WatchRow:
    mine = [verdict for verdict in verdicts if verdict.deployment == view.key]
    flow = (
        measured["flow"] if measured else {"matured": 0, "pending": 0, "verified": 0, "failed": 0}
    )
    kappa = estimated(measured["agreement"]["kappa"]) if measured else None
    return WatchRow(
        deployment=view.key,
        name=view.name,
        version=view.version,
        site=sites.get(view.site, view.site),
        mode=words(view.use_mode_on(at.date())),
        finding=words(finding),
        origin=NO_OUTPUT if scope and scope.tried else origin(behind),
        algorithm=view.algorithm,
        state=state_badge(view.state_on(at.date())),
        clearance=clearance,
        stale=stale,
        href=href(view.key, finding),
        metrics=tuple(judged(view, finding, m, measured, mine) for m in METRICS if measured),
        kappa=kappa if kappa is not None and kappa.n else None,
        study_readers=len(measured["agreement"]["study_readers"]) if measured else 0,
        scope=scope,
        matured=flow["matured"],
        pending=flow["pending"],
        failed=flow["failed"],
        verified=flow["verified"],
        signals=sum((s.deployment, s.finding) == (view.key, finding) for s in open_now),
    )


def _clearance(session: Session, algorithm: str, at: datetime) -> Badge | None:
    deployments = as_known(session, Deployment, at, algorithm=algorithm)
    return clearance_concern(
        as_known(session, Clearance, at, algorithm=algorithm),
        tuple(states_of(session, deployments, at).values()),
        at.date(),
    )


def _sources(
    imports: Sequence[EvidenceBatch],
    brought: Mapping[int, tuple[str, ...]],
    waiting: Mapping[str, int],
) -> tuple[SourceShown, ...]:
    """The last imports of each source that brought something; others are counted beside the last."""
    shown_of: dict[str, list[EvidenceBatch]] = {}
    repeated: Counter[str] = Counter()
    for batch in imports:
        if _rows(batch) or batch.source not in shown_of:
            shown_of.setdefault(batch.source, []).append(batch)
        else:
            repeated[batch.source] += 1
    return tuple(
        _source(
            batch, brought, waiting,
            repeated=repeated[batch.source] if batch is of_source[-1] else 0,
            earlier=max(0, len(of_source) - LATEST_IMPORTS) if batch is of_source[-1] else 0,
        )
        for of_source in shown_of.values()
        for batch in of_source[-LATEST_IMPORTS:]
    )  # fmt: skip


def _rows(batch: EvidenceBatch) -> int:
    return sum(c["accepted"] + c["corrected"] for c in batch.counts.values())


def _source(
    batch: EvidenceBatch,
    brought: Mapping[int, tuple[str, ...]],
    waiting: Mapping[str, int],
    *,
    repeated: int,
    earlier: int,
) -> SourceShown:
    taken = {words(name): c["accepted"] + c["corrected"] for name, c in batch.counts.items()}
    return SourceShown(
        title=batch.title or batch.source,
        origin=origin([batch]),
        rows=_rows(batch),
        outputs="inferences" in batch.counts,
        brought=", ".join(f"{n:,} {name}" for name, n in taken.items() if n),
        unchanged=repeated,
        earlier=earlier,
        quarantined=waiting.get(batch.source, 0),
        deployments=brought.get(batch.id or 0, ()),
        citation=batch.citation,
        note=batch.note,
        made_up=made_up(batch),
        recorded_at=batch.recorded_at,
    )


def _next_steps(registered: bool, imported: bool, cycled: bool) -> tuple[str, ...]:
    steps = []
    if not registered:
        steps.append("Enter what you run, on the page Enter.")
    if not imported:
        steps.append(HAND_IN)
    if not cycled:
        steps.append(BRING_UP)
    return tuple(steps)
