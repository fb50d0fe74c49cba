"""Scope reviews over the dossiers they rest on: sections gathered, completed, approved or sent back."""

from datetime import datetime

from sqlmodel import Session

from backend.database import unit_of_work
from dashboards.dossiers.filed import FiledDossier
from dashboards.dossiers.review_dossier import KIND, altered, gathered_for, rested_on
from register.scope_review import Completion, ScopeReviewCompletion
from register.signature import Signer
from surveillance import reviewing
from surveillance.review_opening import NotReviewed, cut_of
from surveillance.reviewing import Answers


def gather(url: str, number: int, *, by: str) -> FiledDossier:
    """Derive the sections of a review up to the last cycle and file them; what is filed already stays as it is."""
    with unit_of_work(url, by=by) as session:
        found = reviewing.of(session, number)
        if found.withdrawn is not None:
            raise NotReviewed(f"Review {number} was withdrawn; nothing is gathered for it.")
        if found.over:
            raise NotReviewed(f"Review {number} was approved; its sections stand in its dossier.")
        review, cut = found.review, cut_of(session, found.review)
        filed = gathered_for(session, review)
        session.expunge_all()
    if filed is not None and filed.as_of == cut and not altered(filed):
        return filed
    from backend.documents import build  # brings pandas: only who gathers waits for it

    return build(url, KIND, review.deployment, by=by, first=review.period_from, last=cut.date(), as_of=cut)  # fmt: skip


def complete(
    session: Session, number: int, answers: Answers, *, signer: Signer, at: datetime
) -> ScopeReviewCompletion:
    """Complete a review over the sections last gathered for it; refused where they were altered since."""
    filed = gathered_for(session, reviewing.of(session, number).review)
    if filed is not None:
        _unaltered(filed)
    return reviewing.complete(
        session, number, answers, rests_on=rested_on(filed) if filed else None, signer=signer, at=at
    )


def decide(
    session: Session, number: int, *, approve: bool, signer: Signer, reason: str, at: datetime
) -> Completion:
    """Approve a review or send it back; nothing is approved over a dossier that was altered."""
    waiting = reviewing.of(session, number).waiting
    filed = session.get(FiledDossier, waiting.said.dossier) if waiting else None
    if approve and filed is not None and waiting is not None:
        _unaltered(filed)
        if filed.manifest_sha256 != waiting.said.dossier_sha256:
            raise NotReviewed(f"{filed.id} is not the dossier that was signed; send it back.")
    return reviewing.decide(session, number, approve=approve, signer=signer, reason=reason, at=at)


def _unaltered(filed: FiledDossier) -> None:
    problem = altered(filed)
    if problem:
        raise NotReviewed(
            f"{problem} Gather the sections again: the same data cut gives the same bytes."
        )
