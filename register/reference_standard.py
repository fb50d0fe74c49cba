"""The protocol of a finding: which evidence makes a case positive or negative, and when it is mature."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVIDENCE = (
    "histopathology", "surgery", "autopsy", "laboratory", "reference_assay", "adjudication_panel",
    "follow_up_imaging", "clinical_follow_up", "registry", "discharge_code", "second_read",
)  # fmt: skip
"""Kinds of evidence an outcome may rest on. The radiologist's report is not among them, on purpose."""

FOLLOW_UP = "follow_up"
"""The tier of a negative that rests on nothing found until the end of a completed follow-up."""


class ProtocolNotExecutable(ValueError):
    """A reference standard that cannot be resolved; the sentence names the rule and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of evidence that decides, within so many days of the examination (None = no limit)."""

    value: str
    evidence: str
    within_days: int | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How the truth of a case is resolved; frozen so that a figure can name the version it used."""

    rules: tuple[Rule, ...]
    order: tuple[str, ...]
    matures_after_days: int
    negative_after_days: int | None = None

    def rank(self, evidence: str) -> int:
        """Where a kind of evidence stands: 0 is the strongest."""
        return self.order.index(evidence) if evidence in self.order else len(self.order)


def protocol(written: Mapping[str, Any]) -> Protocol:
    """Read the `reference_standard` of an indication: positive, negative, order, matures_after_days."""
    unknown = set(written) - {"positive", "negative", "order", "matures_after_days"}
    if unknown:
        raise ProtocolNotExecutable(f"reference_standard: '{min(unknown)}' is not a part of it.")
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
    return Protocol(
        rules=tuple(rules),
        order=tuple(written.get("order", ())),
        matures_after_days=int(written["matures_after_days"]),
        negative_after_days=negative_after,
    )


def _rule(value: str, rule: Mapping[str, Any], where: str) -> Rule:
    unknown = set(rule) - {"evidence", "within_days", "codes"}
    if unknown:
        raise ProtocolNotExecutable(f"{where}: '{min(unknown)}' is not a part of a rule.")
    if rule.get("evidence") not in EVIDENCE:
        raise ProtocolNotExecutable(
            f"{where}: evidence '{rule.get('evidence')}' is not one of {', '.join(EVIDENCE)}."
        )
    within = rule.get("within_days")
    return Rule(
        value=value,
        evidence=rule["evidence"],
        within_days=None if within is None else int(within),
        codes=tuple(str(code) for code in rule.get("codes", ())),
    )
