"""Procurement on its pages: answered by whoever may, accepted by another, refused with the reason on the page."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from httpx import Client

from backend.access import give_account
from backend.clock import now
from backend.database import unit_of_work
from tests.journeys.served import served, token_in
from tests.register.test_ai_act import DEPLOYER
from tests.surveillance.standards import register
from tests.surveillance.test_procurement import PANEL, PROPOSED

AI_ACT = "/register/ctbrain-triage/north/ai-act"
LIST = "/register/ctbrain-triage/north/due-diligence"
SignIn = Callable[[str], tuple[str, str]]


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[Client]:
    """The pages over a register in which the head CT deployment is proposed."""
    register(database_url, PANEL, tmp_path, PROPOSED)
    with served(database_url) as address, Client(base_url=address, timeout=60) as found:
        yield found


@pytest.fixture
def sign_in(client: Client, database_url: str) -> SignIn:
    """Make an account of a role and enter with it: its name and password."""

    def entering(role: str) -> tuple[str, str]:
        name = f"{role}-{datetime.now(UTC):%H%M%S%f}"
        with unit_of_work(database_url, by="t") as session:
            password = give_account(session, key=name, name=name, role=role, at=now()) or ""
        client.cookies.clear()
        form = {"account": name, "password": password, "token": token_in(client.get("/sign-in").text)}  # fmt: skip
        assert client.post("/sign-in", data=form).status_code == 303
        return name, password

    return entering


def post(client: Client, path: str, **form: str):
    return client.post(path, data={"token": token_in(client.get(LIST).text)} | form)


def answers(**said: str) -> dict[str, str]:
    return {f"answer-{key}": code for key, code in said.items()} | {f"reason-{key}": "as the IFU says" for key in said}  # fmt: skip


def test_the_questionnaire_asks_what_arises(client: Client, sign_in: SignIn) -> None:
    """Three questions first, further ones from the answers, then the classification with what binds and what does not."""
    sign_in("compliance_officer")
    at_first = client.get(f"{AI_ACT}?format=json").json()
    assert [q["key"] for q in at_first["questions"]] == ["union", "system", "purpose"]
    assert at_first["badge"]["word"] == "Not yet classified"
    assert post(client, AI_ACT, **answers(union="within", system="infers", purpose="care")).status_code == 303  # fmt: skip
    further = [q["key"] for q in client.get(f"{AI_ACT}?format=json").json()["questions"]]
    assert "origin" in further
    assert "in_house" not in further
    assert post(client, AI_ACT, **answers(**DEPLOYER)).status_code == 303
    page = client.get(AI_ACT).text
    assert "High-risk, deployer" in page
    assert "2028-08-02" in page
    assert "by the route of the MDR it does not arise" in page
    assert "High-risk, deployer" in client.get("/register/ctbrain-triage").text


def test_what_is_refused_is_told_and_what_was_written_is_still_there(client: Client, sign_in: SignIn) -> None:  # fmt: skip
    """A reason that is lacking, a form from elsewhere, and a role that does not answer."""
    sign_in("compliance_officer")
    refused = post(client, AI_ACT, **{"answer-union": "within", "reason-union": "", "reason-system": "It learns."})  # fmt: skip
    assert refused.status_code == 403
    assert "union: an answer needs a reason" in refused.text
    assert "It learns." in refused.text
    old = post(client, AI_ACT, **answers(union="within"), token="old")
    assert (old.status_code, "too old or came from elsewhere" in old.text) == (403, True)
    sign_in("auditor")
    assert "A compliance officer or clinical lead answers." in client.get(AI_ACT).text
    forbidden = post(client, AI_ACT, **answers(union="within"))
    assert forbidden.status_code == 403
    assert all(not q["chosen"] for q in client.get(f"{AI_ACT}?format=json").json()["questions"])


def test_an_item_is_answered_by_one_and_accepted_by_another(client: Client, sign_in: SignIn) -> None:  # fmt: skip
    """With name and password anew; the author is told that someone else must."""
    lead, password = sign_in("clinical_lead")
    assert post(client, f"{LIST}/training", answer="not_met", evidence="Offer, page 3").status_code == 303  # fmt: skip
    assert "1 not met" in client.get("/register/ctbrain-triage").text
    assert f"{lead} answered this; someone else accepts" in client.get(LIST).text
    own = post(client, f"{LIST}/training/acceptance", reason="We train.", password=password)
    assert (own.status_code, "cannot accept it as well" in own.text) == (403, True)
    _, other = sign_in("compliance_officer")
    wrong = post(client, f"{LIST}/training/acceptance", reason="We train.", password="guessed")
    assert (wrong.status_code, "Name or password is wrong" in wrong.text) == (403, True)
    assert post(client, f"{LIST}/training/acceptance", reason="We train.", password=other).status_code == 303  # fmt: skip
    training = next(i for i in client.get(f"{LIST}?format=json").json()["items"] if i["key"] == "training")  # fmt: skip
    assert training["badge"]["word"] == "Not met, accepted"
    assert training["acceptance"]["reason"] == "We train."
    again = post(client, f"{LIST}/training/acceptance", reason="We train.", password=other)
    assert (again.status_code, "These do: none." in again.text) == (403, True)


def test_what_is_not_so_cannot_be_called_met(client: Client, sign_in: SignIn) -> None:
    """It is not offered, and the server refuses it too, telling on the page what is known; nothing is kept."""
    sign_in("clinical_lead")
    before = client.get(f"{LIST}?format=json").json()
    fit = next(i for i in before["items"] if i["key"] == "specificity")
    assert [c["value"] for c in fit["choices"]] == ["not_met"]
    refused = post(client, f"{LIST}/specificity", answer="met", evidence="Surely.")
    assert refused.status_code == 403
    assert "specificity is not met as things stand" in refused.text
    assert "Surely." in refused.text
    unknown = post(client, f"{LIST}/price", answer="met", evidence="Cheap.")
    assert (unknown.status_code, "is not an item" in unknown.text) == (403, True)
    sign_in("auditor")
    forbidden = post(client, f"{LIST}/logs", answer="met", evidence="Seen.")
    assert (forbidden.status_code, "is auditor" in forbidden.text) == (403, True)
    assert client.get(f"{LIST}?format=json").json()["badge"]["word"] == "Not begun"


def test_the_intended_use_has_its_letter(client: Client, sign_in: SignIn, database_url: str) -> None:  # fmt: skip
    """Nothing to ask of a complete one; what is not in the register is refused with what is."""
    sign_in("auditor")
    assert "None: every item is stated." in client.get("/register/ctbrain-triage/intended-use").text
    unknown = client.get("/register/nothing/intended-use")
    assert (unknown.status_code, "There are: ctbrain-triage" in unknown.text) == (404, True)


def test_what_the_database_did_not_take_is_not_said_to_be_done(
    client: Client, sign_in: SignIn, database_url: str
) -> None:
    """A transaction that fails at its very end is no answer *done*: it is committed before anything is said."""
    sign_in("compliance_officer")
    with psycopg.connect(database_url) as pg:
        pg.execute(
            "CREATE FUNCTION too_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too late'; END $$; "
            "CREATE CONSTRAINT TRIGGER too_late AFTER INSERT ON ai_act_answer DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION too_late()"
        )
    done = post(client, AI_ACT, **answers(union="within", system="infers", purpose="care"))
    assert done.status_code == 500
