"""Mammograms: a real computer-aided detection system and nine radiologists on the same 200 cases.

Published: data set of Hupse et al., Eur Radiol 2013, in the R package RJafroc (GPL-3; kept apart
from this project). Subfolder `mammography_cad` of the data folder.
Real: the highest rating of each case by the system (reader 1) and by radiologists 2 to 10, and
which 80 cases hold a malignant mass. A rating is of a lesion on a malignant case and of the most
suspicious place on the others; where a case has several marks, the highest counts. Radiologists'
ratings reach 101, the system's 97; its score is rating / 100.
Made up: identifiers, dates and, as the set does not say more than "malignant" or not, the split of
evidence: the malignant cases were proven by biopsy (histopathology), the others count as normal by
their later course (clinical_follow_up), as was usual in the screening programme they come from.
The dates are drawn at random over all cases: the file lists those without a malignant mass first.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from demo.batch import About, published, uids, write_batch
from demo.simulated_dates import Moments, after, delayed, spread

NEEDS = "mammography_cad"
DEPLOYMENT = "mammo-cad"
FINDING = "breast_malignancy"
VERSION = "1.0"
SYSTEM = 1
"""Reader number of the algorithm."""

THRESHOLD = 0.4
"""Operating point of the system, a round number chosen for the demo; the set does not name one."""
RECALL_RATING = 40
"""Rating from which a radiologist's read is written as positive; they gave ratings only."""
CLEAR_AFTER_DAYS = 240
"""Simulated days until a case counts as normal by its later course."""

ABOUT = About(
    source="mammography-cad",
    title="Mammograms: a real detection system beside nine radiologists",
    origin="real",
    citation=("Hupse R et al. Eur Radiol 2013;23:93-100; dataset09 of the R package RJafroc."),
    simulated=(
        "studies.study_instance_uid",
        "studies.patient_id",
        "studies.study_datetime",
        "inferences.inference_id",
        "inferences.study_instance_uid",
        "inferences.call",
        "inferences.threshold",
        "inferences.completed_at",
        "reports.report_id",
        "reports.study_instance_uid",
        "reports.call",
        "reports.reported_at",
        "outcomes.outcome_id",
        "outcomes.patient_id",
        "outcomes.study_instance_uid",
        "outcomes.evidence",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Ratings and truth are real, one rating per case and reader. Cut-offs (40 of 100), dates "
        "and the kind of evidence are chosen by the demo. 80 of 200 cases are malignant: not the "
        "prevalence of any clinic."
    ),
)


def ratings(data: Path | None) -> pd.DataFrame:
    """The highest `rating` of each case by each reader, and whether it is `malignant`."""
    folder = published(data, NEEDS)
    elsewhere = pd.read_csv(folder / "NicoRadRoc_NL.csv").rename(columns={"NLRating": "rating"})
    lesions = pd.read_csv(folder / "NicoRadRoc_LL.csv").rename(columns={"LLRating": "rating"})
    truth = pd.read_csv(folder / "NicoRadRoc_TRUTH.csv")
    malignant = truth.groupby("CaseID")["LesionID"].max() > 0
    marks = pd.concat([elsewhere, lesions], ignore_index=True)
    highest = marks.groupby(["ReaderID", "CaseID"], as_index=False)["rating"].max()
    rated: pd.DataFrame = highest.assign(malignant=highest["CaseID"].map(malignant))
    return rated


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; every outcome is known by the anchor."""
    rng = np.random.default_rng(seed)
    rated = ratings(data)
    system = rated[rated["ReaderID"] == SYSTEM].reset_index(drop=True)
    readers = rated[rated["ReaderID"] != SYSTEM].reset_index(drop=True)
    taken = spread(rng, len(system), last=anchor - timedelta(days=CLEAR_AFTER_DAYS + 20), days=105)
    number = system["CaseID"].astype(str).str.zfill(3)
    study = uids(ABOUT.source, number)
    studies = pd.DataFrame(
        {
            "study_instance_uid": study,
            "patient_id": "CAD-" + number,
            "site": "nijmegen",
            "study_datetime": taken,
            "modality": "MG",
            "body_part_examined": "BREAST",
        }
    )
    score = system["rating"] / 100
    inferences = pd.DataFrame(
        {
            "inference_id": "cad-" + number,
            "study_instance_uid": study,
            "deployment": DEPLOYMENT,
            "version": VERSION,
            "finding": FINDING,
            "score": score,
            "call": np.where(score >= THRESHOLD, "positive", "negative"),
            "threshold": THRESHOLD,
            "completed_at": delayed(rng, taken, 0.001, 0.01),
        }
    )
    place = system.reset_index().set_index("CaseID")["index"]
    of_case = readers["CaseID"].map(place).to_numpy()
    reports = pd.DataFrame(
        {
            "report_id": "cad-"
            + number[of_case].to_numpy()
            + "-r"
            + readers["ReaderID"].astype(str),
            "study_instance_uid": study[of_case].to_numpy(),
            "finding": FINDING,
            "call": np.where(readers["rating"] >= RECALL_RATING, "positive", "negative"),
            "reader": "radiologist-" + readers["ReaderID"].astype(str),
            "reader_role": "study_reader",
            "read": "first",
            "reported_at": delayed(rng, taken[of_case], 1, 60),
            "status": "final",
            "ai_visible": "false",
            "measurement": readers["rating"],
            "measurement_unit": "{rating}",
        }
    )
    outcomes = _outcomes(rng, system, studies, taken)
    tables = {"studies": studies, "inferences": inferences, "reports": reports}
    write_batch(folder, ABOUT, {**tables, "outcomes": outcomes})


def _outcomes(
    rng: np.random.Generator, system: pd.DataFrame, studies: pd.DataFrame, taken: Moments
) -> pd.DataFrame:
    malignant = system["malignant"].to_numpy()
    proven = delayed(rng, taken, 5, 30)
    cleared = after(taken, np.full(len(taken), float(CLEAR_AFTER_DAYS)))
    settled = np.where(malignant, proven, cleared)
    return pd.DataFrame(
        {
            "outcome_id": "cad-" + system["CaseID"].astype(str).str.zfill(3) + "-truth",
            "patient_id": studies["patient_id"],
            "study_instance_uid": studies["study_instance_uid"],
            "finding": FINDING,
            "value": np.where(malignant, "positive", "negative"),
            "evidence": np.where(malignant, "histopathology", "clinical_follow_up"),
            "occurred_at": settled,
            "known_at": delayed(rng, settled, 0.5, 10),
            "source": "truth of the data set",
            "verification_reason": "protocol",
        }
    )
