"""Where a deployment stands is told wherever it is named: its state, and that its approval no longer holds."""

from typing import Any

import pytest
import yaml
from httpx import Client
from sqlmodel import Session

from backend.clock import now
from backend.database import unit_of_work
from register import catalogue

KEY, ALGORITHM = "ctbrain-north-ed", "ctbrain-triage"
PLACES = ("/", "/register", f"/register/{ALGORITHM}", f"/deployments/{KEY}")


def revised(session: Session, **change: Any) -> None:
    """The deployment recorded anew, now, with something changed."""
    said = yaml.safe_load(catalogue.export(session, ALGORITHM))
    said["deployments"][0] |= change
    form = catalogue.understood(yaml.safe_dump(said), "the entry")
    catalogue.record(session, form, by="t", at=now())


@pytest.mark.parametrize("place", PLACES)
def test_an_approval_that_no_longer_holds_is_told_with_its_reason(
    come_as, pages: Client, registered: str, place: str
) -> None:
    """A badge with what changed leads to where it is approved anew; before, nothing is told."""
    come_as("auditor")
    told = f'<a href="/deployments/{KEY}/lifecycle" title="threshold changed">'
    assert "Approval no longer holds" not in pages.get(place).text
    with unit_of_work(registered, by="t") as session:
        revised(session, threshold=0.7)
    page = pages.get(place).text
    assert told in page
    assert "Approval no longer holds" in page
