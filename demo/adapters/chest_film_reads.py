"""The 935 chest films that were read for a study: blinded readers, and the panel that judged them.

Published: Majkowska et al., Radiology 2019, in `readers_and_panel.csv` of the subfolder
`chest_xray_ai`. Three reads of nearly every film (ten have two, one has four, two of them by the
same reader), one verdict of the panel. Reads are YES, NO or HEDGE; HEDGE is written as
indeterminate. The panel did not hedge. Ages and follow-up numbers in this file differ from those
of the films' own file on 348 and 213 of the 935 films; those of the films' own file are used.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from demo.batch import published
from demo.simulated_dates import delayed

NEEDS = "chest_xray_ai"

_VALUES = {"YES": "positive", "NO": "negative", "HEDGE": "indeterminate"}
_COLUMNS = {"pneumothorax": "pneumothorax", "nodule_or_mass": "nodule_mass",
            "airspace_opacity": "airspace_opacity"}  # fmt: skip


def reads(data: Path | None) -> pd.DataFrame:
    """The blinded reads, one row per film and reader, each with the panel's verdict on the film."""
    found = pd.read_csv(published(data, NEEDS) / "readers_and_panel.csv")
    again = found.groupby(["image_index", "reader_id"]).cumcount().add(1).astype(str)
    found["read_id"] = found["image_index"] + "-" + found["reader_id"].astype(str) + "-" + again
    return found


def study_reads(blinded: pd.DataFrame, read_on: "pd.Series[pd.Timestamp]") -> pd.DataFrame:
    """The blinded reads for the study of Majkowska et al.; they were no part of care."""
    parts = [
        pd.DataFrame(
            {
                "report_id": blinded["read_id"].str.replace(".png", ""),
                "study_instance_uid": blinded["study"],
                "finding": finding,
                "call": blinded[f"read_{column}"].map(_VALUES),
                "reader": blinded["reader_id"].astype(str),
                "reader_role": "study_reader",
                "read": "first",
                "reported_at": blinded["image_index"].map(read_on),
                "status": "final",
                "ai_visible": "false",
            }
        )
        for finding, column in _COLUMNS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def verdicts(
    rng: np.random.Generator, blinded: pd.DataFrame, read_on: "pd.Series[pd.Timestamp]"
) -> pd.DataFrame:
    """The panel's verdict on each read film, once."""
    judged = blinded.drop_duplicates("image_index")
    met = delayed(rng, judged["image_index"].map(read_on).to_numpy(), 2, 14)
    known = delayed(rng, met, 0.1, 3)
    parts = [
        pd.DataFrame(
            {
                "outcome_id": judged["film"] + "-panel-" + finding,
                "patient_id": "NIH-" + judged["patient_id"].astype(str),
                "study_instance_uid": judged["study"],
                "finding": finding,
                "value": judged[f"adj_{column}"].map(_VALUES),
                "evidence": "adjudication_panel",
                "occurred_at": met,
                "known_at": known,
                "source": "panel of Majkowska et al. 2019",
                "verification_reason": "protocol",
            }
        )
        for finding, column in _COLUMNS.items()
    ]
    return pd.concat(parts, ignore_index=True)
