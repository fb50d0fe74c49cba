"""The benchmarks run, at a size that measures nothing."""

from benchmarks import ingest, page, tally
from surveillance.judged_case import STRATA
from surveillance.tallies import SCOPE_REASON


def test_the_benchmarks_run_and_agree() -> None:
    """Both ways end at the same rows and counts, and the page tells both."""
    written = page.page(ingest.run(rows=2_000, repeats=1), tally.run(rows=2_000, repeats=1))
    assert "| import against COPY |" in written
    assert "| tally against pandas, text |" in written
    assert "2,000 inferences" in written


def test_every_stratum_is_benchmarked() -> None:
    """The made-up cases have levels in each stratum that the product counts by."""
    assert set(tally.LEVELS) == {*STRATA, SCOPE_REASON}
