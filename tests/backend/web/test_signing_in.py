"""Nobody sees anything without signing in, and signing in resists who should not."""

import re
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from httpx import Client
from sqlmodel import select

from backend.access import Account, give_account, renew_password
from backend.clock import now
from backend.database import unit_of_work
from backend.web.ended import EndedSession, end
from backend.web.guard import HEADERS
from backend.web.sessions import COOKIE, LASTS, Ticket
from backend.web.throttle import FAILURES, WITHIN, Throttle
from tests.journeys.served import served, token_in

AT = datetime(2026, 1, 1, tzinfo=UTC)
BEHIND_THE_GATE = (
    "/", "/deployments/ctbrain-north-ed", "/register", "/register/ctbrain-triage", "/dossiers",
    "/dossiers/x/document.pdf", "/no-such-page", "/openapi.json", "/docs",
)  # fmt: skip


@pytest.mark.parametrize("path", BEHIND_THE_GATE)
def test_every_place_asks_for_a_sign_in(client: Client, path: str) -> None:
    """A person is sent to the form, a program is told in JSON; neither learns whether the page exists."""
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert client.get(path, headers={"accept": "application/json"}).status_code == 401


def test_three_places_are_open(client: Client) -> None:
    """The form, what it is drawn with, and whether the pages answer."""
    assert client.get("/sign-in").status_code == 200
    assert client.get("/static/site.css").status_code == 200
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/sign-in", "/", "/static/pages.js", "/healthz"])
def test_every_answer_carries_the_protecting_headers(client: Client, path: str) -> None:
    """No script from elsewhere, no framing, no guessing of types, whatever is answered."""
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "script-src 'self';" in headers["content-security-policy"]


def test_no_page_carries_a_script_of_its_own(signed_in: Client) -> None:
    """Values stand in pages as JSON, which no browser runs; every script is a file."""
    page = signed_in.get("/deployments/ctbrain-north-ed").text
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
    assert inline
    assert all('type="application/json"' in attributes for attributes in inline)
    assert re.search(r"\son\w+=", page) is None


def test_a_right_password_opens_the_pages(signed_in: Client) -> None:
    """The cookie is out of reach of scripts and does not travel with foreign requests."""
    assert signed_in.get("/").status_code == 200
    cookie = next(c for c in signed_in.cookies.jar if c.name == COOKIE)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    assert cookie.expires is not None


def test_a_wrong_name_and_a_wrong_password_are_told_alike(client: Client, enter) -> None:  # type: ignore[no-untyped-def]
    """Nobody learns which accounts exist."""
    assert enter(password="wrong") == enter(account="nobody") == 401
    assert client.get("/").status_code == 303


def test_a_form_from_elsewhere_is_refused(client: Client, demo_password: str) -> None:
    """Without the token that belongs to this visitor's form nothing is checked."""
    form = {"account": "demo", "password": demo_password, "token": "forged"}
    assert client.post("/sign-in", data=form).status_code == 403
    assert client.get("/").status_code == 303


def test_a_forged_cookie_opens_nothing(signed_in: Client) -> None:
    """A cookie that this site did not sign is no session."""
    ours = signed_in.cookies[COOKIE]
    signed_in.cookies.set(COOKIE, ours[:-3] + "abc", domain="127.0.0.1", path="/")
    assert signed_in.get("/").status_code == 303


def test_signing_out_ends_the_session_for_good(signed_in: Client) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    copy = signed_in.cookies[COOKIE]
    token = token_in(signed_in.get("/").text)
    assert signed_in.post("/sign-out", data={"token": "forged"}).headers["location"] == "/"
    assert signed_in.get("/").status_code == 200
    assert signed_in.post("/sign-out", data={"token": token}).headers["location"] == "/sign-in"
    signed_in.cookies.clear()
    signed_in.cookies.set(COOKIE, copy)
    assert signed_in.get("/").status_code == 303


@pytest.mark.parametrize(
    "next_place", ["https://evil.example", "//evil.example", "/\\evil.example", "x"]
)
def test_a_sign_in_never_sends_a_person_elsewhere(
    client: Client, demo_password: str, next_place: str
) -> None:
    """Only a path of this site is gone to afterwards."""
    token = token_in(client.get("/sign-in").text)
    form = {"account": "demo", "password": demo_password, "token": token, "next": next_place}
    assert client.post("/sign-in", data=form).headers["location"] == "/"


def test_signed_out_stays_signed_out_after_a_restart(signed_in: Client, demo_database_url: str) -> None:  # fmt: skip
    """A copy of the cookie opens nothing at a server that was started anew; it is forgotten once it would have expired."""
    copy = dict(signed_in.cookies)
    token = token_in(signed_in.get("/").text)
    with (
        served(demo_database_url) as address,
        Client(base_url=address, cookies=copy, timeout=60) as elsewhere,
    ):
        assert elsewhere.get("/").status_code == 200
        signed_in.post("/sign-out", data={"token": token})
        assert elsewhere.get("/").headers["location"] == "/sign-in"
    with unit_of_work(demo_database_url, by="t") as session:
        later = now() + LASTS + timedelta(minutes=1)
        end(session, Ticket(id="another", account="demo", mark=""), at=later)
        assert [one.id for one in session.exec(select(EndedSession))] == ["another"]
        session.rollback()


def test_a_sign_in_goes_back_to_where_it_was_asked(client: Client) -> None:
    """The page one wanted, with its filter, is the page one gets."""
    location = client.get("/deployments/chest-films?finding=pneumothorax").headers["location"]
    assert 'value="/deployments/chest-films?finding=pneumothorax"' in client.get(location).text


def test_a_new_password_ends_the_sessions_of_the_old_one(database_url: str) -> None:
    """Who lost a password is not kept company by who found it."""
    with unit_of_work(database_url, by="test") as session:
        password = give_account(session, key="ada", name="Ada", role="auditor", at=now())
    with served(database_url) as address, Client(base_url=address, timeout=60) as client:
        token = token_in(client.get("/sign-in").text)
        client.post("/sign-in", data={"account": "ada", "password": password, "token": token})
        assert client.get("/").status_code == 200
        with unit_of_work(database_url, by="test") as session:
            renew_password(session, key="ada")
        assert client.get("/").status_code == 303


def test_an_account_ends_by_itself(database_url: str) -> None:
    """An auditor's after 90 days, any after the day it was given; an open session ends with it."""
    today = now().date()
    with unit_of_work(database_url, by="test") as session:
        password = give_account(session, key="otto", name="Otto", role="auditor", at=now())
        give_account(session, key="ada", name="Ada", role="clinical_lead", at=now())
        ends = {key: session.get(Account, key).expires_on for key in ("otto", "ada")}
    assert ends == {"otto": today + timedelta(days=90), "ada": None}
    with served(database_url) as address, Client(base_url=address, timeout=60) as client:
        form = {"account": "otto", "password": password}
        client.post("/sign-in", data=form | {"token": token_in(client.get("/sign-in").text)})
        assert client.get("/").status_code == 200
        with unit_of_work(database_url, by="test") as session:
            session.get(Account, "otto").expires_on = today - timedelta(days=1)
        assert client.get("/").status_code == 303
        again = client.post(
            "/sign-in", data=form | {"token": token_in(client.get("/sign-in").text)}
        )
        assert again.status_code == 401


def test_failed_attempts_are_slowed_down(client: Client, enter, demo_password: str) -> None:  # type: ignore[no-untyped-def]
    """After five failures even the right password has to wait."""
    assert [enter(password="wrong") for _ in range(FAILURES)] == [401] * FAILURES
    assert enter(password=demo_password) == 429
    assert "Try again in 15 minutes" in client.post(
        "/sign-in",
        data={"account": "demo", "password": "x", "token": token_in(client.get("/sign-in").text)},
    ).text  # fmt: skip


def test_the_throttle_counts_accounts_and_addresses_apart() -> None:
    """Neither many names from one address nor one name from many addresses gets through."""
    throttle = Throttle()
    for place in range(FAILURES):
        throttle.failed(account=f"a{place}", address="10.0.0.1", at=AT)
        throttle.failed(account="ada", address=f"10.0.1.{place}", at=AT)
    assert throttle.wait(account="new", address="10.0.0.1", at=AT) == WITHIN
    assert throttle.wait(account="ada", address="10.0.0.9", at=AT) == WITHIN
    assert throttle.wait(account="new", address="10.0.0.9", at=AT) is None
    later = AT + WITHIN + timedelta(seconds=1)
    assert throttle.wait(account="ada", address="10.0.0.1", at=later) is None


def test_signing_in_stands_in_the_audit_trail(signed_in: Client, demo_database_url: str) -> None:
    """Who came in, and when."""
    assert signed_in.get("/").status_code == 200
    with psycopg.connect(demo_database_url) as pg:
        last = pg.execute("SELECT by, event, subject FROM audit_event ORDER BY id DESC LIMIT 1")
        assert last.fetchone() == ("demo", "signed in", "account demo")
