"""Answer the items of due diligence and accept what is not met; every refusal says why.

An algorithm is assessed at a site only when no item is open and none is not met without an accepted reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from register.entitlement import entitled
from register.procurement.due_diligence import (
    ACCEPTED,
    ITEMS,
    SPECIFICITY,
    Answer,
    Checked,
    DueDiligenceAnswer,
    Known,
    answers,
    checked,
    summary,
)
from register.procurement.facts import deployments_here, facts
from register.refusal import Refusal
from register.signature import Signature, Signer, put
from surveillance.procurement.local_fit import latest_fits


class NotDiligent(Refusal):
    """An answer or acceptance of due diligence that is refused; the sentence says what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is found of one item, and what it rests on."""

    answer: str
    evidence: str


def checklist(session: Session, algorithm: str, site: str, *, on: date) -> tuple[Checked, ...]:
    """Every item as it stands on a day."""
    known = {
        **facts(session, algorithm, site, on=on),
        SPECIFICITY: fit_known(session, algorithm, site),
    }
    return checked(session, algorithm, site, known)


def fit_known(session: Session, algorithm: str, site: str) -> Known:
    """What the studies of the site say of the cleared scope; it cannot be met before they were counted."""
    fits = [
        f for d in deployments_here(session, algorithm, site) for f in latest_fits(session, d.key)
    ]
    if not fits:
        return Known(
            holds=False,
            sentence="The studies of this site were not counted yet. A cycle counts them once any item is answered; run one on the page Watch.",
        )
    return Known(
        holds=all(f.candidates > 0 for f in fits), sentence=" ".join(f.sentence() for f in fits)
    )


def answer(
    session: Session,
    algorithm: str,
    site: str,
    found: Mapping[str, Found],
    *,
    by: str,
    role: str,
    at: datetime,
) -> int:
    """Keep what is found of some items; how many answers say anything new.

    *Met* and *not applicable* are refused where the register, or the evidence of the site, knows a lack.
    """
    entitled(by, role, "answers", refusal=NotDiligent)
    now = {one.item.key: one for one in checklist(session, algorithm, site, on=at.date())}
    new = []
    for key, said in found.items():
        if key not in now:
            raise NotDiligent(
                f"'{key}' is not an item. There are: {', '.join(i.key for i in ITEMS)}."
            )
        if said.answer not in tuple(Answer):
            raise NotDiligent(f"{key}: '{said.answer}' is not an answer. Use one of: {', '.join(Answer)}.")  # fmt: skip
        if not said.evidence.strip():
            raise NotDiligent(f"{key}: say what the answer rests on: a document, a page, a person.")
        if said.answer == Answer.NOT_APPLICABLE and now[key].item.always:
            raise NotDiligent(
                f"{key}: this is asked of every algorithm and never 'not applicable'. Where it is not met, say so; someone else may "
                "accept that with a reason."
            )
        known, held = now[key].known, now[key].answer
        if known is not None and said.answer in now[key].barred:
            word = "met as things stand" if said.answer == Answer.MET else "'not applicable' while it is lacking"  # fmt: skip
            raise NotDiligent(
                f"{key} is not {word}. {known.sentence} Where that stays so, say that it is not met; someone else may accept that "
                "with a reason."
            )
        if (
            held is None
            or now[key].outdated
            or (held.answer, held.evidence) != (said.answer, said.evidence.strip())
        ):
            new.append(
                DueDiligenceAnswer(
                    algorithm=algorithm, site=site, item=key, answer=said.answer, evidence=said.evidence.strip(),
                    known=known.sentence if known else "", answered_by=by, answered_at=at,
                )
            )  # fmt: skip
    session.add_all(new)
    session.flush()
    return len(new)


def accept(
    session: Session,
    algorithm: str,
    site: str,
    item: str,
    *,
    signer: Signer,
    reason: str,
    at: datetime,
) -> Signature:
    """Accept that an item is not met, signed with the reason, by someone else than who found it so."""
    entitled(signer.key, signer.role, "accepts", refusal=NotDiligent)
    one = next((c for c in checklist(session, algorithm, site, on=at.date()) if c.item.key == item), None)  # fmt: skip
    if one is None or one.answer is None or not one.failed:
        waiting = [c.item.key for c in checklist(session, algorithm, site, on=at.date()) if c.failed]  # fmt: skip
        raise NotDiligent(f"'{item}' waits for no acceptance. These do: {', '.join(waiting) or 'none'}.")  # fmt: skip
    if signer.key == one.answer.answered_by:
        raise NotDiligent(
            f"{signer.key} answered this and cannot accept it as well; someone else must."
        )
    return put(
        session, record=one.answer.record, content=one.answer.model_dump(mode="json"), signer=signer, meaning=ACCEPTED,
        reason=reason, at=at,
    )  # fmt: skip


def unfinished(session: Session, algorithm: str, site: str, *, on: date) -> str:
    """What the due diligence of an algorithm at a site lacks, and where to go on with it; empty where it is done."""
    page = f"on the page Due diligence of {algorithm} at {site}."
    if not answers(session, algorithm, site):
        return f"Its due diligence was never begun. Begin it {page}"
    left = summary(checklist(session, algorithm, site, on=on))
    return f"Its due diligence is not done. {left} Go on with it {page}" if left else ""


def borne(session: Session, algorithm: str, site: str, *, on: date) -> str:
    """Which items of due diligence are not met, and who accepted that; empty where none was accepted."""
    accepted = [
        f"{one.item.title} by {one.acceptance.name}"
        for one in checklist(session, algorithm, site, on=on)
        if one.acceptance is not None and not one.outdated
    ]
    if not accepted:
        return ""
    are = "1 is" if len(accepted) == 1 else f"{len(accepted)} are"
    return f"Of {len(ITEMS)} items {are} not met and accepted all the same: {', '.join(accepted)}."
