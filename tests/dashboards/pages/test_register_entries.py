"""The register's pages: standing and completeness of each entry, and the entry with its scope in words."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from backend.clock import now
from backend.database import unit_of_work
from dashboards.pages.register import register_page
from dashboards.pages.register_entry import UnknownAlgorithm, register_entry_page

CT = "ctbrain-north-ed"


@pytest.fixture
def session(demo_database_url: str) -> Iterator[Session]:
    with unit_of_work(demo_database_url, by="test") as found:
        yield found


def test_the_register_tells_standing_and_completeness(session: Session) -> None:
    """A cleared product in use, a research tool, and what the scope of each leaves open."""
    rows = {row.key: row for row in register_page(session, at=now()).rows}
    assert rows["ctbrain-triage"].status == "In use"
    assert rows["ctbrain-triage"].completeness.lacking == ()
    assert rows["cytology-classifier"].status == "Research only"
    assert "equipment" in rows["cytology-classifier"].completeness.lacking
    assert [(d.key, d.state.word) for d in rows["ctbrain-triage"].deployments] == [(CT, "Live")]


def test_an_entry_shows_the_sentence_beside_the_scope(session: Session) -> None:
    """What the manufacturer wrote, its source, and every executable clause in words."""
    shown = register_entry_page(session, "ctbrain-triage", at=now()).indications[0]
    assert shown.statement.startswith("Non-contrast head CT of adults")
    assert shown.clause.startswith("IFU rev 7")
    assert "patient_age at least 18 years" in shown.scope
    assert any("60 days" in sentence for sentence in shown.protocol)


def test_an_unknown_entry_is_refused(session: Session) -> None:
    """The sentence names the entries there are."""
    with pytest.raises(UnknownAlgorithm, match="ctbrain-triage"):
        register_entry_page(session, "nobody", at=now())
