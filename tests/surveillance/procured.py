"""What is asked before an algorithm is taken on, answered completely."""

from datetime import UTC, datetime

from sqlmodel import Session

from register.ai_act import answering
from register.ai_act.answering import Said
from register.procurement.due_diligence import Answer, Checked
from register.signature import Signer
from surveillance.procurement.diligence import Found, accept, answer, checklist
from tests.register.test_ai_act import DEPLOYER

BEFORE = datetime(2026, 1, 2, tzinfo=UTC)


def diligent(session: Session, algorithm: str = "ctbrain-triage", site: str = "north", *, at: datetime = BEFORE) -> None:  # fmt: skip
    """Every item of due diligence is answered; none is claimed to be met that the register would deny, and Ben accepts that."""
    found = {
        one.item.key: Found(answer=_answer(one), evidence="offer, page 3")
        for one in checklist(session, algorithm, site, on=at.date())
    }
    answer(session, algorithm, site, found, by="anna", role="clinical_lead", at=at)
    ben = Signer(key="ben", name="Ben", role="compliance_officer")
    for key in (key for key, said in found.items() if said.answer == "not_met"):
        accept(session, algorithm, site, key, signer=ben, reason="Known and borne.", at=at)


def _answer(one: Checked) -> str:
    if Answer.NOT_APPLICABLE not in one.barred:
        return Answer.NOT_APPLICABLE
    return Answer.MET if one.known is not None and one.known.holds else Answer.NOT_MET


def classified(session: Session, algorithm: str = "ctbrain-triage", site: str = "north", *, at: datetime = BEFORE) -> None:  # fmt: skip
    """The AI Act's questionnaire is answered as a deployer does."""
    said = {key: Said(answer=code, reason="as the IFU says") for key, code in DEPLOYER.items()}
    answering.answer(session, algorithm, site, said, by="ben", role="compliance_officer", at=at)
