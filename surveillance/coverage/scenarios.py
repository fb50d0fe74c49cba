"""The settings in which each interval is put to the test: ordinary ones, and small or extreme ones."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from surveillance.coverage import Draw, Scenario
from surveillance.coverage.distances import distances
from surveillance.coverage.forecasts import forecasts
from surveillance.coverage.measurements import measurements
from surveillance.coverage.readers import readers
from surveillance.coverage.verification import (
    PREVALENCE,
    SENSITIVITY,
    SPECIFICITY,
    two_by_two,
    verification,
)

Generator = np.random.Generator


def scenarios() -> list[Scenario]:
    """Every scenario, grouped as the methods are."""
    return [
        *_proportions(),
        *_comparisons(),
        *_accuracy(),
        *_discrimination(),
        *verification(),
        *_agreement(),
        *forecasts(),
        *distances(),
        *readers(),
        *measurements(),
        *_sequences(),
    ]


def _binomial(n: int, p: float) -> Draw:
    return lambda rng: {"successes": int(rng.binomial(n, p)), "trials": n}


def _sequences() -> Iterator[Scenario]:
    """Limits that hold at every look at once hold at one of them, the last, far more often than they say."""
    for n, p in ((100, 0.1), (500, 0.9)):
        yield Scenario(
            method="confidence_sequence", setting=f"{n} cases, p {p:g}, at the last of them", truth=p, place=-1, cost=10,
            draw=lambda rng, n=n, p=p: {"values": (rng.random(n) < p).astype(int)},  # type: ignore[misc]
        )  # fmt: skip


def _proportions() -> Iterator[Scenario]:
    for method in ("wilson", "clopper_pearson", "jeffreys", "mid_p"):
        for n, p in ((20, 0.5), (20, 0.95), (200, 0.9), (500, 0.01)):
            yield Scenario(method=method, setting=f"n {n}, p {p:g}", truth=p, draw=_binomial(n, p))
    for clusters in (30, 200):
        yield Scenario(
            method="clustered_proportion",
            setting=f"{clusters} patients of 1 to 5 studies, intraclass correlation 0.3",
            truth=0.8,
            draw=lambda rng, k=clusters: _clusters(rng, k, 0.8, 0.3),  # type: ignore[misc]
        )
    yield Scenario(
        method="non_inferiority", output="proportion", setting="n 100, p 0.9", truth=0.9,
        draw=lambda rng: {**_binomial(100, 0.9)(rng), "claim": 0.9, "margin": 0.05},
    )  # fmt: skip


def _clusters(rng: Generator, clusters: int, p: float, correlation: float) -> dict[str, Any]:
    size = rng.integers(1, 6, clusters)
    scale = (1 - correlation) / correlation
    chance = rng.beta(p * scale, (1 - p) * scale, clusters)
    return {"successes": rng.binomial(size, chance), "trials": size}


def _comparisons() -> Iterator[Scenario]:
    for n, p, q in ((40, 0.9, 0.8), (200, 0.95, 0.9)):

        def two(rng: Generator, n: int = n, p: float = p, q: float = q) -> dict[str, int]:
            return {"successes_1": int(rng.binomial(n, p)), "trials_1": n,
                    "successes_2": int(rng.binomial(n, q)), "trials_2": n}  # fmt: skip

        def table(rng: Generator, n: int = n, p: float = p, q: float = q) -> dict[str, int]:
            a, c = int(rng.binomial(n, p)), int(rng.binomial(n, q))
            return {"a": a, "b": n - a, "c": c, "d": n - c}

        setting = f"n {n} each, {p:g} against {q:g}"
        yield Scenario(method="newcombe", setting=setting, truth=p - q, draw=two)
        yield Scenario(method="relative_risk", setting=setting, truth=p / q, draw=two)
        yield Scenario(
            method="odds_ratio", setting=setting, truth=p / (1 - p) / (q / (1 - q)), draw=table
        )
        yield Scenario(
            method="number_needed_to_harm", output="difference", setting=setting, truth=p - q,
            draw=lambda rng, two=two: _renamed(two(rng), successes="events"),  # type: ignore[misc]
        )  # fmt: skip
    for n in (40, 300):
        cells = (0.75, 0.12, 0.05, 0.08)
        yield Scenario(
            method="newcombe_paired", setting=f"{n} pairs", truth=0.07, draw=_pairs(n, cells)
        )
        yield Scenario(
            method="mcnemar",
            output="difference",
            setting=f"{n} pairs",
            truth=0.07,
            draw=_pairs(n, cells),
        )


def _renamed(said: Mapping[str, Any], **names: str) -> dict[str, Any]:
    for old, new in names.items():
        said = {name.replace(old, new): value for name, value in said.items()}
    return dict(said)


def _pairs(n: int, cells: tuple[float, ...]) -> Draw:
    names = ("both", "only_first", "only_second", "neither")
    return lambda rng: dict(zip(names, map(int, rng.multinomial(n, cells)), strict=True))


def _accuracy() -> Iterator[Scenario]:
    ppv = (
        PREVALENCE * SENSITIVITY / (PREVALENCE * SENSITIVITY + (1 - PREVALENCE) * (1 - SPECIFICITY))
    )
    npv = (
        (1 - PREVALENCE)
        * SPECIFICITY
        / ((1 - PREVALENCE) * SPECIFICITY + PREVALENCE * (1 - SENSITIVITY))
    )
    for n in (100, 600):
        draw, setting = (
            two_by_two(n),
            f"{n} cases, prevalence 0.2, sensitivity 0.9, specificity 0.85",
        )
        for method, truth, used in (
            ("sensitivity", SENSITIVITY, ("tp", "fn")), ("specificity", SPECIFICITY, ("tn", "fp")),
            ("ppv", ppv, ("tp", "fp")), ("npv", npv, ("tn", "fn")),
        ):  # fmt: skip
            yield Scenario(
                method=method, setting=setting, truth=truth,
                draw=lambda rng, draw=draw, used=used: {k: v for k, v in draw(rng).items() if k in used},  # type: ignore[misc]
            )  # fmt: skip
        positive, negative = SENSITIVITY / (1 - SPECIFICITY), (1 - SENSITIVITY) / SPECIFICITY
        for method, truth in (
            ("lr_positive", positive), ("lr_negative", negative), ("diagnostic_odds_ratio", positive / negative),
            ("youden", SENSITIVITY + SPECIFICITY - 1), ("number_needed_to_diagnose", 1 / (SENSITIVITY + SPECIFICITY - 1)),
        ):  # fmt: skip
            yield Scenario(method=method, setting=setting, truth=truth, draw=draw)
        for method, prevalence in (("ppv_at", 0.05), ("npv_at", 0.05)):
            there = (
                0.05 * SENSITIVITY / (0.05 * SENSITIVITY + 0.95 * (1 - SPECIFICITY))
                if method == "ppv_at"
                else 0.95 * SPECIFICITY / (0.95 * SPECIFICITY + 0.05 * (1 - SENSITIVITY))
            )
            yield Scenario(
                method=method, setting=f"{setting}, carried to 0.05", truth=there,
                draw=lambda rng, draw=draw, p=prevalence: {**draw(rng), "prevalence": p},  # type: ignore[misc]
            )  # fmt: skip
        yield Scenario(
            method="with_indeterminates", output="excluded_sensitivity", truth=SENSITIVITY,
            setting=f"{setting}, some calls indeterminate by chance",
            draw=lambda rng, draw=draw: {**draw(rng), "indeterminate_diseased": 3, "indeterminate_healthy": 9},  # type: ignore[misc]
        )  # fmt: skip


def _binormal(rng: Generator, ill: int, well: int, auc: float) -> dict[str, Any]:
    shift = float(ndtri(auc)) * np.sqrt(2)
    labels = np.r_[np.ones(ill), np.zeros(well)]
    return {"scores": np.r_[rng.normal(shift, 1, ill), rng.normal(0, 1, well)], "labels": labels}


def _patients(rng: Generator, patients: int, auc: float, correlation: float) -> dict[str, Any]:
    """Scores of patients who came up to four times, with the disease or without it each time."""
    patient = np.repeat(np.arange(patients), rng.integers(1, 5, patients))
    ill = (rng.random(patients) < 0.3)[patient]
    own = rng.normal(0, 1, patients)[patient]
    noise = np.sqrt(correlation) * own + np.sqrt(1 - correlation) * rng.normal(0, 1, len(patient))
    return {"scores": noise + ill * float(ndtri(auc)) * np.sqrt(2), "labels": ill.astype(int),
            "clusters": patient, "interval": "newcombe"}  # fmt: skip


def _discrimination() -> Iterator[Scenario]:
    for ill, well, area in ((15, 60, 0.8), (100, 400, 0.9), (10, 200, 0.97)):
        yield Scenario(
            method="auc", setting=f"{ill} diseased, {well} healthy, binormal", truth=area,
            draw=lambda rng, i=ill, w=well, a=area: _binormal(rng, i, w, a),  # type: ignore[misc]
        )  # fmt: skip
        yield Scenario(
            method="auc", setting=f"{ill} diseased, {well} healthy, binormal, Newcombe's interval", truth=area,
            draw=lambda rng, i=ill, w=well, a=area: {**_binormal(rng, i, w, a), "interval": "newcombe"},  # type: ignore[misc]
        )  # fmt: skip
    for patients, correlation in ((20, 0.5), (60, 0.1), (150, 0.9)):
        yield Scenario(
            method="auc", truth=0.9, draw=lambda rng, k=patients, c=correlation: _patients(rng, k, 0.9, c),  # type: ignore[misc]
            setting=f"{patients} patients of 1 to 4 studies, 30 % diseased, correlation {correlation:g}, Newcombe's interval",
        )  # fmt: skip
    yield Scenario(
        method="auc_difference", setting="60 diseased, 200 healthy, two correlated scores, 0.85 and 0.85", truth=0.0,
        draw=_two_scores,
    )  # fmt: skip
    yield Scenario(
        method="auc_difference_unpaired", setting="60 and 200 cases in each of two sets, 0.9 and 0.8", truth=0.1,
        draw=lambda rng: {
            **_renamed(_binormal(rng, 60, 200, 0.9), scores="scores_1", labels="labels_1"),
            **_renamed(_binormal(rng, 60, 200, 0.8), scores="scores_2", labels="labels_2"),
        },
    )  # fmt: skip
    yield Scenario(
        method="auc_from_histograms", output="auc", setting="100 diseased, 400 healthy, scores in 100 bins", truth=0.9,
        draw=_histograms,
    )  # fmt: skip


def _two_scores(rng: Generator) -> dict[str, Any]:
    drawn = _binormal(rng, 60, 200, 0.85)
    shared = rng.normal(0, 1, 260)
    base = drawn["labels"] * float(ndtri(0.85)) * np.sqrt(2)
    first, second = (
        base + np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(0, 1, 260) for _ in range(2)
    )
    return {"scores_1": first, "scores_2": second, "labels": drawn["labels"]}


def _histograms(rng: Generator) -> dict[str, Any]:
    drawn = _binormal(rng, 100, 400, 0.9)
    bins = np.minimum((ndtr(drawn["scores"] - 0.9) * 100).astype(int), 99)
    ill = drawn["labels"] == 1
    return {
        "diseased": np.bincount(bins[ill], minlength=100),
        "healthy": np.bincount(bins[~ill], minlength=100),
    }


def _agreement() -> Iterator[Scenario]:
    cells = (0.25, 0.08, 0.05, 0.62)
    rows, columns = cells[0] + cells[1], cells[0] + cells[2]
    chance = rows * columns + (1 - rows) * (1 - columns)
    agreed = cells[0] + cells[3]
    mean = (rows + columns) / 2
    ac_chance = 2 * mean * (1 - mean)
    for n in (50, 400):

        def square(rng: Generator, n: int = n) -> dict[str, Any]:
            return {"table": rng.multinomial(n, cells).reshape(2, 2)}

        setting = f"{n} cases, two readers"
        yield Scenario(
            method="cohen_kappa",
            setting=setting,
            truth=(agreed - chance) / (1 - chance),
            draw=square,
        )
        yield Scenario(
            method="gwet_ac1",
            setting=setting,
            truth=(agreed - ac_chance) / (1 - ac_chance),
            draw=square,
        )
        yield Scenario(
            method="overall_agreement", setting=setting, truth=agreed, draw=_pairs(n, cells)
        )
        for method, alike, left in (
            ("positive_agreement", cells[0], "neither"),
            ("negative_agreement", cells[3], "both"),
        ):
            yield Scenario(
                method=method, setting=setting, truth=2 * alike / (2 * alike + cells[1] + cells[2]),
                draw=lambda rng, n=n, left=left: {k: v for k, v in _pairs(n, cells)(rng).items() if k != left},  # type: ignore[misc]
            )  # fmt: skip
