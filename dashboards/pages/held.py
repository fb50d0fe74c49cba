"""The page of what the scope gate held of a deployment, and what a clinician let through all the same."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from dashboards.pages.shown import shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from dashboards.pages.verdict_shown import Badge, Tone
from register.scope import Scope
from surveillance.eligibility import not_let_run
from surveillance.scope_decision import RecordedDecision
from surveillance.scope_override import (
    MAY_OVERRIDE,
    NEVER_OVERRIDDEN,
    NotOverridden,
    Overridden,
    overrides,
)
from surveillance.view import view

LATEST = 50
_SCOPES = {
    Scope.OUT: Badge(word="Out", icon="cross", tone=Tone.CONCERN),
    Scope.UNDETERMINABLE: Badge(word="Undeterminable", icon="dots", tone=Tone.NEUTRAL),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldShown:
    """One decision that held a study."""

    decision: str = shown("Identifier of the decision")
    at: datetime = shown("When it was decided")
    badge: Badge = shown("Out of scope or undeterminable")
    sentence: str = shown("Why")
    href: str = shown("Where it can be overridden; empty = it cannot")
    overridden: str = shown("Number of its override; empty = none")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideShown:
    """One override with what became of it."""

    number: int = shown("Number of the override")
    decision: str = shown("Identifier of the decision it overrides")
    clause: str = shown("Condition that was overridden")
    ran: str = shown("Whether it let its study through, and when")
    signature: SignatureShown = shown("Who overrode, and why")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenShown:
    """The decision that is about to be overridden."""

    decision: str = shown("Identifier of the decision")
    study: str = shown("Study Instance UID, to find the study by")
    sentence: str = shown("Why it was held")
    form: SigningForm = shown("The override")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """Everything the page of held studies shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    back: str = shown("The page of its state and decisions")
    asked: int = shown("How often the gate was asked about this deployment")
    kept_back: int = shown("How often its answer was no")
    held: tuple[HeldShown, ...] = shown("The last decisions that held a study, the latest first")
    chosen: ChosenShown | None = shown("The decision that was chosen to be overridden")
    overrides: tuple[OverrideShown, ...] = shown("Every override, the latest first")


def held_page(
    session: Session,
    key: str,
    *,
    at: datetime,
    decision: str = "",
    role: str = "",
    problem: str = "",
) -> HeldPage:
    """What was held as of now; `decision` names the one that is about to be overridden."""
    known = view(session, key)
    of_ours = select(RecordedDecision).where(RecordedDecision.deployment == key)
    no = of_ours.where(RecordedDecision.scope != Scope.IN)
    given = overrides(session, key)
    numbers = {one.override.decision: str(one.override.id) for one in given}
    stopped = {f for f in known.findings if not_let_run(known, f, at.date()) is not None}
    return HeldPage(
        at=at,
        key=key,
        name=known.name,
        back=f"/deployments/{key}/lifecycle",
        asked=session.exec(select(func.count()).select_from(of_ours.subquery())).one(),
        kept_back=session.exec(select(func.count()).select_from(no.subquery())).one(),
        held=tuple(
            HeldShown(
                decision=row.id,
                at=row.decided_at,
                badge=_SCOPES[Scope(row.scope)],
                sentence=row.sentence,
                href=""
                if row.finding in stopped or row.attribute in NEVER_OVERRIDDEN or row.id in numbers
                else f"/deployments/{key}/held?decision={row.id}#override",
                overridden=numbers.get(row.id, ""),
            )
            for row in session.exec(
                no.order_by(col(RecordedDecision.decided_at).desc()).limit(LATEST)
            )
        ),
        chosen=_chosen(session, key, decision, role, problem) if decision else None,
        overrides=tuple(_override(one) for one in reversed(given)),
    )


def _chosen(
    session: Session, key: str, identifier: str, role: str, problem: str
) -> ChosenShown | None:
    row = session.get(RecordedDecision, identifier)
    if row is None or row.deployment != key:
        raise NotOverridden(f"The gate gave no decision '{identifier}' on {key}.")
    return ChosenShown(
        decision=row.id,
        study=row.study_instance_uid,
        sentence=row.sentence,
        form=SigningForm(
            action=f"/deployments/{key}/held/{row.id}",
            question="Override this decision",
            field="override",
            choices=(Choice(value="yes", label="let it run on this study once: abnormal use"),),
            hindered=""
            if role == MAY_OVERRIDE
            else f"A {words(MAY_OVERRIDE)} overrides, with a signature.",
            problem=problem,
        ),
    )


def _override(one: Overridden) -> OverrideShown:
    return OverrideShown(
        number=one.override.id or 0,
        decision=one.override.decision,
        clause=one.override.clause,
        ran=f"let through {one.used_at:%Y-%m-%d %H:%M} {one.used_at.tzname()}"
        if one.used_at
        else "not used yet",
        signature=signature_shown(one.signature),
    )
