"""Limit of a risk-adjusted CUSUM whose rate in control is itself known from a reference window only."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike
from scipy.special import betaincinv, expit, logit, ndtr

from surveillance.statistics.cusum import CusumLimit
from surveillance.statistics.cusum_path import (
    HIGHEST_LIMIT,
    check_run_length,
    divergence,
    lengths,
)
from surveillance.statistics.estimate import ArgumentError, Floats, vector
from surveillance.statistics.risk_adjusted_cusum import case_scores
from surveillance.statistics.run_lengths import LONGEST, limit_for, run_length

METHOD = "risk-adjusted CUSUM, false-alarm rate averaged over the rate in control"
TOO_LITTLE = "The reference holds too few cases to keep so low a false-alarm rate; lengthen it."
# A limit by this grid is within 0.02 of one by 2000 cells, and found in a fiftieth of the time.
CELLS = 200
# So many different risks stand for any mix.
RISKS = 60
NODES = 7


def estimated_control_limit(
    *, probabilities: ArrayLike, odds_ratio: float, arl0: float, reference_cases: float
) -> CusumLimit:
    """Limit whose false-alarm rate is 1 / `arl0` a case, averaged over what the reference leaves open.

    `probabilities` are the expected chances of failure of the cases watched, as a reference of
    `reference_cases` (effective) cases gave them. Of their mean p nothing more is known than the
    posterior beta(n p + 1/2, n (1 - p) + 1/2); the odds of all cases move with it. A chart set for p
    alone rings more often than it says, because the rate grows faster above p than it falls below;
    here the mean of 1 / ARL over the posterior is the stated one. `arl0` of the answer is one over that mean,
    `arl1` the run length and `floor` log(arl0) / Kullback–Leibler divergence after the change, both
    at p. No limit, with a reason, where none below 20 keeps the rate. Run lengths are accurate to a few per cent.

    Source: Steiner et al. (2000), doi:10.1093/biostatistics/1.4.441; effect of estimation: Jones &
    Steiner (2012), doi:10.1093/intqhc/mzr082; Jeffreys' posterior.

    >>> known, few = (estimated_control_limit(probabilities=[0.1], odds_ratio=2.25, arl0=5000,
    ...               reference_cases=n).limit for n in (10**6, 300))
    >>> round(known, 1), round(few, 1)
    (5.0, 6.2)
    """
    risks = vector(probabilities, name="probabilities")
    check_run_length(arl0=arl0)
    if not len(risks) or ((risks <= 0) | (risks >= 1)).any():
        raise ArgumentError(
            "`probabilities` is empty or holds a value that is not between 0 and 1."
        )
    mix, share = _grouped(risks)
    states, weights = _states(float(risks.mean()), reference_cases)
    moved = [expit(logit(mix) + shift) for shift in states]
    scores = np.r_[case_scores(np.ones(len(mix), dtype=np.bool_), mix, odds_ratio),
                   case_scores(np.zeros(len(mix), dtype=np.bool_), mix, odds_ratio)]  # fmt: skip

    def arl(limit: float, chances: Floats) -> float:
        each = np.r_[share * chances, share * (1 - chances)]
        return run_length(scores=scores, chances=each, limit=limit, cells=CELLS)

    def averaged(limit: float) -> float:
        if limit >= HIGHEST_LIMIT:
            return LONGEST
        rate = float(sum(w / arl(limit, p) for w, p in zip(weights, moved, strict=True)))
        return min(1 / rate, LONGEST) if rate > 0 else LONGEST

    if averaged(HIGHEST_LIMIT - 1e-4) < arl0:
        return CusumLimit(
            limit=HIGHEST_LIMIT, arl0=None, arl1=None, floor=None, method=METHOD, reason=TOO_LITTLE
        )
    limit = limit_for(arl=averaged, wanted=arl0, lowest=float(scores[scores > 0].min()))
    changed = expit(logit(mix) + np.log(odds_ratio))
    each = float(share @ divergence(of=changed, against=mix))
    in_control, out_of_control, floor = lengths(averaged(limit), arl(limit, changed), each=each)
    return CusumLimit(
        limit=limit, arl0=in_control, arl1=out_of_control, floor=floor, method=METHOD
    )  # fmt: skip


def _grouped(risks: Floats) -> tuple[Floats, Floats]:
    """At most `RISKS` different chances with their shares; alike ones are taken together by their mean."""
    mix, counts = np.unique(risks, return_counts=True)
    if len(mix) > RISKS:
        ends = np.linspace(logit(mix[0]), logit(mix[-1]), RISKS + 1)
        group = np.clip(np.digitize(logit(mix), ends) - 1, 0, RISKS - 1)
        sums = np.bincount(group, weights=mix * counts, minlength=RISKS)
        counts = np.bincount(group, weights=counts, minlength=RISKS)
        mix, counts = sums[counts > 0] / counts[counts > 0], counts[counts > 0]
    return np.asarray(mix, dtype=np.float64), np.asarray(counts / len(risks), dtype=np.float64)


def _states(rate: float, cases: float) -> tuple[Floats, Floats]:
    """Shifts of the log odds that the posterior of the rate leaves open, with their weights."""
    nodes, weights = hermegauss(NODES)
    rates = betaincinv(rate * cases + 0.5, (1 - rate) * cases + 0.5, ndtr(nodes))
    rates = np.clip(rates, 1e-12, 1 - 1e-12)
    return logit(rates) - logit(rate), np.asarray(weights / weights.sum(), dtype=np.float64)
