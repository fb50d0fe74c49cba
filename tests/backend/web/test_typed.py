"""What was typed is not lost to a refusal, and a refusal is a sentence on a page."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from httpx import Client, Response

from backend.database import unit_of_work
from register.task import Called, open_once
from tests.journeys.served import token_in

PAGE = "/deployments/ctbrain-north-ed/lifecycle"
ComeAs = Callable[..., str]


def post(pages: Client, path: str, **form: str) -> Response:
    return pages.post(path, data={"token": token_in(pages.get("/").text), **form})


def test_a_refused_signature_keeps_all_but_the_password(pages: Client, come_as: ComeAs) -> None:
    """Choice, evidence and reason stand there as typed, in that form alone."""
    come_as("clinical_lead")
    refused = post(
        pages, PAGE, to="limited", evidence="Minutes of 4 May", reason="Nights only.", password="guessed-it",
    )  # fmt: skip
    assert refused.status_code == 403
    for kept in ("Minutes of 4 May</textarea>", "Nights only.</textarea>", '<option value="limited" selected>'):  # fmt: skip
        assert refused.text.count(kept) == 1
    assert "guessed-it" not in refused.text
    assert "Nights only." not in pages.get(PAGE).text


def test_a_refused_suspension_says_that_it_still_runs(pages: Client, come_as: ComeAs) -> None:
    """Whoever pressed the kill switch is not left to believe that it worked."""
    come_as("clinical_lead")
    refused = post(pages, f"{PAGE.removesuffix('/lifecycle')}/suspend", suspend="yes", reason="Missed bleeds.", password="wrong")  # fmt: skip
    assert "Nothing was suspended: ctbrain-north-ed still runs." in refused.text
    assert "Missed bleeds.</textarea>" in refused.text


def test_a_task_that_is_not_closed_keeps_what_was_done(pages: Client, come_as: ComeAs, registered: str) -> None:  # fmt: skip
    """In its own form, which stands open, with the reason."""
    with unit_of_work(registered, by="t") as session:
        for cause in ("a", "b"):
            open_once(session, Called(cause=cause, kind="commitment", sentence="Look."), at=datetime(2026, 1, 1, tzinfo=UTC))  # fmt: skip
    password = come_as("integrator")
    refused = post(pages, "/inbox/2", outcome="New certificate recorded.", password=password)
    assert refused.status_code == 403
    (kept,) = (part for part in refused.text.split("<section") if "New certificate recorded.</textarea>" in part)  # fmt: skip
    assert 'id="task-2"' in kept
    assert "Ada is integrator" in kept


def test_a_refused_account_keeps_its_fields(pages: Client, come_as: ComeAs) -> None:
    """Name, role, sites and last day."""
    come_as("administrator")
    refused = post(pages, "/accounts", key="ben", name="Dr Ben", role="clinical_lead", site="north", until="2020-01-01")  # fmt: skip
    for kept in ('value="Dr Ben"', '<option value="clinical_lead" selected>', 'value="north" checked', 'value="2020-01-01"'):  # fmt: skip
        assert kept in refused.text


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        (PAGE, {"to": "magic"}, "to: needs one of"),
        (PAGE, {}, "to: is missing; add it"),
        (f"{PAGE}/one", {"approve": "yes"}, "number: needs a whole number, such as 30 (given: &#39;one&#39;)"),
        (PAGE, {"to": "limited", "password": "long" * 500}, "password: takes a text of 1000 characters at most. Nothing"),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_told_on_a_page(pages: Client, come_as: ComeAs, path: str, form: dict[str, str], says: str) -> None:  # fmt: skip
    """Field, remedy and value in a sentence, never the reader's own types."""
    come_as("clinical_lead")
    refused = post(pages, path, **form)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "text/html; charset=utf-8")  # fmt: skip
    assert says in refused.text
    assert "Nothing was changed; go back and correct it." in refused.text


@pytest.mark.parametrize("name", ["as_of", "since"])
def test_a_day_ahead_is_not_looked_back_on(pages: Client, come_as: ComeAs, name: str) -> None:
    """The register as of a day to come is refused, not shown as of today."""
    come_as("auditor")
    refused = pages.get(f"/register/ctbrain-triage?{name}=2999-01-01")
    assert (refused.status_code, "2999-01-01 lies ahead" in refused.text) == (422, True)


def test_a_signature_is_confirmed_once(pages: Client, come_as: ComeAs) -> None:
    """What was signed, as what, by whom and when, on the page that follows."""
    password = come_as("clinical_lead")
    signed = post(pages, f"{PAGE.removesuffix('/lifecycle')}/suspend", suspend="yes", reason="Missed bleeds.", password=password)  # fmt: skip
    assert signed.status_code == 303
    said = "Signed transition 1 as suspended at once by Ada at 20"
    assert said in pages.get(PAGE).text
    assert said not in pages.get(PAGE).text


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("claim-sensitivity", "many", "Sensitivity expected: needs a number, such as 0.9 (given: &#39;many&#39;)"),
        ("margin-sensitivity", "7", "Sensitivity: no worse than that by more than: needs to be below 1"),
        ("to", "soon", "Last study day: needs a day, written as 2026-05-31 (given: &#39;soon&#39;)"),
        ("minimum_positives", "0", "Positives at least: needs to be 1 or more (given: &#39;0&#39;)"),
    ],
)  # fmt: skip
def test_a_fault_of_a_protocol_is_told_by_label_value_and_remedy(pages: Client, come_as: ComeAs, field: str, typed: str, says: str) -> None:  # fmt: skip
    """As the form names the field, and not as the program does."""
    password = come_as("clinical_lead")
    form = {
        "key": "one", "population": "Adults of one week in January", "from": "2026-01-01", "to": "2026-01-31", "prevalence": "0.1",
        "minimum_positives": "30", "claim-sensitivity": "0.92", "margin-sensitivity": "0.05", "password": password,
    }  # fmt: skip
    refused = post(pages, "/deployments/ctbrain-north-ed/validations", **form | {field: typed})
    assert says in refused.text


def test_conditions_are_named_as_people_name_them(pages: Client, come_as: ComeAs) -> None:
    """And what is known of a monitoring plan is what it says, not the names of its fields."""
    come_as("auditor")
    shown = {c["name"]: c["sentence"] for c in pages.get(f"{PAGE}?format=json").json()["conditions"]}  # fmt: skip
    assert set(shown) == {"Clearance", "Due diligence", "AI Act", "Local validation", "Oversight", "Monitoring plan", "Training"}  # fmt: skip
    assert "catamnesis " not in " ".join(shown.values())


def test_why_an_item_cannot_be_met_stands_beside_its_answers(pages: Client, come_as: ComeAs) -> None:  # fmt: skip
    """Where the register is against it, the choice is not there, and the page says why."""
    come_as("clinical_lead")
    page = pages.get("/register/ctbrain-triage/north/due-diligence").text
    card = page.split('aria-labelledby="item-ai_act"')[1].split("</section>")[0]
    assert (
        "Neither met nor not applicable can be chosen while what the register or the studies say"
        in card
    )
