"""The page of analyses: what it adds to each answer from the other pages."""

from backend.clock import now
from backend.database import unit_of_work
from dashboards.pages.analyses import analyses_page


def test_what_began_later_in_compared_days_is_named_beside_a_change(demo_database_url: str) -> None:
    """The outage is told with all that differs, its failed runs among it, and with what else changed in those days or was found to have begun in them."""
    with unit_of_work(demo_database_url, by="t") as session:
        page = analyses_page(session, "ctbrain-north-ed", "intracranial_haemorrhage", at=now())
    (told,) = (one for one in page.analyses if one.key == "changes")
    (outage,) = (said for said in told.sentences if ", outage: " in said)
    assert "uns without an output" in outage
    also = outage.partition("In the days that were compared lies also: ")[2]
    assert "what the chart of sensitivity" in also
    assert "scanner installed" in also
