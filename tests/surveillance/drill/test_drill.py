"""The drill finds what harms, tells what does not as what it is, and keeps the stated rate of false alarms."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveillance.drill import beside, hospital, table
from surveillance.drill.faults import FAULTS
from surveillance.drill.running import run
from surveillance.monitors import performance, stop_rule
from surveillance.monitors.verdict import Answer

NAMES = {
    "sensitivity_drop_on_one_scanner", "threshold_shift", "vendor_silent_update", "new_scanner", "prevalence_doubling",
    "verification_policy_change", "feed_outage", "readers_deferring_to_ai", "paediatric_off_label_use",
    "calibration_decay", "label_noise",
}  # fmt: skip
PUBLIC = {
    "fault", "harmful", "found", "monitor", "cases", "days", "delay_over_floor", "reported_as_performance_loss",
}  # fmt: skip


def test_the_hospital_is_what_it_says() -> None:
    """Sensitivity 0.90, specificity 0.92, 10 % diseased, readers 0.85 and 0.96; 30 to 60 studies a day."""
    arrived = hospital.arrivals(1, 700)
    cases, reads = hospital.happen(arrived, hospital.conditions(arrived))
    ill = (arrived["disease"] < 0.10).to_numpy()
    ran = (cases["call"] != "failed").to_numpy()
    called = (cases["call"] == "positive").to_numpy()
    assert called[ill & ran].mean() == pytest.approx(0.90, abs=0.02)
    assert called[~ill & ran].mean() == pytest.approx(0.08, abs=0.01)
    said = cases["inference_id"].map(reads.set_index("inference_id")["call"])
    assert (said[ill].dropna() == "positive").mean() == pytest.approx(0.85, abs=0.03)
    assert (said[~ill].dropna() == "positive").mean() == pytest.approx(0.04, abs=0.01)
    assert 30 < len(cases) / 700 < 60
    audited = cases["verification_probability"].notna()
    assert set(cases.loc[audited, "verification_reason"]) == {"random_audit"}


def test_a_fault_leaves_the_patients_before_it_as_they_were() -> None:
    """The same seed gives the same people, so that a fault is seen against what would have been."""
    arrived = hospital.arrivals(2, 60)
    before, _ = hospital.happen(arrived, hospital.conditions(arrived))
    begins = pd.Timestamp(hospital.FIRST_DAY) + pd.Timedelta(days=40)
    for fault in FAULTS:
        under = hospital.conditions(arrived)
        fault.does(under, arrived["number"] - 40)
        after, _ = hospital.happen(arrived, under)
        assert after[after["day"] < begins].equals(before[before["day"] < begins]), fault.name
        assert not after.equals(before), fault.name


@pytest.mark.slow
def test_at_the_stated_rate_every_harmful_fault_is_found_and_no_harmless_one_is_a_loss() -> None:
    """The bar of the drill, at six harmless years and three repetitions."""
    done = run(years=6, seed=3, repetitions=3)
    said = table.as_json(done)
    assert {fault["fault"] for fault in said["faults"]} == NAMES
    assert done.stated_per_year == pytest.approx(1.0)
    assert done.interval[0] <= done.stated_per_year
    for fault in said["faults"]:
        assert set(fault) >= PUBLIC
        if fault["harmful"]:
            assert fault["found"], fault
        else:
            assert fault["reported_as_performance_loss"] is False, fault
    drop = next(f for f in said["faults"] if f["fault"] == "sensitivity_drop_on_one_scanner")
    assert (drop["monitor"], drop["reported_as_performance_loss"]) == ("sensitivity", True)
    assert 0 < drop["delay_over_floor"] <= 1.5
    noise = next(f for f in said["faults"] if f["fault"] == "label_noise")
    assert (noise["monitor"], noise["reported_as_performance_loss"]) == ("reference", False)


@pytest.mark.slow
def test_the_command_says_the_same_for_the_same_seed() -> None:
    """Machine-readable, and nothing but JSON on standard output."""
    words = [sys.executable, "-c", "from backend.commands import run; run()", "drill", "--years", "1", "--seed", "4", "--json"]  # fmt: skip
    first, again = (
        subprocess.run(words, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert first == again
    said = json.loads(first)
    assert said["harmless_years"] == 1
    assert {fault["fault"] for fault in said["faults"]} == NAMES
    assert isinstance(said["false_alarms_per_deployment_year"], float)


def test_what_watches_beside_the_rules_is_quiet_in_a_harmless_hospital_and_hears_a_loss() -> None:
    """Claims and drift over two months: nothing where nothing is wrong; the claim is breached where one in five more is missed."""
    arrived = hospital.arrivals(8, 330)
    first, last = (pd.Timestamp(hospital.FIRST_DAY) + pd.Timedelta(days=day) for day in (240, 310))
    under = hospital.conditions(arrived)
    assert beside.rung(*hospital.happen(arrived, under), first=first, last=last) == {}
    under["missed_more"] = 0.25
    told = beside.rung(*hospital.happen(arrived, under), first=first, last=last)
    assert told["performance"] >= 1


def test_one_audited_miss_breaches_no_claim() -> None:
    """A hospital in which nothing is wrong: by chance the audit of one scanner finds a miss that stands for twenty, and the claim is not shown to fail."""
    arrived = hospital.arrivals(np.random.SeedSequence([0, 3]), 575)
    day = pd.Timestamp(2024, 1, 27)
    known = beside.known(*hospital.happen(arrived, hospital.conditions(arrived)), day)
    (said,) = [v for v in performance.watch(known) if (v.metric, v.level) == ("sensitivity", "Aquilion")]  # fmt: skip
    assert said.upper is not None
    assert said.threshold is not None
    assert said.upper < said.threshold
    assert said.answer is Answer.NOT_SHOWN
    assert "only while one of the verified cases counts" in said.sentence
    known.view.entry.monitoring = {"stop_rules": [{"metric": "sensitivity", "below": 0.85, "stratum": {"manufacturer_model_name": "Aquilion"}}]}  # fmt: skip
    last = pd.to_datetime(known.cases["day"]).max() - pd.Timedelta(days=150)
    lately = replace(known, cases=known.cases[pd.to_datetime(known.cases["day"]) > last])
    (stop,) = stop_rule.watch(lately)
    assert stop.answer is Answer.NOT_SHOWN
    assert "only while one of the verified cases counts" in stop.sentence
