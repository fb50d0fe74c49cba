"""Who may see and do what: by role and by site, put in force before any page is made."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import psycopg
import pyotp
import pytest
from httpx import Client, Response
from sqlmodel import select

from backend.access import Account, account_of, give_account, limit_to
from backend.clock import now
from backend.database import unit_of_work
from backend.second_factor import set_up, take_away
from backend.web.throttle import FAILURES
from dashboards.dossiers.filed import FiledDossier
from demo.sources import REGISTER
from register import catalogue
from register.task import Called, Task, open_once
from tests.journeys.served import served, token_in

AT = datetime(2026, 1, 1, tzinfo=UTC)
HERE, ELSEWHERE = "ctbrain-north-ed", "nodule-ct-lidc"
Enter = Callable[..., Response]


@pytest.fixture
def registered(database_url: str) -> str:
    """Two deployments at two sites, with a task and a dossier of each."""
    with unit_of_work(database_url, by="t") as session:
        for name in ("ctbrain-triage.yaml", "nodule-ct.yaml"):
            catalogue.record(session, catalogue.read(REGISTER / name), by="t", at=AT)
        for key in (HERE, ELSEWHERE):
            open_once(
                session,
                Called(cause=key, kind="scope_review", sentence=f"Look at {key}.", deployment=key),
                at=AT,
            )
            session.add(
                FiledDossier(
                    id=f"D-{key}", kind="pmcf-evidence-pack", title=key, deployment=key, period_from=AT.date(),
                    period_to=date(2026, 2, 1), as_of=AT, built_at=AT, built_by="t", folder="/nowhere", manifest_sha256="0",
                )
            )  # fmt: skip
    return database_url


@pytest.fixture
def pages(registered: str) -> Iterator[Client]:
    """Nobody is signed in; redirects are shown, not followed."""
    with served(registered) as address, Client(base_url=address, timeout=60) as found:
        yield found


@pytest.fixture
def enter(pages: Client, registered: str) -> Enter:
    """Make an account and sign in with it."""

    def entering(role: str, *sites: str, code: str = "", key: str = "olga") -> Response:
        with unit_of_work(registered, by="t") as session:
            if session.get(Account, key) is None:
                entering.password = give_account(
                    session, key=key, name="Olga", role=role, sites=sites, at=now()
                )  # type: ignore[attr-defined]
        form = {"account": key, "password": entering.password, "code": code}  # type: ignore[attr-defined]
        return pages.post("/sign-in", data=form | {"token": token_in(pages.get("/sign-in").text)})

    return entering


def listed(pages: Client) -> dict[str, set[str]]:
    """The deployments that each list names."""
    said = {
        name: pages.get(f"/{name}?format=json").json()
        for name in ("", "inbox", "register", "dossiers")
    }
    return {
        "watch": {row["deployment"] for row in said[""]["rows"]},
        "inbox": {task["about"] for task in said["inbox"]["tasks"]},
        "dossiers": {row["deployment"] for row in said["dossiers"]["rows"]},
        "register": {key for key in (HERE, ELSEWHERE) if key in str(said["register"])},
    }


def test_who_is_not_limited_sees_every_site(pages: Client, enter: Enter) -> None:
    """Without sites an account is as wide as the installation."""
    enter("compliance_officer")
    assert {
        name: keys for name, keys in listed(pages).items() if keys and keys != {HERE, ELSEWHERE}
    } == {}
    assert pages.get(f"/deployments/{ELSEWHERE}").status_code == 200


def test_lists_show_only_the_sites_of_the_account(pages: Client, enter: Enter) -> None:
    """Watch, inbox, register and dossiers name nothing of another site."""
    enter("compliance_officer", "north")
    found = listed(pages)
    assert {name: found[name] for name in ("watch", "inbox", "dossiers")} == {
        name: {HERE} for name in ("watch", "inbox", "dossiers")
    }
    assert ELSEWHERE not in found["register"]
    assert ELSEWHERE not in pages.get("/register/nodule-ct").text


@pytest.mark.parametrize(
    "path",
    [
        "/deployments/{}", "/deployments/{}?format=json", "/deployments/{}/analyses", "/deployments/{}/validations",
        "/deployments/{}/lifecycle", "/deployments/{}/review", "/dossiers/D-{}/document.pdf",
    ],
)  # fmt: skip
def test_what_is_elsewhere_is_not_there(pages: Client, enter: Enter, path: str) -> None:
    """Told in a sentence, the same for a page, its JSON and a document; the one's own opens or says what it lacks."""
    enter("clinical_lead", "north")
    answer = pages.get(path.format(ELSEWHERE))
    assert (answer.status_code, ELSEWHERE in answer.text) == (404, True)
    assert pages.get(path.format(HERE)).status_code in (200, 410)


@pytest.mark.parametrize("page", ["ai-act", "due-diligence"])
def test_what_is_bought_elsewhere_is_not_there(pages: Client, enter: Enter, page: str) -> None:
    """A site that is not the account's is none."""
    enter("clinical_lead", "north")
    answer = pages.get(f"/register/nodule-ct/lidc/{page}")
    assert (answer.status_code, "No site" in answer.text) == (404, True)
    assert pages.get(f"/register/ctbrain-triage/north/{page}").status_code == 200


def test_nothing_is_decided_elsewhere(pages: Client, enter: Enter, registered: str) -> None:
    """With the right role and the right password: a suspension and a task of another site."""
    enter("clinical_lead", "north")
    token = token_in(pages.get("/").text)
    signed = {"reason": "x", "password": enter.password, "token": token}  # type: ignore[attr-defined]
    assert pages.post(f"/deployments/{ELSEWHERE}/suspend", data=signed).status_code in (403, 404)
    with unit_of_work(registered, by="t") as session:
        numbers = {task.deployment: task.id for task in session.exec(select(Task))}
    done = {"outcome": "Seen.", **signed}
    refused = pages.post(f"/inbox/{numbers[ELSEWHERE]}", data=done)
    assert (refused.status_code, "There is no open task" in refused.text) == (403, True)
    assert pages.post(f"/inbox/{numbers[HERE]}", data=done).status_code == 303
    with psycopg.connect(registered) as pg:
        assert pg.execute("SELECT count(*) FROM transition").fetchone() == (0,)


def test_a_limit_holds_from_the_next_page_on(pages: Client, enter: Enter, registered: str) -> None:
    """An open session does not keep what was taken away."""
    enter("clinical_lead")
    assert pages.get(f"/deployments/{ELSEWHERE}").status_code == 200
    with unit_of_work(registered, by="t") as session:
        limit_to(session, key="olga", sites=["north"])
    assert pages.get(f"/deployments/{ELSEWHERE}").status_code == 404


@pytest.mark.parametrize(
    ("role", "says"),
    [("auditor", "reads and changes nothing"), ("administrator", "decides nothing clinical")],
)
def test_who_only_reads_posts_nothing(pages: Client, enter: Enter, role: str, says: str) -> None:
    """Every page opens; every form is refused with the reason, whatever it holds; signing out is not."""
    enter(role)
    assert pages.get(f"/deployments/{HERE}/lifecycle").status_code == 200
    token = token_in(pages.get("/").text)
    form = {
        "reason": "x",
        "password": enter.password,
        "token": token,
        "to": "suspended",
        "outcome": "x",
    }  # type: ignore[attr-defined]
    for path in (
        "/inbox/1",
        f"/deployments/{HERE}/suspend",
        f"/deployments/{HERE}/lifecycle",
        "/register/ctbrain-triage/north/ai-act",
    ):
        answer = pages.post(path, data=form)
        assert (path, answer.status_code, says in answer.text) == (path, 403, True)
    assert pages.post("/sign-out", data={"token": token}).headers["location"] == "/sign-in"


@pytest.mark.parametrize("path", ["/register", "/inbox", "/dossiers", f"/deployments/{HERE}"])
def test_an_adjudicator_sees_no_page(pages: Client, enter: Enter, path: str) -> None:
    """What algorithm and report said would unblind them; they are told so."""
    enter("adjudicator")
    for answer in (pages.get(path), pages.get(path, headers={"accept": "application/json"})):
        assert (answer.status_code, "Olga is adjudicator" in answer.text) == (403, True)
        assert 'href="/register"' not in answer.text


def code_of(uri: str) -> str:
    """What an authenticator app shows now."""
    return pyotp.parse_uri(uri).now()  # type: ignore[union-attr]


@pytest.fixture
def app(enter: Enter, registered: str) -> str:
    """What the authenticator app of an account was told."""
    with unit_of_work(registered, by="t") as session:
        enter.password = give_account(
            session, key="olga", name="Olga", role="clinical_lead", at=now()
        )  # type: ignore[attr-defined]
        return set_up(session, account_of(session, "olga"))


def test_a_second_factor_is_asked_for(pages: Client, enter: Enter, app: str) -> None:
    """The password alone opens nothing, and nobody learns that it was right."""
    without, guessed = enter("clinical_lead"), enter("clinical_lead", code="abc")
    assert (without.status_code, guessed.status_code) == (401, 401)
    assert "Name, password and code do not fit" in without.text
    assert pages.get("/").status_code == 303
    assert enter("clinical_lead", code=code_of(app)).status_code == 303
    assert pages.get("/").status_code == 200


def test_a_code_is_taken_once(enter: Enter, app: str) -> None:
    """Who watched it being typed comes too late."""
    code = code_of(app)
    assert enter("clinical_lead", code=code).status_code == 303
    assert enter("clinical_lead", code=code).status_code == 401


def test_codes_cannot_be_tried_out(enter: Enter, app: str) -> None:
    """Five wrong ones, and the right one waits too."""
    assert [enter("clinical_lead", code="000").status_code for _ in range(FAILURES)] == [
        401
    ] * FAILURES
    assert enter("clinical_lead", code=code_of(app)).status_code == 429


def test_the_secret_stands_in_no_trail(enter: Enter, app: str, registered: str) -> None:
    """Neither when it is set up nor when it is taken away; that it happened does."""
    with unit_of_work(registered, by="t") as session:
        take_away(session, account_of(session, "olga"))
    secret = pyotp.parse_uri(app).secret
    with psycopg.connect(registered) as pg:
        lines = pg.execute(
            "SELECT before::text || after::text FROM audit_event WHERE event = 'changed'"
        ).fetchall()
    assert any("totp_secret" in line for (line,) in lines)
    assert not any(secret in line for (line,) in lines)
    assert enter("clinical_lead").status_code == 303
