"""Settings for parts of the ROC curve, for several readers of the same cases, and for several cases of a patient."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from surveillance.coverage import Scenario

Generator = np.random.Generator
SHIFT = float(ndtri(0.85)) * np.sqrt(2)


def readers() -> Iterator[Scenario]:
    """The scenarios of this group, in the order of the methods."""
    yield from _partial()
    yield from _multi_reader()
    yield from _clustered_pairs()


def _partial() -> Iterator[Scenario]:
    middle = (np.arange(200_000) + 0.5) / 200_000
    for ill, well, end in ((60, 200, 0.2), (200, 800, 0.1)):
        area = float(end * ndtr(SHIFT + ndtri(end * middle)).mean())
        setting = f"{ill} diseased, {well} healthy, AUC 0.85, false positive rate to {end:g}"
        standardised = (1 + (area - end**2 / 2) / (end - end**2 / 2)) / 2
        for output, truth in (("area", area), ("standardised", standardised)):
            yield Scenario(
                method="partial_auc", output=output, setting=setting, truth=truth,
                draw=lambda rng, m=ill, n=well, end=end: {  # type: ignore[misc]
                    "scores": np.r_[rng.normal(SHIFT, 1, m), rng.normal(0, 1, n)],
                    "labels": np.repeat([1, 0], [m, n]), "fpr_range": [0, end]},
            )  # fmt: skip


def _multi_reader() -> Iterator[Scenario]:
    for number, cases in ((4, 60), (8, 200)):
        setting = f"{number} readers, {cases} diseased and {cases} healthy cases"
        yield Scenario(
            method="obuchowski_rockette", output="difference", setting=setting, truth=_area(1.6) - _area(1.3),
            draw=lambda rng, r=number, n=cases: _read(rng, r, n, (1.6, 1.3)),  # type: ignore[misc]
        )  # fmt: skip
        for output, distance in (("auc_1", 1.6), ("auc_2", 1.3)):
            yield Scenario(
                method="obuchowski_rockette", output=output, setting=setting, truth=_area(distance),
                draw=lambda rng, r=number, n=cases: _read(rng, r, n, (1.6, 1.3)),  # type: ignore[misc]
            )  # fmt: skip
        yield Scenario(
            method="single_modality_readers", output="auc", setting=setting, truth=_area(1.3),
            draw=lambda rng, r=number, n=cases: _one_modality(rng, r, n),  # type: ignore[misc]
        )  # fmt: skip


def _clustered_pairs() -> Iterator[Scenario]:
    for patients in (30, 150):
        yield Scenario(
            method="clustered_mcnemar", output="difference", truth=0.1,
            setting=f"{patients} patients with 1 to 4 studies, rates 0.8 and 0.7, alike within a patient",
            draw=lambda rng, k=patients: _alike_within(rng, k),  # type: ignore[misc]
        )  # fmt: skip


def _alike_within(rng: Generator, patients: int) -> dict[str, Any]:
    """Each reading is a threshold of patient, study and noise: half of what makes it right is the patient's."""
    patient = np.repeat(np.arange(patients), rng.integers(1, 5, patients))

    def right(share: float) -> Any:
        own = np.sqrt(0.5) * rng.normal(0, 1, patients)[patient]
        return (own + np.sqrt(0.5) * rng.normal(0, 1, len(patient)) < ndtri(share)).astype(int)

    return {"first": right(0.8), "second": right(0.7), "clusters": patient}


# Roe and Metz: variances of readers, readers by modality, and of cases, shared and not.
READER, READER_MODALITY = 0.02, 0.02
CASE, CASE_MODALITY, CASE_READER, ERROR = 0.3, 0.2, 0.2, 0.3


def _area(distance: float) -> float:
    """The mean area over readers when diseased cases lie so far above healthy ones."""
    spread = 2 * (READER + READER_MODALITY + CASE + CASE_MODALITY + CASE_READER + ERROR)
    return float(ndtr(distance / np.sqrt(spread)))


def _read(rng: Generator, number: int, cases: int, distances: tuple[float, ...]) -> dict[str, Any]:
    modalities, labels = len(distances), np.repeat([1, 0], cases)

    def noise(variance: float, *shape: int) -> Any:
        return rng.normal(0, np.sqrt(variance), shape)

    of_reader = noise(READER, number, 1, 2) + noise(READER_MODALITY, number, modalities, 2)
    of_cases = (
        noise(CASE, 1, 1, 2 * cases) + noise(CASE_MODALITY, 1, modalities, 2 * cases)
        + noise(CASE_READER, number, 1, 2 * cases) + noise(ERROR, number, modalities, 2 * cases)
    )  # fmt: skip
    shift = np.array(distances)[None, :, None] * labels
    return {"scores": shift + of_reader[:, :, labels] + of_cases, "labels": labels}


def _one_modality(rng: Generator, number: int, cases: int) -> dict[str, Any]:
    drawn = _read(rng, number, cases, (1.3,))
    return {"scores": drawn["scores"][:, 0], "labels": drawn["labels"]}
