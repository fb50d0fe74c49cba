"""Screening mammograms: 43 readers, film and digital, with cancer status at two follow-ups.

Published: VIPER (Gallas et al., J Med Imag 2019; CC0, R package viperData), women of the DMIST
trial. Subfolder
`mammography_viper` of the data folder. No algorithm: no inferences.
Real: 20,382 reads (recall, score), modality, sub-study, and cancer status within 365 and within
455 days; 23 women without cancer at the first are cancer cases at the second. `recall` is 1 for
yes and 2 for no: scores above 100 and lesion types go with 1 alone. Scores run from 0 to 201,
recall or not included.
Made up: identifiers of examinations and all dates; that a cancer was proven by histopathology and
its absence by clinical follow-up (the rule of the trial; the file gives only the status). So that
both follow-ups are over, examinations lie in the year that ended 460 days before the anchor.
The sub-studies were composed to have chosen shares of cancers: no prevalence of any clinic.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from demo.batch import About, published, uids, write_batch
from demo.simulated_dates import Moments, after, delayed, spread

NEEDS = "mammography_viper"
FINDING = "breast_malignancy"
RECALL = 1
"""Value of `recall` for a woman called back."""

ABOUT = About(
    source="viper",
    title="Screening mammograms: readers on film and digital images, two follow-ups",
    origin="real",
    citation="Gallas BD et al. J Med Imag 2019;6(1):015501; github.com/DIDSR/viperData (CC0).",
    simulated=(
        "studies.study_instance_uid",
        "studies.study_datetime",
        "studies.patient_sex",
        "reports.report_id",
        "reports.study_instance_uid",
        "reports.reported_at",
        "outcomes.outcome_id",
        "outcomes.evidence",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Reads and cancer status are real, dates are made up. 23 women become cancer cases "
        "between day 365 and day 455. "
        "The sub-studies were composed: their share of cancers is chosen."
    ),
)


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; both follow-ups are over by the anchor."""
    rng = np.random.default_rng(seed)
    source = published(data, NEEDS)
    women = pd.read_csv(source / "casesViper.csv").sort_values("caseID", ignore_index=True)
    reads = pd.read_csv(source / "viperObs.csv")
    taken = spread(rng, len(women), last=anchor - timedelta(days=460))
    on = pd.Series(taken, index=women["caseID"])
    case = reads["caseID"].astype(str)
    reads["study"] = uids(ABOUT.source, case + "-" + reads["modalityID"])
    examined = reads.drop_duplicates("study").sort_values(["caseID", "modalityID"])
    studies = pd.DataFrame(
        {
            "study_instance_uid": examined["study"],
            "patient_id": "VIPER-" + examined["caseID"].astype(str),
            "patient_sex": "F",
            "site": "dmist",
            "study_datetime": examined["caseID"].map(on),
            "modality": "MG",
            "body_part_examined": "BREAST",
            "setting": "screening",
            "x_technique": examined["modalityID"],
        }
    )
    recalled = reads["recall"] == RECALL
    reports = pd.DataFrame(
        {
            "report_id": "viper-" + case + "-" + reads["modalityID"] + "-" + reads["readerID"],
            "study_instance_uid": reads["study"],
            "finding": FINDING,
            "call": np.where(recalled, "positive", "negative"),
            "reader": reads["readerID"],
            "reader_role": "study_reader",
            "read": "first",
            "reported_at": delayed(rng, reads["caseID"].map(on).to_numpy("datetime64[s]"), 30, 300),
            "status": "final",
            "ai_visible": "false",
            "recommended_action": np.where(recalled, "recall", "none"),
            "measurement": reads["score"],
            "measurement_unit": "{rating}",
            "x_sub_study": reads["subStudyLabel"],
        }
    )
    tables = {"studies": studies, "reports": reports, "outcomes": _outcomes(rng, women, taken)}
    write_batch(folder, ABOUT, tables)


def _outcomes(rng: np.random.Generator, women: pd.DataFrame, taken: Moments) -> pd.DataFrame:
    """Cancer once, when found; its absence at each follow-up at which there was none."""
    early = women["cancerStatus365"].to_numpy() == 1
    late = ~early & (women["cancerStatus455"].to_numpy() == 1)
    statements = [
        ("cancer", early | late, "positive", "histopathology",
         np.where(late, delayed(rng, taken, 370, 450), delayed(rng, taken, 5, 360))),
        ("day-365", ~early, "negative", "clinical_follow_up",
         after(taken, np.full(len(taken), 365.0))),
        ("day-455", ~early & ~late, "negative", "clinical_follow_up",
         after(taken, np.full(len(taken), 455.0))),
    ]  # fmt: skip
    parts: list[pd.DataFrame] = [
        pd.DataFrame(
            {
                "outcome_id": "viper-" + women["caseID"].astype(str) + "-" + name,
                "patient_id": "VIPER-" + women["caseID"].astype(str),
                "finding": FINDING,
                "value": value,
                "evidence": evidence,
                "occurred_at": occurred,
                "known_at": delayed(rng, occurred, 0.5, 4),
                "source": "cancer status of the data set",
                "verification_reason": "protocol",
            }
        )[holds]
        for name, holds, value, evidence, occurred in statements
    ]
    return pd.concat(parts, ignore_index=True)
