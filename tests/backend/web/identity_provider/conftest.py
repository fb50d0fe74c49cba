"""An identity provider that serves, a site that is set to it, and a person on the way between them."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import psycopg
import pytest
from httpx import Client

from backend.access import give_account
from backend.binding import bind
from backend.clock import now
from backend.database import unit_of_work
from backend.settings import settings
from demo.sources import REGISTER
from register import catalogue
from tests.journeys.served import served
from tests.provider import CLIENT, SECRET, Told, provided

HERE, ELSEWHERE = "ctbrain-north-ed", "nodule-ct-lidc"
Settings = Callable[..., None]
Through = Callable[..., str]


@pytest.fixture
def provider() -> Iterator[Told]:
    """A provider that serves."""
    with provided() as told:
        yield told


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch, home: object) -> Iterator[Settings]:
    """Set what the environment says of the provider, for the time of a test."""

    def setting(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"CATAMNESIS_OIDC_{name.upper()}", value)
        settings.cache_clear()

    yield setting
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def site(database_url: str, provider: Told, says: Settings) -> str:
    """Two deployments at two sites, a provider, and nora, who is bound to a person of it and has no password."""
    says(issuer=provider.address, client_id=CLIENT, client_secret=SECRET, name="Northern Hospital")
    with unit_of_work(database_url, by="t") as session:
        for name in ("ctbrain-triage.yaml", "nodule-ct.yaml"):
            catalogue.record(session, catalogue.read(REGISTER / name), by="t", at=now())
        give_account(session, key="nora", name="Dr Nora East", role="clinical_lead", at=now())
        bind(
            session, key="nora", issuer=provider.address, subject="sub-nora", without_password=True
        )
    return database_url


@pytest.fixture
def pages(site: str) -> Iterator[Client]:
    """Nobody is signed in; redirects are shown, not followed."""
    with served(site) as address, Client(base_url=address, timeout=60) as found:
        yield found


@pytest.fixture
def through(pages: Client, provider: Told) -> Through:
    """From a place of ours to the provider and through its form; the address it sends the browser back to."""

    def going(
        start: str = "/sign-in/provider", name: str = "nora.east", client: Client = pages
    ) -> str:
        answer = client.get(start)
        assert answer.status_code == 303, answer.text
        there = client.get(answer.headers["location"])
        if there.status_code == 200:
            action = re.search(r'action="([^"]+)"', there.text)
            assert action is not None
            form = {"username": name, "password": provider.password}
            there = client.post(provider.address + unescape(action.group(1)), data=form)
        return there.headers["location"]

    return going


def trail(url: str) -> list[tuple[str, str, str]]:
    """Who did what to what, without the rows that were added or changed."""
    with psycopg.connect(url) as pg:
        return pg.execute(
            "SELECT by, event, subject FROM audit_event WHERE event NOT IN ('added', 'changed') ORDER BY id"
        ).fetchall()
