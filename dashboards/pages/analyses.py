"""The page of what is asked of a deployment beyond its performance, one question after the other."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.analyses import shown as told_in_order
from dashboards.analyses.told import Told
from dashboards.analyses.told import table as table_of
from dashboards.pages.deployment import Tab
from dashboards.pages.origin import origin
from dashboards.pages.shown import shown, words
from dashboards.pages.verdict_shown import Badge
from dashboards.pages.watch import href
from surveillance.measurement import latest_analyses
from surveillance.provenance import batches, deployments_by_batch
from surveillance.restatement import restatements
from surveillance.view import view


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysesPage:
    """Everything the page of analyses shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    origin: Badge = shown("Whether the cases are real")
    finding: str = shown("What is looked for")
    back: str = shown("The page of the deployment")
    tabs: tuple[Tab, ...] = shown("The findings of the deployment")
    as_of: datetime | None = shown("Data cut of the analyses; empty when nothing was analysed yet")
    analyses: tuple[Told, ...] = shown("Each question with its answer")
    next_steps: tuple[str, ...] = shown("Commands to run next when there is nothing to show")


def analyses_page(session: Session, key: str, finding: str | None, *, at: datetime) -> AnalysesPage:
    """The analyses of a deployment as the last cycle left them, for its first finding unless told."""
    known = view(session, key)
    chosen = known.finding(finding)
    found = latest_analyses(session, key, chosen)
    brought = deployments_by_batch(session)
    told = tuple(told_in_order({kind: one.content for kind, one in found.items()}))
    return AnalysesPage(
        at=at,
        key=key,
        name=known.name,
        origin=origin([b for b in batches(session, at) if key in brought.get(b.id or 0, ())]),
        finding=words(chosen),
        back=href(key, chosen),
        tabs=tuple(
            Tab(finding=words(f), href=href(key, f, "analyses"), current=f == chosen)
            for f in known.findings
        ),
        as_of=max((one.as_of for one in found.values()), default=None),
        analyses=(*told, _restated(session, key, chosen)) if told else (),
        next_steps=() if told else ("catamnesis evidence import my-batch/", "catamnesis cycle"),
    )


def _restated(session: Session, key: str, finding: str) -> Told:
    found = restatements(session, key, finding)
    said = (
        f"{sum(r.cases for r in found):,} cases were held to be something else at an earlier data cut."
        if found
        else "No case whose truth was known has been restated so far."
    )
    return Told(
        key="restatements",
        title="Restatements",
        question="What was held to be true before, and is not now?",
        sentences=(said,),
        tables=(
            table_of(
                "restatements",
                "Cases restated, by month of the examination and data cut",
                {"as_of": "Data cut", "month": "Month", "before": "Before", "before_tier": "By",
                 "after": "Now", "after_tier": "By", "cases": "Cases"},
                [
                    (f"{r.as_of:%Y-%m-%d %H:%M %Z}", r.month, r.before, words(r.before_tier), r.after or "not known",
                     words(r.after_tier or "–"), r.cases)
                    for r in found
                ],
            ),
        ) if found else (),
    )  # fmt: skip
