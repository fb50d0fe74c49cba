"""The page of what is asked of a deployment beyond its performance, one question after the other."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from dashboards.analyses import shown as told_in_order
from dashboards.analyses.told import Told, interval
from dashboards.pages.deployment import Tab
from dashboards.pages.happened import happened
from dashboards.pages.origin import origin
from dashboards.pages.shown import shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from dashboards.pages.verdict_shown import Badge
from dashboards.pages.watch import BRING_UP, HAND_IN, href
from surveillance.measurement import latest_analyses
from surveillance.operating_point import DECIDES, OperatingPointDecision, decisions, explored
from surveillance.provenance import batches, deployments_by_batch
from surveillance.restatement import restated_as_json, restatements
from surveillance.view import DeploymentView, view


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionShown:
    """One decision on the operating point."""

    sentence: str = shown("What was decided, on which figures")
    signature: SignatureShown = shown("The signature under it")


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
    decided: tuple[DecisionShown, ...] = shown("Decisions on the operating point, the last first")
    decide: SigningForm | None = shown("The decision on the operating point, where it was explored")
    next_steps: tuple[str, ...] = shown("What to do next when there is nothing to show")


def analyses_page(
    session: Session,
    key: str,
    finding: str | None,
    *,
    at: datetime,
    role: str = "",
    problem: str = "",
) -> AnalysesPage:
    """The analyses of a deployment as the last cycle left them, for its first finding unless told.

    `role` is that of whoever looks, `problem` why a decision was just refused.
    """
    known = view(session, key)
    chosen = known.finding(finding)
    found = latest_analyses(session, key, chosen)
    brought = deployments_by_batch(session)
    answers = {kind: one.content for kind, one in found.items()}
    if answers:
        answers["restatements"] = restated_as_json(restatements(session, key, chosen))
    if "changes" in answers:
        answers["changes"] = _with_what_began_later(session, known, chosen, answers["changes"], at)
    told = tuple(told_in_order(answers))
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
        analyses=told,
        decided=tuple(
            DecisionShown(sentence=_decided(decision), signature=signature_shown(signed))
            for decision, signed in decisions(session, key, chosen)
        ),
        decide=_deciding(session, known, chosen, role, problem),
        next_steps=() if told else (HAND_IN, BRING_UP),
    )


def _with_what_began_later(
    session: Session, known: DeploymentView, finding: str, said: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """The comparison of changes with a word on what charts found to have begun later in the days that are compared."""
    days = [date.fromisoformat(change["day"]) for change in said["changes"]]
    told = happened(session, known, finding, since=min(days), until=max(days), began=None, at=at)
    after = {one.day: one.after for one in told}
    return {**said, "changes": [{**c, "after": after.get(c["day"], "")} for c in said["changes"]]}


def _decided(decision: OperatingPointDecision) -> str:
    rates = [
        f"{name} {_rates(decision.figures[which])}"
        for which, name in (("in_force", f"In force {decision.in_force:g}:"), ("chosen", f"Chosen {decision.chosen:g}:"))
    ]  # fmt: skip
    return (
        f"{' '.join(rates)} Data cut {decision.as_of:%Y-%m-%d}, used as {words(decision.use_mode)}."
    )


def _rates(point: dict[str, Any]) -> str:
    figures = point["corrected"] or point
    said = "; ".join(f"{m} {interval(figures[m])}" for m in ("sensitivity", "specificity"))
    return f"{said}; {point['per_1000']:.0f} of 1,000 called positive."


def _deciding(
    session: Session, known: DeploymentView, finding: str, role: str, problem: str
) -> SigningForm | None:
    points = explored(session, known.key, finding)
    if not points:
        return None
    in_force = known.entry.threshold_for(finding)
    return SigningForm(
        action=href(known.key, finding, "operating-point"),
        question="Decide on the operating point",
        field="threshold",
        choices=tuple(
            Choice(value=repr(p), label=f"keep {p:g}" if p == in_force else f"move to {p:g}")
            for p in sorted(points, key=lambda point: (point != in_force, point))
        ),
        hindered=""
        if role == DECIDES
        else "The clinical lead decides on the operating point, with a signature.",
        problem=problem,
    )
