"""The adjudicator's pages: the audits that wait, and one case after the other, blind to what was said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from dashboards.pages.shown import sentence_case, shown, words
from register.deployment import Site
from register.revision import as_known
from surveillance.adjudication import VALUES, OpenAudit, answers
from surveillance.evidence.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditShown:
    """One audit."""

    number: int = shown("Number of the audit")
    question: str = shown("What is looked for")
    site: str = shown("Where the studies were made")
    period: str = shown("Their first and last day")
    waiting: int = shown("Cases that still wait")
    cases: int = shown("Cases drawn")
    href: str = shown("The page of its next case")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a field."""

    value: str = shown("What is sent")
    label: str = shown("What is read")
    chosen: bool = shown("Whether it is the one given before")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """The case to look at, and the form of its answer."""

    study: str = shown("Study Instance UID, to find the study by")
    taken: str = shown("Day and time of the examination")
    what: str = shown("Modality and body part")
    again: bool = shown("Whether it was answered before and is answered again")
    values: tuple[Option, ...] = shown("What can be answered")
    evidence: tuple[Option, ...] = shown("What the answer can rest on")
    sides: tuple[Option, ...] = shown("Which side, where the protocol asks for it")
    occurred_on: str = shown("The day on which it was so, as typed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredShown:
    """One answer that this person gave."""

    study: str = shown("Study Instance UID")
    answer: str = shown("What was answered, and on what")
    given_at: datetime = shown("When")
    href: str = shown("Where it can be answered again")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationPage:
    """The audits that wait for an adjudicator."""

    at: datetime = shown("When the page was made")
    audits: tuple[AuditShown, ...] = shown("Every drawn audit of the sites of this account")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """One audit: its next case, and what this person answered."""

    at: datetime = shown("When the page was made")
    audit: AuditShown = shown("The audit")
    rule: str = shown("What closes a case by the protocol")
    case: CaseShown | None = shown("The case to look at; none when all are answered")
    answered: tuple[AnsweredShown, ...] = shown("This person's answers, the last one first")
    problem: str = shown("Why the last answer was not kept")


def adjudication_page(
    session: Session, audits: list[OpenAudit], *, at: datetime
) -> AdjudicationPage:
    """The audits as of now, those with waiting cases first."""
    ordered = sorted(audits, key=lambda one: (not one.waiting, one.audit.id))
    return AdjudicationPage(at=at, audits=tuple(_audit(session, one) for one in ordered))


def audit_page(
    session: Session,
    opened: OpenAudit,
    *,
    at: datetime,
    account: str,
    study: str = "",
    given: Mapping[str, str] | None = None,
    problem: str = "",
) -> AuditPage:
    """The case of `study`, or the next that waits; `given` is what was typed before a refusal."""
    mine = [one.outcome for one in answers(session, opened.audit.id or 0) if one.by == account]
    chosen = (
        next((c for c in opened.cases if c.study_instance_uid == study), None) if study else None
    )
    chosen = chosen or next(iter(opened.waiting), None)
    return AuditPage(
        at=at,
        audit=_audit(session, opened),
        rule=_rule(opened),
        case=_case(session, opened, chosen.study_instance_uid, given or {}) if chosen else None,
        answered=tuple(
            AnsweredShown(
                study=str(outcome.study_instance_uid),
                answer=f"{words(outcome.value)}, {words(outcome.evidence)}",
                given_at=outcome.recorded_at,
                href=f"{_place(opened)}?study={outcome.study_instance_uid}#case",
            )
            for outcome in mine
        ),
        problem=problem,
    )


def _audit(session: Session, opened: OpenAudit) -> AuditShown:
    audit = opened.audit
    sites = as_known(session, Site, key=opened.view.site)
    return AuditShown(
        number=audit.id or 0,
        question=sentence_case(words(audit.finding)),
        site=sites[0].name if sites else opened.view.site,
        period=f"{audit.first} to {audit.last}",
        waiting=len(opened.waiting),
        cases=len(opened.cases),
        href=_place(opened),
    )


def _place(opened: OpenAudit) -> str:
    return f"/adjudication/{opened.audit.id}"


def _rule(opened: OpenAudit) -> str:
    told = [
        f"{value} on {', '.join(_limited(*kind) for kind in opened.kinds(value).items())}"
        for value in VALUES[:2]
        if opened.kinds(value)
    ]
    return (
        f"The protocol closes a case as {'; '.join(told)}. An indeterminate answer closes nothing."
    )


def _limited(kind: str, days: int | None) -> str:
    return words(kind) if days is None else f"{words(kind)} within {days} days"


def _case(session: Session, opened: OpenAudit, uid: str, given: Mapping[str, Any]) -> CaseShown:
    study = session.exec(
        select(Study).where(Study.study_instance_uid == uid).order_by(col(Study.revision).desc())
    ).first()
    kinds = dict.fromkeys(kind for value in VALUES[:2] for kind in opened.kinds(value))
    sides = {"": "no side", "L": "left", "R": "right", "B": "both"}
    return CaseShown(
        study=uid,
        taken=f"{study.study_datetime:%Y-%m-%d %H:%M %Z}" if study else "not on record",
        what=" ".join(filter(None, (study.modality, study.body_part_examined))) if study else "",
        again=uid not in {case.study_instance_uid for case in opened.waiting},
        values=_options({value: words(value) for value in VALUES}, given.get("value")),
        evidence=_options({kind: words(kind) for kind in kinds}, given.get("evidence")),
        sides=_options(sides, given.get("laterality")) if opened.protocol.same_side else (),
        occurred_on=given.get("occurred_on", ""),
    )


def _options(labels: Mapping[str, str], chosen: str | None) -> tuple[Option, ...]:
    return tuple(
        Option(value=value, label=label, chosen=value == chosen) for value, label in labels.items()
    )
