"""The page of a deployment's scope review: its sections as gathered, what a person says of them, and who signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from dashboards.dossiers.filed import FiledDossier
from dashboards.dossiers.review_dossier import content_of, gathered_for
from dashboards.pages.review_forms import CompletingForm, completing, deciding, opening, withdrawing
from dashboards.pages.review_sections import SectionShown, sections
from dashboards.pages.shown import shown
from dashboards.pages.signing import SignatureShown, SigningForm, signature_shown
from dashboards.pages.state_shown import state_badge
from dashboards.pages.verdict_shown import Badge, Tone
from dashboards.pages.watch import href
from dashboards.pages.work_shown import told_of
from register.entitlement import GOVERNING
from register.scope_review import Completion, ReviewSoFar, due_on, open_one, reviews
from register.signature import under
from surveillance.measurement import latest_cycle
from surveillance.review_opening import NO_CYCLE
from surveillance.reviewing import breached
from surveillance.view import view
from surveillance.work import REVIEW, Kind, Standing, last_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierShown:
    """The dossier in which the sections stand."""

    id: str = shown("Identifier printed on every page of it")
    period: str = shown("First and last study day it covers")
    as_of: datetime = shown("Data cut")
    pdf: str = shown("The document")
    sha256: str = shown("Hash of its manifest, to which signatures are bound")
    problem: str = shown("Why its sections cannot be shown; empty = they can")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionShown:
    """What a person said, and who signed it."""

    decision: str = shown("What is decided")
    conclusion: str = shown("Conclusion, with reasons")
    conditions: str = shown("Under which conditions; empty = none")
    despite: str = shown("Why it continues although a claim is breached; empty = none is")
    remarks: tuple[tuple[str, str], ...] = shown("Section and what is said of it")
    next_review: date = shown("Day of the next review")
    dossier: str = shown("Identifier of the dossier it rests on")
    pdf: str = shown("That dossier")
    sha256: str = shown("Hash of the manifest of that dossier")
    signatures: tuple[SignatureShown, ...] = shown("Who completed and who decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewShown:
    """One review with everything that was said of it."""

    number: int = shown("Number of the review")
    badge: Badge = shown("Open, waiting, sent back or approved")
    due: date = shown("By when")
    opened: str = shown("When and by whom it was opened")
    covers: date = shown("First study day it covers")
    completions: tuple[CompletionShown, ...] = shown("Every completion, the last first")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Everything the page of a scope review shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the deployment")
    name: str = shown("Trade name")
    back: str = shown("The page of the deployment")
    lifecycle: str = shown("The page of its state and decisions")
    state: Badge = shown("Where the deployment stands")
    standing: Badge = shown("Where the review stands")
    next_step: str = shown("What is to be done next, and by whom")
    breached: tuple[str, ...] = shown("Claims of the label that are shown not to hold")
    gather: str = shown("Where to ask for the sections to be gathered; empty = not now")
    gathering: str = shown("How the last gathering stands while it is not done; empty = it is")
    problem: str = shown("Why something was refused that no form below tells; empty = nothing was")
    dossier: DossierShown | None = shown("The dossier in which the sections stand")
    sections: tuple[SectionShown, ...] = shown("The sections as gathered")
    complete: CompletingForm | None = shown("The form that completes the review")
    decide: SigningForm | None = shown("The decision on the completed review")
    open_early: SigningForm | None = shown("Opening before its day, when none is open")
    withdraw: SigningForm | None = shown("Withdrawing it, for who opened it before its day")
    reviews: tuple[ReviewShown, ...] = shown("Every review, the last first")


def review_page(
    session: Session,
    key: str,
    *,
    at: datetime,
    account: str = "",
    role: str = "",
    refused: str = "",
    problem: str = "",
    given: Mapping[str, Any] | None = None,
) -> ReviewPage:
    """The review of a deployment as of now; `refused` names the form just refused, `given` what it held."""
    known, found = view(session, key), reviews(session, key)
    pending, due = open_one(found), due_on(session, known.entry, at.date())
    waiting = pending.waiting if pending else None
    filed = _dossier(session, pending, waiting)
    content = content_of(filed) if filed else {}

    def told(form: str) -> str:
        return problem if refused == form else ""

    said = waiting.said.remarks if waiting else dict((given or {}).get("remarks", {}))
    rang = tuple(v.sentence for v in breached(session, key))
    completable = pending is not None and waiting is None
    complete = (
        completing(
            key, pending.review.due, role=role, on=at.date(), continues=not rang, problem=told("complete"), given=given or {},
        )
        if completable and pending is not None and content
        else None
    )  # fmt: skip
    decide = (
        deciding(key, waiting, account=account, role=role, problem=told("decide"))
        if waiting
        else None
    )
    open_early = opening(key, due, role=role, problem=told("open")) if pending is None else None
    withdraw = (
        withdrawing(key, pending.review.id or 0, problem=told("withdraw"))
        if pending is not None and pending.review.opened_by == account and not pending.completions
        else None
    )
    forms = {"complete": complete, "decide": decide, "open": open_early, "withdraw": withdraw}
    return ReviewPage(
        at=at,
        key=key,
        name=known.name,
        back=href(key, known.findings[0]) if known.findings else f"/deployments/{key}",
        lifecycle=f"/deployments/{key}/lifecycle",
        state=state_badge(known.state_on(at.date())),
        standing=_badge(pending, at.date()) if pending else _NOT_OPEN,
        next_step=_next_step(session, pending, filed, content, due, at.date()),
        breached=rang,
        gather=f"/deployments/{key}/review/gather"
        if completable and role in GOVERNING and latest_cycle(session) is not None
        else "",
        gathering=_gathering(session, pending) if pending else "",
        problem="" if forms.get(refused) else problem,
        dossier=_dossier_shown(filed, content) if filed else None,
        sections=sections(content, said, filed.id if filed else "") if pending else (),
        complete=complete,
        decide=decide,
        open_early=open_early,
        withdraw=withdraw,
        reviews=tuple(_review(session, one, at.date()) for one in reversed(found)),
    )  # fmt: skip


_NOT_OPEN = Badge(word="Not open", icon="ring", tone=Tone.COMMON)


def _gathering(session: Session, pending: ReviewSoFar) -> str:
    last = last_of(session, Kind.GATHERING, f"{REVIEW}{pending.review.id}")
    return "" if last is None or last.standing is Standing.DONE else told_of(last)


def _dossier(
    session: Session, pending: ReviewSoFar | None, waiting: Completion | None
) -> FiledDossier | None:
    if waiting is not None:
        return session.get(FiledDossier, waiting.said.dossier)
    return gathered_for(session, pending.review) if pending else None


def _badge(found: ReviewSoFar, on: date) -> Badge:
    if found.withdrawn is not None:
        return Badge(word="Withdrawn", icon="bar", tone=Tone.COMMON)
    if found.over:
        return Badge(word="Approved", icon="tick", tone=Tone.GOOD)
    if found.waiting is not None:
        return Badge(word="Waits for approval", icon="half", tone=Tone.NEUTRAL)
    if found.review.due < on:
        return Badge(word="Overdue", icon="triangle", tone=Tone.CONCERN)
    if found.last is not None:
        return Badge(word="Sent back", icon="half", tone=Tone.NEUTRAL)
    return Badge(word="Open", icon="ring", tone=Tone.COMMON)


def _next_step(
    session: Session,
    pending: ReviewSoFar | None,
    filed: FiledDossier | None,
    content: Mapping[str, Any],
    due: date | None,
    on: date,
) -> str:
    if pending is None:
        if due is None:
            return "This deployment is not in care, so that no review falls due."
        return f"The next review falls due on {due}, in {(due - on).days} days; it opens by itself 60 days before."
    row = pending.review
    about = f"Review {row.id} covers the days from {row.period_from} and is due on {row.due}"
    if pending.waiting is not None:
        author = pending.waiting.signatures[0]
        return f"{about}. {author.name} completed it; someone of the other role approves it or sends it back."
    if latest_cycle(session) is None:
        return f"{about}. {NO_CYCLE}"
    if filed is None or not content:
        return f"{about}. Gather its sections up to the last cycle; then read and complete them."
    return f"{about}. Read the sections, answer what a person must, and sign."


def _dossier_shown(filed: FiledDossier, content: Mapping[str, Any]) -> DossierShown:
    return DossierShown(
        id=filed.id,
        period=f"{filed.period_from} to {filed.period_to}",
        as_of=filed.as_of,
        pdf=f"/dossiers/{filed.id}/document.pdf",
        sha256=filed.manifest_sha256,
        problem=""
        if content
        else "Its files are not readable. Gather the sections again; the same data cut gives the same bytes.",
    )


def _review(session: Session, found: ReviewSoFar, on: date) -> ReviewShown:
    row = found.review
    opened = f"{row.opened_at:%Y-%m-%d}, by itself as it fell due"
    if row.opened_by is not None:
        signed = under(session, row.record)
        why = f": {signed[0].reason}" if signed else ""
        opened = f"{row.opened_at:%Y-%m-%d}, before its day, by {row.opened_by}{why}"
    if found.withdrawn is not None:
        opened = (
            f"{opened} Withdrawn {found.withdrawn.signed_at:%Y-%m-%d}: {found.withdrawn.reason}"
        )
    return ReviewShown(
        number=row.id or 0,
        badge=_badge(found, on),
        due=row.due,
        opened=opened,
        covers=row.period_from,
        completions=tuple(_completion(one) for one in _latest_first(found.completions)),
    )


def _latest_first(found: Sequence[Completion]) -> Sequence[Completion]:
    return list(reversed(found))


def _completion(found: Completion) -> CompletionShown:
    said = found.said
    return CompletionShown(
        decision=said.decision,
        conclusion=said.conclusion,
        conditions=said.conditions,
        despite=said.despite,
        remarks=tuple(sorted(said.remarks.items(), key=lambda pair: int(pair[0]))),
        next_review=said.next_review,
        dossier=said.dossier,
        pdf=f"/dossiers/{said.dossier}/document.pdf",
        sha256=said.dossier_sha256,
        signatures=tuple(signature_shown(s) for s in found.signatures),
    )
