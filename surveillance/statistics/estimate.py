"""The one shape every statistic answers in, and the refusals every statistic shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


class ArgumentError(ValueError):
    """An argument lies outside the domain of the statistic."""


class LevelError(ArgumentError):
    """A confidence level is not usable."""


class CountError(ArgumentError):
    """A count is negative, not finite, or larger than the total it belongs to."""


class ProportionError(ArgumentError):
    """A proportion or probability lies outside its range."""


class ArrayError(ArgumentError):
    """An array has the wrong shape, length or content."""


class NotEstimableError(ArgumentError):
    """Numbers were asked of an estimate that has only a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with its interval, or the reason why there is none.

    `n` is the denominator the interval rests on: an int where it is a count, a float where it is
    an effective sample size. Where the quantity cannot be estimated, `reason` is a sentence and
    `estimate`, `lower` and `upper` are None; a NaN never stands in for it.

    >>> Estimate(estimate=0.9, lower=0.8, upper=0.95, n=80, method="Wilson score").estimable
    True
    """

    estimate: float | None
    lower: float | None
    upper: float | None
    level: float = 0.95
    n: float
    method: str
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse a half-filled answer and an interval that does not hold its estimate."""
        numbers = (self.estimate, self.lower, self.upper)
        if self.reason is not None:
            if numbers != (None, None, None):
                raise ArgumentError(
                    f"`reason` is {self.reason!r} but `estimate`, `lower`, `upper` are {numbers};"
                    " give a reason or numbers, not both."
                )
            return
        if self.estimate is None or self.lower is None or self.upper is None:
            raise ArgumentError(
                f"`estimate`, `lower`, `upper` are {numbers}; give all three, or a `reason`."
            )
        if not self.lower <= self.estimate <= self.upper:
            raise ArgumentError(
                f"`estimate` {self.estimate} is outside {self.lower} to {self.upper};"
                " give limits on either side of it."
            )

    @property
    def estimable(self) -> bool:
        """Whether there are numbers to read."""
        return self.reason is None

    def numbers(self) -> tuple[float, float, float]:
        """Estimate, lower and upper limit; an error with the reason where there are none."""
        if self.estimate is None or self.lower is None or self.upper is None:
            raise NotEstimableError(f"There is no estimate: {self.reason}")
        return self.estimate, self.lower, self.upper

    @classmethod
    def around(
        cls,
        estimate: float,
        *,
        lower: float,
        upper: float,
        level: float,
        n: float,
        method: str,
        bounds: tuple[float, float] = (-math.inf, math.inf),
    ) -> Self:
        """Build an estimate whose limits are cut to `bounds` and never cross the estimate.

        Limits that meet their estimate at 0/n or n/n can miss it by one unit in the last place;
        this is where that is put right.
        """
        low, high = bounds
        return cls(
            estimate=float(estimate),
            lower=float(min(max(lower, low), estimate)),
            upper=float(max(min(upper, high), estimate)),
            level=level,
            n=n,
            method=method,
        )


def not_estimable(*, reason: str, method: str, n: float = 0, level: float = 0.95) -> Estimate:
    """Say in a sentence why there is no number.

    >>> not_estimable(reason="No case was diseased.", method="Wilson score").estimate is None
    True
    """
    return Estimate(
        estimate=None, lower=None, upper=None, level=level, n=n, method=method, reason=reason
    )


def normal_quantile(*, level: float) -> float:
    """Two-sided standard normal quantile of a confidence level, 0.5 <= level < 1.

    >>> round(normal_quantile(level=0.95), 6)
    1.959964
    """
    if not 0.5 <= level < 1:
        raise LevelError(
            f"`level` is {level!r}; give a two-sided confidence level from 0.5 to below 1,"
            " such as 0.95."
        )
    return float(ndtri((1 + level) / 2))


def check_counts(**counts: float) -> None:
    """Refuse a count that is negative or not finite, naming it."""
    for name, value in counts.items():
        if not (math.isfinite(value) and value >= 0):
            raise CountError(f"`{name}` is {value!r}; give a finite count of 0 or more.")


def check_whole(**counts: float) -> None:
    """Refuse a count that is not a whole number of 0 or more, naming it."""
    check_counts(**counts)
    for name, value in counts.items():
        if value != int(value):
            raise CountError(f"`{name}` is {value!r}; give a whole number.")


def check_part(*, part: str, of: str, **counts: float) -> None:
    """Refuse a count that exceeds the total it is a part of."""
    check_counts(**counts)
    if counts[part] > counts[of]:
        raise CountError(
            f"`{part}` is {counts[part]!r} but `{of}` is {counts[of]!r};"
            f" `{part}` counts a part of `{of}` and cannot exceed it."
        )


def check_inside(*, closed: bool = True, **proportions: float) -> None:
    """Refuse a proportion outside [0, 1], or outside (0, 1) when `closed` is false."""
    for name, value in proportions.items():
        if closed and not 0 <= value <= 1:
            raise ProportionError(f"`{name}` is {value!r}; give a proportion from 0 to 1.")
        if not closed and not 0 < value < 1:
            raise ProportionError(f"`{name}` is {value!r}; give a proportion above 0 and below 1.")


def vector(values: ArrayLike, *, name: str) -> Floats:
    """One-dimensional finite float array, or a refusal that names the argument."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ArrayError(f"`{name}` has {array.ndim} dimensions; give one number per case.")
    if not np.isfinite(array).all():
        raise ArrayError(
            f"`{name}` holds {int((~np.isfinite(array)).sum())} values that are missing or"
            " infinite; leave those cases out and report them as missing."
        )
    return array


def flags(values: ArrayLike, *, name: str) -> NDArray[np.bool_]:
    """One-dimensional boolean array from booleans or 0/1, or a refusal naming the argument."""
    array = vector(values, name=name)
    if not np.isin(array, (0, 1)).all():
        raise ArrayError(f"`{name}` holds values other than 0 and 1; give one flag per case.")
    return array.astype(np.bool_)


def check_lengths(**arrays: NDArray[np.generic]) -> None:
    """Refuse arrays of unequal length, naming them."""
    if len({len(array) for array in arrays.values()}) > 1:
        found = ", ".join(f"`{name}` {len(array)}" for name, array in arrays.items())
        raise ArrayError(f"Lengths differ ({found}); give one entry per case in each.")
