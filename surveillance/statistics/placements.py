"""Where each case stands among those of the other class: what every AUC is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveillance.statistics.estimate import Floats, check_lengths, flags, vector


@dataclass(frozen=True, slots=True)
class Placements:
    """Share of the other class ranked below (diseased) or above (healthy) each case."""

    diseased: Floats
    healthy: Floats
    is_diseased: NDArray[np.bool_]
    clusters: NDArray[np.intp] | None

    @property
    def auc(self) -> float:
        return float(self.diseased.mean())


def placements_of(
    scores: ArrayLike, labels: ArrayLike, clusters: ArrayLike | None, *, name: str
) -> Placements:
    values, diseased = vector(scores, name=name), flags(labels, name="labels")
    check_lengths(**{name: values, "labels": diseased})
    ids: NDArray[np.intp] | None = None
    if clusters is not None:
        ids = np.unique(np.asarray(clusters), return_inverse=True)[1]
        check_lengths(**{name: values, "clusters": ids})
    x, y = values[diseased], values[~diseased]
    return Placements(_share_below(x, y), 1 - _share_below(y, x), diseased, ids)


def _share_below(values: Floats, others: Floats) -> Floats:
    """Share of `others` below each value, ties counting half."""
    if len(others) == 0:
        return np.full(len(values), np.nan)
    ordered = np.sort(others)
    left = np.searchsorted(ordered, values, side="left")
    right = np.searchsorted(ordered, values, side="right")
    return np.asarray((left + right) / (2 * len(others)), dtype=np.float64)


def covariance(first: Placements, second: Placements) -> float:
    """DeLong's covariance of two AUCs on the same cases, or Obuchowski's when clustered."""
    m, n = len(first.diseased), len(first.healthy)
    d1, d2 = first.diseased - first.auc, second.diseased - second.auc
    h1, h2 = first.healthy - first.auc, second.healthy - second.auc
    if first.clusters is None:
        return float(d1 @ d2) / (m * (m - 1)) + float(h1 @ h2) / (n * (n - 1))
    ids, ill = first.clusters, first.is_diseased
    size = int(ids.max()) + 1
    with_ill, with_well = len(np.unique(ids[ill])), len(np.unique(ids[~ill]))

    def total(values: Floats, of: NDArray[np.bool_]) -> Floats:
        sums = np.bincount(ids[of], weights=values, minlength=size)
        return np.asarray(sums, dtype=np.float64)

    a1, a2, b1, b2 = total(d1, ill), total(d2, ill), total(h1, ~ill), total(h2, ~ill)
    within = with_ill / (with_ill - 1) * (a1 @ a2) / m**2
    within += with_well / (with_well - 1) * (b1 @ b2) / n**2
    across = size / (size - 1) * (a1 @ b2 + a2 @ b1) / (m * n)
    return float(within + across)
