"""A simulated hospital as judged cases and reads: one algorithm, four scanners, about 45 studies a day.

Every case is drawn from its own conditions, one row a case: a fault changes these and nothing else.
The same seed gives the same patients with and without a fault.
"""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from surveillance.judged_case import CASE_COLUMNS, READ_COLUMNS
from surveillance.statistics.estimate import Floats

Flags = NDArray[np.bool_]
Words = NDArray[np.object_]

FIRST_DAY = date(2023, 1, 2)
FINDING = "intracranial_haemorrhage"
WEEKDAY, WEEKEND, SEASON = 52.0, 28.0, 0.1
SCANNERS = {"CT-1": 0.30, "CT-2": 0.30, "CT-3": 0.25, "CT-4": 0.15}
NEW_SCANNER = "CT-5"
MODELS = {"CT-1": "Revolution", "CT-2": "Revolution", "CT-3": "Somatom", "CT-4": "Aquilion", "CT-5": "Ingenuity"}  # fmt: skip
MATURES_AFTER = 30
MISSING = {"patient_age": 0.01, "patient_sex": 0.005, "setting": 0.005, "manufacturer_model_name": 0.005}  # fmt: skip
# Log-odds scores, called positive above 0: sensitivity 0.90 and specificity 0.92.
DISEASED, HEALTHY = (2.0, 2.0 / 1.2816), (-2.0, 2.0 / 1.4051)
CONDITIONS = {
    "received": 1.0,  # chance that the study reaches the algorithm
    "prevalence": 0.10,
    "missed_more": 0.0,  # share of the diseased that score like the healthy
    "score_scale": 1.0,
    "score_shift": 0.0,
    "threshold": 0.0,  # log odds
    "failure": 0.01,
    "child": 0.004,
    "new_scanner": 0.0,
    "reader_sensitivity": 0.85,
    "reader_specificity": 0.96,
    "defers": 0.0,  # chance that the report repeats the call
    "reported": 0.995,
    "followed_both": 0.95,  # AI and report positive
    "followed_ai": 0.95,  # AI alone
    "followed_report": 0.75,  # report alone
    "audited": 0.05,  # random audit where neither is
    "label_error": 0.005,
}
"""What holds of a case where nothing is wrong; chances from 0 to 1."""
DRAWS = (
    "received", "disease", "like_healthy", "score", "failure", "child", "age", "sex", "setting", "scanner",
    "new_scanner", "reader", "defers", "reported", "followed", "late", "label", *MISSING,
)  # fmt: skip


def arrivals(seed: int | np.random.SeedSequence, days: int) -> pd.DataFrame:
    """Everyone who comes on so many days: `number` of the day and every draw of chance about them, 0 to 1.

    Volumes have a weekly and a yearly rhythm beside Poisson noise.
    """
    rng = np.random.default_rng(seed)
    number = np.arange(days)
    usual = np.where(number % 7 < 5, WEEKDAY, WEEKEND)
    counts = rng.poisson(usual * (1 + SEASON * np.sin(2 * np.pi * number / 365.25)))
    size = int(counts.sum())
    return pd.DataFrame(
        {"number": np.repeat(number, counts), **{d: rng.random(size) for d in DRAWS}}
    )


def conditions(arrived: pd.DataFrame) -> pd.DataFrame:
    """The conditions of every case where nothing is wrong, with the scanner it is taken on."""
    out = pd.DataFrame(CONDITIONS, index=arrived.index)
    ends = np.cumsum(list(SCANNERS.values()))
    place = np.minimum(np.searchsorted(ends, arrived["scanner"]), len(SCANNERS) - 1)
    return out.assign(scanner=np.array(list(SCANNERS))[place])


def happen(arrived: pd.DataFrame, under: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What becomes of everyone under their conditions: judged cases and reads."""
    ill = (arrived["disease"] < under["prevalence"]).to_numpy()
    logit = _log_odds(arrived, under, ill)
    called = logit > under["threshold"].to_numpy()
    failed = (arrived["failure"] < under["failure"]).to_numpy()
    age = np.where(arrived["child"] < under["child"], 17 * arrived["age"], 18 + 77 * arrived["age"])
    cases = pd.DataFrame(index=arrived.index)
    cases["inference_id"] = arrived.index.to_series().map("{:08d}".format)
    cases["deployment"], cases["finding"], cases["version"], cases["use_mode"] = "drill", FINDING, "1.0", "triage"  # fmt: skip
    cases["day"] = pd.Timestamp(FIRST_DAY) + pd.to_timedelta(arrived["number"], unit="D")
    cases["matures_on"] = cases["day"] + pd.Timedelta(days=MATURES_AFTER)
    cases["call"] = np.where(failed, "failed", np.where(called, "positive", "negative"))
    cases["score"] = np.where(failed, np.nan, expit(logit))
    serial = under["scanner"].where(arrived["new_scanner"] >= under["new_scanner"], NEW_SCANNER)
    cases["device_serial_number"], cases["manufacturer_model_name"] = serial, serial.map(MODELS)
    cases["patient_age"] = np.floor(age)
    cases["patient_sex"] = np.where(arrived["sex"] < 0.5, "F", "M")
    cases["setting"] = np.where(arrived["setting"] < 0.6, "emergency", "inpatient")
    for attribute, chance in MISSING.items():
        cases[attribute] = cases[attribute].where(arrived[attribute] >= chance)
    old_enough = cases["patient_age"] >= 18
    cases["scope"] = np.where(old_enough, "in", np.where(cases["patient_age"].isna(), "undeterminable", "out"))  # fmt: skip
    cases["scope_attribute"] = pd.Series("patient_age", cases.index).where(~old_enough)
    report = _report(arrived, under, ill, called & ~failed)
    _verify(arrived, under, cases, ill, report)
    kept = arrived["received"] < under["received"]
    reads = _reads(cases, report)[kept & pd.notna(report)]
    return cases[kept].reindex(columns=CASE_COLUMNS), reads.reindex(columns=READ_COLUMNS)


def _log_odds(arrived: pd.DataFrame, under: pd.DataFrame, ill: Flags) -> Floats:
    """Scores as log odds: the diseased around 2, the healthy around -2, then whatever was done to them."""
    like_ill = ill & (arrived["like_healthy"] >= under["missed_more"]).to_numpy()
    middle = np.where(like_ill, DISEASED[0], HEALTHY[0])
    spread = np.where(like_ill, DISEASED[1], HEALTHY[1])
    plain = middle + spread * ndtri(np.clip(arrived["score"], 1e-12, 1 - 1e-12))
    found: Floats = (plain * under["score_scale"] + under["score_shift"]).to_numpy()
    return found


def _report(arrived: pd.DataFrame, under: pd.DataFrame, ill: Flags, called: Flags) -> Words:
    """What the clinical report says: readers err independently of the AI given the disease, unless they defer to it."""
    chance = np.where(ill, under["reader_sensitivity"], 1 - under["reader_specificity"])
    own = arrived["reader"] < chance
    said = np.where(arrived["defers"] < under["defers"], called, own)
    words: Words = np.where(said, "positive", "negative").astype(object)
    words[arrived["reported"] >= under["reported"]] = None
    return words


def _verify(
    arrived: pd.DataFrame, under: pd.DataFrame, cases: pd.DataFrame, ill: Flags, report: Words
) -> None:  # fmt: skip
    """Follow up what AI or report marked, and audit a known share at random of what neither did."""
    marked, called = report == "positive", (cases["call"] == "positive").to_numpy()
    audit = ~marked & ~called
    chance = np.select(
        [marked & called, called, marked],
        [under["followed_both"], under["followed_ai"], under["followed_report"]],
        under["audited"],
    )
    followed = arrived["followed"].to_numpy() < chance
    shown = ill != (arrived["label"] < under["label_error"]).to_numpy()
    cases["truth"] = pd.Series(np.where(shown, "positive", "negative"), cases.index).where(followed)
    cases["verification_reason"] = pd.Series(np.where(audit, "random_audit", "clinical"), cases.index).where(followed)  # fmt: skip
    cases["verification_probability"] = np.where(followed & audit, under["audited"], np.nan)
    late = np.floor(-9 * np.log1p(-arrived["late"])).clip(1, 60)
    known = cases["day"] + pd.to_timedelta(late, unit="D")
    cases["known_at"] = known.where(followed).dt.tz_localize("UTC")


def _reads(cases: pd.DataFrame, report: Words) -> pd.DataFrame:
    reads = cases[["inference_id"]].assign(report_id="r" + cases["inference_id"])
    reads["call"], reads["deciding"] = report, True
    reads["ai_visible"], reads["reader_role"] = "true", "radiologist"
    reads["reported_at"] = cases["day"].dt.tz_localize("UTC")
    return reads
