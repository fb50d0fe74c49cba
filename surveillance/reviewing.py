"""Complete, approve and send back a scope review; an approval carries the decision out. Every refusal says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from register.deployment import Deployment
from register.entitlement import GOVERNING, entitled
from register.scope_review import (
    APPROVED,
    ASKED,
    COMPLETED,
    LEADS_TO,
    NEED_CONDITIONS,
    SENT_BACK,
    Completion,
    Decision,
    ReviewSoFar,
    ScopeReview,
    ScopeReviewCompletion,
    latest_next,
    reviews,
    so_far,
)
from register.signature import NotSigned, Signer, digest_of, put
from register.task import Called, called_by, close_all, open_once
from register.transition import configuration_of
from surveillance.changing_state import admit, enact
from surveillance.monitors.verdict import Answer, Verdict, standing
from surveillance.review_opening import NotReviewed, cut_of
from surveillance.view import stated_at, view

SECTIONS = tuple(str(number) for number in range(1, 13))
"""The sections that a remark may stand under; the thirteenth is the decision itself."""
TRAINED_WITHIN = timedelta(days=30)
"""How long the people named in oversight have to train again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The dossier a completion rests on: identifier, hash of its manifest, last day and data cut."""

    dossier: str
    sha256: str
    period_to: date
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person says of a review; `despite` is the reason to continue although a claim is breached."""

    remarks: Mapping[str, str]
    conclusion: str
    decision: Decision
    next_review: date
    conditions: str = ""
    despite: str = ""


def breached(session: Session, deployment: str) -> list[Verdict]:
    """The claims of the label that are shown not to hold, as last measured."""
    return [
        v
        for v in standing(session, deployment)
        if v.monitor == "performance" and v.answer is Answer.BREACHED
    ]


def complete(
    session: Session,
    number: int,
    answers: Answers,
    *,
    rests_on: Gathered | None,
    signer: Signer,
    at: datetime,
) -> ScopeReviewCompletion:
    """Complete a review over the dossier that was gathered for it, signed; someone else approves.

    It is refused at once where the decision could not be carried out.
    """
    found = of(session, number, alone=True)
    entitled(signer.name, signer.role, "completes a review", refusal=NotReviewed)
    if found.over:
        raise NotReviewed(
            f"Review {number} was {'withdrawn' if found.withdrawn else 'approved'}; there is nothing left to complete."
        )
    if found.waiting is not None:
        raise NotReviewed(
            f"Review {number} was completed by {found.waiting.said.completed_by} and waits for an approval; "
            "have it sent back to complete it anew."
        )
    cut_of(session, found.review)
    if rests_on is None:
        raise NotReviewed(
            f"The sections of review {number} are not gathered; gather them first, on the page Scope review."
        )
    known = view(session, found.review.deployment)
    _gathered_since(session, known.key, rests_on.as_of)
    _answered(answers)
    _continues_knowingly(session, known.key, answers.decision, answers.despite)
    _next(answers.next_review, found.review, at.date())
    if answers.decision in LEADS_TO:
        admit(
            session,
            known,
            LEADS_TO[answers.decision],
            author=signer.key,
            effective_from=at.date(),
            at=at,
        )
    if answers.decision is Decision.RETRAIN:
        _named(known.entry)
    row = ScopeReviewCompletion(
        review=number, period_to=rests_on.period_to, as_of=rests_on.as_of, dossier=rests_on.dossier,
        dossier_sha256=rests_on.sha256, conclusion=answers.conclusion.strip(), decision=answers.decision,
        remarks={section: said.strip() for section, said in answers.remarks.items() if said.strip()},
        conditions=answers.conditions.strip(), despite=answers.despite.strip(), next_review=answers.next_review,
        configuration=configuration_of(known.entry), completed_by=signer.key, completed_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _sign(session, row, signer, COMPLETED, row.conclusion, at)
    open_once(
        session,
        Called(
            cause=row.record, kind="scope_review_approval", deployment=known.key, algorithm=known.algorithm,
            sentence=f"{signer.name} completed scope review {number} of {known.key}: {row.decision}. Someone of the other role approves "
            "it or sends it back, on its page.",
        ),
        at=at,
    )  # fmt: skip
    return row


def decide(
    session: Session, number: int, *, approve: bool, signer: Signer, reason: str, at: datetime
) -> Completion:
    """Approve a completed review, which carries its decision out, or send it back with the reason.

    The author does not decide, and author and approver are one clinical lead and one compliance officer.
    """
    found = of(session, number, alone=True)
    entitled(signer.name, signer.role, "decides on a review", refusal=NotReviewed)
    if found.waiting is None:
        raise NotReviewed(
            f"Review {number} was approved already."
            if found.over
            else f"Review {number} is not completed; there is nothing to decide on yet."
        )
    said, author = found.waiting.said, found.waiting.signatures[0]
    if signer.key == author.signer:
        raise NotReviewed(
            f"{signer.key} completed this review and cannot decide on it; someone else must."
        )
    settles = called_by(session, said.record)
    if not approve:
        _sign(session, said, signer, SENT_BACK, reason, at)
        close_all(session, settles, by=signer.key, outcome=reason, at=at)
        return so_far(session, found.review).completions[-1]
    if signer.role == author.role:
        other = next(role for role in GOVERNING if role != author.role)
        raise NotReviewed(
            f"A {_word(author.role)} completed this review; a {_word(other)} approves it, so that law and clinic both look."
        )
    if author.digest != digest_of(said.content()):
        raise NotReviewed(
            f"Completion {said.id} is not what {author.name} signed; send it back and complete it anew."
        )
    known = view(session, found.review.deployment)
    if configuration_of(known.entry) != said.configuration:
        raise NotReviewed(
            "Version, operating point, routing, scanners or PACS changed since this review was completed; send it back and "
            "complete it anew."
        )
    _gathered_since(session, known.key, said.as_of)
    _continues_knowingly(session, known.key, Decision(said.decision), said.despite)
    if said.next_review <= at.date():
        raise NotReviewed(
            f"The next review is set to {said.next_review}, which has come; send it back and complete it anew."
        )
    _sign(session, said, signer, APPROVED, reason, at)
    close_all(session, settles, by=signer.key, outcome=reason, at=at)
    done = so_far(session, found.review)
    _carry_out(session, done, signer=signer, reason=reason, at=at)
    return done.completions[-1]


def of(session: Session, number: int, *, alone: bool = False) -> ReviewSoFar:
    """A review by its number; `alone` keeps others from deciding on it until this transaction ends."""
    row = session.get(ScopeReview, number, with_for_update=alone)
    if row is None:
        known = ", ".join(str(one.review.id) for one in reviews(session) if not one.over) or "none"
        raise NotReviewed(f"There is no scope review {number}. Open are: {known}.")
    return so_far(session, row)


def _carry_out(
    session: Session, done: ReviewSoFar, *, signer: Signer, reason: str, at: datetime
) -> None:
    assert done.last is not None
    review, said, author = done.review, done.last.said, done.last.signatures[0]
    decision = Decision(said.decision)
    about = f"scope review {review.id}, completed by {author.name} on {author.signed_at:%Y-%m-%d}, dossier {said.dossier}"
    if decision in LEADS_TO:
        enact(
            session, review.deployment, LEADS_TO[decision], author=author, signer=signer, reason=reason, at=at,
            evidence=f"{about}. {said.conditions}".strip(),
        )  # fmt: skip
    if decision is Decision.RETRAIN:
        known = view(session, review.deployment)
        for person in _named(known.entry):
            open_once(
                session,
                Called(
                    cause=f"retrain {person} on {review.deployment} by scope review {review.id}",
                    kind="training",
                    deployment=review.deployment,
                    algorithm=known.algorithm,
                    owner=person,
                    due=at.date() + TRAINED_WITHIN,
                    sentence=f"Train {person} again on {known.name} {known.version}, as {about} decided: {said.conditions} "
                    "Record it on the page Records.",
                ),
                at=at,
            )  # fmt: skip
    outcome = f"Reviewed: {decision}. Scope review {review.id}, approved by {signer.name}; next by {said.next_review}."
    close_all(session, called_by(session, review.cause), by=signer.key, outcome=outcome, at=at)


def _gathered_since(session: Session, deployment: str, as_of: datetime) -> None:
    """The sections show the register as it was at their data cut; a decision rests on what is."""
    if (changed := stated_at(session, deployment)) > as_of:
        raise NotReviewed(
            f"The sections were gathered as of {as_of:%Y-%m-%d %H:%M} and {deployment} was changed or decided on since, at {changed:%Y-%m-%d %H:%M} (UTC). "
            "Gather them again, and complete the review over those; one that waits for an approval is sent back first."
        )


def _answered(answers: Answers) -> None:
    unknown = set(answers.remarks) - set(SECTIONS)
    if unknown:
        raise NotReviewed(
            f"'{min(unknown)}' is not a section; a remark stands under one of {', '.join(SECTIONS)}."
        )
    open_ones = [n for n in ASKED if not answers.remarks.get(n, "").strip()]
    if open_ones:
        raise NotReviewed(f"Section {open_ones[0]} needs a person's answer: {ASKED[open_ones[0]]}")
    if not answers.conclusion.strip():
        raise NotSigned("A review needs a conclusion with its reasons.")
    if answers.decision in NEED_CONDITIONS and not answers.conditions.strip():
        raise NotReviewed(
            f"The decision '{answers.decision}' needs its conditions: what is restricted, or what is to be trained."
        )


def _continues_knowingly(
    session: Session, deployment: str, decision: Decision, despite: str
) -> None:
    found = breached(session, deployment) if decision is Decision.CONTINUE else []
    if found and not despite.strip():
        raise NotReviewed(
            f"A claim is breached: {found[0].sentence} To continue all the same needs a reason of its own."
        )


def _next(day: date, review: ScopeReview, on: date) -> None:
    latest = latest_next(review.due, on)
    if not on < day <= latest:
        raise NotReviewed(
            f"The next review cannot be on {day}; it lies after today and not later than {latest}, a year after this one."
        )


def _named(entry: Deployment) -> tuple[str, ...]:
    if not entry.oversight:
        raise NotReviewed(
            "Nobody is named for oversight who could be trained. Name them in the entry: `oversight: {clinical_lead: …}`."
        )
    return tuple(dict.fromkeys(entry.oversight.values()))


def _word(role: str) -> str:
    return role.replace("_", " ")


def _sign(
    session: Session, row: ScopeReviewCompletion, signer: Signer, meaning: str, reason: str, at: datetime
) -> None:  # fmt: skip
    put(
        session, record=row.record, content=row.content(), signer=signer, meaning=meaning, reason=reason, at=at,
    )  # fmt: skip
