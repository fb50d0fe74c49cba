"""Chest CTs of a clinic that does not exist: nodules found one by one, measured, and told in report texts.

A detector runs in shadow mode on three scanners, and a panel judges every nodule, so that a local
validation has something to decide on. Patients who come again soon after show how well a diameter
repeats. Everything is simulated.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from demo.batch import About, uids, write_batch
from demo.simulated_dates import Moments, after, delayed, end_of, spread

DEPLOYMENT = "nodule-south"
FINDING = "lung_nodule"
VERSION = "4.0.2"
THRESHOLD = 0.5
STUDIES = 700
SCANNERS = (
    ("SIEMENS", "SOMATOM go.Top", "115204", 0.5, 0.93),
    ("Philips", "Incisive CT", "IN-4471", 0.4, 0.91),
    ("GE MEDICAL SYSTEMS", "Revolution Maxima", "RM2208", 0.1, 0.88),
)
"""Manufacturer, model, serial number, share of the studies, share of the nodules that it marks."""
ERROR_MM = 0.7
"""Standard deviation of the algorithm's error of a diameter, and of the reader's twice that of the panel."""

ABOUT = About(
    source="nodules",
    title="A simulated clinic: nodules on chest CT, marked, measured and told in texts",
    origin="simulated",
    citation="Made by the demo of Catamnesis; no patient, reader or algorithm in it exists.",
    note="Shadow mode; a panel judged every nodule. Every value is simulated.",
)

LOBES = (
    "right upper lobe",
    "right lower lobe",
    "left upper lobe",
    "left lower lobe",
    "middle lobe",
)
POSITIVE = (
    "There is a {mm:.0f} mm nodule in the {lobe}.",
    "{mm:.0f} mm solid nodule, {lobe}. Follow-up CT is recommended.",
    "Nodule in the {lobe} measuring {mm:.0f} mm. No pleural effusion.",
)
NEGATIVE = (
    "No nodule.", "Lungs are clear. No suspicious pulmonary nodule.", "No evidence of nodules. No pleural effusion.",
)  # fmt: skip
UNCERTAIN = ("Possible nodule in the {lobe}, cannot be excluded.",)


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; nothing is known after the anchor."""
    rng = np.random.default_rng([seed, STUDIES])
    studies = _studies(rng, anchor)
    nodules = _nodules(rng, studies)
    marks = _marks(rng, studies, nodules)
    outcomes = _outcomes(rng, studies, nodules)
    tables = {
        "studies": studies.drop(columns=["scanner"]),
        "inferences": _inferences(rng, studies, marks),
        "reports": _reports(rng, studies, nodules),
        "outcomes": outcomes[outcomes["known_at"] < end_of(anchor)],
    }
    write_batch(folder, ABOUT, tables)


def _studies(rng: np.random.Generator, anchor: date) -> pd.DataFrame:
    """One study a patient, and a second one within three weeks for every eighth; the last are reported by the anchor."""
    taken = np.sort(spread(rng, STUDIES, last=anchor, days=350))
    person = np.arange(STUDIES)
    again = np.flatnonzero(rng.random(STUDIES) < 0.125)
    taken = np.concatenate([taken, delayed(rng, taken[again], 3, 21)])
    reported = taken < end_of(anchor) - np.timedelta64(2, "D")
    person, taken = np.concatenate([person, again])[reported], taken[reported]
    number = pd.Series(np.arange(len(taken)).astype(str)).str.zfill(4)
    share = np.array([scanner[3] for scanner in SCANNERS])
    scanner = rng.choice(len(SCANNERS), len(taken), p=share)
    age = rng.integers(40, 85, STUDIES)
    return pd.DataFrame(
        {
            "study_instance_uid": uids(ABOUT.source, number),
            "patient_id": "NOD-" + pd.Series(person).astype(str).str.zfill(4),
            "patient_age": age[person],
            "patient_sex": rng.choice(["F", "M"], STUDIES)[person],
            "site": "south",
            "study_datetime": taken,
            "modality": "CT",
            "body_part_examined": "CHEST",
            "protocol_name": "THORAX LOW DOSE",
            "manufacturer": [SCANNERS[s][0] for s in scanner],
            "manufacturer_model_name": [SCANNERS[s][1] for s in scanner],
            "device_serial_number": [SCANNERS[s][2] for s in scanner],
            "slice_thickness": 1.0,
            "setting": "outpatient",
            "scanner": scanner,
        }
    )


def _nodules(rng: np.random.Generator, studies: pd.DataFrame) -> pd.DataFrame:
    """The nodules of each study with their true diameter; those of a patient are the same each time."""
    people = pd.Index(studies["patient_id"].unique())
    count = rng.poisson(0.7, len(people)).clip(max=3)
    owner = np.repeat(people.to_numpy(), count)
    true = pd.DataFrame(
        {"patient_id": owner, "lesion": "n" + (pd.Series(owner).groupby(owner).cumcount() + 1).astype(str),
         "mm": rng.lognormal(np.log(8), 0.35, len(owner)).clip(4, 30), "lobe": rng.choice(LOBES, len(owner))}
    )  # fmt: skip
    return studies[["study_instance_uid", "patient_id", "scanner"]].merge(true, on="patient_id")


def _marks(rng: np.random.Generator, studies: pd.DataFrame, nodules: pd.DataFrame) -> pd.DataFrame:
    """What the algorithm marked, rightly or not, with score and diameter."""
    sensitivity = np.array([scanner[4] for scanner in SCANNERS])[nodules["scanner"]]
    found = rng.random(len(nodules)) < sensitivity
    seen = found | (rng.random(len(nodules)) < 0.5)
    right = nodules[["study_instance_uid", "lesion"]].assign(
        score=np.where(found, rng.beta(6, 2, len(nodules)).clip(THRESHOLD), rng.uniform(0.1, 0.49, len(nodules))),
        measurement=(nodules["mm"] + rng.normal(0.3, ERROR_MM, len(nodules))).clip(2).round(1),
    )[seen]  # fmt: skip
    wrong = studies.loc[rng.random(len(studies)) < 0.12, ["study_instance_uid"]]
    wrong = wrong.assign(
        lesion="m1", score=rng.uniform(0.3, 0.8, len(wrong)),
        measurement=rng.uniform(4, 9, len(wrong)).round(1),
    )  # fmt: skip
    marks = pd.concat([right, wrong], ignore_index=True)
    marks["score"] = marks["score"].round(3)
    return marks


def _inferences(
    rng: np.random.Generator, studies: pd.DataFrame, marks: pd.DataFrame
) -> pd.DataFrame:
    """One output on each study, its highest score and its largest diameter, and one a mark."""
    called = marks[marks["score"] >= THRESHOLD]
    foremost = pd.DataFrame(
        {
            "score": marks.groupby("study_instance_uid")["score"].max(),
            "measurement": called.groupby("study_instance_uid")["measurement"].max(),
        }
    )
    whole = studies[["study_instance_uid"]].merge(
        foremost, left_on="study_instance_uid", right_index=True, how="left"
    )
    whole["score"] = whole["score"].fillna(pd.Series(rng.uniform(0.0, 0.2, len(whole)).round(3)))
    rows = pd.concat([whole.assign(lesion=""), marks], ignore_index=True)
    taken = rows["study_instance_uid"].map(_by_study(studies)).to_numpy("datetime64[s]")
    positive = rows["score"] >= THRESHOLD
    uid = rows["study_instance_uid"].str.removeprefix("2.25.").str[:14]
    return pd.DataFrame(
        {
            "inference_id": "nod-" + uid + "-" + rows["lesion"].replace("", "study"),
            "study_instance_uid": rows["study_instance_uid"],
            "deployment": DEPLOYMENT,
            "version": VERSION,
            "finding": FINDING,
            "lesion": rows["lesion"],
            "score": rows["score"],
            "call": np.where(positive, "positive", "negative"),
            "threshold": THRESHOLD,
            "measurement": rows["measurement"].where(positive),
            "measurement_unit": np.where(positive & rows["measurement"].notna(), "mm", ""),
            "completed_at": after(taken, np.full(len(rows), 0.004)),
        }
    )


def _reports(
    rng: np.random.Generator, studies: pd.DataFrame, nodules: pd.DataFrame
) -> pd.DataFrame:
    """Reports in words; what they say of a nodule is read out of the text by the import."""
    largest = nodules.sort_values("mm").drop_duplicates("study_instance_uid", keep="last")
    of = studies[["study_instance_uid"]].merge(largest, on="study_instance_uid", how="left")
    there = of["mm"].notna().to_numpy()
    said = np.where(there, rng.random(len(of)) < 0.85, rng.random(len(of)) < 0.03)
    unsure = rng.random(len(of)) < 0.03
    measured = (of["mm"].fillna(6) + rng.normal(0, 1.2, len(of))).clip(3).round(1)
    texts = []
    for place, (mm, lobe) in enumerate(zip(measured, of["lobe"].fillna(LOBES[0]), strict=True)):
        phrases = UNCERTAIN if unsure[place] else POSITIVE if said[place] else NEGATIVE
        texts.append(phrases[rng.integers(len(phrases))].format(mm=mm, lobe=lobe))
    stated = said & ~unsure
    return pd.DataFrame(
        {
            "report_id": "nod-" + of["study_instance_uid"].str.removeprefix("2.25.").str[:14] + "-report",
            "study_instance_uid": of["study_instance_uid"],
            "finding": FINDING,
            "call": "",
            "reader": rng.choice([f"radiologist-s{n}" for n in range(1, 5)], len(of)),
            "reader_role": "radiologist",
            "read": "first",
            "reported_at": delayed(rng, studies["study_datetime"].to_numpy("datetime64[s]"), 0.05, 1),
            "status": "final",
            "ai_visible": "false",
            "measurement": measured.where(stated),
            "measurement_unit": np.where(stated, "mm", ""),
            "text": texts,
            "language": "en",
        }
    )  # fmt: skip


def _outcomes(
    rng: np.random.Generator, studies: pd.DataFrame, nodules: pd.DataFrame
) -> pd.DataFrame:
    """The panel's judgement: each nodule with its diameter, or that there is none."""
    reference = (nodules["mm"] + rng.normal(0, ERROR_MM / 2, len(nodules))).clip(2).round(1)
    single = nodules.assign(value="positive", measurement=reference)
    foremost = single.sort_values("mm").drop_duplicates("study_instance_uid", keep="last")
    without = studies[~studies["study_instance_uid"].isin(nodules["study_instance_uid"])]
    rows = pd.concat(
        [
            single,
            foremost.assign(lesion=""),
            without[["study_instance_uid", "patient_id"]].assign(
                lesion="", value="negative", measurement=np.nan
            ),
        ],
        ignore_index=True,
    )
    judged: Moments = delayed(
        rng, rows["study_instance_uid"].map(_by_study(studies)).to_numpy("datetime64[s]"), 14, 50
    )
    uid = rows["study_instance_uid"].str.removeprefix("2.25.").str[:14]
    return pd.DataFrame(
        {
            "outcome_id": "nod-" + uid + "-" + rows["lesion"].replace("", "study"),
            "patient_id": rows["patient_id"],
            "study_instance_uid": rows["study_instance_uid"],
            "finding": FINDING,
            "value": rows["value"],
            "evidence": "adjudication_panel",
            "occurred_at": judged,
            "known_at": delayed(rng, judged, 0.1, 2),
            "measurement": rows["measurement"],
            "measurement_unit": np.where(rows["measurement"].notna(), "mm", ""),
            "source": "simulated panel",
            "verification_reason": "protocol",
            "lesion": rows["lesion"],
        }
    )


def _by_study(studies: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    return studies.set_index("study_instance_uid")["study_datetime"]
