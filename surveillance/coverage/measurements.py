"""Settings for intervals of measured values, times, readers and subgroups."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from surveillance.coverage import Scenario

Generator = np.random.Generator


def measurements() -> Iterator[Scenario]:
    """The scenarios of this group, in the order of the methods."""
    yield from _times()
    yield from _measured()
    yield from _subgroups()


def _times() -> Iterator[Scenario]:
    for n in (40, 300):

        def censored(rng: Generator, n: int = n) -> dict[str, Any]:
            event, end = rng.exponential(10, n), rng.uniform(5, 40, n)
            return {"times": np.minimum(event, end), "events": (event <= end).astype(int)}

        median, horizon = 10 * np.log(2), 15.0
        setting = f"{n} exponential times, mean 10, some censored"
        yield Scenario(method="kaplan_meier_quantile", setting=setting, truth=median, draw=censored)
        yield Scenario(
            method="restricted_mean", setting=f"{setting}, to 15", truth=10 * (1 - np.exp(-horizon / 10)),
            draw=lambda rng, f=censored: {**f(rng), "horizon": 15.0},  # type: ignore[misc]
        )  # fmt: skip
        yield Scenario(
            method="percentile", setting=f"median of {n} exponential times, mean 10", truth=median,
            draw=lambda rng, n=n: {"values": rng.exponential(10, n), "percentile": 50},  # type: ignore[misc]
        )  # fmt: skip


def _measured() -> Iterator[Scenario]:
    for n in (20, 200):

        def pairs(rng: Generator, n: int = n) -> dict[str, Any]:
            true = rng.normal(50, 10, n)
            return {"first": true + 2 + rng.normal(0, 3, n), "second": true + rng.normal(0, 3, n)}

        setting = f"{n} pairs, bias 2, error 3 of either, spread 10"
        for output, truth in (
            ("bias", 2.0), ("lower_limit", 2 - 1.959964 * np.sqrt(18)), ("upper_limit", 2 + 1.959964 * np.sqrt(18)),
        ):  # fmt: skip
            yield Scenario(
                method="bland_altman", output=output, setting=setting, truth=truth, draw=pairs
            )
        yield Scenario(
            method="lin_ccc",
            output="ccc",
            setting=setting,
            truth=2 * 100 / (109 + 109 + 4),
            draw=pairs,
        )
        for form, truth in (("1,1", 100 / 109), ("3,1", 100 / 109)):
            yield Scenario(
                method="icc", setting=f"{n} subjects, three raters without bias, form {form}", truth=truth,
                draw=lambda rng, n=n, form=form: {  # type: ignore[misc]
                    "ratings": rng.normal(50, 10, (n, 1)) + rng.normal(0, 3, (n, 3)), "form": form},
            )  # fmt: skip
        yield Scenario(
            method="repeatability", output="within_sd", setting=f"{n} subjects measured twice, error 3", truth=3.0,
            draw=lambda rng, n=n: {  # type: ignore[misc]
                "values": (rng.normal(50, 10, (n, 1)) + rng.normal(0, 3, (n, 2))).ravel(),
                "subjects": np.repeat(np.arange(n), 2)},
        )  # fmt: skip


def _subgroups() -> Iterator[Scenario]:
    for n in (40, 300):
        yield Scenario(
            method="subgroup_gap", output="gap", setting=f"{n} cases with 0.8 against 1,000 with 0.9", truth=-0.1,
            draw=lambda rng, n=n: {  # type: ignore[misc]
                "successes": int(rng.binomial(n, 0.8)), "trials": n,
                "successes_rest": int(rng.binomial(1000, 0.9)), "trials_rest": 1000},
        )  # fmt: skip
    first, second = (
        np.array([0.8, 0.6, 0.3]),
        np.array([0.8, 0.6, 0.3]) / (2 - np.array([0.8, 0.6, 0.3])),
    )
    for n in (20, 150):

        def strata(rng: Generator, n: int = n) -> dict[str, Any]:
            a, c = rng.binomial(n, first), rng.binomial(n, second)
            return {"a": a, "b": n - a, "c": c, "d": n - c}

        yield Scenario(
            method="mantel_haenszel", output="odds_ratio", setting=f"three strata of twice {n}, common odds ratio 2",
            truth=2.0, draw=strata,
        )  # fmt: skip
        yield Scenario(
            method="direct_standardisation", setting=f"three strata of {n}, weights 0.5, 0.3, 0.2",
            truth=float(first @ [0.5, 0.3, 0.2]),
            draw=lambda rng, n=n: {  # type: ignore[misc]
                "successes": rng.binomial(n, first), "trials": [n] * 3, "weights": [0.5, 0.3, 0.2]},
        )  # fmt: skip
        yield Scenario(
            method="fleiss_kappa", setting=f"{n} cases, five raters who are right in 0.85, prevalence 0.4",
            truth=_fleiss(0.4, 0.85), draw=lambda rng, n=n: {"counts": _rated(rng, n, 0.4, 0.85)},  # type: ignore[misc]
        )  # fmt: skip


def _rated(rng: Generator, n: int, prevalence: float, right: float) -> Any:
    ill = rng.random(n) < prevalence
    positive = rng.binomial(5, np.where(ill, right, 1 - right))
    return np.c_[positive, 5 - positive]


def _fleiss(prevalence: float, right: float) -> float:
    """The kappa of raters who err independently, given the case."""
    alike = right**2 + (1 - right) ** 2
    positive = prevalence * right + (1 - prevalence) * (1 - right)
    chance = positive**2 + (1 - positive) ** 2
    return (alike - chance) / (1 - chance)
