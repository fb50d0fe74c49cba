"""A cycle up to this moment, committed as a whole."""

from backend.clock import now
from backend.database import raw, unit_of_work
from surveillance import cycle
from surveillance.cycle import CycleDone


def run_now(url: str, *, by: str) -> CycleDone:
    """Run a cycle over every site, in a transaction of its own, after any cycle or import that runs."""
    with unit_of_work(url, by=by) as session:
        pg = raw(session)
        pg.execute("SELECT pg_advisory_xact_lock(hashtext('catamnesis.evidence'))")
        return cycle.run(session, pg, as_of=now())
