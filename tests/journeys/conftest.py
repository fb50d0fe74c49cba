"""A real browser on the pages as they are served; whatever it asks of elsewhere fails the test."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.journeys.served import served

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MACS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions",
)  # fmt: skip
MISSING = "No Chromium here; install one or name it in CATAMNESIS_CHROMIUM."


@dataclass(kw_only=True)
class Seat:
    """A person before a screen: the page, where it is served, and all that went wrong on it."""

    page: Page
    address: str
    password: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page and wait until its charts are drawn."""
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        self.drawn()

    def drawn(self) -> int:
        """Wait until every chart is drawn; how many there are."""
        expect(self.page.locator("[data-plot]:not([data-drawn])")).to_have_count(0)
        return self.page.locator("[data-plot]").count()

    def sign_in(self) -> None:
        """Come in as the demonstration's account."""
        self.page.goto(f"{self.address}/")
        self.page.get_by_label("Name").fill("demo")
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.address}/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; a test that needs it is skipped where there is none, except in CI."""
    named = os.environ.get("CATAMNESIS_CHROMIUM")
    found = next((path for name in CANDIDATES if (path := shutil.which(name))), None)
    program = named or found or (str(MACS) if MACS.exists() else None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(demo_database_url: str) -> Iterator[str]:
    """Where the demonstration is served."""
    with served(demo_database_url) as found:
        yield found


@pytest.fixture
def seat(browser: Browser, address: str, demo_password: str) -> Iterator[Seat]:
    """A fresh seat, not signed in; nothing may be asked of elsewhere and nothing may complain."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    page = context.new_page()
    found = Seat(page=page, address=address, password=demo_password)

    def watch(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            found.elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", watch)
    page.on(
        "console", lambda said: found.complaints.append(said.text) if said.type == "error" else None
    )
    page.on("pageerror", lambda wrong: found.complaints.append(str(wrong)))
    yield found
    context.close()
    assert found.elsewhere == []
    assert found.complaints == []
