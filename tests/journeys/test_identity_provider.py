"""A person comes in by the identity provider in a real browser, through its own form, and signs by proving it anew."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from backend.access import give_account
from backend.binding import bind
from backend.clock import now
from backend.database import unit_of_work
from backend.settings import settings
from demo.sources import REGISTER
from register import catalogue
from tests.journeys.served import served
from tests.provider import CLIENT, SECRET, Told, provided

pytestmark = pytest.mark.slow
LIFECYCLE = "/deployments/ctbrain-north-ed/lifecycle"


@pytest.fixture
def provider(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """A provider that serves, to which the settings point; nora is bound to a person of it and has no password."""
    with provided() as told:
        for name, value in {
            "ISSUER": told.address, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "NAME": "Northern Hospital",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"CATAMNESIS_OIDC_{name}", value)
        settings.cache_clear()
        with unit_of_work(database_url, by="t") as session:
            catalogue.record(
                session, catalogue.read(REGISTER / "ctbrain-triage.yaml"), by="t", at=now()
            )
            give_account(session, key="nora", name="Dr Nora East", role="clinical_lead", at=now())
            bind(
                session, key="nora", issuer=told.address, subject="sub-nora", without_password=True
            )
        yield told
        monkeypatch.undo()
        settings.cache_clear()


def log_in(page: Page, told: Told) -> None:
    """Fill in the provider's own form."""
    expect(page).to_have_title("The hospital's sign-in")
    page.get_by_label("User name").fill("nora.east")
    page.get_by_label("Pass phrase").fill(told.password)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_in_and_signed_by_the_provider(
    browser: Browser, provider: Told, database_url: str, scripts: bool
) -> None:
    """In, a signature, out: with the browser's own rules for cookies and forms, and with scripts or without."""
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, java_script_enabled=scripts
    )
    context.set_default_timeout(20_000)
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    with served(database_url) as address:
        page.goto(f"{address}{LIFECYCLE}")
        page.get_by_role("link", name="Sign in with Northern Hospital").press("Enter")
        log_in(page, provider)
        expect(page).to_have_url(f"{address}{LIFECYCLE}")
        form = page.get_by_role("region", name="Suspend at once")
        form.get_by_label("Reason").fill("Three bleeds missed,\ntold by the ward.")
        form.get_by_role("button", name="Go on to sign").press("Enter")
        expect(page.get_by_text("told by the ward.")).to_be_visible()
        page.get_by_role("link", name="Prove it at Northern Hospital").press("Enter")
        log_in(page, provider)
        page.get_by_role("button", name="Sign", exact=True).press("Enter")
        expect(page).to_have_url(f"{address}{LIFECYCLE}")
        expect(page.get_by_text("Dr Nora East").first).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{address}/sign-in")
    context.close()
    assert complaints == []
    assert urlsplit(provider.asked[-1]["redirect_uri"]).path == "/sign-in/provider/back"
    with psycopg.connect(database_url) as pg:
        signed = pg.execute("SELECT signer, reason FROM signature").fetchall()
    assert signed == [("nora", "Three bleeds missed,\r\ntold by the ward.")]
