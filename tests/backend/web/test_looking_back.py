"""The register as it was known: on a day or at a moment, told on the page and kept by its links."""

import pytest
import yaml
from httpx import Client

from backend.clock import now
from backend.database import unit_of_work
from register import catalogue

ALGORITHM = "ctbrain-triage"
PLACES = ("/register", f"/register/{ALGORITHM}")


def test_a_moment_is_shown_as_it_was_known_and_links_keep_it(
    come_as, pages: Client, registered: str
) -> None:
    """The name of then stands there, visibly as of then, and the way to the algorithm and back keeps the moment."""
    come_as("auditor")
    with unit_of_work(registered, by="t") as session:
        said = yaml.safe_load(catalogue.export(session, ALGORITHM))
        said["algorithm"]["name"] = "Renamed Today"
        form = catalogue.understood(yaml.safe_dump(said), "the entry")
        catalogue.record(session, form, by="t", at=now())
    for asked, kept in (
        ("2026-01-02", "2026-01-02"),
        ("2026-01-01T01:30:00+01:00", "2026-01-01T00:30:00Z"),
        ("2026-01-01T01:30:00%2B01:00", "2026-01-01T00:30:00Z"),
    ):
        for place, leads_to in zip(PLACES, reversed(PLACES), strict=True):
            page = pages.get(f"{place}?as_of={asked}").text
            assert "As the register knew it on 2026-01-0" in page
            assert "Renamed Today" not in page
            assert f'href="{leads_to}?as_of={kept}"' in page
    for place in PLACES:
        page = pages.get(place).text
        assert "Renamed Today" in page
        assert "As the register knew it on" not in page


@pytest.mark.parametrize("place", PLACES)
def test_before_the_first_revision_it_says_that_nothing_was_known(
    come_as, pages: Client, place: str
) -> None:
    """Not that nothing ran: the first day that it knew of is named."""
    come_as("auditor")
    answer = pages.get(f"{place}?as_of=2025-12-31")
    assert answer.status_code == 404
    assert "The register knew nothing" in answer.text
    assert "what was known then is not what ran then. It has known since 2026-01-01" in answer.text


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("yesterday", "is not a moment; write it as 2026-06-30"),
        ("2026-01-02T10:00", "does not say in which zone"),
        ("2999-01-01", "2999-01-01 lies ahead"),
        ("2999-01-01T00:00:00Z", "lies ahead"),
    ],
)
def test_a_moment_that_cannot_be_looked_back_on_is_refused(
    come_as, pages: Client, asked: str, says: str
) -> None:
    """On both pages, with how it is written."""
    come_as("auditor")
    for place in PLACES:
        answer = pages.get(place, params={"as_of": asked})
        assert (answer.status_code, says in answer.text) == (422, True)
