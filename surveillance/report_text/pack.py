"""The rule pack of a language: triggers of negation, doubt, past and supposition, sections, and names of findings.

A phrase is matched as whole words; between slashes it is a regular expression, in which `{seen}` stands for
the pack's family of that name. An umlaut matches its spelling as ae, oe, ue too, and ß as ss.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from register.refusal import Refusal

FOLDER = Path(__file__).parent / "packs"
_FAMILY = re.compile(r"\{([a-z]+)\}")
_SPELLINGS = {"ä": "ae|a\u0308", "ö": "oe|o\u0308", "ü": "ue|u\u0308", "ß": "ss"}


class NoSuchPack(Refusal):
    """No rules for that language, or none for that finding."""


class Status(StrEnum):
    """How a report asserts what it names."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"
    HYPOTHETICAL = "hypothetical"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingNames:
    """How a finding is named, and sentences that rule it out without naming it."""

    named: re.Pattern[str]
    ruled_out: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rules of one language; `version` names them wherever they decided.

    `opens` begins a clause and `closes` ends one, `stops` does both (they are parts of the two). `hints` are
    triggers of doubt that a negation after the name denies along with it ("Hinweise auf … finden sich nicht").
    `measured` holds the counts of their accuracy on labelled reports, where there are any.
    """

    version: str
    before: re.Pattern[str]
    after: re.Pattern[str]
    pseudo: re.Pattern[str]
    opens: re.Pattern[str]
    closes: re.Pattern[str]
    hints: frozenset[str]
    heading: re.Pattern[str]
    left_out: frozenset[str]
    abbreviations: frozenset[str]
    findings: dict[str, FindingNames]
    measured: Mapping[str, Any] | None

    def names_of(self, finding: str) -> FindingNames:
        """How a finding is named; a refusal that names the findings there are."""
        found = self.findings.get(finding)
        if found is None:
            raise NoSuchPack(
                f"No rules for '{finding}' in {self.version}; there are {', '.join(self.findings)}."
            )
        return found


def languages() -> tuple[str, ...]:
    """The languages there are rules for."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def pack(language: str) -> Pack:
    """The rules of a language."""
    if language not in languages():
        raise NoSuchPack(f"No rules for language '{language}'; there are {', '.join(languages())}.")
    written = (FOLDER / f"{language}.yaml").read_bytes()
    said = yaml.safe_load(written)
    triggers, sections, families = said["triggers"], said["sections"], said.get("families", {})
    return Pack(
        version=f"{language}/{said['version']}+{hashlib.sha256(written).hexdigest()[:8]}",
        before=_triggers({status: triggers[status]["before"] for status in triggers}, families),
        after=_triggers({status: triggers[status]["after"] for status in triggers}, families),
        pseudo=_phrases(said["pseudo"], families),
        opens=_phrases([*said["stops"], *said.get("opens", [])], families),
        closes=_phrases([*said["stops"], *said.get("closes", [])], families),
        hints=frozenset(said.get("hints", [])),
        heading=re.compile(
            rf"(?:^|(?<=[.?!;\n]))[ \t]*({_either([*sections['left_out'], *sections['kept']], families)})[ \t]*:",
            re.IGNORECASE,
        ),
        left_out=frozenset(sections["left_out"]),
        abbreviations=frozenset(said["abbreviations"]),
        measured=said.get("measured"),
        findings={
            name: FindingNames(
                named=re.compile(_spelt(rf"\b(?:{'|'.join(rule['named'])})\b"), re.IGNORECASE),
                ruled_out=re.compile(_spelt("|".join(rule["ruled_out"])), re.IGNORECASE)
                if rule["ruled_out"]
                else None,
            )
            for name, rule in said["findings"].items()
        },
    )


def _triggers(by_status: dict[str, list[str]], families: Mapping[str, str]) -> re.Pattern[str]:
    """Every phrase in a group named by its status, the longest phrases first."""
    phrases = sorted(
        ((phrase, status) for status, listed in by_status.items() for phrase in listed),
        key=lambda pair: (-len(pair[0]), pair),
    )
    return re.compile(
        "|".join(
            f"(?P<{status}_{n}>{_phrase(phrase, families)})"
            for n, (phrase, status) in enumerate(phrases)
        ),
        re.IGNORECASE,
    )


def _phrases(phrases: list[str], families: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(_either(phrases, families), re.IGNORECASE)


def _either(phrases: list[str], families: Mapping[str, str]) -> str:
    return "|".join(_phrase(phrase, families) for phrase in sorted(phrases, key=len, reverse=True))


def _phrase(phrase: str, families: Mapping[str, str]) -> str:
    """A phrase as whole words, whatever white space stands between them; or the expression it writes out."""
    if phrase.startswith("/"):
        words = _FAMILY.sub(lambda named: families[named.group(1)], phrase[1:-1])
        return _spelt(rf"(?<![\w-](?=[\w-]))(?:{words})(?!(?<=\w)\w)")
    words = r"\s+".join(re.escape(word) for word in phrase.split())
    return _spelt(rf"(?<![\w-]){words}(?!\w)")


def _spelt(expression: str) -> str:
    """An expression that matches its umlauts however they are written."""
    for letter, otherwise in _SPELLINGS.items():
        expression = expression.replace(letter, f"(?:{letter}|{otherwise})")
    return expression
