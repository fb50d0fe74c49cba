"""The cases behind a signal of the demonstration."""

import re

from backend.clock import now
from backend.database import unit_of_work
from dashboards.pages.signal_cases import signal_cases_page
from surveillance.signals import open_signals


def test_the_cases_behind_a_signal_are_those_that_speak_for_it(demo_database_url: str) -> None:
    """Of the fault on one scanner: missed cases of that scanner alone; of the children: those outside by age."""
    with unit_of_work(demo_database_url, by="t") as session:
        page = signal_cases_page(session, 1, at=now())
        breached, charted = page.parts[0], page.parts[1]
        assert breached.sentence.startswith("Sensitivity on SOMATOM Force")
        for part in (breached, charted):
            assert part.cases
            assert {case.scanner for case in part.cases} == {"SOMATOM Force 73211"}
            assert {case.call for case in part.cases} == {"negative"}
            assert all(case.truth.startswith("positive") for case in part.cases)
        assert re.search(rf": {len(charted.cases)} of \d+ missed", charted.sentence)
        use = next(
            s.id for s in open_signals(session) if s.cause.endswith("outside the indication")
        )
        children = [
            c for part in signal_cases_page(session, use or 0, at=now()).parts for c in part.cases
        ]
        assert "out: patient age" in {case.scope for case in children}
        assert all(case.scope.startswith("out") for case in children)
