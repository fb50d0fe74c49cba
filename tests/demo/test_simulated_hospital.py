"""The simulated hospital: its data show the truth and the faults that were put in."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from math import sqrt
from typing import Any

import pandas as pd
import pytest

from demo.hospital_services import HEAD_CT, SERVICES, Scanner, Service

Batch = Callable[[str], Any]


@pytest.fixture(scope="module")
def cases(batch: Batch) -> pd.DataFrame:
    """Studies with inference, report and outcome side by side."""
    tables = batch("hospital").tables
    joined: pd.DataFrame = tables["studies"]
    for name in ("inferences", "reports", "outcomes"):
        other = tables[name].set_index("study_instance_uid").add_prefix(f"{name}_")
        joined = joined.join(other, on="study_instance_uid", how="left")
    joined["day"] = pd.to_datetime(joined["study_datetime"]).dt.date
    joined["age"] = joined["patient_age"].astype(float)
    return joined


@pytest.fixture(scope="module")
def truth(batch: Batch) -> dict[str, Any]:
    """What was put in, as written beside the batch."""
    text = (batch("hospital").folder / "truth.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def fault(truth: dict[str, Any], name: str) -> dict[str, Any]:
    """One fault by its name."""
    return next(dict(found) for found in truth["faults"] if found["fault"] == name)


def within(successes: int, trials: int, rate: float) -> bool:
    """Whether a share lies within four standard errors of a rate."""
    return abs(successes / trials - rate) < 4 * sqrt(rate * (1 - rate) / trials)


def among_reader_positives(service: Service, sensitivity: float) -> float:
    """Sensitivity where the reader called the finding: higher, as calls are taken over."""
    own = (1 - service.deferring) * service.reader_sensitivity
    seen, missed = sensitivity * (own + service.deferring), (1 - sensitivity) * own
    return seen / (seen + missed)


@pytest.mark.parametrize(
    "scanner", [s for s in HEAD_CT.scanners if s.share >= 0.25], ids=lambda s: s.serial
)
def test_verified_positives_show_the_sensitivity_put_in(
    cases: pd.DataFrame, truth: dict[str, Any], scanner: Scanner
) -> None:
    """In adults with a proven finding that the reader called, hits are as often as put in."""
    drop = date.fromisoformat(fault(truth, "sensitivity_drop")["from"])
    proven = cases[
        (cases["device_serial_number"] == scanner.serial)
        & (cases["age"] >= 18)
        & (cases["reports_call"] == "positive")
        & (cases["outcomes_value"] == "positive")
        & cases["inferences_call"].isin(["positive", "negative"])
    ]
    later = scanner.sensitivity_later or scanner.sensitivity
    for rows, rate in (
        (proven[proven["day"] < drop], scanner.sensitivity),
        (proven[proven["day"] >= drop], later),
    ):
        if not scanner.installed_on or len(rows):
            hits = int((rows["inferences_call"] == "positive").sum())
            assert len(rows) > 25
            assert within(hits, len(rows), among_reader_positives(HEAD_CT, rate))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.deployment)
def test_what_came_out_is_near_what_was_put_in(service: Service, truth: dict[str, Any]) -> None:
    """Counts of adults by scanner and period are as sensitivity and specificity make them."""
    scanners = {scanner.serial: scanner for scanner in service.scanners}
    counted = truth["services"][service.deployment]["came_out"]
    for row in (row for row in counted if row["adult"]):
        scanner = scanners[row["serial"]]
        late = scanner.sensitivity_later if row["period"] == "after" else None
        assert within(row["true_positives"], row["positives"], late or scanner.sensitivity)
        absent = row["cases"] - row["positives"]
        assert within(row["true_negatives"], absent, scanner.specificity)


def test_what_came_out_is_what_was_written(cases: pd.DataFrame, truth: dict[str, Any]) -> None:
    """The answered examinations of truth.json are those of the batch."""
    answered = cases[cases["inferences_call"].isin(["positive", "negative"])]
    for deployment, rows in answered.groupby("inferences_deployment"):
        counted = truth["services"][deployment]["came_out"]
        assert sum(row["cases"] for row in counted) == len(rows)


def test_the_outage_is_all_of_its_days_and_no_other(
    cases: pd.DataFrame, truth: dict[str, Any]
) -> None:
    """Every head CT of the three days is unprocessed, and the site reports the outage."""
    outage = fault(truth, "outage")
    first = date.fromisoformat(outage["from"])
    days = {first + timedelta(days=n) for n in range(outage["days"])}
    head = cases[cases["inferences_deployment"] == HEAD_CT.deployment]
    unprocessed = head["inferences_call"] == "not_processed"
    assert set(head["day"][unprocessed]) == days
    assert unprocessed[head["day"].isin(days)].all()


def test_children_and_the_new_scanner_come_when_they_come(
    cases: pd.DataFrame, truth: dict[str, Any]
) -> None:
    """No child and no image of the new scanner before its day, enough after."""
    children = cases[cases["age"] < 18]
    serial = fault(truth, "scanner_off_label")["serial"]
    installed = cases[cases["device_serial_number"] == serial]
    for rows, name in ((children, "children_off_label"), (installed, "scanner_off_label")):
        assert rows["day"].min() >= date.fromisoformat(fault(truth, name)["from"])
        assert len(rows) > 200


def test_one_scanner_sends_no_slice_thickness(cases: pd.DataFrame, truth: dict[str, Any]) -> None:
    """Slice thickness is missing in all head CTs of that scanner and in no other."""
    head = cases[cases["body_part_examined"] == "HEAD"]
    missing = head["device_serial_number"][head["slice_thickness"] == ""]
    serial = fault(truth, "slice_thickness_missing")["serial"]
    assert set(missing) == {serial}
    assert len(missing) == (head["device_serial_number"] == serial).sum()


def test_audits_are_a_random_sample_of_agreed_negatives(cases: pd.DataFrame) -> None:
    """Audited cases were negative to reader and algorithm, as many as their probability says."""
    audited = cases["outcomes_verification_reason"] == "random_audit"
    agreed = (cases["inferences_call"] == "negative") & (cases["reports_call"] == "negative")
    closed = cases["day"] < cases["day"].max() - timedelta(days=40)
    assert agreed[audited].all()
    assert set(cases["outcomes_verification_probability"][audited]) == {"0.05"}
    assert (cases["outcomes_verification_probability"].fillna("")[~audited] == "").all()
    assert within(int((audited & closed).sum()), int((agreed & closed).sum()), 0.05)


def test_the_last_weeks_are_immature(cases: pd.DataFrame) -> None:
    """Fewer of the flagged are settled in the last fortnight than before."""
    flagged = cases[
        (cases["inferences_call"] == "positive") | (cases["reports_call"] == "positive")
    ]
    recent = flagged["day"] > flagged["day"].max() - timedelta(days=14)
    settled = flagged["outcomes_value"].notna()
    assert settled[~recent].mean() > 0.8
    assert settled[recent].mean() < 0.6


def test_the_registry_follows_only_patients_without_the_finding(batch: Batch) -> None:
    """No patient is both followed without the finding and known to have it."""
    tables = batch("hospital").tables
    positive = tables["outcomes"][tables["outcomes"]["value"] == "positive"]
    assert not tables["follow_up"]["patient_id"].isin(positive["patient_id"]).any()


def test_a_reader_acts_only_on_what_was_shown(cases: pd.DataFrame) -> None:
    """What was shown was so before the report, and the action says whether they agree."""
    shown = cases[cases["inferences_shown_at"] != ""]
    assert (shown["reports_ai_visible"] == "true").all()
    assert (shown["inferences_shown_at"] <= shown["reports_reported_at"]).all()
    agreed = shown["inferences_call"] == shown["reports_call"]
    assert (agreed == (shown["inferences_user_action"] == "accepted")).all()
    hidden = cases[cases["inferences_shown_at"] == ""]
    assert (hidden["inferences_user_action"] == "not_shown").all()
