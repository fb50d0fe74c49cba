"""What is asked before an algorithm is taken on, answered completely."""

from datetime import UTC, datetime

from sqlmodel import Session

from register.ai_act import answering
from register.ai_act.answering import Said
from register.procurement.due_diligence import ITEMS
from surveillance.procurement.diligence import Found, answer
from tests.register.test_ai_act import DEPLOYER

BEFORE = datetime(2026, 1, 2, tzinfo=UTC)


def diligent(session: Session, algorithm: str = "ctbrain-triage", site: str = "north", *, at: datetime = BEFORE) -> None:  # fmt: skip
    """Every item of due diligence is answered; none is claimed to be met that the register would deny."""
    found = {item.key: Found(answer="not_applicable", evidence="offer, page 3") for item in ITEMS}
    answer(session, algorithm, site, found, by="anna", role="clinical_lead", at=at)


def classified(session: Session, algorithm: str = "ctbrain-triage", site: str = "north", *, at: datetime = BEFORE) -> None:  # fmt: skip
    """The AI Act's questionnaire is answered as a deployer does."""
    said = {key: Said(answer=code, reason="as the IFU says") for key, code in DEPLOYER.items()}
    answering.answer(session, algorithm, site, said, by="ben", role="compliance_officer", at=at)
