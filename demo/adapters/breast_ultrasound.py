"""Breast ultrasound: BI-RADS of 256 women, and biopsy or follow-up as proof.

Published: BrEaST, The Cancer Imaging Archive (CC BY 4.0; Pawlowska et al., Scientific Data 2024).
Subfolder
`breast_ultrasound` of the data folder. No algorithm: no inferences.
Real: age where given (42 are "not available": left empty), BI-RADS category, how the diagnosis was
confirmed (197 biopsy, 55 follow-up, 4 normal without either: no outcome), benign or malignant.
Made up: identifiers and dates. Who is biopsied depends on the category: verification is
differential.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from demo.adapters import bi_rads
from demo.batch import About, published, uids, write_batch
from demo.simulated_dates import delayed, spread

NEEDS = "breast_ultrasound"
FINDING = "breast_malignancy"

ABOUT = About(
    source="breast-ultrasound",
    title="Breast ultrasound: BI-RADS against biopsy or follow-up",
    origin="real",
    citation=(
        "Pawlowska A et al. Sci Data 2024, doi:10.1038/s41597-024-02984-z; "
        "TCIA, doi:10.7937/9WKK-Q141."
    ),
    simulated=(
        "studies.study_instance_uid",
        "studies.patient_id",
        "studies.study_datetime",
        "reports.report_id",
        "reports.study_instance_uid",
        "reports.reported_at",
        "outcomes.outcome_id",
        "outcomes.patient_id",
        "outcomes.study_instance_uid",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Categories and diagnoses are real, dates are made up. "
        "The suspicious were biopsied and most of the rest followed: verification is differential."
    ),
)

_EVIDENCE = {
    "confirmed by biopsy": "histopathology",
    "confirmed by follow-up care": "clinical_follow_up",
}


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; every outcome is known by the anchor."""
    rng = np.random.default_rng(seed)
    cases = pd.read_csv(published(data, NEEDS) / "clinical.csv", dtype=str, keep_default_na=False)
    number = cases["CaseID"].str.zfill(3)
    taken = np.sort(spread(rng, len(cases), last=anchor - timedelta(days=200), days=165))
    study, patient = uids(ABOUT.source, number), "BREAST-" + number
    studies = pd.DataFrame(
        {
            "study_instance_uid": study,
            "patient_id": patient,
            "patient_age": cases["Age"].replace("not available", ""),
            "site": "breast-centre",
            "study_datetime": taken,
            "modality": "US",
            "body_part_examined": "BREAST",
        }
    )
    category = cases["BIRADS"]
    reports = pd.DataFrame(
        {
            "report_id": "breast-" + number,
            "study_instance_uid": study,
            "finding": FINDING,
            "call": bi_rads.call(category),
            "reader_role": "radiologist",
            "reported_at": delayed(rng, taken, 0.01, 1),
            "status": "final",
            "ai_visible": "false",
            "recommended_action": bi_rads.action(category),
            "x_bi_rads": category,
        }
    )
    evidence = cases["Verification"].map(_EVIDENCE)
    biopsied = (evidence == "histopathology").to_numpy()
    occurred = np.where(biopsied, delayed(rng, taken, 3, 30), delayed(rng, taken, 150, 190))
    outcomes = pd.DataFrame(
        {
            "outcome_id": "breast-" + number + "-truth",
            "patient_id": patient,
            "study_instance_uid": study,
            "finding": FINDING,
            "value": np.where(cases["Classification"] == "malignant", "positive", "negative"),
            "evidence": evidence,
            "occurred_at": occurred,
            "known_at": delayed(rng, occurred, 0.5, 8),
            "source": "classification of the data set",
            "verification_reason": "clinical",
        }
    )
    outcomes = outcomes[outcomes["evidence"].notna()]
    write_batch(folder, ABOUT, {"studies": studies, "reports": reports, "outcomes": outcomes})
