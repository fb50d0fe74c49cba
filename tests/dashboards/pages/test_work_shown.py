"""How the work of the installation stands, on the page *Watch*."""

from datetime import timedelta

from backend.clock import now
from backend.database import unit_of_work
from backend.work.queue import ask
from dashboards.pages.rendering import Frame, render
from dashboards.pages.watch import watch_page
from surveillance.measurement import Cycle
from surveillance.work import Kind


def test_a_silent_scheduler_is_loud(database_url: str) -> None:
    """When the last cycle is older than two intervals, and when what was asked for finds no worker."""
    at, day = now(), timedelta(days=1)
    with unit_of_work(database_url, by="test") as session:
        assert watch_page(session, at=at, every=day).alarms == ()
        session.add(Cycle(as_of=at, judged={}))
        ask(session, Kind.CYCLE, by="ada", at=at)
        assert watch_page(session, at=at + timedelta(minutes=1), every=day).alarms == ()
        assert [s[:10] for s in watch_page(session, at=at + 2 * day).alarms] == ["Work waits"]
        page = watch_page(session, at=at + 2.1 * day, every=day)
    assert [s[:10] for s in page.alarms] == ["No cycle s", "Work waits"]
    assert "one is due every 24 hours" in page.alarms[0]
    assert page.work[0].told.startswith("Waits for the worker, asked for by ada")
    assert page.alarms[0] in render("watch.html", page, Frame(title="Test", place="watch"))
