"""How often a kind of evidence is itself wrong: what figures against it are corrected by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from register.refusal import Refusal


class ErrorRatesNotUnderstood(Refusal, ValueError):
    """The stated accuracy of a reference cannot be read; the sentence names the place and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """A rate found in a validation study: so many right of so many; without `of`, taken as known."""

    rate: float
    right: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """Sensitivity and specificity of a kind of evidence, and who found them."""

    sensitivity: Validated
    specificity: Validated
    source: str


def error_rates(said: Mapping[str, Any], kinds: Sequence[str]) -> dict[str, ErrorRates]:
    """Read `accuracy`: per kind of evidence its sensitivity, specificity and source."""
    found = {}
    for kind, stated in said.items():
        where = f"reference_standard.accuracy.{kind}"
        if kind not in kinds:
            raise ErrorRatesNotUnderstood(
                f"{where}: is not a kind of evidence; those are {', '.join(kinds)}."
            )
        if set(stated) != {"sensitivity", "specificity", "source"}:
            raise ErrorRatesNotUnderstood(f"{where}: give sensitivity, specificity and source.")
        found[kind] = ErrorRates(
            sensitivity=_validated(stated["sensitivity"], f"{where}.sensitivity"),
            specificity=_validated(stated["specificity"], f"{where}.specificity"),
            source=str(stated["source"]),
        )
    return found


def _validated(said: object, where: str) -> Validated:
    if isinstance(said, Mapping) and set(said) == {"right", "of"}:
        right, of = said["right"], said["of"]
        if isinstance(right, int) and isinstance(of, int) and 0 <= right <= of and of > 0:
            return Validated(rate=right / of, right=right, of=of)
    elif isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= 1:
        return Validated(rate=float(said))
    raise ErrorRatesNotUnderstood(
        f"{where}: {said!r} is neither a rate from 0 to 1 nor {{right: 95, of: 100}}."
    )
