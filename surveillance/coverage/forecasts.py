"""Settings for intervals of calibration, and for bands of performance expected without outcomes."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from surveillance.coverage import TRUTH, Scenario

Generator = np.random.Generator


def forecasts() -> Iterator[Scenario]:
    """The scenarios of this group, in the order of the methods."""
    yield from _calibration()
    yield from _expected()
    yield from _helpers()


def _calibration() -> Iterator[Scenario]:
    for n in (200, 2000):
        yield Scenario(
            method="brier", setting=f"{n} calibrated forecasts, uniform", truth=1 / 6,
            draw=lambda rng, n=n: _forecasts(rng, n, 0.0, 1.0),  # type: ignore[misc]
        )  # fmt: skip
        for output, truth in (("slope", 0.7), ("intercept", 0.0)):
            yield Scenario(
                method="recalibration", output=output, truth=truth, setting=f"{n} forecasts, " + (
                    "too extreme: slope 0.7" if output == "slope" else "calibrated"),
                draw=lambda rng, n=n, s=0.7 if output == "slope" else 1.0: _forecasts(rng, n, 0.0, s),  # type: ignore[misc]
            )  # fmt: skip
        for slope, said in ((1.0, "calibrated"), (0.5, "too extreme: slope 0.5")):
            yield Scenario(
                method="expected_calibration_error", setting=f"{n} forecasts, {said}, ten bins",
                truth=_calibration_error(slope, 10),
                draw=lambda rng, n=n, s=slope: _forecasts(rng, n, 0.0, s),  # type: ignore[misc]
            )  # fmt: skip
        for place in (2, 9):
            yield Scenario(
                method="reliability_curve", setting=f"{n} calibrated forecasts, bin {place + 1} of ten", place=place,
                truth=(place + 0.5) / 10, draw=lambda rng, n=n: _forecasts(rng, n, 0.0, 1.0),  # type: ignore[misc]
            )  # fmt: skip


def _true(probability: Any, shift: float, slope: float) -> Any:
    logit = np.log(probability / (1 - probability))
    return 1 / (1 + np.exp(-(shift + slope * logit)))


def _forecasts(rng: Generator, n: int, shift: float, slope: float) -> dict[str, Any]:
    probability = np.clip(rng.random(n), 1e-6, 1 - 1e-6)
    labels = (rng.random(n) < _true(probability, shift, slope)).astype(int)
    return {"probabilities": probability, "labels": labels}


def _calibration_error(slope: float, bins: int) -> float:
    """The error of uniform forecasts over equal bins, by the midpoint rule."""
    grid = (np.arange(100_000) + 0.5) / 100_000
    gap = (_true(grid, 0.0, slope) - grid).reshape(bins, -1).mean(axis=1)
    return float(np.abs(gap).mean().round(12))


def _expected() -> Iterator[Scenario]:
    for n in (50, 300):
        for output in ("tp", "sensitivity", "specificity", "npv"):
            yield Scenario(
                method="expected_confusion", output=output, truth=None, cost=5,
                setting=f"{n} calibrated cases, threshold 0.3: what comes true",
                draw=lambda rng, n=n, output=output: _known(rng, n, output),  # type: ignore[misc]
            )  # fmt: skip
    for matured, method in ((300, "logistic"), (100, "isotonic"), (1000, "isotonic")):
        yield Scenario(
            method="expected_confusion_calibrated", output="sensitivity", truth=None, cost=10,
            setting=f"300 cases after {method} calibration on {matured}: what comes true",
            draw=lambda rng, m=matured, method=method: _learnt(rng, m, 300, method, "sensitivity"),  # type: ignore[misc]
        )  # fmt: skip
    for periods in (12, 52):
        yield Scenario(
            method="back_test", output="inside", setting=f"{periods} periods, bands that hold 0.9", truth=0.9,
            draw=lambda rng, n=periods: _periods(rng, n),  # type: ignore[misc]
        )  # fmt: skip
        yield Scenario(
            method="back_test", output="mean_error", setting=f"{periods} periods, 0.02 too high", truth=-0.02,
            draw=lambda rng, n=periods: _periods(rng, n),  # type: ignore[misc]
        )  # fmt: skip


def _came_true(ill: Any, called: Any, output: str) -> float | None:
    counts = {"tp": ill & called, "fn": ill & ~called, "fp": ~ill & called, "tn": ~ill & ~called}
    n = {name: int(of.sum()) for name, of in counts.items()}
    if output in n:
        return n[output]
    part, rest = {"sensitivity": ("tp", "fn"), "specificity": ("tn", "fp"), "ppv": ("tp", "fp"),
                  "npv": ("tn", "fn")}[output]  # fmt: skip
    return n[part] / (n[part] + n[rest]) if n[part] + n[rest] else None


def _known(rng: Generator, n: int, output: str) -> dict[str, Any]:
    p = rng.beta(0.5, 3, n)
    came = _came_true(rng.random(n) < p, p >= 0.3, output)
    return {"probabilities": p, "threshold": 0.3, TRUTH: came}


def _learnt(rng: Generator, matured: int, n: int, method: str, output: str) -> dict[str, Any]:
    scores = rng.normal(-1.5, 1.5, matured + n)
    ill = rng.random(matured + n) < 1 / (1 + np.exp(-scores))
    new = scores[matured:]
    return {"scores": scores[:matured], "outcomes": ill[:matured], "new_scores": new, "threshold": -0.5,
            "method": method, "resamples": 100, TRUTH: _came_true(ill[matured:], new >= -0.5, output)}  # fmt: skip


def _periods(rng: Generator, n: int) -> dict[str, Any]:
    error = rng.normal(-0.02, 0.02, n)
    half = np.where(rng.random(n) < 0.9, np.abs(error) + 0.01, np.abs(error) / 2)
    guess = np.full(n, 0.9)
    return {
        "estimates": guess,
        "lower": guess - half,
        "upper": guess + half,
        "realised": guess + error,
    }


def _helpers() -> Iterator[Scenario]:
    for n in (60, 600):
        yield Scenario(
            method="helper_divergence", output="change", truth=0.05,
            setting=f"{n} cases with 0.1 decided differently against 1,000 with 0.05",
            draw=lambda rng, n=n: _decided(rng, n),  # type: ignore[misc]
        )  # fmt: skip


def _decided(rng: Generator, n: int) -> dict[str, Any]:
    ours, before = rng.random(n) < 0.2, rng.random(1000) < 0.2
    return {"decisions": ours, "helper_decisions": ours ^ (rng.random(n) < 0.1),
            "reference_decisions": before, "reference_helper_decisions": before ^ (rng.random(1000) < 0.05)}  # fmt: skip
