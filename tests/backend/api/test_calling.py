"""Only a token opens the interface: not a cookie, and not one that ended, was revoked or is for elsewhere."""

from datetime import timedelta

import psycopg
import pytest
from httpx import Client

from backend.access import UnknownAccount, UnknownSite, renew_password
from backend.clock import now
from backend.database import unit_of_work
from backend.tokens import PREFIX, TokenNotGiven, give_token, revoke_token, tokens
from backend.web.sessions import COOKIE
from backend.web.throttle import FAILURES
from tests.backend.api.conftest import CHECK, Token, question
from tests.journeys.served import token_in


def asked(program: Client, text: str | None) -> tuple[int, str]:
    headers = {} if text is None else {"Authorization": f"Bearer {text}"}
    answer = program.post(CHECK, json=question(), headers=headers)
    return answer.status_code, answer.json().get("error", "")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}])  # fmt: skip
def test_without_a_token_it_is_said_how_to_send_one(program: Client, header: dict[str, str]) -> None:  # fmt: skip
    """In JSON, with the scheme that is expected, to whoever asks for HTML too."""
    answer = program.post(CHECK, json=question(), headers=header | {"Accept": "text/html"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer" in answer.json()["error"]


def test_a_cookie_alone_opens_nothing(program: Client, registered: str) -> None:
    """Who is signed in on the pages is nobody here."""
    with unit_of_work(registered, by="t") as session:
        password = renew_password(session, key="pacs")
    form = {"account": "pacs", "password": password, "token": token_in(program.get("/sign-in").text)}  # fmt: skip
    assert program.post("/sign-in", data=form).status_code == 303
    assert COOKIE in program.cookies
    assert asked(program, None)[0] == 401


def test_an_expired_and_a_revoked_token_open_nothing(
    program: Client, token: Token, registered: str
) -> None:
    """Each is told what is wrong with it, and the trail names it."""
    old, ended = token(age=timedelta(days=366)), token(name="gone")
    with unit_of_work(registered, by="t") as session:
        number = next(t.id for t in tokens(session) if t.name == "gone")
        revoke_token(session, number or 0, at=now())
    assert asked(program, old) == (
        401, "The token is expired. A new one: catamnesis token add NAME --account ACCOUNT",
    )  # fmt: skip
    assert asked(program, ended)[1].startswith("The token is revoked.")
    assert asked(program, "cat_made-up")[1].startswith("The token is unknown.")
    with psycopg.connect(registered) as pg:
        told = pg.execute("SELECT after->>'state' FROM audit_event WHERE event = 'token refused' ORDER BY id").fetchall()  # fmt: skip
    assert told == [("expired",), ("revoked",)]


@pytest.mark.parametrize("change", ["role = 'auditor'", "expires_on = '2026-01-01'"])
def test_a_token_ends_with_its_account(
    program: Client, token: Token, registered: str, change: str
) -> None:
    """What the account is counts at each request, not only when the token was made."""
    text = token()
    with psycopg.connect(registered) as pg:
        pg.execute(f"UPDATE account SET {change} WHERE key = 'pacs'")  # type: ignore[call-overload]
    assert asked(program, text)[0] == 401


def test_a_token_for_another_site_is_refused(program: Client, token: Token) -> None:
    """It says which site it is for; one for the right site among others comes in."""
    status, sentence = asked(program, token("lidc"))
    assert (status, sentence) == (
        403, "ctbrain-north-ed runs at north; this token is for lidc only.",
    )  # fmt: skip
    assert asked(program, token("lidc", "north"))[0] == 200


def test_failures_slow_down_who_makes_them_and_nobody_else(program: Client, token: Token) -> None:
    """After some the answer is *too many*; a valid token from the same address still comes in."""
    good = token()
    for _ in range(FAILURES):
        assert asked(program, "cat_guess")[0] == 401
    assert asked(program, "cat_guess")[0] == 429
    assert asked(program, good)[0] == 200


def test_only_the_digest_of_a_token_is_kept(token: Token, registered: str) -> None:
    """Neither the table nor the trail holds what would open the gate."""
    text = token()
    assert text.startswith(PREFIX)
    with psycopg.connect(registered) as pg:
        rows = pg.execute("SELECT t::text FROM api_token t").fetchall()
        rows += pg.execute("SELECT e::text FROM audit_event e").fetchall()
    assert all(text not in row[0] and text[len(PREFIX) :] not in row[0] for row in rows)


@pytest.mark.parametrize(
    ("account", "site", "days", "refusal", "told"),
    [
        ("nobody", "north", 1, UnknownAccount, "catamnesis account add nobody --role integrator"),
        ("anna", "north", 1, TokenNotGiven, "anna is auditor; only an account with role integrator"),
        ("pacs", "mars", 1, UnknownSite, "No site 'mars' in the register"),
        ("pacs", "north", 0, TokenNotGiven, "at least one day"),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_given(
    registered: str, account: str, site: str, days: int, refusal: type[Exception], told: str
) -> None:
    """Only an integrator holds one, for sites there are, for a while."""
    with unit_of_work(registered, by="t") as session, pytest.raises(refusal, match=told):
        give_token(session, name="x", account=account, sites=[site], days=days, at=now())


def test_no_route_of_the_interface_is_open(program: Client) -> None:
    """Whatever stands below /api/ asks for a token first."""
    from backend.api import scope_check
    from backend.api.calling import calling

    assert all(
        calling in [d.dependency for d in route.dependencies] for route in scope_check.router.routes  # type: ignore[attr-defined]
    )  # fmt: skip
    assert program.get("/api/v1/nothing").status_code == 404
