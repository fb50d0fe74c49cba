"""The protocol of a finding: which evidence makes a case positive or negative, and when it is mature."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from register.error_rates import ErrorRates, error_rates
from register.protocols import shipped
from register.refusal import Refusal

EVIDENCE = (
    "histopathology", "surgery", "autopsy", "laboratory", "reference_assay", "adjudication_panel",
    "follow_up_imaging", "clinical_follow_up", "registry", "discharge_code", "second_read",
)  # fmt: skip
"""Kinds of evidence an outcome may rest on. The radiologist's report is not among them, on purpose."""

FOLLOW_UP = "follow_up"
"""The tier of a negative that rests on nothing found until the end of a completed follow-up."""

SIDES = ("same", "any")
"""Whether an outcome of the other side counts for a study of one side."""

PARTS = (
    "protocol", "positive", "negative", "order", "matures_after_days", "laterality", "episode_days",
    "interval_days", "cut_offs", "acceptable_difference", "accuracy",
)  # fmt: skip
"""What the `reference_standard` of an indication may hold."""


class ProtocolNotExecutable(Refusal, ValueError):
    """A reference standard that cannot be resolved; the sentence names the rule and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of evidence that decides, within so many days of the examination (None = no limit).

    With `at_least` or `below` the measured value of the outcome decides and not the word of its source.
    """

    value: str
    evidence: str
    within_days: int | None = None
    codes: tuple[str, ...] = ()
    at_least: float | None = None
    below: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How the truth of a case is resolved; `version` names it wherever it decided.

    `interval_days` is the length of a screening interval: what comes to light in it after a negative
    screen is an interval cancer. `cut_offs` and `acceptable_difference` are those of a measured value.
    """

    version: str
    rules: tuple[Rule, ...]
    order: tuple[str, ...]
    matures_after_days: int
    negative_after_days: int | None = None
    same_side: bool = False
    episode_days: int | None = None
    interval_days: int | None = None
    cut_offs: tuple[float, ...] = ()
    acceptable_difference: float | None = None
    errors: Mapping[str, ErrorRates] = field(default_factory=dict)

    def rank(self, evidence: str) -> int:
        """Where a kind of evidence stands: 0 is the strongest."""
        return self.order.index(evidence) if evidence in self.order else len(self.order)


def written_out(said: Mapping[str, Any]) -> dict[str, Any]:
    """A reference standard with the shipped protocol it names spelt out, so that a record stands alone.

    `protocol: pulmonary_embolism` brings the protocol of that name that ships with the product; what
    is written beside it goes before.
    """
    named = said.get("protocol")
    if named is None:
        return dict(said)
    name, _, version = str(named).partition("/")
    known = shipped()
    whole = {"positive", "order", "matures_after_days"} <= set(said)
    if whole and version:
        return dict(said)
    if name not in known:
        raise ProtocolNotExecutable(
            f"reference_standard.protocol: '{name}' does not ship with this software; there are "
            f"{', '.join(known)}. Name one of them, or write the rules out."
        )
    found = known[name]
    if version not in ("", str(found.version)):
        raise ProtocolNotExecutable(
            f"reference_standard.protocol: '{named}' is not the version that ships with this software, "
            f"which is {name}/{found.version}. Name that one, or write the rules of '{named}' out."
        )
    return {**found.rules, **said, "protocol": f"{name}/{found.version}"}


def protocol(said: Mapping[str, Any]) -> Protocol:
    """Read the `reference_standard` of an indication, whole or by the name of a shipped protocol."""
    written = written_out(said)
    unknown = set(written) - set(PARTS)
    if unknown:
        raise ProtocolNotExecutable(
            f"reference_standard: '{min(unknown)}' is not a part of it; its parts are {', '.join(PARTS)}."
        )
    rules, negative_after = [], None
    for value in ("positive", "negative"):
        for place, rule in enumerate(written.get(value, ())):
            where = f"reference_standard.{value}[{place}]"
            if "no_positive_until_days" in rule:
                if value != "negative" or rule.get("requires") != FOLLOW_UP:
                    raise ProtocolNotExecutable(
                        f"{where}: no_positive_until_days closes a negative and requires: follow_up."
                    )
                negative_after = int(rule["no_positive_until_days"])
            else:
                rules.append(_rule(value, rule, where))
    if not rules:
        raise ProtocolNotExecutable(
            "reference_standard: no evidence is named that could decide a case."
        )
    if "matures_after_days" not in written:
        raise ProtocolNotExecutable("reference_standard: matures_after_days is missing.")
    side = written.get("laterality", "any")
    if side not in SIDES:
        raise ProtocolNotExecutable(
            f"reference_standard.laterality: '{side}' is not one of {', '.join(SIDES)}."
        )
    return Protocol(
        version=_version(written),
        rules=tuple(rules),
        order=tuple(written.get("order", ())),
        matures_after_days=int(written["matures_after_days"]),
        negative_after_days=negative_after,
        same_side=side == "same",
        episode_days=_days(written, "episode_days"),
        interval_days=_days(written, "interval_days"),
        cut_offs=tuple(float(cut) for cut in written.get("cut_offs", ())),
        acceptable_difference=_number(written, "acceptable_difference"),
        errors=error_rates(written.get("accuracy", {}), (*EVIDENCE, FOLLOW_UP)),
    )


def _version(written: Mapping[str, Any]) -> str:
    """The name of a shipped protocol as it ships; what a site wrote itself goes by its digest."""
    named = str(written.get("protocol", ""))
    name, _, version = named.partition("/")
    found = shipped().get(name)
    rules = {part: said for part, said in written.items() if part != "protocol"}
    if found and version == str(found.version) and rules == found.rules:
        return named
    canonical = json.dumps(rules, sort_keys=True, separators=(",", ":"), default=str)
    return f"{named or 'own'}+{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"


def _rule(value: str, rule: Mapping[str, Any], where: str) -> Rule:
    unknown = set(rule) - {"evidence", "within_days", "codes", "at_least", "below", "unit"}
    if unknown:
        raise ProtocolNotExecutable(f"{where}: '{min(unknown)}' is not a part of a rule.")
    if rule.get("evidence") not in EVIDENCE:
        raise ProtocolNotExecutable(
            f"{where}: evidence '{rule.get('evidence')}' is not one of {', '.join(EVIDENCE)}."
        )
    measured = "at_least" in rule or "below" in rule
    if measured != ("unit" in rule):
        raise ProtocolNotExecutable(
            f"{where}: a measured value needs `unit` beside `at_least` or `below`, and only then."
        )
    return Rule(
        value=value,
        evidence=rule["evidence"],
        within_days=_days(rule, "within_days"),
        codes=tuple(str(code) for code in rule.get("codes", ())),
        at_least=_number(rule, "at_least"),
        below=_number(rule, "below"),
        unit=rule.get("unit"),
    )


def _days(said: Mapping[str, Any], name: str) -> int | None:
    return None if said.get(name) is None else int(said[name])


def _number(said: Mapping[str, Any], name: str) -> float | None:
    return None if said.get(name) is None else float(said[name])
