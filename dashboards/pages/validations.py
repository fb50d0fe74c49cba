"""The page of a deployment's local validations: what was fixed, what came out, who signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from dashboards.analyses.told import interval
from dashboards.pages.planning import PlanningForm, planning_form
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from dashboards.pages.verdict_shown import Badge, criterion_badge
from dashboards.pages.watch import href
from register.entitlement import GOVERNING
from surveillance.monitors.verdict import Answer
from surveillance.validation.kept import ValidationPlan, ValidationRun, earlier, plans, runs
from surveillance.validation.plan import short_of_label
from surveillance.validation.sign_off import MEANINGS, signature_of
from surveillance.view import view


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionShown:
    """One criterion on one stratum."""

    stratum: str = shown("All cases, or one scanner")
    metric: str = shown("What is measured")
    badge: Badge = shown("Met, not shown or breached")
    figure: str = shown("Estimate with interval and n, or why there is none")
    threshold: str = shown("What the interval must keep above")
    needed: str = shown("Cases still needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationShown:
    """One protocol with its last run."""

    key: str = shown("Key of the validation")
    population: str = shown("Who is looked at")
    period: str = shown("First and last day, and the mode of use")
    about: str = shown("Version and operating point it is about")
    planned: str = shown("Criteria and cases planned")
    fixed: str = shown("Who fixed it, and when")
    badge: Badge | None = shown("Verdict of the last run; empty = not run")
    statements: tuple[str, ...] = shown("What came out, and without what it would mislead")
    criteria: tuple[CriterionShown, ...] = shown("Each criterion on each stratum")
    signature: SignatureShown | None = shown("The signature under the last run")
    sign: SigningForm | None = shown("The signature that is still to be given")
    run: str = shown("Where it is run; empty = not by this person, or it is signed")
    ran: str = shown("What running it is called")
    problem: str = shown("Why it was not run; empty = it was, or nobody tried")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationsPage:
    """Everything the page of local validations shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    back: str = shown("The page of the deployment")
    validations: tuple[ValidationShown, ...] = shown("The last one fixed first")
    plan: PlanningForm = shown("The form in which another one is fixed")


def validations_page(
    session: Session,
    key: str,
    *,
    at: datetime,
    account: str = "",
    role: str = "",
    refused: str = "",
    given: Mapping[str, str] | None = None,
    problem: str = "",
) -> ValidationsPage:
    """The local validations of a deployment.

    `refused` names the one that was just not signed or not run; without it, `problem` is about the protocol
    that was typed, `given` is what it held.
    """
    known = view(session, key)
    return ValidationsPage(
        at=at,
        key=key,
        name=known.name,
        back=href(key, known.findings[0]) if known.findings else f"/deployments/{key}",
        validations=tuple(
            _validation(session, plan, account, role, problem if plan.key == refused else "")
            for plan in reversed(plans(session, key))
        ),
        plan=planning_form(
            known, today=at.date(), role=role, given=given, problem="" if refused else problem
        ),
    )


def _validation(
    session: Session, plan: ValidationPlan, account: str, role: str, problem: str
) -> ValidationShown:
    said, done = plan.content, runs(session, plan.key)
    last = done[-1] if done else None
    signed = signature_of(session, last) if last else None
    sizes = ", ".join(f"{n:,} for {metric}" for metric, n in said["sizes"].items())
    return ValidationShown(
        key=plan.key,
        population=said["population"],
        period=f"{said['from']} to {said['to']}, {words(said['use_mode'])}",
        about=f"version {plan.version}" + (f", operating point {plan.threshold:g}" if plan.threshold is not None else ""),
        planned="; ".join(
            f"{words(c['metric'])} no worse than {c['claim']:g} by more than {c['margin']:g}" for c in said["criteria"]
        ) + (f". Cases planned: {sizes}" if sizes else "") + f". At least {said['minimum_positives']:,} positive",
        fixed=f"{plan.author}, {plan.fixed_at:%Y-%m-%d %H:%M %Z}",
        badge=criterion_badge(Answer(last.content["verdict"])) if last else None,
        statements=(*filter(None, [earlier(done)]), *short_of_label(plan), *(_statements(last) if last else ())),
        criteria=tuple(_criterion(v) for v in last.content["verdicts"]) if last else (),
        signature=signature_shown(signed) if signed else None,
        sign=_signing(plan, last, account, problem) if last and not signed else None,
        run=f"/validations/{plan.key}/run" if role in GOVERNING and not signed else "",
        ran="Run it again" if last else "Run it",
        problem="" if last and not signed else problem,
    )  # fmt: skip


def _statements(run: ValidationRun) -> tuple[str, ...]:
    said = run.content
    told = [
        f"As of the data cut {run.as_of:%Y-%m-%d %H:%M %Z}: {said['cases']:,} mature cases, {said['verified']:,} verified, "
        f"{said['positives']:,} positive (at least {said['minimum_positives']:,} wanted)."
    ]
    if reservation := said.get("statement"):
        told.append(f"{sentence_case(reservation)}.")
    if not said["prospective"]:
        told.append(
            "The criteria were fixed after the first of these cases was examined: a retrospective validation."
        )
    if not said["threshold_unchanged"]:
        told.append("The operating point has changed since the criteria were fixed: plan anew.")
    return tuple(told)


def _criterion(verdict: dict[str, Any]) -> CriterionShown:
    return CriterionShown(
        stratum=verdict["level"] or "all cases",
        metric=sentence_case(words(verdict["metric"])),
        badge=criterion_badge(Answer(verdict["verdict"])),
        figure=verdict["reason"] or str(interval(verdict["figure"])),
        threshold=f"{verdict['threshold']:.3f}",
        needed="not known" if verdict["n_needed"] is None else f"{verdict['n_needed']:,}",
    )


def _signing(plan: ValidationPlan, run: ValidationRun, account: str, problem: str) -> SigningForm:
    may = (
        MEANINGS
        if run.content["verdict"] == "met"
        else tuple(m for m in MEANINGS if m != "accepted")
    )
    return SigningForm(
        action=f"/validations/{plan.key}/signature",
        question=f"Sign off {plan.key}",
        field="meaning",
        choices=tuple(Choice(value=m, label=m) for m in may),
        hindered=f"{plan.author} fixed the protocol; someone else signs it off."
        if account == plan.author
        else "",
        problem=problem,
    )
