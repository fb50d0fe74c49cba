"""Runs worked examples against the installed build: the auditor's, and those that ship with it.

A case is `{"id", "method", "inputs", "expected", "abs_tol" | "rel_tol", "source"}`. `expected` maps
output names to a number, a string, true, false, null, or a list of them. Without a tolerance
numbers must agree within DEFAULT_ABS_TOL; with both, meeting either is enough.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from surveillance.statistics.catalogue import METHODS, Input, Method, values_of

__all__ = [
    "DEFAULT_ABS_TOL",
    "METHODS",
    "CaseOutcome",
    "CasesError",
    "Input",
    "Method",
    "Qualification",
    "load",
    "run",
    "shipped",
]

DEFAULT_ABS_TOL = 1e-6
SHIPPED = Path(__file__).parent / "reference_cases"


class CasesError(ValueError):
    """A file of cases cannot be read as such."""


class _CaseError(ValueError):
    """A case cannot be run; the message is what the record says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """One case: what was expected, what came, and whether they agree.

    `got` maps the expected output names to values, or is a sentence why the case could not run.
    """

    id: str
    method: str
    passed: bool
    expected: object
    got: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """All outcomes in the order of the cases."""

    cases: tuple[CaseOutcome, ...]

    @property
    def passed(self) -> bool:
        """Whether there were cases and every one passed."""
        return bool(self.cases) and all(case.passed for case in self.cases)

    def as_json(self) -> dict[str, list[dict[str, object]]]:
        """The record as plain values, ready for json.dumps."""
        return {
            "cases": [
                {
                    "id": case.id,
                    "method": case.method,
                    "passed": case.passed,
                    "expected": case.expected,
                    "got": case.got,
                }
                for case in self.cases
            ]
        }


def load(path: Path) -> list[dict[str, Any]]:
    """Cases of a JSON file: a list of objects, or an object whose "cases" is such a list."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CasesError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise CasesError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise CasesError(
            f"{path} is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    if isinstance(content, dict):
        content = content.get("cases")
    if not isinstance(content, list):
        raise CasesError(f"{path} holds no list of cases; give a list of objects with a method.")
    if not content:
        raise CasesError(f"{path} holds no case; a qualification without cases shows nothing.")
    for place, case in enumerate(content, start=1):
        if not isinstance(case, dict):
            raise CasesError(f"{path}: case {place} is {case!r}; give an object with a method.")
    return content


def shipped() -> list[dict[str, Any]]:
    """The cases that ship with the product, file by file in order of name."""
    return [case for path in sorted(SHIPPED.glob("*.json")) for case in load(path)]


def run(cases: Iterable[Mapping[str, Any]]) -> Qualification:
    """Run every case; one that cannot run has failed and says why, the others go on.

    >>> run([{"id": "a", "method": "wilson", "inputs": {"successes": 0, "trials": 20},
    ...       "expected": {"upper": 0.1611}, "abs_tol": 0.00005}]).passed
    True
    """
    return Qualification(cases=tuple(_outcome(case, n) for n, case in enumerate(cases, start=1)))


def _outcome(case: Mapping[str, Any], place: int) -> CaseOutcome:
    expected = case.get("expected")
    passed = False
    got: object
    try:
        wanted, values = _compute(case)
        passed = all(_agree(wanted[name], values[name], case) for name in values)
        got = values
    except _CaseError as error:
        got = str(error)
    return CaseOutcome(
        id=str(case.get("id", f"case {place}")),
        method=str(case.get("method", "")),
        passed=passed,
        expected=expected,
        got=got,
    )


def _compute(case: Mapping[str, Any]) -> tuple[Mapping[str, object], dict[str, object]]:
    """What the case expects and what came, under the same names; or the sentence why not."""
    method = METHODS.get(str(case.get("method")))
    if method is None:
        raise _CaseError(f"There is no method {case.get('method')!r}; see --methods for the names.")
    inputs, expected = case.get("inputs"), case.get("expected")
    if not isinstance(inputs, Mapping):
        raise _CaseError("`inputs` is missing; give an object of input names and values.")
    if not isinstance(expected, Mapping) or not expected:
        raise _CaseError("`expected` is missing or empty, so nothing would be checked.")
    required = {name for name, input_ in method.inputs.items() if input_.required}
    _refuse("input", set(inputs) - set(method.inputs), "is unknown", method, method.inputs)
    _refuse("input", required - set(inputs), "is missing", method, method.inputs)
    _refuse("output", set(expected) - set(method.outputs), "is unknown", method, method.outputs)
    for name in ("abs_tol", "rel_tol"):
        tolerance = case.get(name, 0)
        if not _is_number(tolerance) or not 0 <= tolerance < math.inf:
            raise _CaseError(f"`{name}` is {tolerance!r}; give a number of 0 or more.")
    try:
        result = values_of(method.function(**inputs))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _CaseError(f"{method.name} refused the inputs: {error}") from error
    return expected, {name: result[name] for name in expected}


def _refuse(
    kind: str, names: set[str], trouble: str, method: Method, known: Mapping[str, object]
) -> None:
    if names:
        listed = ", ".join(f"`{name}`" for name in sorted(map(str, names)))
        raise _CaseError(
            f"{kind.capitalize()} {listed} {trouble} for {method.name};"
            f" its {kind}s are {', '.join(known)}."
        )


def _agree(expected: object, got: object, case: Mapping[str, Any]) -> bool:
    if _is_number(expected) and _is_number(got):
        untold = "abs_tol" not in case and "rel_tol" not in case
        return math.isclose(
            expected,
            got,
            rel_tol=float(case.get("rel_tol", 0)),
            abs_tol=DEFAULT_ABS_TOL if untold else float(case.get("abs_tol", 0)),
        )
    if isinstance(expected, list) and isinstance(got, Sequence) and not isinstance(got, str):
        pairs = zip(expected, got, strict=False)
        return len(expected) == len(got) and all(_agree(e, g, case) for e, g in pairs)
    return type(expected) is type(got) and expected == got


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
