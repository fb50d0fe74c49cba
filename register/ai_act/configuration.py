"""The law as it is asked: questions, conclusions and obligations, each version in a file with its sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from register.refusal import Refusal

FOLDER = Path(__file__).parent

Facts = Mapping[str, str]
Alternatives = tuple[Mapping[str, tuple[str, ...]], ...]
"""Any of these must hold, and in each every fact must have one of its values; none at all always holds."""


class NoSuchVersion(Refusal):
    """A version of the AI Act's configuration that does not ship; the sentence names those that do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, the answers it takes (code -> words), and when it is asked at all."""

    key: str
    text: str
    article: str
    hint: str
    answers: Mapping[str, str]
    when: Alternatives


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What follows from the answers: the first conclusion of its name that holds is the one."""

    name: str
    value: str
    sentence: str
    article: str
    when: Alternatives


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One duty: when it binds us, why it does not otherwise, and from which day, by route where that differs."""

    key: str
    article: str
    title: str
    when: Alternatives
    otherwise: str
    since: date | Mapping[str, date]
    source: str

    def first_day(self, route: str) -> date:
        """The day from which it binds, by the route that made the system high-risk."""
        return self.since if isinstance(self.since, date) else self.since[route]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One version of the law, with what is not certain about it."""

    version: str
    law: str
    checked_on: date
    caveats: Sequence[str]
    questions: Sequence[Question]
    conclusions: Sequence[Conclusion]
    obligations: Sequence[Obligation]


@cache
def shipped() -> Mapping[str, Configuration]:
    """Every version that ships, the oldest first; a change of the law is a new file, never an edited one."""
    found = [read(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {one.version: one for one in found}


def newest() -> Configuration:
    """The version that is answered now."""
    return list(shipped().values())[-1]


def version(name: str) -> Configuration:
    """The version of that name."""
    if name not in shipped():
        raise NoSuchVersion(f"There is no version '{name}' of the AI Act's configuration. There are: {', '.join(shipped())}.")  # fmt: skip
    return shipped()[name]


def read(path: Path) -> Configuration:
    """A version as its file states it."""
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Configuration(
        version=said["version"],
        law=said["law"],
        checked_on=said["checked_on"],
        caveats=tuple(said["caveats"]),
        questions=tuple(
            Question(
                key=q["key"], text=q["text"], article=q["article"], hint=q.get("hint", ""),
                answers=q["answers"], when=_alternatives(q.get("when", ())),
            )
            for q in said["questions"]
        ),
        conclusions=tuple(
            Conclusion(
                name=name, value=c["value"], sentence=c["sentence"], article=c["article"],
                when=_alternatives(c.get("when", ())),
            )
            for name, rules in said["conclusions"].items()
            for c in rules
        ),
        obligations=tuple(
            Obligation(
                key=o["key"], article=o["article"], title=o["title"], when=_alternatives(o["when"]),
                otherwise=o["otherwise"], since=o["from"], source=o["source"],
            )
            for o in said["obligations"]
        ),
    )  # fmt: skip


def holds(when: Alternatives, facts: Facts) -> bool:
    """Whether a condition holds; a fact that is not known fulfils nothing.

    >>> holds(({"origin": ("another",)},), {"origin": "another"}), holds((), {}), holds(({"origin": ("another",)},), {})
    (True, True, False)
    """
    return not when or any(
        all(facts.get(name) in values for name, values in one.items()) for one in when
    )


def _alternatives(said: Sequence[Mapping[str, Any]]) -> Alternatives:
    return tuple(
        {name: (v,) if isinstance(v, str) else tuple(v) for name, v in one.items()} for one in said
    )
