"""What is lacking is remedied where the sentence leads: every page that it names is a link."""

import yaml
from httpx import Client

from backend.clock import now
from backend.database import unit_of_work
from register import catalogue

KEY, ALGORITHM = "ctbrain-north-ed", "ctbrain-triage"
LINKS = (
    "/register/ctbrain-triage/north/due-diligence",
    "/register/ctbrain-triage/north/ai-act",
    f"/deployments/{KEY}/validations",
    f"/deployments/{KEY}/plan",
)


def newly_entered(url: str) -> None:
    """The deployment of the register, as it would stand there before anything was decided of it."""
    with unit_of_work(url, by="t") as session:
        said = yaml.safe_load(catalogue.export(session, ALGORITHM))
        (entry,) = said["deployments"]
        said["deployments"] = [
            entry | {"shadow": None, "live": None, "monitoring": {}, "oversight": {}}
        ]
        form = catalogue.understood(yaml.safe_dump(said), "the entry")
        catalogue.record(session, form, by="t", at=now())


def test_every_remedy_leads_to_its_page(come_as, pages: Client, registered: str) -> None:
    """On State and decisions no page is named that is not linked, and what is to be typed shows no backtick."""
    come_as("compliance_officer")
    newly_entered(registered)
    page = pages.get(f"/deployments/{KEY}/lifecycle").text
    for link in LINKS:
        assert f'<a href="{link}">' in page, link
        assert pages.get(link).status_code == 200
    assert "`" not in page
    assert "<code>oversight: {clinical_lead: …}</code>" in page


def test_due_diligence_comes_before_evidence(come_as, pages: Client, registered: str) -> None:
    """The page of a newly entered deployment leads to its due diligence first; one that is live is not sent there."""
    come_as("compliance_officer")
    page = f"/deployments/{KEY}"
    assert not any(
        "due diligence" in step for step in pages.get(f"{page}?format=json").json()["next_steps"]
    )
    newly_entered(registered)
    steps = pages.get(f"{page}?format=json").json()["next_steps"]
    assert "due diligence was never begun" in steps[0]
    assert f'<a href="{LINKS[0]}">' in pages.get(page).text
