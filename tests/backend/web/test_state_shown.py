"""Where a deployment stands is told wherever it is named: its state, and that its approval no longer holds."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from httpx import Client
from sqlmodel import Session

from backend.clock import now
from backend.database import unit_of_work
from register import catalogue
from surveillance.changing_state import suspend
from tests.backend.web.test_handling import ring
from tests.surveillance.taken_on import ANNA

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


def test_where_it_stands_is_told_since_when_and_by_which_decision(
    come_as, pages: Client, registered: str
) -> None:
    """Live as the entry stated it, then suspended by a decision: that comes before a clearance that ends soon."""
    come_as("auditor")
    page = f"/deployments/{KEY}?format=json"
    assert pages.get(page).json()["since"].startswith("since 2023-05-02, taken over from the entry")
    with unit_of_work(registered, by="t") as session:
        said = yaml.safe_load(catalogue.export(session, ALGORITHM))
        said["algorithm"]["clearances"][0]["expires"] = now().date() + timedelta(days=20)
        form = catalogue.understood(yaml.safe_dump(said), "the entry")
        catalogue.record(session, form, by="t", at=now())
        number = suspend(session, KEY, signer=ANNA, reason="Missed two.", at=now()).id
    told = f"since {now().date()}, by decision {number}"
    assert pages.get(page).json()["since"] == told
    assert told in pages.get(f"/deployments/{KEY}").text
    assert told in pages.get(f"/register/{ALGORITHM}").text
    assert pages.get("/register?format=json").json()["rows"][0]["status"] == "Suspended"
    (row,) = pages.get("/?format=json").json()["rows"]
    assert (row["state"]["word"], row["clearance"]["word"]) == ("Suspended", "Clearance ends soon")
    watch = pages.get("/").text
    assert 0 < watch.index("<span>Suspended</span>") < watch.index("Clearance ends soon")


def test_a_signal_tells_whether_what_it_is_about_still_runs(
    come_as, pages: Client, registered: str
) -> None:
    """Live, with the way to stop it; suspended, with the way to its decisions."""
    ring(registered)
    come_as("auditor")
    assert ">Restrict or suspend</a>" in pages.get("/signals/1").text
    with unit_of_work(registered, by="t") as session:
        suspend(session, KEY, signer=ANNA, reason="Missed two.", at=now())
    page = pages.get("/signals/1").text
    assert "<span>Suspended</span>" in page
    assert ">State and decisions</a>" in page
    assert "Restrict or suspend" not in page
