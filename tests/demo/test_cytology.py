"""The cytology batch and what its register entry claims."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_breast_cancer

from demo.adapters.cytology import THRESHOLD, cross_validated, halves
from demo.sources import REGISTER


def test_the_halves_share_no_case() -> None:
    """Training half and watched half together are the 569 cases, 212 of them malignant."""
    train, train_truth, watched, watched_truth = halves()
    together = np.vstack([train, watched])
    assert sorted(map(tuple, together)) == sorted(map(tuple, load_breast_cancer().data))
    assert train_truth.sum() + watched_truth.sum() == 212
    assert len(watched) == 285


def test_the_claims_are_those_of_the_cross_validation() -> None:
    """Sensitivity and specificity in the register are recomputed from the training half."""
    scores, malignant = cross_validated()
    written = yaml.safe_load((REGISTER / "cytology-classifier.yaml").read_text(encoding="utf-8"))
    indication = written["algorithm"]["clearances"][0]["indications"][0]
    claims = {claim["metric"]: claim for claim in indication["claims"]}
    called = scores >= THRESHOLD
    assert claims["sensitivity"]["n"] == malignant.sum()
    assert claims["specificity"]["n"] == (~malignant).sum()
    assert claims["sensitivity"]["value"] == pytest.approx(called[malignant].mean(), abs=5e-4)
    assert claims["specificity"]["value"] == pytest.approx((~called)[~malignant].mean(), abs=5e-4)


def test_outcomes_are_the_diagnoses(batch: Callable[[str], Any]) -> None:
    """The watched half has 106 malignant cases, all proven, and nobody saw the output."""
    tables = batch("cytology").tables
    assert tables["outcomes"]["value"].value_counts().to_dict() == {
        "negative": 179,
        "positive": 106,
    }
    assert "shown_at" not in tables["inferences"]


def test_a_benign_diagnosis_is_not_called_proven(batch: Callable[[str], Any]) -> None:
    """Malignant rests on histopathology; benign on the weaker of what may stand behind it."""
    outcomes = batch("cytology").tables["outcomes"]
    assert outcomes.groupby("value")["evidence"].unique().map(list).to_dict() == {
        "negative": ["clinical_follow_up"],
        "positive": ["histopathology"],
    }
