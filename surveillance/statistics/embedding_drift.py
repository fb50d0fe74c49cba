"""Drift of embeddings: how far two clouds of vectors lie apart under a Gaussian kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import eigsh

from surveillance.statistics.drift_interval import MINIMUM_N
from surveillance.statistics.estimate import (
    ArgumentError,
    ArrayError,
    Estimate,
    Floats,
    check_whole,
    normal_quantile,
    not_estimable,
)

Matrix = NDArray[np.float64]
METHOD = "kernel MMD, Gaussian kernel"
SMALL = 60  # rows up to which all eigenvalues are computed


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingDrift:
    """Effect from 0 (alike) to 1 (nothing in common), the squared MMD behind it, and its test.

    `enough` is whether both samples reach `minimum_n`, below which the effect is a guess.
    """

    effect: Estimate
    mmd_squared: float | None
    p_value: float | None
    bandwidth: float | None
    enough: bool
    minimum_n: int


def kernel_mmd(
    *,
    reference: ArrayLike,
    current: ArrayLike,
    bandwidth: float | None = None,
    permutations: int = 200,
    maximum_n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> EmbeddingDrift:
    """Maximum mean discrepancy of two samples of embeddings, scaled to 0 to 1, with interval and test.

    One row per case, one column per dimension (a plain list of numbers is one dimension); the same
    columns in both. The kernel is exp(-d^2 / (2 bandwidth^2)), `bandwidth` by default the median
    distance between cases of both samples together (the mean distance where that is 0).
    `mmd_squared` is the unbiased estimate, below 0 by chance where there is no drift. `effect` is
    it, cut at 0, over the mean similarity within the samples, E k(x, x') + E k(y, y'): 0 when the
    distributions are the same, 1 when no case of one resembles any of the other. Its interval is
    normal with the variance of both orders of the U-statistic; upwards that variance is taken at
    the limit and in the least favourable direction, so it is conservative there. Two samples of one
    population have a lower limit of 0 (but in about 1 of 100), at any n, and a large n narrows the
    interval without inventing a difference: judge drift by the effect, not by `p_value`, which any
    real difference sends to 0 as n grows. `p_value` is that of `permutations` random relabellings,
    at least 1 / (permutations + 1). Of a larger sample `maximum_n` rows are drawn at random
    (`seed`) and `method` says so; `n` is the current rows used. Not estimable with fewer than two
    rows in either, when all rows are the same, or when the bandwidth leaves no two rows alike.

    Source: Gretton et al. (2012), JMLR 13:723-773.

    >>> d = kernel_mmd(reference=[[0, 0], [1, 0], [0, 1]], current=[[5, 5], [6, 5], [5, 6]])
    >>> round(d.effect.estimate, 3), d.enough
    (0.452, False)
    """
    x, y = _rows(reference, "reference"), _rows(current, "current")
    normal_quantile(level=level)
    check_whole(permutations=permutations, maximum_n=maximum_n, seed=seed)
    if maximum_n < 2 or permutations < 1:
        raise ArgumentError(
            f"`maximum_n` is {maximum_n} and `permutations` {permutations}; give at least 2 and 1."
        )
    if bandwidth is not None and not (math.isfinite(bandwidth) and bandwidth > 0):
        raise ArgumentError(f"`bandwidth` is {bandwidth!r}; give a distance above 0.")
    if len(x) and len(y) and x.shape[1] != y.shape[1]:
        raise ArrayError(
            f"`reference` has {x.shape[1]} columns and `current` {y.shape[1]};"
            " give embeddings of one model."
        )
    enough, sizes = min(len(x), len(y)) >= MINIMUM_N, (len(x), len(y))
    rng = np.random.default_rng(seed)
    x, y = _drawn(x, maximum_n, rng), _drawn(y, maximum_n, rng)
    n, m = len(x), len(y)
    named = METHOD if (n, m) == sizes else f"{METHOD}, {n} of {sizes[0]} and {m} of {sizes[1]} rows"
    if min(n, m) < 2:
        return _none("A discrepancy needs two cases in either sample.", m, named, level)
    distance = _squared_distances(np.concatenate([x, y]))
    if bandwidth is None:
        bandwidth = _typical(distance)
        if bandwidth == 0:
            return _none("All embeddings are the same.", m, named, level)
    kernel = np.exp(-distance / (2 * bandwidth**2))
    np.fill_diagonal(kernel, 0)
    found = _effect(kernel, n, m, normal_quantile(level=level))
    if found is None:
        return _none("The bandwidth is so small that no two cases are alike.", m, named, level)
    mmd, effect, lower, upper = found
    return EmbeddingDrift(
        effect=Estimate.around(
            max(0.0, effect),
            lower=lower,
            upper=upper,
            level=level,
            n=m,
            method=named,
            bounds=(0, 1),
        ),
        mmd_squared=mmd,
        p_value=_p_value(kernel, n, mmd, permutations, rng),
        bandwidth=bandwidth,
        enough=enough,
        minimum_n=MINIMUM_N,
    )


def _rows(values: ArrayLike, name: str) -> Matrix:
    try:
        table = np.asarray(values, dtype=np.float64)
    except ValueError as error:
        raise ArrayError(f"`{name}` is not a complete table; give one row per case.") from error
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ArrayError(
            f"`{name}` is not a table of finite numbers; give one row per case, no gaps."
        )
    return table


def _drawn(rows: Matrix, most: int, rng: np.random.Generator) -> Matrix:
    return rows if len(rows) <= most else rows[rng.choice(len(rows), most, replace=False)]


def _squared_distances(rows: Matrix) -> Matrix:
    # Centred first: far from the origin the difference of squares would lose its digits.
    rows = rows - rows.mean(axis=0)
    norm = (rows**2).sum(axis=1)
    squared = np.maximum(norm[:, None] + norm[None, :] - 2 * rows @ rows.T, 0)
    # What is left of the difference of two equal squares is rounding.
    squared[squared < 1e-12 * float(norm.max(initial=0))] = 0
    return np.asarray((squared + squared.T) / 2, dtype=np.float64)


def _typical(squared: Matrix) -> float:
    distance = np.sqrt(squared[np.triu_indices(len(squared), 1)])
    return float(np.median(distance)) or float(distance.mean())


def _effect(kernel: Matrix, n: int, m: int, z: float) -> tuple[float, float, float, float] | None:
    """Unbiased squared MMD, the effect before it is cut, and its limits; None if none are alike."""
    xx, yy, xy = kernel[:n, :n], kernel[n:, n:], kernel[:n, n:]
    of_x, of_y = xx.sum(axis=1) / (n - 1), yy.sum(axis=1) / (m - 1)
    x_to_y, y_to_x = xy.mean(axis=1), xy.mean(axis=0)
    within_x, within_y, between = float(of_x.mean()), float(of_y.mean()), float(xy.mean())
    mmd, similar = within_x + within_y - 2 * between, within_x + within_y
    if similar <= 0:
        return None
    effect = mmd / similar
    # What is left of a pair once either case's own share is taken off.
    rest_x, rest_y = _centred(xx, of_x, within_x), _centred(yy, of_y, within_y)
    rest = xy - x_to_y[:, None] - y_to_x[None, :] + between
    pairs_x, pairs_y = (rest_x**2).sum() / (n * (n - 1)), (rest_y**2).sum() / (m * (m - 1))
    pairs = float((rest**2).mean())
    second = 2 * pairs_x / (n * (n - 1)) + 2 * pairs_y / (m * (m - 1)) + 4 * pairs / (n * m)
    first = _spread((1 - effect) * of_x - x_to_y, pairs_x / (n - 1) + pairs / m) / n
    first += _spread((1 - effect) * of_y - y_to_x, pairs_y / (m - 1) + pairs / n) / m
    chance = float(second) / similar**2
    half = z * math.sqrt(4 * first / similar**2 + chance)
    # Upwards the variance is that at the limit: of an effect there, in the least favourable
    # direction; the estimate itself, small by chance, would make it too small.
    steep = z * z * (_largest(rest_x) / n**2 + _largest(rest_y) / m**2) / similar
    root = steep * steep + steep * max(0.0, effect) + z * z * chance / 4
    return mmd, effect, effect - half, max(effect + half, effect + 2 * steep + 2 * math.sqrt(root))


def _centred(block: Matrix, each: Floats, mean: float) -> Matrix:
    rest = block - each[:, None] - each[None, :] + mean
    np.fill_diagonal(rest, 0)
    return rest


def _largest(rest: Matrix) -> float:
    if len(rest) <= SMALL:
        return max(0.0, float(np.linalg.eigvalsh(rest)[-1]))
    start = rest[:, int(np.argmax((rest**2).sum(axis=0)))]
    return max(0.0, float(eigsh(rest, k=1, which="LA", v0=start, return_eigenvectors=False)[0]))


def _spread(each: Floats, noise: float) -> float:
    """Variance between cases less what the other cases' sampling adds to it."""
    return max(0.0, float(each.var(ddof=1)) - noise)


def _p_value(
    kernel: Matrix, n: int, mmd: float, permutations: int, rng: np.random.Generator
) -> float:
    """Share of random relabellings with a discrepancy as large, the given one among them."""
    size, m = len(kernel), len(kernel) - n
    label = np.zeros((size, permutations))
    order = rng.permuted(np.tile(np.arange(size), (permutations, 1)), axis=1)
    np.put_along_axis(label, order[:, :n].T, 1.0, axis=0)
    total, degree = float(kernel.sum()), kernel.sum(axis=1)
    xx = (label * (kernel @ label)).sum(axis=0)
    xy = label.T @ degree - xx
    yy = total - xx - 2 * xy
    drawn = xx / (n * (n - 1)) + yy / (m * (m - 1)) - 2 * xy / (n * m)
    return (1 + int((drawn >= mmd - 1e-12).sum())) / (permutations + 1)


def _none(reason: str, n: int, method: str, level: float) -> EmbeddingDrift:
    return EmbeddingDrift(
        effect=not_estimable(reason=reason, method=method, n=n, level=level),
        mmd_squared=None,
        p_value=None,
        bandwidth=None,
        enough=False,
        minimum_n=MINIMUM_N,
    )
