"""Due diligence before an algorithm is taken on at a site: what is asked, and what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from register.columns import Privacy, column
from register.signature import Signature, under

ACCEPTED = "accepted all the same"


class Answer(StrEnum):
    """What is found of an item."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the checklist, and where it comes from; what is asked `always` is never *not applicable*."""

    key: str
    title: str
    question: str
    source: str
    always: bool = False


SPECIFICITY = "specificity"
ITEMS: tuple[Item, ...] = (
    Item(key="clearance", title="Clearance", question="Does a clearance hold where the site lies?", source="MDR Article 5(1)", always=True),
    Item(key="completeness", title="Intended use", question="Does the intended use state all six items?", source="MDR Annex I, section 23.4; AI Act, Article 13(3)", always=True),
    Item(key=SPECIFICITY, title="Fit to this site", question="Does the cleared scope fit our scanners, protocols and patients?", source="AI Act, Article 26(1) and (4); register of the site, in numbers", always=True),
    Item(key="pacs", title="PACS", question="Is the integration certified for the version of our PACS?", source="Contract"),
    Item(key="results", title="Results a machine reads", question="Are results delivered as DICOM SR, or in another structured form, and not as pictures only?", source="IHE AI Results"),
    Item(key="pmcf", title="PMCF commitments", question="Does the manufacturer commit itself to follow-up, and to tell us what it finds?", source="MDR Annex XIV Part B"),
    Item(key="validation", title="Validation on site", question="Does the manufacturer support a validation on our own fleet before use?", source="ACR-SIIM Practice Parameter for Imaging AI, 2026"),
    Item(key="instructions", title="Instructions for use", question="Do they state accuracy, known limits, subgroups, input data, oversight and maintenance?", source="AI Act, Article 13(3)"),
    Item(key="logs", title="Logs", question="Can the logs be taken out and kept for six months at least?", source="AI Act, Articles 12 and 26(6)"),
    Item(key="changes", title="Notice of changes", question="Are versions and operating points changed only after notice, and is there a contact for safety notices?", source="MDR Annex VI Part C, 6.5.2 and 6.5.3; Article 89"),
    Item(key="training", title="Training", question="Does the manufacturer train whoever uses and oversees it?", source="AI Act, Articles 4 and 26(2)"),
    Item(key="data", title="Data protection", question="Is the impact assessment done, and does the contract say whose data go where and come back?", source="GDPR Article 35; AI Act, Article 26(9)"),
    Item(key="ai_act", title="AI Act", question="Is it classified, and is our role known?", source="AI Act, Articles 6 and 25", always=True),
)  # fmt: skip


class DueDiligenceAnswer(SQLModel, table=True):
    """One answer to one item for an algorithm at a site; written once, the last one counts."""

    __tablename__ = "due_diligence_answer"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC, index=True)
    site: str = column("Key of the site", Privacy.OPERATIONAL)
    item: str = column("Key of the item", Privacy.PUBLIC)
    answer: str = column("What is found", Privacy.OPERATIONAL, choices=tuple(Answer))
    evidence: str = column("What it rests on", Privacy.OPERATIONAL)
    known: str = column(
        "What the register and the site's own evidence said of it then; empty = nothing",
        Privacy.OPERATIONAL,
    )
    answered_by: str = column("Sign-in name of who answered", Privacy.PERSON)
    answered_at: datetime = column(
        "When it was answered", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    @property
    def record(self) -> str:
        """The name under which its acceptance is signed."""
        return f"due diligence answer {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the register, or the site's own evidence, says of an item; `holds` is whether it can be met."""

    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One item as it stands: what is known, what was answered last, and who accepted it all the same."""

    item: Item
    known: Known | None
    answer: DueDiligenceAnswer | None
    acceptance: Signature | None

    @property
    def barred(self) -> frozenset[Answer]:
        """The answers it does not take: against a known lack neither *met* nor *not applicable*."""
        lacking = self.known is not None and not self.known.holds
        return frozenset(
            {Answer.MET, Answer.NOT_APPLICABLE}
            if lacking
            else {Answer.NOT_APPLICABLE}
            if self.item.always
            else ()
        )

    @property
    def outdated(self) -> bool:
        """Whether the answer is one that it does not take any more, as things are known now."""
        return self.answer is not None and self.answer.answer in self.barred

    @property
    def open(self) -> bool:
        """Whether it has yet to be answered, or answered anew."""
        return self.answer is None or self.outdated

    @property
    def failed(self) -> bool:
        """Whether it is not met and nobody accepted that."""
        return (
            self.answer is not None
            and self.answer.answer == Answer.NOT_MET
            and self.acceptance is None
        )


def answers(session: Session, algorithm: str, site: str) -> dict[str, DueDiligenceAnswer]:
    """Item -> the answer that counts."""
    rows = session.exec(
        select(DueDiligenceAnswer)
        .where(DueDiligenceAnswer.algorithm == algorithm, DueDiligenceAnswer.site == site)
        .order_by(col(DueDiligenceAnswer.id))
    )
    return {row.item: row for row in rows}


def begun(session: Session) -> set[tuple[str, str]]:
    """Every algorithm and site for which anything was answered."""
    return set(
        session.exec(select(DueDiligenceAnswer.algorithm, DueDiligenceAnswer.site).distinct()).all()
    )


def checked(
    session: Session, algorithm: str, site: str, known: Mapping[str, Known]
) -> tuple[Checked, ...]:
    """Every item as it stands, in the order of the checklist."""
    given = answers(session, algorithm, site)
    return tuple(
        Checked(
            item=item,
            known=known.get(item.key),
            answer=given.get(item.key),
            acceptance=_acceptance(session, given.get(item.key)),
        )
        for item in ITEMS
    )


def summary(items: Sequence[Checked]) -> str:
    """What is open and what is not met, in a sentence; empty where nothing is in the way."""
    parts = []
    for named, found in (
        ("open", [one.item.title for one in items if one.open]),
        ("not met and accepted by nobody", [one.item.title for one in items if one.failed]),
    ):
        if found:
            parts.append(f"{named}: {', '.join(found)}")
    return f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}." if parts else ""


def _acceptance(session: Session, answer: DueDiligenceAnswer | None) -> Signature | None:
    found = under(session, answer.record) if answer is not None else []
    return next((signed for signed in found if signed.meaning == ACCEPTED), None)
