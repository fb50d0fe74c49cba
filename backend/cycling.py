"""A cycle on demand: refused while another one or an import runs, and committed as a whole."""

from backend.clock import now
from backend.database import raw, unit_of_work
from register.refusal import Refusal
from surveillance import cycle
from surveillance.cycle import CycleDone


class CycleRuns(Refusal):
    """Another cycle or an import is running; the page shows its figures when it is done."""


def run_now(url: str, *, by: str) -> CycleDone:
    """Run a cycle up to this moment, over every site, in a transaction of its own."""
    with unit_of_work(url, by=by) as session:
        pg = raw(session)
        free = pg.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('catamnesis.evidence'))"
        ).fetchone()
        if not (free and free[0]):
            raise CycleRuns(str(CycleRuns.__doc__))
        return cycle.run(session, pg, as_of=now())
