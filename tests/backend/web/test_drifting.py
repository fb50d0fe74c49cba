"""Evidently's own report: taken by who may see the deployment, noted, and without anything that stands for a patient."""

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest
from httpx import Client

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue

REPORT = "/deployments/ctbrain-north-ed/drift-report?finding=intracranial_haemorrhage"


def test_the_report_is_one_click_from_the_charts(signed_in: Client, demo_database_url: str) -> None:
    """A page that may run scripts as nobody and ask nothing of anybody; taking it stands in the audit trail."""
    assert REPORT in signed_in.get("/deployments/ctbrain-north-ed").text
    report = signed_in.get(REPORT)
    assert report.status_code == 200
    policy = report.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert "allow-same-origin" not in policy
    assert "manufacturer_model_name" in report.text
    with psycopg.connect(demo_database_url) as pg:
        identifiers = pg.execute(
            "SELECT inference_id, study_instance_uid, patient FROM judged_case WHERE deployment = 'ctbrain-north-ed'"
        ).fetchall()
        noted = pg.execute(
            "SELECT by, subject FROM audit_event WHERE event = 'exported' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert noted == ("demo", "drift report of ctbrain-north-ed, intracranial_haemorrhage")
    assert len(identifiers) > 1000
    assert not any(str(one) in report.text for row in identifiers[::20] for one in row)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/deployments/cytology-lab/drift-report?finding=breast_malignancy", "study dates of this source are simulated"),
        ("/deployments/ctbrain-north-ed/drift-report?finding=scoliosis", "is not cleared for"),
        ("/deployments/nowhere/drift-report?finding=scoliosis", "No deployment"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told(signed_in: Client, path: str, says: str) -> None:
    """In a sentence, on a page of ours."""
    refused = signed_in.get(path)
    assert refused.status_code != 200
    assert says in refused.text


def test_nobody_sees_it_unasked(client: Client) -> None:
    """Without a sign-in it leads to the form."""
    assert client.get(REPORT).headers["location"].startswith("/sign-in")


def test_another_site_does_not_see_it(
    pages: Client, come_as: Callable[..., str], registered: str
) -> None:
    """To an account that is limited to a site, what runs elsewhere is not there."""
    with unit_of_work(registered, by="t") as session:
        form = catalogue.read(REGISTER / "nodule-ct.yaml")
        catalogue.record(session, form, by="t", at=datetime(2026, 1, 1, tzinfo=UTC))
    come_as("auditor", "lidc")
    refused = pages.get(REPORT)
    assert refused.status_code == 404
    assert "No deployment" in refused.text
