"""Settings for intervals of measured values, times, readers and subgroups."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from surveillance.coverage import TRUTH, Scenario

Generator = np.random.Generator


def measurements() -> Iterator[Scenario]:
    """The scenarios of this group, in the order of the methods."""
    yield from _times()
    yield from _programmes()
    yield from _measured()
    yield from _repeated()
    yield from _subgroups()
    yield from _pooled()


def _times() -> Iterator[Scenario]:
    for n in (40, 300):

        def censored(rng: Generator, n: int = n) -> dict[str, Any]:
            event, end = rng.exponential(10, n), rng.uniform(5, 40, n)
            return {"times": np.minimum(event, end), "events": (event <= end).astype(int)}

        median, horizon = 10 * np.log(2), 15.0
        setting = f"{n} exponential times, mean 10, some censored"
        yield Scenario(method="kaplan_meier_quantile", setting=setting, truth=median, draw=censored)
        yield Scenario(
            method="kaplan_meier", setting=f"{setting}, at 10", truth=float(np.exp(-1)), place=0,
            draw=lambda rng, f=censored: {**f(rng), "at": [10.0]},  # type: ignore[misc]
        )  # fmt: skip
        yield Scenario(
            method="restricted_mean", setting=f"{setting}, to 15", truth=10 * (1 - np.exp(-horizon / 10)),
            draw=lambda rng, f=censored: {**f(rng), "horizon": 15.0},  # type: ignore[misc]
        )  # fmt: skip
        yield Scenario(
            method="percentile", setting=f"median of {n} exponential times, mean 10", truth=median,
            draw=lambda rng, n=n: {"values": rng.exponential(10, n), "percentile": 50},  # type: ignore[misc]
        )  # fmt: skip


def _programmes() -> Iterator[Scenario]:
    for screens in (2_000, 20_000):
        missed = 0.003 * (1 - 0.006 - 0.03)
        yield Scenario(
            method="programme_sensitivity", output="sensitivity",
            setting=f"{screens:,} screens, 6 cancers per 1,000 detected and 3 in the interval, half of it over",
            truth=0.006 / (0.006 + missed),
            draw=lambda rng, n=screens: _screened(rng, n, 0.006, 0.003),  # type: ignore[misc]
        )  # fmt: skip


def _screened(rng: Generator, screens: int, detected: float, interval: float) -> dict[str, Any]:
    """A programme whose screens are spread over twice its interval of 24 months, up to today."""
    cancers = int(rng.binomial(screens, detected))
    passed = screens - cancers - int(rng.binomial(screens, 0.03))
    arises = np.where(rng.random(passed) < interval, rng.uniform(0, 24, passed), np.inf)
    end = np.minimum(rng.uniform(0, 48, passed), 24)
    return {
        "screen_detected": cancers,
        "times": np.minimum(arises, end),
        "events": arises <= end,
        "horizon": 24,
    }


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


def _repeated() -> Iterator[Scenario]:
    for subjects in (15, 100):

        def pairs(rng: Generator, k: int = subjects) -> dict[str, Any]:
            of = np.repeat(np.arange(k), rng.integers(1, 5, k))
            difference = rng.normal(2, 2, k)[of] + rng.normal(0, 3, len(of))
            second = rng.normal(50, 10, len(of))
            return {"first": second + difference, "second": second, "subjects": of}

        reach = 1.959964 * np.sqrt(13)
        for output, truth in (
            ("bias", 2.0),
            ("lower_limit", 2 - reach),
            ("upper_limit", 2 + reach),
        ):
            yield Scenario(
                method="bland_altman_repeated", output=output, truth=truth, draw=pairs,
                setting=f"{subjects} subjects of 1 to 4 pairs, bias 2, spread 2 between and 3 within",
            )  # fmt: skip


def _pooled() -> Iterator[Scenario]:
    for units, strength in ((12, 20.0), (12, 200.0), (30, 20.0)):
        yield Scenario(
            method="partial_pooling", truth=None, place=0,
            setting=f"one of {units} subgroups of 10 to 80, beta of mean 0.8 worth {strength:g} cases",
            draw=lambda rng, k=units, s=strength: _units(rng, k, s),  # type: ignore[misc]
        )  # fmt: skip


def _units(rng: Generator, number: int, strength: float) -> dict[str, Any]:
    share, trials = rng.beta(0.8 * strength, 0.2 * strength, number), rng.integers(10, 81, number)
    return {"successes": rng.binomial(trials, share), "trials": trials, TRUTH: float(share[0])}


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
