"""The page for patients and staff: which algorithms read images here, for what, and how well. No sign-in, no patient.

Source: Regulation (EU) 2024/1689, Articles 26(11) and 50 (persons are informed); nothing beyond the register and the
figures of the last cycle is told, and only where the site opens the page.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.judged import METRICS, Judged, judged
from dashboards.pages.shown import shown, words
from dashboards.pages.state_shown import state_badge
from dashboards.pages.verdict_shown import Badge
from register.algorithm import Algorithm
from register.deployment import Site
from register.lifecycle import RUNNING, State
from register.revision import as_known
from surveillance.measurement import latest_measurement
from surveillance.monitors.verdict import standing
from surveillance.view import DeploymentView, views

ROLE_OF_OUTPUT = {
    State.SHADOW: "Its output is compared with what turned out to be true; nobody sees it in care.",
    State.LIMITED: "Its output is seen in care, within limits that were decided on.",
    State.LIVE: "Its output is seen in care.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTold:
    """What an algorithm looks for, and how often it was right here."""

    finding: str = shown("What it looks for")
    statement: str = shown("What it is cleared for, in the manufacturer's words")
    as_of: datetime | None = shown("Data cut of the figures; empty = nothing is measured yet")
    metrics: tuple[Judged, ...] = shown(
        "Sensitivity and specificity against what turned out to be true"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmTold:
    """One algorithm at one site."""

    name: str = shown("Trade name")
    manufacturer: str = shown("Legal manufacturer")
    version: str = shown("Version that runs")
    site: str = shown("Where")
    state: Badge = shown("Whether its output reaches care")
    role: str = shown("What that means")
    purpose: str = shown("What its output is used for")
    overseen: str = shown("Which roles answer for it; never who")
    findings: tuple[FindingTold, ...] = shown("What it looks for")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransparencyPage:
    """Everything the public page shows."""

    at: datetime = shown("When the page was made")
    algorithms: tuple[AlgorithmTold, ...] = shown("Every algorithm that runs here")


def transparency_page(session: Session, *, at: datetime) -> TransparencyPage:
    """Every deployment that runs, as of now."""
    makers = {a.key: str(a.manufacturer.get("name", "not recorded")) for a in as_known(session, Algorithm)}  # fmt: skip
    sites = {site.key: site.name for site in as_known(session, Site)}
    return TransparencyPage(
        at=at,
        algorithms=tuple(
            AlgorithmTold(
                name=known.name,
                manufacturer=makers[known.algorithm],
                version=known.version,
                site=sites.get(known.site, known.site),
                state=state_badge(state),
                role=ROLE_OF_OUTPUT[state],
                purpose=words(known.purpose),
                overseen=", ".join(words(role) for role in known.entry.oversight) or "nobody named",
                findings=tuple(_finding(session, known, finding) for finding in known.findings),
            )
            for known in views(session)
            for state in [known.state_on(at.date())]
            if state in RUNNING
        ),
    )


def _finding(session: Session, known: DeploymentView, finding: str) -> FindingTold:
    measured = latest_measurement(session, known.key, finding)
    verdicts = list(standing(session, known.key))
    return FindingTold(
        finding=words(finding),
        statement=next(i.statement for i in known.indications if i.finding == finding),
        as_of=measured.as_of if measured else None,
        metrics=tuple(judged(known, finding, m, measured.content, verdicts) for m in METRICS)
        if measured
        else (),
    )
