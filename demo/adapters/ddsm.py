"""Digitised film mammograms: BI-RADS of 3,103 images, and biopsy where there was one.

Published: CBIS-DDSM, The Cancer Imaging Archive (CC BY 3.0; Lee et al., Sci Data 2017). Subfolder
`mammography_ddsm` of the data folder: four files whose headers differ ("breast density",
"breast_density"), all read with underscores. No algorithm: no inferences.
Real: study identifiers, patients, side, view, density (0 on two rows, which is no category),
BI-RADS and pathology of 3,568 lesions. An image with several lesions has the report of its most
pressing category and counts as malignant if one lesion is. 71 images are in both the calcification
and the mass files under two identifiers: both stay.
MALIGNANT and BENIGN rest on biopsy (histopathology). BENIGN_WITHOUT_CALLBACK was neither called
back nor biopsied: nothing proves it; it is written as clinical_follow_up, the weakest kind the set
allows.
Made up: dates (one per patient) and identifiers of reports and outcomes.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from demo.adapters import bi_rads
from demo.batch import About, published, write_batch
from demo.simulated_dates import delayed, spread

NEEDS = "mammography_ddsm"
FINDING = "breast_malignancy"

ABOUT = About(
    source="ddsm",
    title="Digitised mammograms: BI-RADS against biopsy",
    origin="real",
    citation=(
        "Lee RS et al. Sci Data 2017, doi:10.1038/sdata.2017.177; "
        "TCIA, doi:10.7937/K9/TCIA.2016.7O02S9CY."
    ),
    simulated=(
        "studies.study_datetime",
        "reports.report_id",
        "reports.reported_at",
        "outcomes.outcome_id",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Categories and pathology are real, dates are made up. "
        "Images without callback were never biopsied: their outcome is the weakest there is."
    ),
)


def lesions(data: Path | None) -> pd.DataFrame:
    """Every lesion of the four files, under one set of column names, with its study (`study`)."""
    files = sorted(published(data, NEEDS).glob("*_case_description_*_set.csv"))
    read = [pd.read_csv(file).rename(columns=lambda name: name.replace(" ", "_")) for file in files]
    found = pd.concat(read, ignore_index=True)
    found["study"] = found["image_file_path"].str.split("/").str[1]
    found["assessment"] = found["assessment"].astype(str)
    return found


def images(data: Path | None) -> pd.DataFrame:
    """One row per image: its most pressing category, and what is known of its lesions."""
    found = lesions(data)
    found["severity"] = found["assessment"].map(bi_rads.SEVERITY)
    found["malignant"] = found["pathology"] == "MALIGNANT"
    found["biopsied"] = found["pathology"] != "BENIGN_WITHOUT_CALLBACK"
    worst = found.sort_values("severity", kind="stable").drop_duplicates("study", keep="last")
    known = found.groupby("study")[["malignant", "biopsied"]].any()
    image = worst.drop(columns=["malignant", "biopsied"]).join(known, on="study")
    image["lesions"] = image["study"].map(found["study"].value_counts())
    return image.sort_values(["patient_id", "study"], ignore_index=True)


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; every outcome is known by the anchor."""
    rng = np.random.default_rng(seed)
    image = images(data)
    patients = image["patient_id"].unique()
    day = pd.Series(
        spread(rng, len(patients), last=anchor - timedelta(days=200), days=165), index=patients
    )
    taken = image["patient_id"].map(day).to_numpy("datetime64[s]")
    side = image["left_or_right_breast"].map({"LEFT": "L", "RIGHT": "R"})
    studies = pd.DataFrame(
        {
            "study_instance_uid": image["study"],
            "patient_id": image["patient_id"],
            "site": "ddsm",
            "study_datetime": taken,
            "modality": "MG",
            "body_part_examined": "BREAST",
            "view_position": image["image_view"],
            "laterality": side,
            "x_breast_density": image["breast_density"],
            "x_lesion": image["abnormality_type"],
            "x_lesions": image["lesions"],
        }
    )
    category = image["assessment"]
    reports = pd.DataFrame(
        {
            "report_id": "ddsm-" + image["study"],
            "study_instance_uid": image["study"],
            "finding": FINDING,
            "call": bi_rads.call(category),
            "reader_role": "radiologist",
            "reported_at": delayed(rng, taken, 0.05, 2),
            "status": "final",
            "ai_visible": "false",
            "recommended_action": bi_rads.action(category),
            "x_bi_rads": category,
        }
    )
    biopsied = image["biopsied"].to_numpy()
    occurred = np.where(biopsied, delayed(rng, taken, 3, 30), delayed(rng, taken, 150, 190))
    outcomes = pd.DataFrame(
        {
            "outcome_id": "ddsm-" + image["study"] + "-truth",
            "patient_id": image["patient_id"],
            "study_instance_uid": image["study"],
            "finding": FINDING,
            "value": np.where(image["malignant"], "positive", "negative"),
            "evidence": np.where(biopsied, "histopathology", "clinical_follow_up"),
            "occurred_at": occurred,
            "known_at": delayed(rng, occurred, 0.5, 8),
            "source": "pathology of the data set",
            "verification_reason": "clinical",
            "laterality": side,
        }
    )
    write_batch(folder, ABOUT, {"studies": studies, "reports": reports, "outcomes": outcomes})
