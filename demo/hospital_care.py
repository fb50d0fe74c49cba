"""A patient of the simulated hospital: imaged, judged by the algorithm, read, and later known."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from demo.hospital_services import SENSITIVITY_DROP, Service
from demo.simulated_dates import YEAR, Moments, after, delayed, end_of, spread

Flags = npt.NDArray[np.bool_]


def examine(rng: np.random.Generator, service: Service, anchor: date) -> pd.DataFrame:
    """The examinations of a year in order of time: person, scanner, day of the year, and the truth.

    The last hours of the anchor are left out, so that each examination has been read by its end.
    """
    end = end_of(anchor)
    taken = np.sort(spread(rng, service.examinations, last=anchor, hours=(0, 24)))
    taken = taken[taken < end - np.timedelta64(4, "h")]
    count = len(taken)
    day = YEAR - 1 - (end - np.timedelta64(1, "s") - taken) // np.timedelta64(1, "D")
    person = np.arange(count)
    again = rng.random(count) < 0.06
    person = np.where(again, (rng.random(count) * person).astype(int), person)
    child = np.zeros(count, dtype=bool)
    if service.children_from is not None:
        child = (day >= service.children_from) & (rng.random(count) < service.children)
    age = np.where(child, rng.integers(1, 18, count), 18 + rng.beta(3, 2, count) * 78)
    cases = pd.DataFrame({"taken": taken, "day": day, "person": person})
    cases["age"] = np.floor(age[person])
    cases["sex"] = rng.choice(["F", "M"], count)[person]
    cases["truth"] = rng.random(count) < service.prevalence
    cases["scanner"] = _scanner(rng, service, day)
    cases["setting"] = rng.choice(list(service.settings), count, p=list(service.settings.values()))
    cases["contrast"] = rng.random(count) < service.contrast
    return cases


def _scanner(
    rng: np.random.Generator, service: Service, day: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Index of the scanner of each examination: by share among those installed by that day."""
    share = np.array([[scanner.share for scanner in service.scanners]])
    installed = day[:, None] >= [scanner.installed_on for scanner in service.scanners]
    weight = np.cumsum(share * installed, axis=1)
    place = rng.random(len(day))[:, None] * weight[:, -1:]
    index: npt.NDArray[np.int64] = (place > weight).sum(axis=1)
    return index


def infer(rng: np.random.Generator, service: Service, cases: pd.DataFrame) -> None:
    """Add the algorithm's score and call, at the scanner's true sensitivity and specificity.

    Scores are binormal before they are mapped to 0 to 1; the threshold has the same place in both.
    """
    child = (cases["age"] < 18).to_numpy()
    scanner = cases["scanner"].to_numpy()
    late = cases["day"].to_numpy() >= SENSITIVITY_DROP
    early_rate = np.array([s.sensitivity for s in service.scanners])
    late_rate = np.array([s.sensitivity_later or s.sensitivity for s in service.scanners])
    sensitivity = np.where(late, late_rate[scanner], early_rate[scanner])
    sensitivity = np.where(child, service.children_sensitivity or 0.5, sensitivity)
    specificity = np.array([s.specificity for s in service.scanners])[scanner]
    specificity = np.where(child, service.children_specificity or 0.5, specificity)
    truth = cases["truth"].to_numpy()
    centre = np.where(truth, ndtri(sensitivity), -ndtri(specificity))
    latent = rng.normal(centre, 1.0)
    score = np.round(ndtr(latent + ndtri(service.threshold)), 4)
    call = np.where(score >= service.threshold, "positive", "negative")
    call = np.where(rng.random(len(cases)) < service.failing, "failed", call)
    if service.outage is not None:
        first, over = service.outage
        call = np.where(cases["day"].between(first, over - 1), "not_processed", call)
    cases["call"] = call
    cases["score"] = np.where(np.isin(call, ["failed", "not_processed"]), np.nan, score)
    taken = cases["taken"].to_numpy()
    cases["received"] = delayed(rng, taken, 0.002, 0.008)
    cases["started"] = delayed(rng, cases["received"].to_numpy(), 0.00005, 0.001)
    seconds = rng.lognormal(np.log(95), 0.45, len(cases))
    cases["completed"] = after(cases["started"].to_numpy(), seconds / 86_400)


def read(rng: np.random.Generator, service: Service, cases: pd.DataFrame) -> None:
    """Add the radiologist's call.

    It is independent of the algorithm's given the truth, save where that is seen and taken over.
    """
    count = len(cases)
    urgent = np.where(cases["setting"] == "emergency", 0.0, 0.05)
    cases["opened"] = delayed(rng, after(cases["taken"].to_numpy(), urgent), 0.004, 0.06)
    cases["reported"] = delayed(rng, cases["opened"].to_numpy(), 0.003, 0.02)
    truth = cases["truth"].to_numpy()
    chance = np.where(truth, service.reader_sensitivity, 1 - service.reader_specificity)
    own = np.where(rng.random(count) < chance, "positive", "negative")
    answered = cases["call"].isin(["positive", "negative"])
    cases["visible"] = answered & (cases["completed"] < cases["reported"])
    taken_over = cases["visible"] & (rng.random(count) < service.deferring)
    cases["read"] = np.where(taken_over, cases["call"], own)
    cases["reader"] = rng.choice([f"radiologist-{n}" for n in range(1, 9)], count)


def verify(rng: np.random.Generator, service: Service, cases: pd.DataFrame) -> pd.DataFrame:
    """The outcomes of a year, at most one for a case.

    By policy where either called the finding, by random audit of the others, by later discovery
    of what both missed, and by the registry.
    """
    count = len(cases)
    truth = cases["truth"].to_numpy()
    flagged = ((cases["call"] == "positive") | (cases["read"] == "positive")).to_numpy()
    discordant = flagged & (cases["call"] != cases["read"]).to_numpy()
    clinical = flagged & (rng.random(count) < service.verified_flagged)
    answered = cases["call"].isin(["positive", "negative"]).to_numpy()
    audited = ~flagged & answered & (rng.random(count) < service.audited)
    found = truth & ~flagged & ~audited & (rng.random(count) < service.discovered)
    linked = cases["linked"].to_numpy() & truth & ~clinical & ~audited & ~found
    route = rng.random(count)
    panel = clinical & discordant & (route < 0.4)
    surgery = clinical & truth & ~panel & (route > 0.85)
    coded = clinical & truth & ~panel & ~surgery & (route > 0.7)
    evidence = np.select(
        [audited | panel, surgery, coded, linked & ~clinical],
        ["adjudication_panel", "surgery", "discharge_code", "registry"],
        "follow_up_imaging",
    )
    reason = np.select([audited, panel], ["random_audit", "discordance_review"], "clinical")
    occurred, known = _when(rng, cases["taken"].to_numpy(), evidence)
    outcomes = pd.DataFrame(
        {
            "row": np.arange(count),
            "finding": service.finding,
            "value": np.where(truth, "positive", "negative"),
            "evidence": evidence,
            "occurred_at": occurred,
            "known_at": known,
            "code_system": np.where(evidence == "discharge_code", "ICD-10", ""),
            "code": np.where(
                evidence == "discharge_code", rng.choice(list(service.codes), count), ""
            ),
            "verification_reason": reason,
            "verification_probability": np.where(audited, service.audited, np.nan),
        }
    )
    settled: pd.DataFrame = outcomes[clinical | audited | found | linked]
    return settled


_DELAYS = {
    "surgery": ((0.1, 7), (0.2, 3)),
    "follow_up_imaging": ((0.3, 12), (0.1, 2)),
    "discharge_code": ((3, 20), (14, 35)),
    "adjudication_panel": ((14, 35), (0.1, 1)),
    "registry": ((2, 25), (45, 75)),
}
"""Days from examination to the fact, and from the fact to its being known."""


def _when(
    rng: np.random.Generator, taken: Moments, evidence: npt.NDArray[np.str_]
) -> tuple[Moments, Moments]:
    occurred, known = taken.copy(), taken.copy()
    for kind, (fact, word) in _DELAYS.items():
        of_kind = evidence == kind
        occurred[of_kind] = delayed(rng, taken[of_kind], *fact)
        known[of_kind] = delayed(rng, occurred[of_kind], *word)
    return occurred, known
