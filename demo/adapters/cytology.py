"""Breast cytology: a real classifier, in shadow, on real aspirates whose diagnosis was proven.

Published: Wisconsin Diagnostic Breast Cancer, UCI Machine Learning Repository (CC BY 4.0); carried
by scikit-learn as `load_breast_cancer`, so this batch needs no data folder.
Real: 30 measurements of cell nuclei on digitised images of 569 fine-needle aspirates, and the
diagnosis. The classifier is real too: trained here on one half, and its scores in the batch are
those of the other half.
Made up: identifiers and all dates. The authors also accepted the later course of some benign
lesions as proof; the file does not say for which. Malignant is written as histopathology, benign as
clinical_follow_up, the weaker of the two that stand behind it.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from demo.batch import About, uids, write_batch
from demo.simulated_dates import Numbers, delayed, spread

DEPLOYMENT = "cytology-lab"
FINDING = "breast_malignancy"
THRESHOLD = 0.5
VERSION = "1.0.0"
HALVES = 20
"""Seed of the division into a training half and a half that is watched; part of the version."""

ABOUT = About(
    source="cytology",
    title="Breast cytology: a classifier in shadow on real aspirates",
    origin="real",
    citation=(
        "Wolberg W, Mangasarian O, Street N, Street W. Breast Cancer Wisconsin (Diagnostic). "
        "UCI Machine Learning Repository 1995, doi:10.24432/C5DW2B."
    ),
    simulated=(
        "studies.study_instance_uid",
        "studies.patient_id",
        "studies.study_datetime",
        "inferences.inference_id",
        "inferences.received_at",
        "inferences.started_at",
        "inferences.completed_at",
        "outcomes.outcome_id",
        "outcomes.patient_id",
        "outcomes.study_instance_uid",
        "outcomes.evidence",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Measurements, scores and diagnoses are real; identifiers and dates are made up. "
        "Some benign diagnoses rest on the later course, the file does not say which: all of them are "
        "counted under clinical follow-up."
    ),
)

Flags = npt.NDArray[np.bool_]


def halves() -> tuple[Numbers, Flags, Numbers, Flags]:
    """Measurements and malignancy of the training half, then of the half that is watched."""
    cases = load_breast_cancer()
    malignant = cases.target == 0
    train, watched, train_truth, watched_truth = train_test_split(
        cases.data, malignant, test_size=0.5, random_state=HALVES, stratify=malignant
    )
    return train, train_truth, watched, watched_truth


def classifier() -> Pipeline:
    """The untrained algorithm: logistic regression on standardised measurements."""
    return make_pipeline(StandardScaler(), LogisticRegression())


def cross_validated() -> tuple[Numbers, Flags]:
    """Scores of the training half by tenfold cross-validation, and its truth, for the claims."""
    measurements, malignant, _, _ = halves()
    scores = cross_val_predict(classifier(), measurements, malignant, cv=10, method="predict_proba")
    return scores[:, 1], malignant


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; every outcome is known by the anchor."""
    rng = np.random.default_rng(seed)
    train, train_truth, watched, malignant = halves()
    scores = classifier().fit(train, train_truth).predict_proba(watched)[:, 1]
    number = pd.Series(np.arange(len(scores)).astype(str)).str.zfill(3)
    taken = np.sort(spread(rng, len(scores), last=anchor - timedelta(days=45), days=320))
    scanned = delayed(rng, taken, 0.1, 0.9)
    started = delayed(rng, scanned, 0.0005, 0.002)
    reported = delayed(rng, taken, 3, 30)
    studies = pd.DataFrame(
        {
            "study_instance_uid": uids(ABOUT.source, number),
            "patient_id": "WDBC-" + number,
            "site": "lab",
            "study_datetime": taken,
            "modality": "SM",
            "body_part_examined": "BREAST",
        }
    )
    inferences = pd.DataFrame(
        {
            "inference_id": "cytology-" + number,
            "study_instance_uid": studies["study_instance_uid"],
            "deployment": DEPLOYMENT,
            "version": VERSION,
            "finding": FINDING,
            "score": scores.round(6),
            "call": np.where(scores.round(6) >= THRESHOLD, "positive", "negative"),
            "threshold": THRESHOLD,
            "received_at": scanned,
            "started_at": started,
            "completed_at": delayed(rng, started, 0.00005, 0.0005),
        }
    )
    outcomes = pd.DataFrame(
        {
            "outcome_id": "cytology-" + number,
            "patient_id": studies["patient_id"],
            "study_instance_uid": studies["study_instance_uid"],
            "finding": FINDING,
            "value": np.where(malignant, "positive", "negative"),
            "evidence": np.where(malignant, "histopathology", "clinical_follow_up"),
            "occurred_at": reported,
            "known_at": delayed(rng, reported, 0, 10),
            "source": "diagnosis in the data set",
            "verification_reason": "clinical",
        }
    )
    write_batch(folder, ABOUT, {"studies": studies, "inferences": inferences, "outcomes": outcomes})
