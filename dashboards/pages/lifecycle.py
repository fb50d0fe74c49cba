"""The page of a deployment's life: where it stands, what use in care depends on, and who decided what."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from dashboards.pages.state_shown import stands_since, state_badge
from dashboards.pages.verdict_shown import Badge, Tone
from dashboards.pages.watch import href
from register.change_plan import ground_of
from register.clearance import Clearance
from register.entitlement import GOVERNING, who
from register.lifecycle import NEXT, State
from register.revision import as_known
from register.signature import Signature
from register.transition import Transition, decided, transitions
from surveillance.changing_state import stoppable, what_is_stale
from surveillance.procurement.diligence import borne
from surveillance.readiness import checklist
from surveillance.taking_over import awaits, confirmations, entered_by
from surveillance.version_switch import others
from surveillance.view import DeploymentView, view

_CONDITIONS = {
    "acceptance": "Local validation",
    "AI Act": "AI Act",
    "monitoring": "Monitoring plan",
}
"""Names of conditions that are not their key with a capital letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionShown:
    """One condition for use in care."""

    name: str = shown("What it is about")
    badge: Badge = shown("Whether it holds")
    sentence: str = shown("What is known of it, and what would remedy it")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShown:
    """One proposal with what became of it."""

    number: int = shown("Number of the proposal")
    what: str = shown("From which state to which, from when")
    evidence: str = shown("What it rests on")
    signatures: tuple[SignatureShown, ...] = shown("Who proposed and who decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecyclePage:
    """Everything the page of a deployment's life shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    back: str = shown("The page of the deployment")
    review: str = shown("The page of its scope review")
    held: str = shown("The page of what the scope gate held")
    state: Badge = shown("Where it stands")
    since: str = shown("Since when, and by which decision")
    stale: tuple[str, ...] = shown("What changed since it was let run")
    taken_over: tuple[SignatureShown, ...] = shown(
        "Who confirmed that it was in care before this register began"
    )
    conditions: tuple[ConditionShown, ...] = shown("The conditions for use in care")
    changes: tuple[ChangeShown, ...] = shown("Every proposal, the last first")
    decide: SigningForm | None = shown("The decision on the open proposal")
    withdraw: SigningForm | None = shown("The withdrawal of the open proposal, for who made it")
    propose: SigningForm | None = shown("The next proposal, when none is open")
    confirm: SigningForm | None = shown(
        "The confirmation that it was in care, until two people have given it"
    )
    switch: SigningForm | None = shown("Another version in place of this one, where there is one")
    suspend: SigningForm | None = shown(
        "The kill switch, while it runs or was let run from a day to come"
    )


def lifecycle_page(
    session: Session,
    key: str,
    *,
    at: datetime,
    account: str = "",
    role: str = "",
    refused: str = "",
    problem: str = "",
) -> LifecyclePage:
    """The life of a deployment as of now; `refused` names the form that was just refused, and `problem` why."""
    known, day = view(session, key), at.date()
    state, every = known.state_on(day), transitions(session, key)
    stale = what_is_stale(session, known, day)
    waiting = next((row for row, signed in every if decided(signed) is None), None)

    borne_here = borne(session, known.algorithm, known.site, on=day)

    confirmed = confirmations(session, key)

    def told(form: str) -> str:
        return problem if refused == form else ""

    return LifecyclePage(
        at=at,
        key=key,
        name=known.name,
        back=href(key, known.findings[0]) if known.findings else f"/deployments/{key}",
        review=f"/deployments/{key}/review",
        held=f"/deployments/{key}/held",
        state=state_badge(state),
        since=stands_since(known.entry, known.changes, day),
        stale=stale,
        taken_over=tuple(signature_shown(one) for one in confirmed),
        conditions=tuple(
            ConditionShown(
                name=_CONDITIONS.get(c.name, c.name.capitalize()),
                badge=Badge(word="Holds", icon="tick", tone=Tone.GOOD)
                if c.holds
                else Badge(word="Lacking", icon="triangle", tone=Tone.CONCERN),
                sentence=" ".join(
                    filter(None, (c.sentence, borne_here if c.name == "due diligence" else ""))
                ),
            )
            for c in checklist(session, key, day)
        ),
        changes=tuple(_change(row, signed) for row, signed in reversed(every)),
        decide=_deciding(key, waiting, account, role, told("decide")) if waiting else None,
        withdraw=_withdrawing(key, waiting, told("withdraw"))
        if waiting and waiting.proposed_by == account
        else None,
        propose=_proposing(known, state, stale, role, told("propose")) if not waiting else None,
        confirm=_confirming(session, known, account, role, told("take over"))
        if awaits(session, known.entry, day)
        else None,
        switch=_switching(session, known, role, told("switch")),
        suspend=_suspending(key, role, told("suspend")) if stoppable(known, day) else None,
    )


def _change(row: Transition, signatures: list[Signature]) -> ChangeShown:
    return ChangeShown(
        number=row.id or 0,
        what=f"{words(row.from_state)} → {words(row.to_state)}, from {row.effective_from}",
        evidence=row.evidence,
        signatures=tuple(signature_shown(s) for s in signatures),
    )


def _deciding(key: str, waiting: Transition, account: str, role: str, problem: str) -> SigningForm:
    hindered = ""
    if role not in GOVERNING:
        hindered = _roles("decides")
    elif account == waiting.proposed_by:
        hindered = f"{account} proposed this; someone else decides."
    return SigningForm(
        action=f"/deployments/{key}/lifecycle/{waiting.id}",
        question=f"Decide on proposal {waiting.id}: {words(waiting.to_state)}",
        field="approve",
        choices=(Choice(value="yes", label="approve"), Choice(value="no", label="reject")),
        hindered=hindered,
        problem=problem,
    )


def _withdrawing(key: str, waiting: Transition, problem: str) -> SigningForm:
    return SigningForm(
        action=f"/deployments/{key}/lifecycle/{waiting.id}/withdrawal",
        question=f"Withdraw proposal {waiting.id}",
        field="withdraw",
        choices=(Choice(value="yes", label="withdraw it: nothing is decided under it"),),
        hindered="",
        problem=problem,
    )


def _proposing(
    known: DeploymentView, state: State, stale: tuple[str, ...], role: str, problem: str
) -> SigningForm | None:
    onward = [*((state,) if stale else ()), *NEXT[state]]
    if not onward:
        return None
    return SigningForm(
        action=f"/deployments/{known.key}/lifecycle",
        question="Propose the next state",
        field="to",
        choices=tuple(
            Choice(value=to, label=f"approve {words(to)} anew" if to is state else words(to))
            for to in onward
        ),
        hindered="" if role in GOVERNING else _roles("proposes"),
        problem=problem,
        evidence="What it rests on: minutes, validation, certificate",
    )


def _switching(
    session: Session, known: DeploymentView, role: str, problem: str
) -> SigningForm | None:
    found = others(session, known)
    if not found:
        return None
    clearances = as_known(session, Clearance, algorithm=known.algorithm)
    return SigningForm(
        action=f"/deployments/{known.key}/version",
        question=f"Switch the version: {known.version} runs",
        field="version",
        choices=tuple(
            Choice(
                value=v.version,
                label=f"{v.version}, released {v.released or 'on a day not recorded'}: "
                + ("covered by the change plan" if ground_of(v, clearances).planned else "no change plan covers it"),
            )
            for v in found
        ),
        hindered="" if role in GOVERNING else _roles("switches the version"),
        problem=problem,
    )  # fmt: skip


def _confirming(
    session: Session, known: DeploymentView, account: str, role: str, problem: str
) -> SigningForm:
    entered = entered_by(session, known.key)
    hindered = "" if role in GOVERNING else _roles("decides")
    return SigningForm(
        action=f"/deployments/{known.key}/takeover",
        question=f"Confirm that it was in care, as {entered} entered it",
        field="confirm",
        choices=(
            Choice(
                value="yes",
                label=f"it was in care since {known.entry.live_from}, as the entry states it",
            ),
        ),
        hindered=hindered
        or (
            f"{account} confirmed it; a second person must."
            if account in {one.signer for one in confirmations(session, known.key)}
            else ""
        ),
        problem=problem,
    )


def _suspending(key: str, role: str, problem: str) -> SigningForm:
    return SigningForm(
        action=f"/deployments/{key}/suspend",
        question="Suspend at once",
        field="suspend",
        choices=(Choice(value="yes", label="suspend now: nothing is let through any more"),),
        hindered="" if role in GOVERNING else _roles("suspends"),
        problem=problem,
    )


def _roles(act: str) -> str:
    return f"{sentence_case(who(act))}, with a signature."
