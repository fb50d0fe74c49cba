"""The benchmarks run, at a size that measures nothing."""

from benchmarks import drill, ingest, page, scope_gate, tally
from surveillance.drill.faults import FAULTS
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


def test_the_gate_is_benchmarked_against_the_bare_decision() -> None:
    """Both ways let the study through, singly and in a batch."""
    written = scope_gate.run(requests=2, repeats=1)
    assert [row.split(" | ")[0] for row in written[2:]] == [
        "| bare decision, median", "| single check, median", "| single check, 99th percentile",
        "| check in a batch of 1,000",
    ]  # fmt: skip


def test_the_drill_can_be_judged_by_another_tool() -> None:
    """Evidently sees a fifth scanner in the mix of scanners; NannyML is no dependency and is not asked here."""
    fault = next(fault for fault in FAULTS if fault.name == "new_scanner")
    reference, later = drill.judged(1, fault)
    month = later["day"].dt.to_period("M")
    found = drill.evidently(reference, later[month == month.max()])
    assert (month.max(), "device_serial_number") in found
    assert drill.begun({(month.max(), "a"), (month.max() - 1, "a")}) == {(month.max() - 1, "a")}
