"""Overlap of two segmentations and the distance of their surfaces; of one image, so no interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

from surveillance.statistics.estimate import ArgumentError, ArrayError

BOTH_EMPTY = "Both masks are empty."


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How much of two masks is common."""

    dice: float | None
    jaccard: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceDistance:
    """How far the surfaces of two masks lie apart."""

    hausdorff_95: float | None
    hausdorff: float | None
    reason: str | None


def dice(*, first: ArrayLike, second: ArrayLike) -> Overlap:
    """Dice similarity and Jaccard index of two masks.

    Arrays or nested lists of 0 and 1 of one shape, any number of dimensions. From 0 (disjoint, or
    one mask empty) to 1 (identical). Not estimable when both are empty: report that as agreement on
    absence. From counts, it is `positive_agreement`. Voxels are not independent, so an interval
    comes from many cases, not from one.

    Source: Dice (1945), doi:10.2307/1932409; Zou et al. (2004), doi:10.1016/S1076-6332(03)00671-8.

    >>> dice(first=[[1, 1], [0, 0]], second=[[1, 0], [1, 0]]).dice
    0.5
    """
    a, b = _masks(first, second)
    both, either = int((a & b).sum()), int((a | b).sum())
    if either == 0:
        return Overlap(dice=None, jaccard=None, reason=BOTH_EMPTY)
    return Overlap(dice=2 * both / (both + either), jaccard=both / either, reason=None)


def hausdorff_95(
    *, first: ArrayLike, second: ArrayLike, spacing: ArrayLike | None = None
) -> SurfaceDistance:
    """Symmetric 95th percentile Hausdorff distance of two masks, MONAI's convention.

    Masks as in `dice`; `spacing` is the size of a voxel along each axis (mm), by default 1. Surface
    voxels are those removed by one erosion with face neighbours, voxels at the image border
    included; the result is the larger of the two directed 95th percentiles (linear interpolation)
    over surface voxels. DeepMind's package weighs surface elements by their area instead and can
    differ by a fraction of a voxel. Not estimable when a mask is empty.

    Source: Huttenlocher et al. (1993), doi:10.1109/34.232073; MONAI compute_hausdorff_distance.

    >>> hausdorff_95(first=[[1, 0, 0, 0]], second=[[0, 0, 0, 1]], spacing=[1, 0.5]).hausdorff_95
    1.5
    """
    a, b = _masks(first, second)
    size = np.ones(a.ndim) if spacing is None else np.asarray(spacing, dtype=np.float64)
    if size.shape != (a.ndim,) or not (size > 0).all():
        raise ArgumentError(f"`spacing` is {spacing!r}; give one size above 0 for each axis.")
    if not (a.any() and b.any()):
        reason = "A mask is empty, so it has no surface."
        return SurfaceDistance(hausdorff_95=None, hausdorff=None, reason=reason)
    edges = [mask & ~binary_erosion(mask) for mask in (a, b)]
    there, back = (
        distance_transform_edt(~other, sampling=size)[edge] for edge, other in (edges, edges[::-1])
    )
    return SurfaceDistance(
        hausdorff_95=float(max(np.percentile(there, 95), np.percentile(back, 95))),
        hausdorff=float(max(there.max(), back.max())),
        reason=None,
    )


def _masks(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a, b = np.asarray(first), np.asarray(second)
    for name, mask in (("first", a), ("second", b)):
        if not np.isin(mask, (0, 1)).all():
            raise ArrayError(f"`{name}` holds values other than 0 and 1; give a mask.")
    if a.shape != b.shape or a.ndim == 0:
        raise ArrayError(f"`first` has shape {a.shape}, `second` {b.shape}; give equal shapes.")
    return a.astype(np.bool_), b.astype(np.bool_)
