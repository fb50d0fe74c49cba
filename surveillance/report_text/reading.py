"""Reads one finding out of a report by the ConText rules, and says which sentence decided.

Source: Chapman et al. (2001) A simple algorithm for identifying negated findings (NegEx),
doi:10.1006/jbin.2001.1029; Harkema et al. (2009) ConText, doi:10.1016/j.jbi.2009.05.002.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from surveillance.report_text.pack import Pack, Status, pack

CALLS = {
    Status.AFFIRMED: "positive",
    Status.UNCERTAIN: "indeterminate",
    Status.NEGATED: "negative",
}
"""The call of a report by its strongest assertion; what was or might be says nothing of now."""
_STRENGTH = (Status.HYPOTHETICAL, Status.UNCERTAIN, Status.NEGATED, Status.HISTORICAL)
"""Of several triggers that reach a name, the first of these decides how it is asserted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One naming of the finding: how it is asserted, by which trigger, in which sentence."""

    status: Status
    named: str
    trigger: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a report says of a finding: positive, negative, indeterminate or not_mentioned."""

    call: str
    sentence: str
    trigger: str
    rules: str


def read(text: str, finding: str, *, language: str) -> Reading:
    """What a report says of a finding now.

    One affirmed naming makes the report positive, else one in doubt makes it indeterminate, else one
    negated makes it negative. What is asked, past or supposed says nothing; nor do the sections on
    indication, history, comparison and technique.

    >>> said = read("Findings: No pneumothorax. Small effusion.", "pneumothorax", language="en")
    >>> said.call, said.sentence, said.trigger
    ('negative', 'No pneumothorax.', 'no')
    """
    rules = pack(language)
    found = list(assertions(text, finding, rules))
    for status, call in CALLS.items():
        for one in found:
            if one.status is status:
                return Reading(
                    call=call, sentence=one.sentence, trigger=one.trigger, rules=rules.version
                )
    return Reading(call="not_mentioned", sentence="", trigger="", rules=rules.version)


def assertions(text: str, finding: str, rules: Pack) -> Iterator[Assertion]:
    """Every naming of a finding in the sections that describe the images, in order."""
    names = rules.names_of(finding)
    for sentence in sentences(described(text, rules), rules):
        if names.ruled_out and (found := names.ruled_out.search(sentence)):
            yield Assertion(
                status=Status.NEGATED, named=found.group(), trigger=found.group(), sentence=sentence
            )
        for named in names.named.finditer(sentence):
            status, trigger = asserted(sentence, named, rules)
            yield Assertion(status=status, named=named.group(), trigger=trigger, sentence=sentence)


def described(text: str, rules: Pack) -> str:
    """The text without the sections that say why and how the examination was made."""
    parts, kept, place = [], True, 0
    for heading in rules.heading.finditer(text):
        if kept:
            parts.append(text[place : heading.start()])
        kept = " ".join(heading.group(1).lower().split()) not in rules.left_out
        place = heading.end()
    if kept:
        parts.append(text[place:])
    return "\n".join(parts)


def sentences(text: str, rules: Pack) -> Iterator[str]:
    """The sentences of a text; a full stop after an abbreviation or before a digit ends none."""
    start = 0
    for end in re.finditer(r"[.!?;](?=\s|$)|\n\s*\n|\n\s*(?=[-•*\d]+[.)]?\s)", text):
        word = re.search(r"[\w.]+$", text[start : end.start()])
        if end.group() == "." and word and word.group().lower() in rules.abbreviations:
            continue
        yield from _one(text[start : end.end()])
        start = end.end()
    yield from _one(text[start:])


def _one(text: str) -> Iterator[str]:
    sentence = " ".join(text.split())
    if sentence:
        yield sentence


def asserted(sentence: str, named: re.Match[str], rules: Pack) -> tuple[Status, str]:
    """How a naming is asserted: by what reaches it from before and after within its clause."""
    blind = [found.span() for found in rules.pseudo.finditer(sentence)]
    opened = (found.end() for found in rules.opens.finditer(sentence))
    closed = (found.start() for found in rules.closes.finditer(sentence))
    since = max((end for end in opened if end <= named.start()), default=0)
    until = min((start for start in closed if start >= named.end()), default=len(sentence))
    reaching: dict[Status, str] = {}
    denied: dict[Status, str] = {}
    for trigger in rules.before.finditer(sentence[: named.start()], since):
        _add(reaching, trigger, blind)
    for trigger in rules.after.finditer(sentence[:until], named.end()):
        _add(denied, trigger, blind)
    if Status.NEGATED in denied and reaching.get(Status.UNCERTAIN) in rules.hints:
        del reaching[Status.UNCERTAIN]
    reaching = denied | reaching
    if sentence.endswith("?"):
        reaching.setdefault(Status.HYPOTHETICAL, "?")
    for status in _STRENGTH:
        if status in reaching:
            return status, reaching[status]
    return Status.AFFIRMED, ""


def _add(reaching: dict[Status, str], trigger: re.Match[str], blind: list[tuple[int, int]]) -> None:
    if any(start <= trigger.start() < end for start, end in blind):
        return
    status = Status(str(trigger.lastgroup).rsplit("_", 1)[0])
    reaching.setdefault(status, " ".join(trigger.group().lower().split()))
