"""What the algorithm set in motion."""

import pytest


def test_investigations_are_counted_by_who_triggered_them(analysed) -> None:
    """Two by the algorithm alone, on one case; one of them positive; one harmed."""
    mine = [{"result": "positive"}, {"result": "negative", "harm": "minor"}]
    said = analysed(
        [("+", "-", "-", {"investigations": mine}), ("+", "+", "+", {"investigations": [{"trigger": "both"}]})]
        + [("-", "-", "-")] * 8
    )["over_reading"]  # fmt: skip
    alone, both = said["by_trigger"]
    assert (alone["trigger"], alone["investigations"], alone["cases"], alone["per_1000"]) == (
        "ai",
        2,
        1,
        100,
    )
    assert alone["yield"]["estimate"] == 0.5
    assert alone["number_needed_to_investigate"] == 2
    assert (alone["harm"]["minor"], alone["harm"]["not recorded"]) == (1, 1)
    assert (both["trigger"], both["without_result"], both["yield"]["estimate"]) == ("both", 1, None)
    assert said["ai_only_false_positives"]["estimate"] == 1


def test_what_was_done_long_after_or_out_of_scope_is_not_the_algorithms(analysed) -> None:
    """An MRI after half a year, and one of a child the algorithm is not cleared for."""
    late = {"investigations": [{"performed_at": "2026-07-12T10:00:00+00:00"}]}
    child = {"studies": {"patient_age": "9"}, "investigations": [{}]}
    assert "over_reading" not in analysed([("+", "-", "-", late), ("+", "-", "-", child)])


def test_without_a_finding_no_number_needed_is_made_up(analysed) -> None:
    """Nothing found is no number, not infinity."""
    (alone,) = analysed([("+", "-", "-", {"investigations": [{"result": "negative"}]})])[
        "over_reading"
    ]["by_trigger"]
    assert alone["number_needed_to_investigate"] is None
    assert alone["yield"]["estimate"] == pytest.approx(0)
