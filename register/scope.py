"""The cleared indication as an executable rule: in, out or undeterminable, with the clause that says so.

Pure: values in, a decision out. A missing attribute never counts as fulfilled: the decision is then
*undeterminable* and the algorithm does not run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

ATTRIBUTES: dict[str, str] = {
    "patient_age": "years",
    "patient_sex": "",
    "site": "",
    "modality": "",
    "body_part_examined": "",
    "view_position": "",
    "laterality": "",
    "protocol_name": "",
    "contrast_bolus_agent": "",
    "manufacturer": "",
    "manufacturer_model_name": "",
    "device_serial_number": "",
    "software_versions": "",
    "slice_thickness": "mm",
    "kvp": "kV",
    "convolution_kernel": "",
    "magnetic_field_strength": "T",
    "exposure_index": "",
    "patient_position": "",
    "setting": "",
    "priority": "",
    "use_mode": "",
}
"""What a scope may ask about, with its unit: DICOM keywords in snake case, and the mode of use."""


class Scope(StrEnum):
    """Whether a study lies within what the algorithm is cleared for."""

    IN = "in"
    OUT = "out"
    UNDETERMINABLE = "undeterminable"


class ScopeNotExecutable(ValueError):
    """A clause of a scope that no machine can decide; the sentence names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One condition on one attribute; all that are given must hold."""

    attribute: str
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    absent: bool = False
    present: bool = False

    def judge(self, value: object) -> Scope:
        """What this clause says of a value; None stands for an attribute that is missing."""
        if value is None or value == "":
            return Scope.IN if self.absent else Scope.UNDETERMINABLE
        if self.absent:
            return Scope.OUT
        text = str(value).strip().casefold()
        if self.one_of and text not in {choice.casefold() for choice in self.one_of}:
            return Scope.OUT
        if text in {choice.casefold() for choice in self.none_of}:
            return Scope.OUT
        if self.minimum is None and self.maximum is None:
            return Scope.IN
        try:
            number = float(text)
        except ValueError:
            return Scope.UNDETERMINABLE
        if not isfinite(number):
            return Scope.UNDETERMINABLE
        low, high = self.minimum, self.maximum
        within = (low is None or number >= low) and (high is None or number <= high)
        return Scope.IN if within else Scope.OUT

    def sentence(self) -> str:
        """The condition in words: 'patient_age at least 18 years'."""
        unit = f" {self.unit}" if self.unit else ""
        parts = []
        if self.one_of:
            parts.append(" or ".join(self.one_of))
        if self.none_of:
            parts.append("not " + " nor ".join(self.none_of))
        if self.minimum is not None:
            parts.append(f"at least {self.minimum:g}{unit}")
        if self.maximum is not None:
            parts.append(f"at most {self.maximum:g}{unit}")
        if self.absent:
            parts.append("none given")
        if self.present:
            parts.append("given")
        return f"{self.attribute} {' and '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDecision:
    """The answer for one study under one indication, with what decided it."""

    scope: Scope
    attribute: str = ""
    value: str = ""
    clause: str = ""
    source: str = ""

    def sentence(self) -> str:
        """Why, in one sentence a clinician can check."""
        if self.scope is Scope.IN:
            return f"In scope: every clause of {self.source} holds."
        if self.scope is Scope.OUT:
            return (
                f"Out of scope: {self.attribute} is {self.value}; "
                f"the indication asks for {self.clause} ({self.source})."
            )
        return (
            f"Undeterminable: {self.attribute} is {self.value or 'missing'}; "
            f"the indication asks for {self.clause} ({self.source}). The algorithm must not run."
        )


def parse(scope: Mapping[str, Any]) -> tuple[Clause, ...]:
    """Read the scope of a register entry: attribute -> {in, not_in, min, max, unit, absent, present}."""
    return tuple(_clause(attribute, rule) for attribute, rule in scope.items())


def decide(
    clauses: tuple[Clause, ...], attributes: Mapping[str, object], *, source: str
) -> ScopeDecision:
    """Judge a study by every clause: one that fails puts it out, else one that cannot be judged counts.

    `attributes` hold the study's DICOM keywords in snake case; `source` is where the manufacturer
    wrote the indication, quoted in the decision.
    """
    verdicts = [(clause.judge(attributes.get(clause.attribute)), clause) for clause in clauses]
    for wanted in (Scope.OUT, Scope.UNDETERMINABLE):
        for verdict, clause in verdicts:
            if verdict is wanted:
                value = attributes.get(clause.attribute)
                return ScopeDecision(
                    scope=wanted,
                    attribute=clause.attribute,
                    value=""
                    if value is None
                    else f"{value:g}"
                    if isinstance(value, float)
                    else str(value),
                    clause=clause.sentence(),
                    source=source,
                )
    return ScopeDecision(scope=Scope.IN, source=source)


def _clause(attribute: str, rule: object) -> Clause:
    if attribute not in ATTRIBUTES:
        raise ScopeNotExecutable(
            f"scope: '{attribute}' is not an attribute of a study. Use one of: {', '.join(ATTRIBUTES)}."
        )
    if not isinstance(rule, Mapping) or not rule:
        raise ScopeNotExecutable(
            f"scope.{attribute}: write a condition such as {{in: [CT]}} or {{min: 18, unit: years}}."
        )
    unknown = set(rule) - {"in", "not_in", "min", "max", "unit", "absent", "present"}
    if unknown:
        raise ScopeNotExecutable(
            f"scope.{attribute}: '{min(unknown)}' is not a condition. "
            "Use in, not_in, min, max (with unit), absent or present."
        )
    unit = str(rule.get("unit", ATTRIBUTES[attribute]))
    if unit != ATTRIBUTES[attribute]:
        raise ScopeNotExecutable(
            f"scope.{attribute}: unit '{unit}' is not that of the evidence; "
            f"state the limit in {ATTRIBUTES[attribute] or 'no unit'}."
        )
    try:
        return Clause(
            attribute=attribute,
            one_of=tuple(str(v) for v in rule.get("in", ())),
            none_of=tuple(str(v) for v in rule.get("not_in", ())),
            minimum=None if rule.get("min") is None else float(rule["min"]),
            maximum=None if rule.get("max") is None else float(rule["max"]),
            unit=unit,
            absent=bool(rule.get("absent", False)),
            present=bool(rule.get("present", False)),
        )
    except (TypeError, ValueError) as wrong:
        raise ScopeNotExecutable(f"scope.{attribute}: {wrong}; min and max are numbers.") from wrong
