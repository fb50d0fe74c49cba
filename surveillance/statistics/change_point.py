"""When a change began, looking back from the alarm that found it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.estimate import ArgumentError, vector

SUPPORT = 32.0
"""The stricter of Royall's benchmarks, since the size of the change is estimated as well: with 1 in 8 fewer than nine in ten intervals would hold the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """Places, from 0, of the most likely first value after a change, and of the first and last likely one."""

    earliest: int
    at: int
    latest: int


def change_point(*, scores: ArrayLike, support: float = SUPPORT) -> ChangePoint:
    """Maximum likelihood estimate of where a change began, with its likelihood support interval.

    `scores` are log likelihood ratios in time order, changed over unchanged, of cases or of days added up; the
    likelihood of a change at a place is the sum of the scores from there on. Several rows are those of changes of several sizes: at each
    place the size that fits best counts (profile likelihood). Supported are the places whose
    likelihood is at least 1 in `support` of the highest. Of equals the last is the most likely.

    Source: Samuel, Pignatiello & Calvin (1998), doi:10.1080/08982119808919166; the interval: Royall (1997),
    Statistical Evidence, whose benchmarks are 1 in 8 and 1 in 32.

    >>> change_point(scores=[-0.1, -0.1, 2.0, 1.0, 2.0])
    ChangePoint(earliest=0, at=2, latest=4)
    """
    found = np.array([vector(row, name="scores") for row in np.atleast_2d(np.asarray(scores, dtype=np.float64))])  # fmt: skip
    if not found.size or support < 1:
        raise ArgumentError(
            f"{found.size} scores and a support of {support:g}; give at least one score and a support of at least 1."
        )
    likelihood = np.cumsum(found[:, ::-1], axis=1)[:, ::-1].max(axis=0)
    supported = np.flatnonzero(likelihood >= likelihood.max() - math.log(support))
    at = int(np.flatnonzero(likelihood == likelihood.max())[-1])
    return ChangePoint(earliest=int(supported[0]), at=at, latest=int(supported[-1]))
