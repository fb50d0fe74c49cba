"""A verdict as people see it: a word, a shape and a tone; never by colour alone, never red against green."""

from dataclasses import dataclass
from enum import StrEnum

from dashboards.pages.shown import sentence_case, shown, words
from surveillance.monitors.verdict import Answer, Verdict


class Tone(StrEnum):
    """What a colour means here."""

    GOOD = "good"  # blue
    CONCERN = "concern"  # orange
    COMMON = "common"  # grey
    NEUTRAL = "neutral"  # purple
    PLAIN = "plain"  # ink: a fact without a judgement


_WORDS: dict[Answer, tuple[str, str, Tone]] = {
    Answer.MET: ("Claim holds", "tick", Tone.GOOD),
    Answer.NOT_SHOWN: ("Not shown", "half", Tone.COMMON),
    Answer.BREACHED: ("Below claim", "triangle", Tone.CONCERN),
    Answer.STEADY: ("Steady", "bar", Tone.COMMON),
    Answer.SHIFTED: ("Shifted", "triangle", Tone.CONCERN),
    Answer.TOO_FEW: ("Too few", "dots", Tone.NEUTRAL),
    Answer.BROKEN: ("Could not look", "cross", Tone.CONCERN),
    Answer.DESCRIBED: ("Described", "ring", Tone.NEUTRAL),
}
RINGING_FIRST = (
    Answer.BROKEN, Answer.BREACHED, Answer.SHIFTED, Answer.NOT_SHOWN, Answer.TOO_FEW, Answer.MET,
    Answer.STEADY, Answer.DESCRIBED,
)  # fmt: skip
"""The order in which a reader wants to see answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A word with its shape and tone."""

    word: str = shown("What it says")
    icon: str = shown("Shape beside the word")
    tone: str = shown("good (blue), concern (orange), common (grey), neutral (purple) or plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictShown:
    """The answer of one monitor to one question."""

    badge: Badge = shown("The answer")
    question: str = shown("What was asked")
    where: str = shown("All cases, or one level of a stratum")
    sentence: str = shown("Why, in one sentence")
    action: str = shown("What to do")
    rule: str = shown("The rule with its limit as it stood")
    n: int | None = shown("Cases it rests on")
    window: str = shown("Study days it looked at")


def badge(answer: Answer) -> Badge:
    """The word for an answer."""
    word, icon, tone = _WORDS[answer]
    return Badge(word=word, icon=icon, tone=tone)


_RULE_MET = Badge(word="Rule met", icon="triangle", tone=Tone.CONCERN)


def criterion_badge(answer: Answer) -> Badge:
    """The word for how a criterion fixed beforehand came out: met, not shown or breached."""
    return Badge(
        word=sentence_case(words(answer)), icon=badge(answer).icon, tone=badge(answer).tone
    )


def verdict_shown(verdict: Verdict) -> VerdictShown:
    """A verdict as a row of a page."""
    window = f"{verdict.window_from} to {verdict.window_to}" if verdict.window_from else ""
    return VerdictShown(
        badge=_RULE_MET
        if verdict.monitor == "stop_rule" and verdict.answer is Answer.BREACHED
        else badge(verdict.answer),
        question=sentence_case(f"{words(verdict.monitor)}: {words(verdict.metric)}"),
        where=verdict.level or "all cases",
        sentence=verdict.sentence,
        action=verdict.action,
        rule=verdict.rule,
        n=None if verdict.n is None else round(verdict.n),
        window=window,
    )


def in_reading_order(verdicts: list[Verdict]) -> list[Verdict]:
    """What rings first, then what is open, then what is well."""
    order = {answer: place for place, answer in enumerate(RINGING_FIRST)}
    return sorted(verdicts, key=lambda v: (order[v.answer], v.monitor, v.metric, v.by, v.level))
