"""How often an interval that is looked at every day lies beyond its limit for nothing."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

YEARS = 4000
DAYS = 365


@lru_cache(maxsize=256)
def rings_a_year(
    *, share: float, limit: float, alpha: float, per_day: float, window: int | None, least: int
) -> float:
    """How often a year it begins to be shown, at one-sided `alpha`, that a share is above its limit, while it is `share`.

    `per_day` cases come a day at random. All so far are looked at each evening, or those of the last `window` days; nothing is said of
    fewer than `least`. The first year is simulated 4,000 times, from one seed; over all cases so far it is the worst, since later ones move the share less.
    Shown is what the score test shows (Wilson's limit). The mean has a standard error of about the root of itself over 4,000.
    """
    if limit >= 1:
        return 0.0
    random = np.random.default_rng(1)
    before = window or 0
    cases = random.poisson(per_day, (YEARS, before + DAYS))
    hits = random.binomial(cases, share)
    n, k = cases.cumsum(axis=1), hits.cumsum(axis=1)
    if window is not None:
        n, k = n[:, window:] - n[:, :-window], k[:, window:] - k[:, :-window]
    z = NormalDist().inv_cdf(1 - alpha)
    shown = (n >= least) & (k > n * limit + z * np.sqrt(n * limit * (1 - limit)))
    begins = shown[:, 0].sum() + (shown[:, 1:] & ~shown[:, :-1]).sum()
    return float(begins / YEARS)
