"""Chest films: a real network in shadow, with report, blinded readers and an expert panel.

Published: ChestX-ray14 (NIH Clinical Center; Wang et al., CVPR 2017; free use with attribution);
scores of the DenseNet-121 of J. Zech's `reproduce-chexnet` (BSD-3); reads and panel by Majkowska
et al., Radiology 2019 (research and education). Subfolder `chest_xray_ai` of the data folder.
Real: patients, ages, sexes, views, pixel sizes, order of films, scores, labels, reads, panel. Ages
are passed on as they stand, whatever they are: judging them is the work of intake and scope.
Made up: identifiers, dates, and the modality (the set does not say; AP films, mostly bedside, are
written as CR and PA films as DX).

Mapping of findings, following the panel's definitions as far as the published labels allow:
`pneumothorax` is the label of that name; `nodule_or_mass` is Nodule or Mass, score the higher of
the two; `airspace_opacity` is Consolidation or Infiltration (the labels that name filled airspace;
Pneumonia is a diagnosis), score the higher of the two. The higher of two probabilities is the
probability of nothing: calibration of the two composite scores means nothing. The panel also
judged fracture, for which the network has no output: left out.

A label that is absent is written as `negative`: the miner kept no difference between "not
mentioned" and "denied".
The 935 read films are an enriched sample of unknown design: no verification probability is given.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from demo.adapters.chest_film_reads import NEEDS, reads, study_reads, verdicts
from demo.batch import About, published, uids, write_batch
from demo.simulated_dates import Moments, Numbers, delayed, in_order, spread

DEPLOYMENT = "chest-films"
VERSION = "1.0.0"

COMPONENTS = {
    "pneumothorax": ("Pneumothorax",),
    "nodule_or_mass": ("Nodule", "Mass"),
    "airspace_opacity": ("Consolidation", "Infiltration"),
}
"""Published labels that make up each finding."""

THRESHOLDS = {"pneumothorax": 0.057, "nodule_or_mass": 0.132, "airspace_opacity": 0.256}
"""Operating points: the lowest (in steps of 0.001) at which 90 % of the films whose report lacks
the finding stay below, on the films of patients of whom the panel read none. The
panel's verdicts play no part in them."""

LABELS = (
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
    "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis",
    "Pleural_Thickening", "Hernia",
)  # fmt: skip
"""The 14 published labels, each with a score."""

ABOUT = About(
    source="chest-films",
    title="Chest films: a real network in shadow, with report, readers and panel",
    origin="real",
    citation=(
        "Wang X et al. ChestX-ray8, CVPR 2017 (films, report labels); Zech J. reproduce-chexnet, "
        "2018 (scores); Majkowska A et al. Radiology 2019, doi:10.1148/radiol.2019191293 (readers, "
        "panel)."
    ),
    simulated=(
        "studies.study_instance_uid",
        "studies.study_datetime",
        "studies.modality",
        "inferences.inference_id",
        "inferences.study_instance_uid",
        "inferences.call",
        "inferences.threshold",
        "inferences.received_at",
        "inferences.started_at",
        "inferences.completed_at",
        "reports.report_id",
        "reports.study_instance_uid",
        "reports.reported_at",
        "outcomes.outcome_id",
        "outcomes.study_instance_uid",
        "outcomes.occurred_at",
        "outcomes.known_at",
    ),
    note=(
        "Scores, report labels, reads and panel verdicts are real; thresholds are set by the demo. "
        "Dates are made up, in the true order of each patient's films but within one year. "
        "The panel saw an enriched sample."
    ),
)

Flags = npt.NDArray[np.bool_]


def films(data: Path | None) -> pd.DataFrame:
    """Every film with its patient, a flag for each report label, and 14 scores (`prob_`)."""
    folder = published(data, NEEDS)
    described = pd.read_csv(folder / "images_and_report_labels.csv")
    scores = pd.read_csv(folder / "scores.csv")
    joined = described.merge(scores, on="Image Index", validate="one_to_one")
    labels = joined["Finding Labels"].str.get_dummies("|").reindex(columns=LABELS, fill_value=0)
    return joined.join(labels.astype(bool))


def label_scores(data: Path | None) -> dict[str, tuple[Numbers, Flags]]:
    """Scores and report labels of all films for each of the 14 published labels."""
    every = films(data)
    return {label: (every[f"prob_{label}"].to_numpy(), every[label].to_numpy()) for label in LABELS}


def score(every: pd.DataFrame, finding: str) -> Numbers:
    """The network's score of a finding: the highest of its components."""
    return every[[f"prob_{label}" for label in COMPONENTS[finding]]].max(axis=1).to_numpy()


def reported(every: pd.DataFrame, finding: str) -> Flags:
    """Whether the report names a component of a finding."""
    return every[list(COMPONENTS[finding])].any(axis=1).to_numpy()


def operating_point(data: Path | None, finding: str) -> float:
    """The threshold by the rule of `THRESHOLDS`, recomputed."""
    every = films(data)
    apart = every[~every["Patient ID"].isin(reads(data)["patient_id"])]
    absent = score(apart, finding)[~reported(apart, finding)]
    return float(np.ceil(np.quantile(absent, 0.9) * 1000) / 1000)


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; report and panel are known by the anchor."""
    rng = np.random.default_rng(seed)
    every, blinded = films(data), reads(data)
    taken = in_order(
        spread(rng, len(every), last=anchor - timedelta(days=60), days=305),
        group=every["Patient ID"].to_numpy(),
        order=every["Follow-up #"].to_numpy(),
    )
    every["film"] = every["Image Index"].str.removesuffix(".png")
    every["study"] = uids(ABOUT.source, every["film"])
    known = every.set_index("Image Index")
    blinded["study"] = blinded["image_index"].map(known["study"])
    blinded["film"] = blinded["image_index"].map(known["film"])
    read_on = pd.Series(delayed(rng, taken, 10, 40), index=known.index)
    tables = {
        "studies": _studies(every, taken),
        "inferences": _inferences(rng, every, taken),
        "reports": pd.concat(
            [_reports(rng, every, taken), study_reads(blinded, read_on)], ignore_index=True
        ),
        "outcomes": verdicts(rng, blinded, read_on),
    }
    write_batch(folder, ABOUT, tables)


def _studies(every: pd.DataFrame, taken: Moments) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "study_instance_uid": every["study"],
            "patient_id": "NIH-" + every["Patient ID"].astype(str),
            "patient_age": every["Patient Age"],
            "patient_sex": every["Patient Gender"],
            "site": "nih",
            "study_datetime": taken,
            "modality": every["View Position"].map({"AP": "CR", "PA": "DX"}),
            "body_part_examined": "CHEST",
            "view_position": every["View Position"],
            "x_film": every["film"],
            "x_follow_up_number": every["Follow-up #"],
            "x_pixel_spacing_mm": every["OriginalImagePixelSpacing[x"],
        }
    )


def _inferences(rng: np.random.Generator, every: pd.DataFrame, taken: Moments) -> pd.DataFrame:
    received = delayed(rng, taken, 0.001, 0.01)
    started = delayed(rng, received, 0.0001, 0.001)
    completed = delayed(rng, started, 0.00002, 0.0005)
    parts = []
    for finding, threshold in THRESHOLDS.items():
        scores = score(every, finding)
        parts.append(
            pd.DataFrame(
                {
                    "inference_id": every["film"] + "-" + finding,
                    "study_instance_uid": every["study"],
                    "deployment": DEPLOYMENT,
                    "version": VERSION,
                    "finding": finding,
                    "score": scores,
                    "call": np.where(scores >= threshold, "positive", "negative"),
                    "threshold": threshold,
                    "received_at": received,
                    "started_at": started,
                    "completed_at": completed,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _reports(rng: np.random.Generator, every: pd.DataFrame, taken: Moments) -> pd.DataFrame:
    """What the clinical report says of each finding, by its mined labels."""
    signed = delayed(rng, taken, 0.02, 1)
    parts = [
        pd.DataFrame(
            {
                "report_id": every["film"] + "-report",
                "study_instance_uid": every["study"],
                "finding": finding,
                "call": np.where(reported(every, finding), "positive", "negative"),
                "reader": "",
                "reader_role": "radiologist",
                "read": "",
                "reported_at": signed,
                "status": "final",
                "ai_visible": "false",
            }
        )
        for finding in COMPONENTS
    ]
    return pd.concat(parts, ignore_index=True)
