"""Signing in by an identity provider: it says who somebody is, and nothing it says goes unchecked."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest
from httpx import Client, Response
from joserfc.jwk import OctKey, RSAKey
from psycopg.errors import CheckViolation, UniqueViolation

from backend.access import end, give_account, limit_to
from backend.binding import NotBound, bind, unbind
from backend.clock import now
from backend.database import unit_of_work
from backend.identity_provider import ProviderNotUsable
from backend.web.app import create_app
from backend.web.sessions import COOKIE
from backend.web.throttle import FAILURES
from tests.backend.web.identity_provider.conftest import ELSEWHERE, HERE, Settings, Through, trail
from tests.journeys.served import served, token_in
from tests.provider import CLIENT, SECRET, Claims, Told


def why(url: str) -> str:
    """The reason of the last line of the trail."""
    with psycopg.connect(url) as pg:
        found = pg.execute(
            "SELECT after->>'reason' FROM audit_event ORDER BY id DESC LIMIT 1"
        ).fetchone()
    return found[0] if found else ""


def test_who_is_bound_comes_in(pages: Client, through: Through, provider: Told, site: str) -> None:
    """By code, PKCE, state and nonce; to the page that was wanted; in a session of their own, and in the trail."""
    assert "Sign in with Northern Hospital" in pages.get("/sign-in").text
    pages.cookies.set(COOKIE, "planted", domain="127.0.0.1", path="/")
    back = pages.get(through("/sign-in/provider?next=/register%3Fq%3Dct"))
    assert (back.status_code, back.headers["location"]) == (303, "/register?q=ct")
    assert "Dr Nora East" in pages.get("/register").text
    assert "planted" not in [cookie.value for cookie in pages.cookies.jar]
    asked = provider.asked[0]
    assert {"state", "nonce", "code_challenge"} < set(asked)
    assert "prompt" not in asked
    assert trail(site) == [("nora", "signed in", "account nora")]
    pages.post("/sign-out", data={"token": token_in(pages.get("/register").text)})
    assert pages.get("/register").status_code == 303
    assert trail(site)[-1] == ("nora", "signed out", "account nora")


def test_without_a_provider_there_is_nothing_of_it(database_url: str, says: Settings) -> None:
    """No button, no route."""
    says()
    with served(database_url) as address, Client(base_url=address, timeout=60) as client:
        assert "/sign-in/provider" not in client.get("/sign-in").text
        assert client.get("/sign-in/provider").status_code == 404
        assert client.get("/sign-in/provider/back").status_code == 404


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"issuer": "https://idp.example"}, "CATAMNESIS_OIDC_CLIENT_ID and CATAMNESIS_OIDC_CLIENT_SECRET are missing"),
        ({"client_secret": "s3cret"}, "CATAMNESIS_OIDC_ISSUER and CATAMNESIS_OIDC_CLIENT_ID are missing"),
        ({"issuer": "https://idp.example", "client_id": "c"}, "CATAMNESIS_OIDC_CLIENT_SECRET is missing"),
        ({"issuer": "http://idp.example", "client_id": "c", "client_secret": "s3cret"}, "must begin with https://"),
        ({"issuer": "idp.example", "client_id": "c", "client_secret": "s3cret"}, "must begin with https://"),
    ],
)  # fmt: skip
def test_half_a_provider_is_refused_at_the_start(
    database_url: str, says: Settings, values: dict[str, str], sentence: str
) -> None:
    """In a sentence that names the variable and never the secret."""
    says(**values)
    with pytest.raises(ProviderNotUsable) as refused:
        create_app(database_url)
    assert sentence in str(refused.value)
    assert "s3cret" not in str(refused.value)


def changed(**claims: object) -> Callable[[Told], None]:
    """A provider whose next token says something else."""

    def telling(told: Told) -> None:
        told.claims = lambda truth: {**truth, **claims}

    return telling


def without(name: str) -> Callable[[Told], None]:
    """A provider whose next token leaves something out."""

    def telling(told: Told) -> None:
        told.claims = lambda truth: {key: value for key, value in truth.items() if key != name}

    return telling


def late(told: Told) -> None:
    def expired(truth: Claims) -> Claims:
        return {**truth, "iat": truth["iat"] - 900, "exp": truth["exp"] - 900}

    told.claims = expired


def early(told: Told) -> None:
    told.claims = lambda truth: {**truth, "iat": truth["iat"] + 900, "exp": truth["exp"] + 900}


def tampered(told: Told) -> None:
    def altered(token: str) -> str:
        head, body, signature = token.split(".")
        return f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{signature}"

    told.token = altered


def signed_by_another(told: Told) -> None:
    told.signs_with = RSAKey.generate_key(parameters={"kid": "k1"})


def signed_with_the_secret(told: Told) -> None:
    told.alg, told.signs_with = "HS256", OctKey.import_key(SECRET.ljust(32), {"kid": "k1"})  # type: ignore[assignment]


def not_signed(told: Told) -> None:
    told.token = lambda token: f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


def no_token(told: Told) -> None:
    told.token = lambda _: ""


@pytest.mark.parametrize(
    ("tell", "sentence"),
    [
        (changed(nonce="of another sign-in"), "it does not answer this sign-in"),
        (without("nonce"), "it does not answer this sign-in"),
        (changed(aud="another-program"), "it was made for another program"),
        (changed(aud=["another-program", "a-third"]), "it was made for another program"),
        (changed(aud="another-program", azp=CLIENT), "it was made for another program"),
        (changed(aud=[CLIENT, "another-program"], azp="another-program"), "it was made for another program"),
        (changed(iss="http://127.0.0.1:9"), "it comes from another issuer"),
        (without("sub"), "its sub is missing or wrong"),
        (without("exp"), "it has expired, or does not say when"),
        (late, "it has expired"),
        (early, "it was made in the future"),
        (tampered, "it is not signed with a key of the provider"),
        (signed_by_another, "it is not signed with a key of the provider"),
        (signed_with_the_secret, "it is not signed with a key of the provider"),
        (not_signed, "it is not signed with a key of the provider"),
        (no_token, "it is not signed with a key of the provider"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_prove_it_is_refused(
    pages: Client, through: Through, provider: Told, site: str, tell: Callable[[Told], None], sentence: str
) -> None:  # fmt: skip
    """With the reason, on the sign-in page and in the trail; nobody comes in."""
    tell(provider)
    answer = pages.get(through())
    assert answer.status_code == 401
    assert sentence in answer.text
    assert SECRET not in answer.text
    assert pages.get("/register").status_code == 303
    assert trail(site) == [("unknown", "sign-in refused", "identity provider")]
    assert sentence in why(site)


def test_a_way_is_gone_once(pages: Client, through: Through, provider: Told) -> None:
    """The same address again opens nothing, even without the session; nor does its code in a new attempt."""
    back = through()
    assert pages.get(back).status_code == 303
    pages.cookies.clear()
    again = pages.get(back)
    assert (again.status_code, "was used already" in again.text) == (400, True)
    used = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(through()).query)["state"][0]
    replayed = pages.get("/sign-in/provider/back?" + urlencode({"code": used, "state": state}))
    assert (replayed.status_code, "invalid_grant" in replayed.text) == (401, True)
    assert pages.get("/register").status_code == 303


def test_only_the_browser_that_set_out_comes_back(pages: Client, through: Through) -> None:
    """Nobody is signed in by an address that somebody else sent, and a made-up state is none."""
    back = through()
    with Client(base_url=pages.base_url, timeout=60) as another:
        assert another.get(back).status_code == 400
        assert another.get("/register").status_code == 303
    assert pages.get("/sign-in/provider/back?code=x&state=made-up").status_code == 400


def test_who_is_not_bound_is_told_what_to_hand_on(
    pages: Client, through: Through, provider: Told, site: str
) -> None:
    """The subject, as the command wants it; no account is made; bound, the same person comes in."""
    provider.people["otto"] = "sub-otto; ls"
    answer = pages.get(through(name="otto"))
    assert answer.status_code == 403
    assert "catamnesis account bind NAME --subject 'sub-otto; ls'" in unescape(answer.text)
    assert pages.get("/register").status_code == 303
    assert trail(site) == [("unknown", "sign-in refused", "identity provider")]
    with psycopg.connect(site) as pg:
        assert pg.execute("SELECT count(*) FROM account").fetchone() == (1,)
        told = pg.execute("SELECT after->>'subject' FROM audit_event ORDER BY id DESC LIMIT 1")
        assert told.fetchone() == ("sub-otto; ls",)
    with unit_of_work(site, by="t") as session:
        give_account(session, key="otto", name="Otto", role="auditor", at=now())
        bind(session, key="otto", issuer=provider.address, subject="sub-otto; ls")
    assert pages.get(through(name="otto")).status_code == 303
    assert pages.get("/register").status_code == 200


@pytest.mark.parametrize("days", [1, 400])
def test_an_account_that_ended_opens_nothing(
    pages: Client, through: Through, site: str, days: int
) -> None:
    """Whether it was closed just now or ran out long ago: an open session ends, and the provider opens no other."""
    pages.get(through())
    assert pages.get("/register").status_code == 200
    with unit_of_work(site, by="t") as session:
        end(session, key="nora", last_day=now().date() - timedelta(days=days))
    assert pages.get("/register").status_code == 303
    answer = pages.get(through())
    assert (answer.status_code, "Dr Nora East ended on" in answer.text) == (403, True)
    assert trail(site)[-1] == ("nora", "sign-in refused", "account nora")


def test_sites_and_roles_hold_whatever_the_provider_says(
    pages: Client, through: Through, provider: Told, site: str
) -> None:
    """Claims about groups or roles are nothing to us."""
    with unit_of_work(site, by="t") as session:
        limit_to(session, key="nora", sites=["north"])
    changed(roles=["administrator"], groups=["lidc"])(provider)
    assert pages.get(through()).status_code == 303
    assert pages.get(f"/deployments/{HERE}").status_code == 200
    assert pages.get(f"/deployments/{ELSEWHERE}").status_code == 404


def test_unbinding_ends_the_open_sessions(pages: Client, through: Through, site: str) -> None:
    """And the way in."""
    pages.get(through())
    with unit_of_work(site, by="t") as session:
        unbind(session, key="nora")
    assert pages.get("/register").status_code == 303
    assert pages.get(through()).status_code == 403


def test_an_account_without_a_password_has_none_to_guess(pages: Client) -> None:
    """Not even an empty one; it is told as a wrong one is."""
    for password in ("", "x"):
        form = {"account": "nora", "password": password}
        answer = pages.post("/sign-in", data=form | {"token": token_in(pages.get("/sign-in").text)})
        assert (answer.status_code, "do not fit" in answer.text) == (401, True)


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_sign_in_there_never_sends_a_person_elsewhere(
    pages: Client, through: Through, place: str
) -> None:
    """Only a path of this site is gone to afterwards."""
    back = pages.get(through("/sign-in/provider?" + urlencode({"next": place})))
    assert back.headers["location"] == "/"


def state_of(answer: Response) -> str:
    """The state with which a browser is sent off."""
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


@pytest.mark.parametrize(
    ("brought", "sentence"),
    [
        ({"error": "access_denied"}, "ended the sign-in: access_denied"),
        ({"code": "x", "iss": "https://another.example"}, "another issuer than the one asked"),
        ({}, "without a code"),
    ],
)
def test_what_comes_back_without_a_code_is_told(
    pages: Client, site: str, brought: dict[str, str], sentence: str
) -> None:
    """A cancelled sign-in, an answer of somebody else, and nothing at all; that way is used up with it."""
    state = state_of(pages.get("/sign-in/provider"))
    back = "/sign-in/provider/back?" + urlencode({"state": state, **brought})
    answer = pages.get(back)
    assert (answer.status_code, sentence in answer.text) == (401, True)
    assert sentence in why(site)
    assert pages.get(back).status_code == 400


def test_a_wrong_client_secret_is_told_without_it(
    site: str, through: Through, says: Settings
) -> None:
    """Who runs the installation learns what to compare; nobody learns the secret."""
    says(client_secret="not the one")
    with served(site) as address, Client(base_url=address, timeout=60) as client:
        answer = client.get(through(client=client))
        assert (answer.status_code, "invalid_client" in answer.text) == (401, True)
        assert "not the one" not in answer.text


def test_a_provider_that_is_down_or_another_is_told(
    site: str, provider: Told, says: Settings
) -> None:
    """On the sign-in page, where a password still opens what has one."""
    says(issuer="http://127.0.0.1:9")
    with served(site) as address, Client(base_url=address, timeout=60) as client:
        answer = client.get("/sign-in/provider")
        assert (answer.status_code, "does not answer as it should" in answer.text) == (502, True)
        assert 'name="password"' in answer.text
    says(issuer=provider.address.replace("127.0.0.1", "localhost"))
    with served(site) as address, Client(base_url=address, timeout=60) as client:
        answer = client.get("/sign-in/provider")
        assert (answer.status_code, "must be alike to the letter" in answer.text) == (502, True)


def test_a_provider_is_not_asked_without_end(
    pages: Client, through: Through, provider: Told
) -> None:
    """After five refusals from one place even a good answer has to wait."""
    provider.people["otto"] = "sub-otto"
    assert [pages.get(through(name="otto")).status_code for _ in range(1)] == [403]
    for _ in range(FAILURES - 1):
        pages.get(
            f"/sign-in/provider/back?error=x&state={state_of(pages.get('/sign-in/provider'))}"
        )
    pages.cookies.clear()
    answer = pages.get(through())
    assert (answer.status_code, "Try again in 15 minutes" in answer.text) == (429, True)


def test_one_subject_has_one_account(site: str, provider: Told) -> None:
    """Refused in a sentence, and by the database whoever writes it; half a binding is none."""
    with unit_of_work(site, by="t") as session:
        give_account(session, key="ada", name="Ada", role="auditor", at=now())
        with pytest.raises(NotBound, match="bound to account 'nora'"):
            bind(session, key="ada", issuer=provider.address, subject=" sub-nora ")
        bind(session, key="ada", issuer="https://another.example", subject="sub-nora")
    with psycopg.connect(site) as pg, pytest.raises(UniqueViolation):
        pg.execute("UPDATE account SET issuer = %s WHERE key = 'ada'", [provider.address])
    with psycopg.connect(site) as pg, pytest.raises(CheckViolation, match="account_bound_whole"):
        pg.execute("UPDATE account SET subject = NULL WHERE key = 'ada'")
