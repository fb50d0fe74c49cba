"""How many of many cases come true, each with its own probability: the Poisson-binomial count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveillance.statistics.estimate import Floats

GROUPS = 1000
REACH = 12.0  # standard deviations either side of the mean beyond which nothing is kept
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Count:
    """Chance of each count from `first` on; what lies beyond is below rounding."""

    first: int
    chance: Floats

    @property
    def counts(self) -> Floats:
        return np.arange(self.first, self.first + len(self.chance), dtype=np.float64)

    def at_least(self, count: Floats) -> Floats:
        """Chance of this many or more."""
        tail = np.append(np.cumsum(self.chance[::-1])[::-1], 0.0)
        place = np.clip(np.ceil(count - 1e-9) - self.first, 0, len(self.chance))
        return np.asarray(tail[place.astype(np.intp)], dtype=np.float64)

    def limits(self, level: float) -> tuple[float, float]:
        """Counts that leave at most (1 - level) / 2 on either side."""
        below, tail = np.cumsum(self.chance), (1 - level) / 2
        low, high = np.searchsorted(below, [tail + 1e-12, 1 - tail - 1e-12])
        last = len(self.chance) - 1
        return float(self.first + min(low, last)), float(self.first + min(high, last))


def poisson_binomial(probabilities: Floats) -> Count:
    """Distribution of the sum of independent events with these probabilities.

    The discrete Fourier transform of its characteristic function over the counts within `REACH`
    standard deviations. More than `GROUPS` cases are put into as many groups of like probability
    by their mean, which keeps the mean and changes the variance by less than 1e-6 a case.

    Source: Fernandez & Williams (2010), doi:10.1109/TAES.2010.5461658.

    >>> import numpy as np
    >>> poisson_binomial(np.array([0.5, 0.5])).chance.round(12).tolist()
    [0.25, 0.5, 0.25]
    """
    n = len(probabilities)
    p, size = grouped(probabilities)
    mean, variance = float(size @ p), float(size @ (p * (1 - p)))
    reach = REACH * variance**0.5 + 3 * REACH
    first = max(0, int(mean - reach))
    width = min(n, int(mean + reach) + 1) - first + 1
    wave = np.exp(2j * np.pi * np.arange(width // 2 + 1) / width)
    sums = np.empty(len(wave), dtype=np.complex128)
    with np.errstate(divide="ignore"):
        for start in range(0, len(wave), CHUNK):
            part = wave[start : start + CHUNK, None]
            sums[start : start + CHUNK] = np.exp(np.log(1 - p + p * part) @ size)
    sums *= np.conj(wave) ** first
    chance = np.clip(np.fft.irfft(np.conj(sums), n=width), 0, None)
    return Count(first, chance / chance.sum())


def grouped(probabilities: Floats) -> tuple[Floats, Floats]:
    """Probabilities and how many cases have each; many are put into groups of nearly one value."""
    if len(probabilities) <= GROUPS:
        return probabilities, np.ones(len(probabilities))
    place = np.minimum((probabilities * GROUPS).astype(np.intp), GROUPS - 1)
    size = np.bincount(place, minlength=GROUPS).astype(np.float64)
    used = size > 0
    mean = np.bincount(place, weights=probabilities, minlength=GROUPS)[used] / size[used]
    return np.clip(mean, 0, 1), size[used]


def share_limits(part: Count, rest: Count, level: float) -> tuple[float, float]:
    """Limits of part / (part + rest), two independent counts, given that they are not both 0."""
    tail = (1 - level) / 2
    return _share_quantile(part, rest, tail), _share_quantile(part, rest, 1 - tail)


def _share_quantile(part: Count, rest: Count, q: float) -> float:
    counts, chance = part.counts, part.chance
    empty = float(1 - part.at_least(np.ones(1))[0]) * float(1 - rest.at_least(np.ones(1))[0])

    def up_to(share: float) -> float:
        least = np.where(counts > 0, counts * (1 - share) / max(share, 1e-300), 1.0)
        return float(chance @ rest.at_least(np.maximum(least, counts == 0)))

    goal = q * (1 - empty)
    low, high = -1e-12, 1.0
    if up_to(0.0) >= goal:
        return 0.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if up_to(middle) >= goal else (middle, high)
    others = np.round(counts * (1 - high) / high)
    at = np.divide(counts, counts + others, out=np.full(len(counts), np.inf), where=counts > 0)
    nearest = float(at[np.argmin(np.abs(at - high))])
    return nearest if abs(nearest - high) < 1e-7 else high
