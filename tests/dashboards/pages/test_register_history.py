"""The history of an entry tells what became of its parts, and of the sites at which it runs."""

from datetime import UTC, datetime

from backend.database import unit_of_work
from dashboards.pages.register_entry import register_entry_page
from register import catalogue

ALGORITHM = "ctbrain-triage"
LATER = datetime(2026, 2, 1, tzinfo=UTC)
SITES = """\
sites:
  - {key: north, name: North Hospital, jurisdiction: UK, time_zone: Europe/Berlin}
  - {key: elsewhere, name: Elsewhere, jurisdiction: EU, time_zone: Europe/Berlin}
"""


def test_a_site_that_changed_stands_in_the_history_of_what_runs_there(registered: str) -> None:
    """Whose law holds there, before and after, by whom; another site does not stand there."""
    with unit_of_work(registered, by="t") as session:
        catalogue.record(session, catalogue.understood(SITES, "the sites"), by="carla", at=LATER)
        page = register_entry_page(session, ALGORITHM, at=LATER)
        before = register_entry_page(session, ALGORITHM, at=datetime(2026, 1, 15, tzinfo=UTC))
    told = [one for one in page.history if one.part == "site"]
    assert [(one.key, one.revision, one.recorded_by) for one in told] == [
        ("north", 2, "carla"), ("north", 1, "t"),
    ]  # fmt: skip
    assert ("jurisdiction", "EU", "UK") in [(c.field, c.before, c.after) for c in told[0].changes]
    assert [one.revision for one in before.history if one.part == "site"] == [1]
