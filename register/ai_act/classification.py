"""From answers to one classification: the role of the site, the route, and what binds it and what does not.

Pure: answers and a day go in, a classification comes out, or the question that is still open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from register.ai_act.configuration import Configuration, Obligation, Question, holds
from register.refusal import Refusal

HIGH_RISK = ("annex_i", "annex_iii", "both")
"""Routes by which a system is high-risk."""


class AnswerNotUnderstood(Refusal, ValueError):
    """An answer that the questionnaire does not take; the sentence names the question and its answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """One conclusion, with the sentence and the article it rests on."""

    value: str
    sentence: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """An obligation that binds the site: since or from when, and whether it is in force on the day asked."""

    article: str
    title: str
    since: date
    in_force: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBinding:
    """An obligation that does not bind the site, and why."""

    article: str
    title: str
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What the answers come to under one version of the law."""

    version: str
    scope: Concluded
    route: Concluded
    role: Concluded
    applies: Sequence[Duty]
    does_not: Sequence[NotBinding]

    @property
    def high_risk(self) -> bool:
        """Whether the system is high-risk."""
        return self.route.value in HIGH_RISK


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYetClassified:
    """Answers that are not complete: the next question."""

    version: str
    next: Question

    def sentence(self) -> str:
        """What is to be answered next."""
        return f"Not yet classified. Next: {self.next.text} ({self.next.article})"


def asked(law: Configuration, answers: Mapping[str, str]) -> list[Question]:
    """The questions that arise from what was answered so far, in their order."""
    facts: dict[str, str] = {}
    found = []
    for question in law.questions:
        if holds(question.when, facts):
            found.append(question)
            if question.key in answers:
                facts[question.key] = understood(question, answers[question.key])
    return found


def classify(
    law: Configuration, answers: Mapping[str, str], *, on: date
) -> Classification | NotYetClassified:
    """The one classification that complete answers give; answers to what is not asked count for nothing."""
    questions = asked(law, answers)
    for question in questions:
        if question.key not in answers:
            return NotYetClassified(version=law.version, next=question)
    facts = {question.key: answers[question.key] for question in questions}
    concluded: dict[str, Concluded] = {}
    for rule in law.conclusions:
        if rule.name not in concluded and holds(rule.when, facts):
            concluded[rule.name] = Concluded(
                value=rule.value, sentence=rule.sentence, article=rule.article
            )
            facts[rule.name] = rule.value
    binding = [o for o in law.obligations if holds(o.when, facts)]
    return Classification(
        version=law.version,
        scope=concluded["scope"],
        route=concluded["route"],
        role=concluded["role"],
        applies=[_duty(o, facts["route"], on) for o in binding],
        does_not=[
            NotBinding(article=o.article, title=o.title, why=o.otherwise, source=o.source)
            for o in law.obligations
            if o not in binding
        ],
    )


def question_of(law: Configuration, key: str) -> Question:
    """The question of that key."""
    found = next((question for question in law.questions if question.key == key), None)
    if found is None:
        raise AnswerNotUnderstood(
            f"'{key}' is not a question. There are: {', '.join(q.key for q in law.questions)}."
        )
    return found


def understood(question: Question, answer: str) -> str:
    """An answer that the question takes; a refusal that names those it takes otherwise."""
    if answer not in question.answers:
        raise AnswerNotUnderstood(f"{question.key}: '{answer}' is not an answer. Use one of: {', '.join(question.answers)}.")  # fmt: skip
    return answer


def _duty(obligation: Obligation, route: str, on: date) -> Duty:
    since = obligation.first_day(route)
    return Duty(
        article=obligation.article, title=obligation.title, since=since, in_force=since <= on, source=obligation.source
    )  # fmt: skip
