"""CUSUM of failures against the risk each case came with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from surveillance.statistics.cusum_path import (
    NO_CASES,
    TOO_LONG,
    Cusum,
    check_choice,
    check_run_length,
    divergence,
    followed,
    lengths,
)
from surveillance.statistics.estimate import (
    ArgumentError,
    Floats,
    ProportionError,
    check_lengths,
    flags,
    vector,
)
from surveillance.statistics.run_lengths import TOUCH, limit_for, run_length

METHOD = "risk-adjusted CUSUM, run length by Markov chain over the case mix"


def risk_adjusted_cusum(
    *,
    outcomes: ArrayLike,
    probabilities: ArrayLike,
    odds_ratio: float,
    limit: float | None = None,
    arl0: float | None = None,
) -> Cusum:
    """CUSUM of log likelihood ratios for the odds of failure of every case times `odds_ratio`.

    `outcomes` holds one flag per case in time order, 1 for a failure; `probabilities` the expected
    probability of failure of the same cases, above 0 and below 1. A failure adds log(R / (1 - p + R p)), any
    other case -log(1 - p + R p), and the sum never falls below 0. An odds ratio above 1 watches for
    deterioration, below 1 for improvement. Give either `limit` or the wanted in-control run length
    `arl0`. Run lengths hold for cases drawn at random from these probabilities and risks that are
    right; they are accurate to about 0.1 % for varied risks, 1 % where only a few differ. The limit
    for a wanted `arl0` gives that or up to 0.1 % more, or the next step above; the lowest is the
    smallest score that takes the sum up. Without a case nothing can be computed, and there is a reason.

    Source: Steiner, Cook, Farewell & Treasure (2000), doi:10.1093/biostatistics/1.4.441.

    >>> c = risk_adjusted_cusum(outcomes=[0, 1, 1], probabilities=[0.1, 0.1, 0.5], odds_ratio=2,
    ...                         limit=0.8)
    >>> c.statistic.round(3).tolist(), c.signal
    ([0.0, 0.598, 0.886], 2)
    """
    failed, risks = flags(outcomes, name="outcomes"), vector(probabilities, name="probabilities")
    check_lengths(outcomes=failed, probabilities=risks)
    check_choice(limit=limit, arl0=arl0)
    if not (math.isfinite(odds_ratio) and odds_ratio > 0 and abs(math.log(odds_ratio)) > TOUCH):
        raise ArgumentError(
            f"`odds_ratio` is {odds_ratio!r}; give a multiple of the odds above 0 other than 1."
        )
    if ((risks <= 0) | (risks >= 1)).any():
        raise ProportionError(
            "`probabilities` holds a value that is not above 0 and below 1; no risk is certain."
        )
    if arl0 is not None:
        check_run_length(arl0=arl0)
    if not len(risks):
        return Cusum(
            statistic=risks, limit=limit, signal=None, arl0=None, arl1=None, floor=None,
            method=METHOD, reason=NO_CASES,
        )  # fmt: skip
    mix, counts = np.unique(risks, return_counts=True)
    share = counts / len(risks)
    moved = odds_ratio * mix / (1 - mix + odds_ratio * mix)
    scores = np.r_[case_scores(np.ones(len(mix), dtype=np.bool_), mix, odds_ratio),
                   case_scores(np.zeros(len(mix), dtype=np.bool_), mix, odds_ratio)]  # fmt: skip

    def arl(limit: float, chances: Floats = mix) -> float:
        return run_length(
            scores=scores, chances=np.r_[share * chances, share * (1 - chances)], limit=limit
        )

    if limit is None:
        wanted = arl0 or 0.0
        limit = limit_for(arl=arl, wanted=wanted, lowest=float(scores[scores > 0].min()))
    path, signal = followed(case_scores(failed, risks, odds_ratio), limit)
    each = float(share @ divergence(of=moved, against=mix))
    in_control, out_of_control, floor = lengths(arl(limit), arl(limit, moved), each=each)
    return Cusum(
        statistic=path,
        limit=limit,
        signal=signal,
        arl0=in_control,
        arl1=out_of_control,
        floor=floor,
        method=METHOD,
        reason=TOO_LONG if in_control is None else None,
    )


def case_scores(
    failed: np.ndarray[tuple[int], np.dtype[np.bool_]], risks: Floats, ratio: float
) -> Floats:
    """Log likelihood ratio of each case under odds times `ratio` against its own.

    >>> case_scores(np.array([True, False]), np.array([0.1, 0.1]), 2.0).round(3).tolist()
    [0.598, -0.095]
    """
    return np.asarray(failed * math.log(ratio) - np.log1p((ratio - 1) * risks), dtype=np.float64)
