"""Five years of a mammography screening programme that does not exist, with an algorithm reading along.

A radiologist recalls; what was missed comes to light in the registry before the next screen, or does
not. Cohorts of the first two years are complete, the younger ones are not. Everything is simulated.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from demo.batch import About, uids, write_batch
from demo.simulated_dates import after, delayed, end_of, spread

DEPLOYMENT = "mammo-south"
FINDING = "breast_malignancy"
VERSION = "1.3.0"
THRESHOLD = 0.6
SCREENS = 8_000
DAYS = 5 * 365
INTERVAL = 730
REGISTRY_LAG = 200
"""Days until the registry is complete; the protocol allows for a year."""
BIOPSIED = 0.2
"""Share of the recalls without a cancer that get a biopsy all the same; of those with one, all."""
DETECTABLE, ARISING = 0.008, 0.0025
"""Cancers that can be seen at the screen, and cancers that arise after it within the interval."""
READER = (0.78, 0.966)
ALGORITHM = (0.84, 0.945)
"""Share of the visible cancers recalled, and of the others not recalled."""

ABOUT = About(
    source="screening",
    title="A simulated screening programme: recalls, interval cancers, cohorts that are still young",
    origin="simulated",
    citation="Made by the demo of Catamnesis; no woman, reader or algorithm in it exists.",
    note="Five years; the registry lags. Every value is simulated.",
)


def write(folder: Path, data: Path | None, anchor: date, seed: int) -> None:
    """Write the batch; nothing is known after the anchor."""
    rng = np.random.default_rng(seed)
    end = end_of(anchor)
    taken = np.sort(spread(rng, SCREENS, last=anchor, days=DAYS))
    taken = taken[taken < end - np.timedelta64(3, "D")]
    count = len(taken)
    number = pd.Series(np.arange(count).astype(str)).str.zfill(5)
    visible = rng.random(count) < DETECTABLE
    arising = ~visible & (rng.random(count) < ARISING)
    recalled = _called(rng, visible, READER)
    score = _score(rng, visible)
    uid, woman = uids(ABOUT.source, number), "SCR-" + number
    studies = pd.DataFrame(
        {
            "study_instance_uid": uid, "patient_id": woman, "patient_age": rng.integers(50, 70, count), "patient_sex": "F",
            "site": "south", "study_datetime": taken, "modality": "MG", "body_part_examined": "BREAST",
            "manufacturer": "HOLOGIC, Inc.", "manufacturer_model_name": "Selenia Dimensions", "device_serial_number": "H81004",
            "setting": "screening",
        }
    )  # fmt: skip
    inferences = pd.DataFrame(
        {
            "inference_id": "scr-" + number, "study_instance_uid": uid, "deployment": DEPLOYMENT, "version": VERSION,
            "finding": FINDING, "score": score, "call": np.where(score >= THRESHOLD, "positive", "negative"),
            "threshold": THRESHOLD, "completed_at": after(taken, np.full(count, 0.01)),
        }
    )  # fmt: skip
    biopsied = recalled & (visible | (rng.spawn(1)[0].random(count) < BIOPSIED))
    reports = pd.DataFrame(
        {
            "report_id": "scr-" + number + "-report", "study_instance_uid": uid, "finding": FINDING,
            "call": np.where(recalled, "positive", "negative"),
            "reader": rng.choice([f"reader-{n}" for n in range(1, 7)], count), "reader_role": "radiologist", "read": "first",
            "reported_at": delayed(rng, taken, 0.5, 2.5), "status": "final", "ai_visible": "false",
            "recommended_action": np.where(biopsied, "biopsy", np.where(recalled, "recall", "none")),
        }
    )  # fmt: skip
    outcomes, cancer = _outcomes(rng, taken, woman, uid, visible, arising, recalled)
    last = end - np.timedelta64(REGISTRY_LAG, "D")
    known = outcomes["known_at"] < end
    tables = {
        "studies": studies,
        "inferences": inferences,
        "reports": reports,
        "outcomes": outcomes[known],
        "follow_up": pd.DataFrame(
            {"patient_id": woman[~cancer], "finding": FINDING, "followed_to": str(last.astype("datetime64[D]")),
             "source": "simulated registry"}
        )[taken[~cancer] < last],
        "investigations": _biopsies(rng, taken, woman, biopsied, visible, end),
    }  # fmt: skip
    write_batch(folder, ABOUT, tables)


def _called(
    rng: np.random.Generator, visible: np.typing.NDArray[np.bool_], rates: tuple[float, float]
) -> np.typing.NDArray[np.bool_]:
    chance = np.where(visible, rates[0], 1 - rates[1])
    called: np.typing.NDArray[np.bool_] = rng.random(len(visible)) < chance
    return called


def _score(
    rng: np.random.Generator, visible: np.typing.NDArray[np.bool_]
) -> np.typing.NDArray[np.float64]:
    """A score that reaches the threshold at the algorithm's rates."""
    called = _called(rng, visible, ALGORITHM)
    high, low = (
        rng.uniform(THRESHOLD, 1, len(visible)),
        rng.uniform(0, THRESHOLD - 0.001, len(visible)),
    )
    score: np.typing.NDArray[np.float64] = np.where(called, high, low).round(3)
    return score


def _outcomes(
    rng: np.random.Generator,
    taken: np.typing.NDArray[np.datetime64],
    woman: "pd.Series[str]",
    uid: "pd.Series[str]",
    visible: np.typing.NDArray[np.bool_],
    arising: np.typing.NDArray[np.bool_],
    recalled: np.typing.NDArray[np.bool_],
) -> tuple[pd.DataFrame, np.typing.NDArray[np.bool_]]:
    """Recalled cancers by biopsy, the others by the registry in the interval; and who has a cancer at all.

    A cancer that was visible and not recalled comes to light earlier than one that arises later.
    """
    count = len(taken)
    cancer = visible | arising
    found = np.where(
        recalled & visible, rng.uniform(5, 30, count),
        np.where(visible, rng.uniform(60, INTERVAL - 60, count), rng.uniform(180, INTERVAL - 5, count)),
    )  # fmt: skip
    when = after(taken, found)
    screened = recalled & visible
    table = pd.DataFrame(
        {
            "outcome_id": "scr-" + pd.Series(np.arange(count).astype(str)).str.zfill(5) + "-cancer",
            "patient_id": woman,
            "study_instance_uid": uid,
            "finding": FINDING,
            "value": "positive",
            "evidence": np.where(screened, "histopathology", "registry"),
            "occurred_at": when,
            "known_at": np.where(
                screened, delayed(rng, when, 1, 6), delayed(rng, when, 60, REGISTRY_LAG - 10)
            ),
            "source": np.where(screened, "simulated pathology", "simulated registry"),
            "verification_reason": "clinical",
        }
    )
    return table[cancer], cancer


def _biopsies(
    rng: np.random.Generator,
    taken: np.typing.NDArray[np.datetime64],
    woman: "pd.Series[str]",
    biopsied: np.typing.NDArray[np.bool_],
    visible: np.typing.NDArray[np.bool_],
    end: np.datetime64,
) -> pd.DataFrame:
    """The biopsies that were recommended, as far as they are done by the end."""
    done = delayed(rng, taken, 4, 5)
    return pd.DataFrame(
        {
            "investigation_id": "scr-"
            + pd.Series(np.arange(len(taken)).astype(str)).str.zfill(5)
            + "-biopsy",
            "patient_id": woman,
            "finding": FINDING,
            "kind": "biopsy",
            "trigger": "reader",
            "performed_at": done,
            "result": np.where(visible, "positive", "negative"),
            "harm": np.where(rng.random(len(taken)) < 0.01, "minor", "none"),
        }
    )[biopsied & (done < end)]
