"""The public page: closed unless the site opens it, without sign-in, and without persons."""

from collections.abc import Iterator

import pytest
from httpx import Client

from backend.settings import settings
from tests.journeys.served import served


@pytest.fixture
def public(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Nobody, at a site that opened the page."""
    monkeypatch.setenv("CATAMNESIS_TRANSPARENCY", "true")
    settings.cache_clear()
    with served(demo_database_url) as address, Client(base_url=address, timeout=60) as found:
        yield found
    settings.cache_clear()


def test_it_is_closed_unless_opened(client: Client) -> None:
    """The default tells nobody anything."""
    assert client.get("/transparency").status_code == 404


def test_it_tells_what_runs_and_how_well(public: Client) -> None:
    """Each algorithm with its cleared sentence, state and figures with interval; what does not run is not there."""
    said = public.get("/transparency?format=json").json()["algorithms"]
    triage = next(one for one in said if one["name"].startswith("CT Brain Triage"))
    assert triage["state"]["word"] == "Live"
    assert triage["findings"][0]["statement"].startswith("Non-contrast head CT")
    figures = {m["metric"]: m for m in triage["findings"][0]["metrics"]}
    assert 0.8 < figures["sensitivity"]["corrected"]["estimate"] < 0.95
    page = public.get("/transparency").text
    assert f"{figures['sensitivity']['corrected']['estimate']:.3f}" in page
    assert {one["state"]["word"] for one in said} <= {"Live", "Limited", "Shadow"}


def test_it_names_no_person_and_opens_nothing_else(public: Client) -> None:
    """Roles answer for an algorithm, not names; every other page still asks for a sign-in."""
    page = public.get("/transparency").text
    assert "clinical lead" in page
    assert "dr." not in page.lower()
    assert public.get("/register").status_code == 303
