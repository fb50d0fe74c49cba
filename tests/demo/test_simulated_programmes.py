"""What was put into the simulated clinic and the screening programme comes out within its interval."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.commands import demo
from backend.database import unit_of_work
from demo import nodule_clinic, screening_programme, simulated_hospital
from demo.put_in import PutIn, truth_beside
from surveillance.measurement import latest_analyses


@pytest.fixture
def analyses(demo_database_url: str):
    """The kept analyses of a deployment of the demonstration."""

    def found(deployment: str, finding: str) -> dict[str, dict[str, Any]]:
        with unit_of_work(demo_database_url, by="test") as session:
            kept = latest_analyses(session, deployment, finding)
            return {kind: one.content for kind, one in kept.items()}

    return found


def test_everything_put_in_comes_out(demo_database_url: str, tmp_path: Path, home: Path) -> None:
    """As the demo tells it: each property of the simulated evidence lies within the interval found."""
    anchor = date.fromisoformat((home / "demo" / "anchor").read_text())
    simulated_hospital.write(tmp_path, None, anchor, demo.SEED)
    batch = {"truth": truth_beside(tmp_path)}
    told = {"evidence": [batch], "figures": demo._figures(demo_database_url)}
    beside = demo._truth(demo_database_url, told)
    assert len(beside) == 7
    assert [one["what"] for one in beside if not one["held"]] == []
    assert {one["deployment"] for one in beside} == {
        "ctbrain-north-ed", "ptx-north-xr", nodule_clinic.DEPLOYMENT, screening_programme.DEPLOYMENT,
    }  # fmt: skip


def test_what_did_not_come_out_is_said() -> None:
    """A figure beside its property is not held where the interval leaves it out, and not known without one."""
    one = PutIn(
        deployment="d",
        finding="f",
        what="sensitivity",
        value=0.9,
        told=("corrected", "sensitivity"),
    )
    figure = {"estimate": 0.7, "lower": 0.6, "upper": 0.8, "n": 10}
    assert one.beside({"corrected": {"sensitivity": figure}})["held"] is False
    assert one.beside({"corrected": None})["held"] is None


def test_every_nodule_is_found_or_missed(analyses) -> None:
    """Below the threshold or without a mark: the counts add up."""
    said = analyses(nodule_clinic.DEPLOYMENT, nodule_clinic.FINDING)["detection"]
    missed = said["missed_below_threshold"] + said["missed_without_mark"]
    assert said["found"] + missed == said["lesions"]


def test_the_bias_of_a_diameter_comes_out(analyses) -> None:
    """0.3 mm of each nodule, and more where the largest of several marks stands for a study."""
    said = analyses(nodule_clinic.DEPLOYMENT, nodule_clinic.FINDING)["measurement"]["reference"]
    assert 0.2 < said["bias"]["estimate"] < 0.8
    assert said["icc"]["estimate"] > 0.8


def test_reports_are_read_out_of_their_text(analyses) -> None:
    """No call was given with a report: the rules read each, and their errors are said."""
    said = analyses(nodule_clinic.DEPLOYMENT, nodule_clinic.FINDING)["report_text"]
    assert said["read"] == said["reports"] > 0
    assert said["rules"]


def test_programme_sensitivity_comes_out(analyses) -> None:
    """From the complete cohorts and from all screens with their unfinished follow-up."""
    said = analyses(screening_programme.DEPLOYMENT, screening_programme.FINDING)["screening"]
    seen, arising = screening_programme.DETECTABLE, screening_programme.ARISING
    for who, rates in (
        ("programme", screening_programme.READER), ("algorithm", screening_programme.ALGORITHM),
    ):  # fmt: skip
        truth = seen * rates[0] / (seen + arising * (1 - seen))
        for found in (said[who]["sensitivity"], said["so_far"][who]["sensitivity"]):
            assert found["lower"] < truth < found["upper"], (who, truth, found)


def test_what_is_biopsied_was_recommended_for_biopsy(tmp_path: Path) -> None:
    """No biopsy is done that no report asked for; only the last days' are still to come."""
    screening_programme.write(tmp_path, None, date(2026, 6, 30), 7)
    reports = pd.read_csv(tmp_path / "reports.csv", dtype=str)
    done = pd.read_csv(tmp_path / "investigations.csv", dtype=str)["investigation_id"]
    asked = reports.loc[reports["recommended_action"] == "biopsy", "report_id"]
    asked_of = set(asked.str.removesuffix("-report"))
    assert set(done.str.removesuffix("-biopsy")) <= asked_of
    assert 0.95 * len(asked_of) < len(done)
