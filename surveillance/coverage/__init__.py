"""How often each interval holds the truth, by simulation: the third proof beside cases and properties."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveillance.statistics.catalogue import METHODS, values_of

SEED = 20261124
TRUTH = "truth"
Draw = Callable[[np.random.Generator], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A method, a setting in words, inputs drawn at random from it, and the value its interval should hold.

    `output` names the estimate among several, such as sensitivity; empty for the only one. `one_sided`
    marks an upper bound, which is held when the truth is not above it. Where a method gives limits of
    many points, `place` says which. Where the truth differs from draw to draw, as what a band says will
    come true does, `truth` is None and the drawn inputs hold it under TRUTH. A slow method is drawn
    one in `cost` times.
    """

    method: str
    setting: str
    truth: float | None
    draw: Draw
    output: str = ""
    one_sided: bool = False
    place: int | None = None
    cost: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the interval held the truth, lay below it or above it, and could not be given."""

    method: str
    output: str
    setting: str
    truth: float | None
    draws: int
    held: int
    too_low: int
    too_high: int
    not_estimable: int
    mean_width: float

    @property
    def share(self) -> float:
        """Held among the draws in which there was an interval."""
        given = self.draws - self.not_estimable
        return self.held / given if given else math.nan

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of the share at 95 %."""
        given = self.draws - self.not_estimable
        return math.sqrt(0.95 * 0.05 / given) if given else math.nan


def cover(scenarios: Iterable[Scenario], *, draws: int, seed: int) -> list[Coverage]:
    """Simulate each scenario; the same seed gives the same table."""
    return [
        _one(s, max(1, draws // s.cost), np.random.default_rng([seed, n]))
        for n, s in enumerate(scenarios)
    ]


def _at(place: int | None, value: Any) -> Any:
    """The limit itself, or that of one point; None where it could not be given."""
    return value if place is None else (value[place] if len(value) else None)


def _one(scenario: Scenario, draws: int, rng: np.random.Generator) -> Coverage:
    held = too_low = too_high = without = 0
    widths = 0.0
    function, prefix = (
        METHODS[scenario.method].function,
        f"{scenario.output}_" if scenario.output else "",
    )
    for _ in range(draws):
        inputs = dict(scenario.draw(rng))
        truth = inputs.pop(TRUTH) if scenario.truth is None else scenario.truth
        values = values_of(function(**inputs))
        lower, upper = (_at(scenario.place, values[f"{prefix}{end}"]) for end in ("lower", "upper"))
        if (
            truth is None
            or not isinstance(lower, int | float)
            or not isinstance(upper, int | float)
        ):
            without += 1
            continue
        widths += upper - lower
        if upper < truth - 1e-12:
            too_low += 1
        elif lower > truth + 1e-12 and not scenario.one_sided:
            too_high += 1
        else:
            held += 1
    return Coverage(
        method=scenario.method,
        output=scenario.output,
        setting=scenario.setting,
        truth=scenario.truth,
        draws=draws,
        held=held,
        too_low=too_low,
        too_high=too_high,
        not_estimable=without,
        mean_width=widths / max(draws - without, 1),
    )
