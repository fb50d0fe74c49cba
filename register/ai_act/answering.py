"""The answers to the questionnaire, per algorithm and site: written once each, the last one counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from register.ai_act.classification import (
    Classification,
    NotYetClassified,
    classify,
    question_of,
    understood,
)
from register.ai_act.configuration import Configuration, newest, version
from register.columns import Privacy, column
from register.deployment import Deployment
from register.entitlement import entitled
from register.procurement.parties import known_pair
from register.refusal import Refusal
from register.revision import as_known
from register.task import Called


class NotAnswered(Refusal):
    """An answer to the AI Act's questionnaire that is not taken; the sentence says what it lacks."""


class AiActAnswer(SQLModel, table=True):
    """One answer to one question; written once."""

    __tablename__ = "ai_act_answer"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC, index=True)
    site: str = column("Key of the site", Privacy.OPERATIONAL)
    configuration: str = column("Version of the law it was answered under", Privacy.PUBLIC)
    question: str = column("Key of the question", Privacy.PUBLIC)
    answer: str = column("Code of the answer", Privacy.OPERATIONAL)
    reason: str = column("Why", Privacy.OPERATIONAL)
    answered_by: str = column("Sign-in name of who answered", Privacy.PERSON)
    answered_at: datetime = column(
        "When it was answered", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said to one question, and why."""

    answer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the questionnaire of an algorithm and site stands under one version of the law.

    `superseded_by` names a newer version under which nothing was answered yet; empty where there is none.
    """

    law: Configuration
    superseded_by: str
    answers: Mapping[str, AiActAnswer]
    result: Classification | NotYetClassified


def answer(
    session: Session,
    algorithm: str,
    site: str,
    said: Mapping[str, Said],
    *,
    by: str,
    role: str,
    at: datetime,
    law: Configuration | None = None,
) -> int:
    """Keep answers under the newest version of the law; how many said anything new.

    Raises NotAnswered where the person may not answer, nothing is answered or a reason is lacking, and AnswerNotUnderstood
    where a question or an answer is none.
    """
    under = law or newest()
    known_pair(session, algorithm, site)
    entitled(by, role, "answers", refusal=NotAnswered)
    if not said:
        raise NotAnswered("Nothing was answered: answer one question at least, with a reason.")
    before = answers(session, algorithm, site, under.version)
    new = []
    for key, one in said.items():
        code, reason = understood(question_of(under, key), one.answer), one.reason.strip()
        if not reason:
            raise NotAnswered(f"{key}: an answer needs a reason; say in a sentence why.")
        held = before.get(key)
        if held is None or (held.answer, held.reason) != (code, reason):
            new.append(
                AiActAnswer(
                    algorithm=algorithm, site=site, configuration=under.version, question=key, answer=code,
                    reason=reason, answered_by=by, answered_at=at,
                )
            )  # fmt: skip
    session.add_all(new)
    session.flush()
    return len(new)


def answers(session: Session, algorithm: str, site: str, under: str) -> dict[str, AiActAnswer]:
    """Question -> the answer that counts, under one version of the law."""
    rows = session.exec(
        select(AiActAnswer)
        .where(AiActAnswer.algorithm == algorithm, AiActAnswer.site == site, AiActAnswer.configuration == under)
        .order_by(col(AiActAnswer.id))
    )  # fmt: skip
    return {row.question: row for row in rows}


def standing(session: Session, algorithm: str, site: str, *, on: date) -> Standing:
    """The classification of an algorithm at a site on a day, or the question that is next.

    It is made under the newest version once that is begun, and under the one last answered until then.
    """
    known_pair(session, algorithm, site)
    last = _last_version(session, algorithm, site)
    latest = newest()
    law = latest if last in (None, latest.version) else version(last)
    held = answers(session, algorithm, site, law.version)
    return Standing(
        law=law,
        superseded_by=latest.version if law is not latest else "",
        answers=held,
        result=classify(law, {key: row.answer for key, row in held.items()}, on=on),
    )


def unclassified(session: Session, algorithm: str, site: str, *, on: date) -> str:
    """What the questionnaire of an algorithm at a site lacks, and where to answer it; empty where it is complete."""
    found = standing(session, algorithm, site, on=on)
    if isinstance(found.result, Classification):
        return ""
    how = "is not complete" if found.answers else "was never begun"
    return f"Its AI Act questionnaire {how}. Answer it on the page AI Act of {algorithm} at {site}."


def superseded(session: Session, law: Configuration | None = None) -> Iterator[Called]:
    """Questionnaires that were answered under an older version only, while the algorithm is not retired there."""
    latest = law or newest()
    for algorithm, site in _answered(session):
        last = _last_version(session, algorithm, site)
        if last == latest.version or not any(
            d.site == site and d.live_to is None
            for d in as_known(session, Deployment, algorithm=algorithm)
        ):
            continue
        yield Called(
            cause=f"AI Act {latest.version} {algorithm} {site}",
            kind="ai_act_anew",
            algorithm=algorithm,
            sentence=f"The AI Act questionnaire of {algorithm} at {site} was answered under {last}; {latest.version} holds now. "
            f"Answer it anew on the page AI Act of {algorithm} at {site}.",
        )  # fmt: skip


def _answered(session: Session) -> Sequence[tuple[str, str]]:
    return session.exec(
        select(AiActAnswer.algorithm, AiActAnswer.site)
        .distinct()
        .order_by(AiActAnswer.algorithm, AiActAnswer.site)
    ).all()


def _last_version(session: Session, algorithm: str, site: str) -> str | None:
    found = session.exec(
        select(AiActAnswer.configuration).where(
            AiActAnswer.algorithm == algorithm, AiActAnswer.site == site
        )
    ).all()
    return max(found, default=None)
