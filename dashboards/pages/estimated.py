"""A number as a page may show it: never without its interval, its denominator and its method."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.pages.shown import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """One estimate, or the reason why there is none."""

    estimate: float | None = shown("Point estimate; empty when it cannot be estimated")
    lower: float | None = shown("Lower 95 % limit")
    upper: float | None = shown("Upper 95 % limit")
    n: int = shown("Cases in the denominator")
    worth: int | None = shown(
        "How many independent cases they are worth, where patients came twice"
    )
    method: str = shown("Method of the interval")
    reason: str = shown("Why there is no estimate")

    @property
    def value(self) -> str:
        """The estimate to three places, or a dash."""
        return "–" if self.estimate is None else f"{self.estimate:.3f}"

    @property
    def interval(self) -> str:
        """The limits in words, or why there are none."""
        if self.estimate is None:
            return self.reason or "cannot be estimated"
        if self.lower is None or self.upper is None:
            return "no interval"
        return f"{self.lower:.3f} to {self.upper:.3f}"

    @property
    def text(self) -> str:
        """Estimate, interval and n in one line."""
        if self.estimate is None:
            return f"not estimable ({self.interval}, n = {self.n:,})"
        return f"{self.value} ({self.interval}), n = {self.n:,}"


def estimated(said: Mapping[str, Any]) -> Estimated:
    """Take an estimate from the public form of a measurement."""
    return Estimated(
        estimate=said["estimate"],
        lower=said["lower"],
        upper=said["upper"],
        n=round(said["n"]),
        worth=round(said["effective_n"]) if "effective_n" in said else None,
        method=said["method"],
        reason=str(said.get("reason") or ""),
    )
