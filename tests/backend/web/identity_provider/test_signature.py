"""Signing by the identity provider: what was typed waits, the person proves anew who signs, once and for this alone."""

import re
from datetime import timedelta
from html import unescape
from time import time

import psycopg
import pytest
from httpx import Client, Response

from backend.access import NotSigned, give_account, renew_password, signer
from backend.binding import bind
from backend.clock import now
from backend.database import unit_of_work
from backend.web.kept import MOST, Kept
from tests.backend.web.identity_provider.conftest import HERE, Through, trail
from tests.journeys.served import token_in
from tests.provider import Told

SUSPEND = f"/deployments/{HERE}/suspend"
PAGE = f"/deployments/{HERE}/lifecycle"
REASON = "Three bleeds missed,\r\ntold by the ward."


@pytest.fixture
def nora(pages: Client, through: Through) -> Client:
    """Nora has signed in at the provider, and has no password here."""
    assert pages.get(through()).status_code == 303
    return pages


def typed(client: Client, **more: str) -> Response:
    """The form as the page has it, without a password."""
    said = {"reason": REASON, "token": token_in(client.get(PAGE).text)}
    return client.post(SUSPEND, data=said | more)


def proof_of(page: str) -> dict[str, str]:
    """The fields of the form that waits."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def proven(client: Client, through: Through, name: str = "nora.east") -> Response:
    """Type, go to the provider, prove it, and come back to the page of the form that waits."""
    place = typed(client).headers["location"]
    return client.get(client.get(through(f"{place}/proof", name=name)).headers["location"])


def signatures(url: str) -> list[tuple[str, str, str]]:
    """Who signed what, and why."""
    with psycopg.connect(url) as pg:
        return pg.execute("SELECT signer, meaning, reason FROM signature ORDER BY id").fetchall()


def test_a_signature_is_given_after_proving_it_anew(
    nora: Client, through: Through, provider: Told, site: str
) -> None:
    """What was typed waits, stands before the person again, and is signed; the trail tells how it was proven."""
    page = nora.get(PAGE).text
    assert 'name="password"' not in page
    assert "You sign by proving at Northern Hospital who you are" in page
    answer = typed(nora)
    assert (answer.status_code, signatures(site)) == (303, [])
    waiting = nora.get(answer.headers["location"]).text
    assert "told by the ward." in waiting
    assert 'name="proof"' not in waiting
    back = nora.get(through(f"{answer.headers['location']}/proof"))
    assert {"prompt": "login", "max_age": "0"}.items() <= provider.asked[-1].items()
    ready = nora.get(back.headers["location"]).text
    assert signatures(site) == []
    assert nora.post(SUSPEND, data=proof_of(ready)).headers["location"] == PAGE
    ((who, _, reason),) = signatures(site)
    assert (who, reason) == ("nora", "Three bleeds missed,\ntold by the ward.")
    assert trail(site)[-1] == ("nora", "identity proven", "account nora")
    with psycopg.connect(site) as pg:
        told = pg.execute(
            "SELECT after->>'subject', after->>'for' FROM audit_event WHERE event = 'identity proven'"
        ).fetchall()
    assert told == [("sub-nora", SUSPEND)]


def test_a_proof_counts_once_and_for_what_it_was_given(
    nora: Client, through: Through, site: str
) -> None:
    """Used again, for other words or at another place, it is asked for anew, and nothing typed is lost."""
    fields = proof_of(proven(nora, through).text)
    for path, change in ((SUSPEND, {"reason": "Something else."}), (f"{PAGE}?x=1", {})):
        fields = proof_of(proven(nora, through).text)
        answer = nora.post(
            path, data={"to": "limited"} | fields | change if path != SUSPEND else fields | change
        )
        page = nora.get(answer.headers["location"]).text
        assert "stood for something else" in page
        assert (change or fields)["reason"].splitlines()[0] in page
    fields = proof_of(proven(nora, through).text)
    assert nora.post(SUSPEND, data=fields).headers["location"] == PAGE
    assert nora.post(SUSPEND, data=fields).headers["location"].startswith("/signing/")
    assert len(signatures(site)) == 1


def test_a_form_that_only_waits_is_no_proof(nora: Client, site: str) -> None:
    """The name under which it waits signs nothing until the provider was asked."""
    place = typed(nora).headers["location"]
    answer = typed(nora, proof=place.removeprefix("/signing/"))
    assert answer.headers["location"].startswith("/signing/")
    assert signatures(site) == []


def test_a_proof_belongs_to_a_session(nora: Client, through: Through, site: str) -> None:
    """After signing out and in again the same person proves it again."""
    ready = proven(nora, through)
    place = str(ready.url)
    nora.post("/sign-out", data={"token": token_in(ready.text)})
    nora.get(through())
    assert nora.get(place).status_code == 404
    fields = proof_of(ready.text) | {"token": token_in(nora.get(PAGE).text)}
    assert nora.post(SUSPEND, data=fields).headers["location"].startswith("/signing/")
    assert signatures(site) == []


def test_an_earlier_sign_in_is_no_proof(
    nora: Client, through: Through, provider: Told, site: str
) -> None:
    """A provider, or a browser, that leaves the question out brings an old moment or none; what was typed stays."""
    for claim, sentence in (
        ({"auth_time": int(time()) - 3600}, "For a signature you prove who you are anew"),
        ({"auth_time": None}, "when you proved who you are"),
        ({"auth_time": "just now"}, "does not count"),
        ({"auth_time": 10**20}, "is not a moment"),
        ({"nonce": "of another sign-in"}, "it does not answer this sign-in"),
    ):
        provider.claims = lambda truth, claim=claim: {
            key: value for key, value in {**truth, **claim}.items() if value is not None
        }
        page = proven(nora, through).text
        assert sentence in page, claim
        assert "told by the ward." in page
        assert 'name="proof"' not in page
        assert trail(site)[-1] == ("nora", "identity not proven", "account nora")
    assert signatures(site) == []


def test_a_stripped_question_is_noticed(
    nora: Client, through: Through, provider: Told, site: str
) -> None:
    """Whoever sits down at an open session and takes `prompt` out of the address gains nothing."""
    provider.claims = lambda truth: {**truth, "auth_time": truth["auth_time"] - 3600}
    provider.asks_anew = False
    assert "prove who you are anew" in proven(nora, through).text
    assert signatures(site) == []


def test_somebody_else_proves_nothing(
    nora: Client, through: Through, provider: Told, site: str
) -> None:
    """Even with an account of their own: the one who signs is the one who is signed in."""
    provider.people["ben.west"] = "sub-ben"
    with unit_of_work(site, by="t") as session:
        give_account(session, key="ben", name="Ben West", role="clinical_lead", at=now())
        bind(session, key="ben", issuer=provider.address, subject="sub-ben")
    page = proven(nora, through, name="ben.west").text
    assert "is not the person signed in here" in unescape(page)
    assert 'name="proof"' not in page
    assert signatures(site) == []


def test_a_program_is_told_where_it_is_proven(nora: Client) -> None:
    """In JSON, with the place."""
    said = {"reason": REASON, "token": token_in(nora.get(PAGE).text)}
    answer = nora.post(SUSPEND, data=said, headers={"accept": "application/json"})
    assert (answer.status_code, "/signing/" in answer.json()["error"]) == (401, True)


def test_what_is_refused_after_the_proof_is_told(nora: Client, through: Through, site: str) -> None:
    """A signature still needs a reason; the rules are those of any signature."""
    place = typed(nora, reason=" ").headers["location"]
    ready = nora.get(nora.get(through(f"{place}/proof")).headers["location"])
    answer = nora.post(SUSPEND, data=proof_of(ready.text))
    assert (answer.status_code, "needs a reason" in answer.text) == (403, True)
    assert signatures(site) == []


def test_who_has_a_password_signs_with_it(
    pages: Client, through: Through, provider: Told, site: str
) -> None:
    """Although bound, and signed in by the provider."""
    with unit_of_work(site, by="t") as session:
        password = renew_password(session, key="nora")
    pages.get(through())
    assert 'name="password"' in pages.get(PAGE).text
    assert "password is wrong" in typed(pages, password="guessed").text
    assert typed(pages, password=password).headers["location"] == PAGE
    assert len(signatures(site)) == 1


def test_the_command_line_says_where_to_sign(site: str) -> None:
    """There is no browser to prove it in."""
    with (
        unit_of_work(site, by="t") as session,
        pytest.raises(NotSigned, match="signs on the pages"),
    ):
        signer(session, key="nora", password="")


def test_things_are_kept_for_a_time_and_given_out_once() -> None:
    """Not longer, not twice, and not without end."""
    kept: Kept[str] = Kept(timedelta(minutes=1))
    start = now()
    name = kept.put("a form", at=start)
    assert kept.look(name, at=start) == "a form"
    assert kept.look(name, at=start + timedelta(minutes=1)) is None
    assert kept.take(name, at=start + timedelta(seconds=59)) == "a form"
    assert kept.take(name, at=start) is None
    first = kept.put("first", at=start)
    for number in range(MOST):
        kept.put(str(number), at=start)
    assert kept.take(first, at=start) is None
