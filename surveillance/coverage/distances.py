"""Settings for distances between two distributions, and for changes of a share."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import ndtr, rel_entr

from surveillance.coverage import Scenario

Generator = np.random.Generator
BEFORE, AFTER = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.3, 0.3, 0.25, 0.15])


def distances() -> Iterator[Scenario]:
    """The scenarios of this group, in the order of the methods."""
    yield from _of_counts()
    yield from _of_values()
    yield from _of_embeddings()
    yield from _missing()


def _of_counts() -> Iterator[Scenario]:
    middle = (BEFORE + AFTER) / 2
    true = {
        "total_variation": float(np.abs(BEFORE - AFTER).sum() / 2),
        "psi": float(((AFTER - BEFORE) * np.log(AFTER / BEFORE)).sum()),
        "jensen_shannon": float(
            (rel_entr(BEFORE, middle) + rel_entr(AFTER, middle)).sum() / 2 / np.log(2)
        ),
        "cramers_v": float(np.sqrt(((BEFORE - AFTER) ** 2 / middle).sum()) / 2),
    }
    for n in (200, 5000):

        def counts(rng: Generator, n: int = n) -> dict[str, Any]:
            return {"reference": rng.multinomial(n, BEFORE), "current": rng.multinomial(n, AFTER)}

        for method, truth in true.items():
            yield Scenario(
                method=method, output="effect", setting=f"{n} cases each in four bins", draw=counts, truth=truth
            )  # fmt: skip


def _of_values() -> Iterator[Scenario]:
    for n, shift in ((100, 0.0), (100, 0.5), (1000, 0.2)):

        def values(rng: Generator, n: int = n, shift: float = shift) -> dict[str, Any]:
            return {"reference": rng.normal(0, 1, 2 * n), "current": rng.normal(shift, 1, n)}

        setting = f"normals {shift:g} deviations apart, {2 * n} against {n}"
        yield Scenario(
            method="kolmogorov_smirnov", output="effect", setting=setting, draw=values,
            truth=float(2 * ndtr(shift / 2) - 1),
        )  # fmt: skip
        yield Scenario(
            method="wasserstein", output="effect", setting=setting, draw=values, truth=shift
        )


def _of_embeddings() -> Iterator[Scenario]:
    size, bandwidth = 16, 5.0
    for n, shift in ((50, 0.0), (50, 1.5), (120, 0.5)):

        def rows(rng: Generator, n: int = n, shift: float = shift) -> dict[str, Any]:
            reference, current = rng.normal(size=(n, size)), rng.normal(size=(n, size))
            current[:, 0] += shift
            return {
                "reference": reference,
                "current": current,
                "bandwidth": bandwidth,
                "permutations": 1,
            }

        yield Scenario(
            method="kernel_mmd", output="effect", draw=rows, cost=5,
            setting=f"normals of 16 dimensions, {shift:g} deviations apart in one, {n} each",
            truth=float(1 - np.exp(-(shift**2) / (2 * (bandwidth**2 + 2)))),
        )  # fmt: skip


def _missing() -> Iterator[Scenario]:
    for periods, spread in ((8, 0.0), (8, 0.02), (24, 0.02)):
        yield Scenario(
            method="missingness", output="change", truth=0.0,
            setting=f"{periods} periods of 400 before, 0.05 missing, " + (
                "alike" if not spread else f"intraclass correlation {spread:g}"),
            draw=lambda rng, k=periods, spread=spread: _gone(rng, k + 1, spread),  # type: ignore[misc]
        )  # fmt: skip


def _gone(rng: Generator, periods: int, spread: float) -> dict[str, Any]:
    scale = (1 - spread) / spread if spread else np.inf
    share = rng.beta(0.05 * scale, 0.95 * scale, periods) if spread else np.full(periods, 0.05)
    return {"missing": rng.binomial(400, share), "cases": np.full(periods, 400)}
