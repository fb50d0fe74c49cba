"""Many tests at once: p-values adjusted for their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.statistics.estimate import Floats, ProportionError, check_inside, vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """Adjusted p-values in the order given, and which are rejected."""

    adjusted: tuple[float, ...]
    rejected: tuple[bool, ...]


def benjamini_hochberg(*, p_values: ArrayLike, alpha: float = 0.05) -> Adjusted:
    """Benjamini–Hochberg: the expected share of false alarms among alarms is at most alpha.

    Valid for independent or positively dependent tests. An adjusted p-value is the smallest alpha
    at which the test is rejected. No p-values give empty lists.

    Source: Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    >>> benjamini_hochberg(p_values=[0.01, 0.04, 0.03]).adjusted
    (0.03, 0.04, 0.04)
    """
    p, order = _sorted(p_values, alpha)
    m = len(p)
    raised = np.minimum.accumulate((p * m / np.arange(1, m + 1))[::-1])[::-1]
    return _restored(raised, order, alpha)


def holm(*, p_values: ArrayLike, alpha: float = 0.05) -> Adjusted:
    """Holm's step-down: the chance of any false alarm is at most alpha, under any dependence.

    Adjusted p-values as in `benjamini_hochberg`. No p-values give empty lists.

    Source: Holm (1979) Scandinavian Journal of Statistics 6:65-70.

    >>> holm(p_values=[0.01, 0.04, 0.03]).adjusted
    (0.03, 0.06, 0.06)
    """
    p, order = _sorted(p_values, alpha)
    return _restored(np.maximum.accumulate(p * np.arange(len(p), 0, -1)), order, alpha)


def _sorted(p_values: ArrayLike, alpha: float) -> tuple[Floats, NDArray[np.intp]]:
    p = vector(p_values, name="p_values")
    check_inside(closed=False, alpha=alpha)
    if ((p < 0) | (p > 1)).any():
        raise ProportionError("`p_values` holds a number outside 0 to 1; give p-values.")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _restored(values: Floats, order: NDArray[np.intp], alpha: float) -> Adjusted:
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(values, 1)
    return Adjusted(
        adjusted=tuple(map(float, adjusted)), rejected=tuple(map(bool, adjusted <= alpha))
    )
