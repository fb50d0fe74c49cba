"""The page of the AI Act's questionnaire: what was answered, what it comes to, and what it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from dashboards.pages.rendering import moment
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.signing import Choice
from dashboards.pages.verdict_shown import Badge, Tone
from register.ai_act.answering import AiActAnswer, Said, answers, standing
from register.ai_act.classification import Classification, Duty, NotYetClassified, asked
from register.ai_act.configuration import Question, newest
from register.entitlement import GOVERNING, who
from register.procurement.parties import known_pair


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    """One question with what was answered."""

    key: str = shown("Key of the question")
    text: str = shown("What is asked")
    article: str = shown("Where it stands in the law")
    hint: str = shown("What to know before answering")
    choices: tuple[Choice, ...] = shown("The answers it takes")
    chosen: str = shown("The answer that counts; empty = open")
    reason: str = shown("Why")
    said: str = shown("Who answered, and when; empty = nobody yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionShown:
    """One conclusion."""

    about: str = shown("Scope, route or role")
    value: str = shown("Its code")
    sentence: str = shown("What follows")
    article: str = shown("Where it stands in the law")


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyShown:
    """One obligation that binds."""

    article: str = shown("Where it stands in the law")
    title: str = shown("What is owed")
    badge: Badge = shown("Whether it is in force")
    since: date = shown("From which day")
    source: str = shown("Where that day stands")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBindingShown:
    """One obligation that does not bind."""

    article: str = shown("Where it stands in the law")
    title: str = shown("What is owed by others")
    why: str = shown("Why not here")


@dataclass(frozen=True, slots=True, kw_only=True)
class AiActPage:
    """Everything the questionnaire shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the algorithm")
    name: str = shown("Trade name")
    site: str = shown("Key of the site")
    site_name: str = shown("Name of the site")
    law: str = shown("The law it is answered under")
    version: str = shown("Version of the configuration")
    checked_on: date = shown("When the law was last looked up")
    caveats: tuple[str, ...] = shown("What is not certain about it")
    superseded_by: str = shown("A newer version that waits for answers; empty = none")
    badge: Badge = shown("What it comes to")
    next: str = shown("The question that is next; empty = classified")
    conclusions: tuple[ConclusionShown, ...] = shown("Scope, route and role")
    applies: tuple[DutyShown, ...] = shown("What binds us, and since when")
    does_not: tuple[NotBindingShown, ...] = shown("What does not bind us, and why")
    questions: tuple[QuestionShown, ...] = shown("The questions that arise, in order")
    hindered: str = shown("Why this person cannot answer; empty = can")
    problem: str = shown("Why the answers were refused; empty = they were not")


def ai_act_page(
    session: Session,
    algorithm: str,
    site: str,
    *,
    at: datetime,
    role: str = "",
    written: Mapping[str, Said] | None = None,
    problem: str = "",
) -> AiActPage:
    """The questionnaire as of now; `written` is what was just refused, and `problem` why."""
    product, place = known_pair(session, algorithm, site)
    found = standing(session, algorithm, site, on=at.date())
    result, law = found.result, found.law
    done = result if isinstance(result, Classification) else None
    latest = newest()
    held = answers(session, algorithm, site, latest.version)
    return AiActPage(
        at=at,
        key=algorithm,
        name=product.name,
        site=site,
        site_name=place.name,
        law=law.law,
        version=law.version,
        checked_on=law.checked_on,
        caveats=tuple(law.caveats),
        superseded_by=found.superseded_by,
        badge=ai_act_badge(result),
        next="" if isinstance(result, Classification) else result.sentence(),
        conclusions=tuple(
            ConclusionShown(about=about, value=c.value, sentence=c.sentence, article=c.article)
            for about, c in (("scope", done.scope), ("route", done.route), ("role", done.role))
        )
        if done
        else (),
        applies=tuple(_duty(duty) for duty in done.applies) if done else (),
        does_not=tuple(
            NotBindingShown(article=n.article, title=n.title, why=n.why) for n in done.does_not
        )
        if done
        else (),
        questions=tuple(
            _question(q, held.get(q.key), (written or {}).get(q.key))
            for q in asked(latest, {key: row.answer for key, row in held.items()})
        ),
        hindered="" if role in GOVERNING else f"{sentence_case(who('answers'))}.",
        problem=problem,
    )


def ai_act_badge(result: Classification | NotYetClassified) -> Badge:
    """What a questionnaire comes to, in a word or two."""
    if isinstance(result, NotYetClassified):
        return Badge(word="Not yet classified", icon="dots", tone=Tone.NEUTRAL)
    if result.scope.value == "outside":
        return Badge(word="Outside the AI Act", icon="ring", tone=Tone.COMMON)
    risk = "High-risk" if result.high_risk else "Not high-risk"
    role = words(result.role.value).replace("article 25", "Article 25")
    concern = result.role.value == "provider_by_article_25"
    return Badge(
        word=f"{risk}, {role}",
        icon="triangle" if concern else "disc" if result.high_risk else "ring",
        tone=Tone.CONCERN if concern else Tone.PLAIN,
    )


def _question(question: Question, held: AiActAnswer | None, written: Said | None) -> QuestionShown:
    return QuestionShown(
        key=question.key,
        text=question.text,
        article=question.article,
        hint=question.hint,
        choices=tuple(Choice(value=code, label=text) for code, text in question.answers.items()),
        chosen=written.answer if written else held.answer if held else "",
        reason=written.reason if written else held.reason if held else "",
        said=f"{held.answered_by}, {moment(held.answered_at)}" if held else "",
    )


def _duty(duty: Duty) -> DutyShown:
    return DutyShown(
        article=duty.article,
        title=duty.title,
        badge=Badge(word="In force", icon="tick", tone=Tone.GOOD)
        if duty.in_force
        else Badge(word="Not yet", icon="half", tone=Tone.COMMON),
        since=duty.since,
        source=duty.source,
    )
