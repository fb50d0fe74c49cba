"""What one person does not change of what is in care, whichever way it is entered."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from httpx import Client, Response

from backend.clock import now
from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from register.clearance import Clearance
from register.deployment import Deployment
from register.entering import MOMENT, NotEntered, refuse_what_two_decide
from register.revision import as_known
from register.signature import Signer
from surveillance.changing_state import suspend
from tests.backend.web import test_entering

send = test_entering.send
Send = Callable[..., Response]
Change = Callable[[dict[str, Any]], object]
KEY = "ctbrain-north-ed"
LEAD = Signer(key="lead", name="Lead", role="clinical_lead")


def entry(url: str, change: Change = lambda _: None) -> str:
    """The entry as it stands in the register, with a change."""
    with unit_of_work(url, by="t") as session:
        written = yaml.safe_load(catalogue.export(session, "ctbrain-triage"))
    change(written)
    return yaml.safe_dump(written, sort_keys=False)


def deployed(**change: Any) -> Change:
    return lambda written: written["deployments"][0].update(change)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (deployed(threshold=0.2), "threshold"),
        (deployed(use_mode="concurrent"), "use_mode"),
        (deployed(monitoring={"owner": "nobody", "cadence": "yearly"}), "monitoring.cadence"),
    ],
)
def test_terms_of_care_are_proposed_and_not_recorded(
    come_as, send: Send, registered: str, change: Change, field: str
) -> None:
    """Operating point, mode of use and monitoring plan, also while it is suspended; the page offers to propose them."""
    come_as("compliance_officer")
    changed = entry(registered, change)
    for stands in ("live", "suspended"):
        if stands == "suspended":
            with unit_of_work(registered, by="t") as session:
                suspend(session, KEY, signer=LEAD, reason="To be sure.", at=now())
        assert f"deployments[{KEY}].{field}: {KEY} is {stands}" in send("look", changed).text
        refused = send("record", changed)
        assert (refused.status_code, "one person does not change it" in refused.text) == (403, True)


def test_the_label_of_what_is_suspended_is_two_peoples_matter(
    come_as, send: Send, registered: str
) -> None:
    """Otherwise one would suspend, widen, and run children in shadow."""
    with unit_of_work(registered, by="t") as session:
        suspend(session, KEY, signer=LEAD, reason="To be sure.", at=now())
    come_as("compliance_officer")
    widened = entry(registered, lambda written: scope(written)["patient_age"].update(min=2))
    refused = send("record", widened)
    assert f"{KEY} is suspended under this, and one person does not change it" in refused.text


def claimed_less(written: dict[str, Any]) -> None:
    """A second claim on sensitivity put before the one there is."""
    claims = written["algorithm"]["clearances"][0]["indications"][0]["claims"]
    claims.insert(0, {**claims[0], "value": 0.3, "lower": None})


def accepted_less(written: dict[str, Any]) -> None:
    """A criterion lowered, beside one of which the name reads like its place."""
    written["deployments"][0]["acceptance"]["sensitivity"].update(
        min=0.1, weaker_because="Few cases."
    )
    written["deployments"][0]["acceptance"]["sensitivity.min"] = 0.87


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (claimed_less, "indications[ich-adult].claims[sensitivity].value"),
        (accepted_less, f"deployments[{KEY}].acceptance.sensitivity.min"),
    ],
)
def test_nothing_is_hidden_behind_what_is_called_alike(
    come_as, send: Send, registered: str, change: Change, field: str
) -> None:
    """Of two of one name the first is looked at as well, and neither is changed by one person."""
    come_as("compliance_officer")
    changed = entry(registered, change)
    assert f"{field}: {KEY} is live under it" in send("look", changed).text
    assert "one person does not change it" in send("record", changed).text


def test_what_it_is_for_is_two_peoples_matter(come_as, send: Send, registered: str) -> None:
    """The intended purpose is the label of the whole: from ordering a list to finding what nobody looks at."""
    come_as("compliance_officer")
    changed = entry(registered, lambda written: written["algorithm"].update(purpose="detection"))
    assert f"algorithm.purpose: {KEY} is live under it" in send("look", changed).text
    assert "one person does not change it" in send("record", changed).text
    renamed = entry(registered, lambda written: written["algorithm"].update(name="Other name"))
    assert send("record", renamed).status_code == 303


def another_clearance(written: dict[str, Any]) -> None:
    """A second one, with an indication of the name in use that covers nearly anything."""
    first = written["algorithm"]["clearances"][0]
    wide = {**first["indications"][0], "scope": {"modality": {"in": ["CT", "MR"]}}, "claims": []}
    written["algorithm"]["clearances"].append({**first, "key": "ce-wide", "indications": [wide]})


def test_a_new_clearance_under_a_name_in_use_is_two_peoples_matter(
    come_as, send: Send, registered: str
) -> None:
    """It widens the label as an edit of the old one does, on the page as on the command line, live as suspended."""
    come_as("compliance_officer")
    wider = entry(registered, another_clearance)
    for stands in ("live", "suspended"):
        if stands == "suspended":
            with unit_of_work(registered, by="t") as session:
                suspend(session, KEY, signer=LEAD, reason="To be sure.", at=now())
        assert (
            f"{KEY} is {stands} under this, and one person does not change it"
            in send("record", wider).text
        )
        with unit_of_work(registered, by="t") as session:
            at = now()
            catalogue.record(session, catalogue.understood(wider, "entry.yaml"), by="t", at=at)
            with pytest.raises(NotEntered, match=f"{KEY} is {stands} under this"):
                refuse_what_two_decide(session, "ctbrain-triage", at)
            session.rollback()


def test_a_clearance_recorded_in_error_is_voided_by_one(
    come_as, send: Send, registered: str
) -> None:
    """Nothing runs under it: as no pathway to care it counts nowhere, and its history keeps what stood."""
    come_as("compliance_officer")
    wrong = {"key": "wrong", "jurisdiction": "US", "pathway": "fda_510k", "number": "K201234"}
    void = {**wrong, "pathway": "none", "number": None, "conditions": "Recorded in error: K201234 is another product."}  # fmt: skip
    for stated in (wrong, void):

        def beside(written: dict[str, Any], one: dict[str, Any] = stated) -> None:
            written["algorithm"]["clearances"][1:] = [one]

        changed = entry(registered, beside)
        assert send("record", changed).status_code == 303
    with unit_of_work(registered, by="t") as session:
        (now_known,) = as_known(session, Clearance, key="ctbrain-triage:wrong")
        assert not now_known.held.counts_in("US")
        assert (now_known.revision, now_known.conditions) == (2, void["conditions"])


def test_a_second_deployment_does_not_step_round_a_decision(registered: str) -> None:
    """Suspended by a signature, it is not entered again beside itself as live."""
    with unit_of_work(registered, by="t") as session:
        suspend(session, KEY, signer=LEAD, reason="To be sure.", at=now())

    def beside(written: dict[str, Any]) -> None:
        written["deployments"].append({**written["deployments"][0], "key": "beside"})

    text = entry(registered, beside)
    with unit_of_work(registered, by="t") as session:
        at = now()
        catalogue.record(session, catalogue.understood(text, "entry.yaml"), by="t", at=at)
        with pytest.raises(
            NotEntered, match=f"deployments.beside: {KEY} is the same algorithm at north"
        ):
            refuse_what_two_decide(session, "ctbrain-triage", at)
        session.rollback()


def another_version(written: dict[str, Any]) -> None:
    """A release beside the one that runs, named as the one that does."""
    written["algorithm"]["devices"].append({"version": "2.4.0"})
    deployed(version="2.4.0")(written)


def another_site(written: dict[str, Any]) -> None:
    """A site under another law, and what runs moved to it."""
    written["sites"].append({"key": "elsewhere", "name": "Elsewhere", "jurisdiction": "US"})
    deployed(site="elsewhere")(written)


def scope(written: dict[str, Any]) -> dict[str, Any]:
    return dict(written["algorithm"]["clearances"][0]["indications"][0]["scope"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (deployed(live={"from": "2023-05-02", "to": "2026-03-01"}), "is decided on its page State and decisions"),
        (deployed(live={"from": "2025-05-02"}), "is decided on its page State and decisions"),
        (another_site, "it is of north and stays there"),
        (another_version, "another version is put in its place"),
        (lambda written: written["sites"][0].update(jurisdiction="US"), "is live there, cleared in EU"),
    ],
)  # fmt: skip
def test_what_is_decided_elsewhere_is_not_entered(
    come_as, send: Send, registered: str, change: Change, says: str
) -> None:
    """That it runs or has ended, which version runs, under which law it lies: on the page as on the command line."""
    come_as("compliance_officer")
    changed = entry(registered, change)
    assert says in send("look", changed).text
    with unit_of_work(registered, by="t") as session:
        at = now()
        catalogue.record(session, catalogue.understood(changed, "entry.yaml"), by="t", at=at)
        with pytest.raises(NotEntered, match=says):
            refuse_what_two_decide(session, "ctbrain-triage", at)
        session.rollback()


def test_the_law_of_what_is_suspended_asks_only_for_its_retirement(
    come_as, send: Send, registered: str
) -> None:
    """What is done already is not asked for."""
    moved = entry(registered, lambda written: written["sites"][0].update(jurisdiction="US"))
    come_as("compliance_officer")
    assert "; suspend and retire it first" in send("look", moved).text
    with unit_of_work(registered, by="t") as session:
        suspend(session, KEY, signer=LEAD, reason="To be sure.", at=now())
    assert "is suspended there, cleared in EU; retire it first" in send("look", moved).text


def test_a_deployment_is_not_taken_by_another_algorithm(registered: str) -> None:
    """An entry that names the key of what runs would move it, and end it."""
    other = yaml.safe_load((REGISTER / "nodule-ct.yaml").read_text())
    other["deployments"][0].update(key=KEY)
    other["deployments"][0].pop("shadow", None)
    with unit_of_work(registered, by="t") as session:
        at = now()
        catalogue.record(session, catalogue.understood(yaml.safe_dump(other), "entry.yaml"), by="t", at=at)  # fmt: skip
        with pytest.raises(NotEntered, match="it is of ctbrain-triage and stays there"):
            refuse_what_two_decide(session, "nodule-ct", at)
        session.rollback()


def test_nothing_is_taken_over_from_a_day_to_come(registered: str) -> None:
    """What runs already is taken over; that something will run is decided."""
    ahead = (REGISTER / "ptx-triage.yaml").read_text().replace("2023-07-03", "2099-07-03")
    with unit_of_work(registered, by="t") as session:
        at = now()
        catalogue.record(session, catalogue.understood(ahead, "entry.yaml"), by="t", at=at)
        with pytest.raises(NotEntered, match="2099-07-03 is to come"):
            refuse_what_two_decide(session, "ptx-triage", at)
        session.rollback()


def test_a_site_is_looked_at_field_by_field(come_as, send: Send, registered: str) -> None:
    """Its new name is shown beside the old one, and what was not looked at is not recorded."""
    come_as("compliance_officer")
    site = "sites:\n  - {key: north, name: North, jurisdiction: EU, time_zone: Europe/Amsterdam}\n"
    looked = send("look", site).text
    for said in ("sites[north].name", "North Hospital (simulated)"):
        assert said in looked
    assert send("record", site).status_code == 303
    with unit_of_work(registered, by="t") as session:
        assert as_known(session, Deployment, now() - MOMENT)


def test_another_text_than_the_one_looked_at_is_not_recorded(
    come_as, pages: Client, send: Send, registered: str
) -> None:
    """A site as well: the digest is of its fields."""
    come_as("compliance_officer")
    site = "sites:\n  - {key: north, name: NAME, jurisdiction: EU, time_zone: Europe/Amsterdam}\n"
    looked = send("look", site.replace("NAME", "North")).text
    seen = looked.split('name="seen" value="')[1].split('"')[0]
    token = looked.split('name="token" value="')[1].split('"')[0]
    other = {"act": "record", "text": site.replace("NAME", "South"), "seen": seen, "token": token}
    assert "This is not what was looked at" in pages.post("/enter", data=other).text


def test_a_takeover_is_confirmed_on_the_page_of_its_state(
    come_as, pages: Client, registered: str
) -> None:
    """The page says that two people have to; one signature stays there, and the same person gives no second."""
    password = come_as("clinical_lead")
    place = f"/deployments/{KEY}/lifecycle"
    page = pages.get(place).text
    assert "two people have not confirmed yet" in page
    form = {"confirm": "yes", "reason": "In use since 2023", "password": password}
    said = pages.post(
        f"/deployments/{KEY}/takeover",
        data={**form, "token": page.split('name="token" value="')[1].split('"')[0]},
    )
    assert said.status_code == 303
    page = pages.get(place).text
    assert "two people have not confirmed yet" in page
    assert "ada confirmed it; a second person must." in page
    assert "Taken over as it stood" in page
    assert "In use since 2023" in page
