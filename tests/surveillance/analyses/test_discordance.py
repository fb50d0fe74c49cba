"""Algorithm, report and outcome: the eight cells."""

import pytest

CASES = (
    [("+", "+", "+")] * 5 + [("+", "+", "-")] * 2 + [("+", "-", "+")] * 3 + [("+", "-", "-")] * 4
    + [("-", "+", "+")] * 1 + [("-", "+", "-")] * 2 + [("-", "-", "+")] * 1 + [("-", "-", "-")] * 6
)  # fmt: skip


def test_the_eight_cells_say_who_was_right(analysed) -> None:
    """Ten discordances: the algorithm was right in five of them."""
    said = analysed(CASES)["discordance"]
    assert [cell["cases"] for cell in said["cells"]] == [5, 2, 3, 4, 1, 2, 1, 6]
    assert (said["discordant"], said["ai_right"], said["report_right"]) == (10, 5, 5)
    assert (said["found_by_ai_only"], said["found_by_report_only"], said["missed_by_both"]) == (
        3,
        1,
        1,
    )
    assert said["sensitivity"]["ai"]["estimate"] == pytest.approx(8 / 10)
    assert said["sensitivity"]["report"]["estimate"] == pytest.approx(6 / 10)
    assert said["sensitivity"]["difference"]["estimate"] == pytest.approx(0.2)
    assert said["specificity"]["difference"]["estimate"] == pytest.approx(8 / 14 - 10 / 14)


def test_reads_with_the_algorithm_in_sight_stand_apart(analysed) -> None:
    """A read is blind, or it is not, or nobody knows; the parts add up to the whole."""
    seen, blind = {"reports": {"ai_visible": "true"}}, {"reports": {"ai_visible": "false"}}
    said = analysed([("+", "+", "+", seen), ("+", "-", "+", blind), ("-", "-", "-")])["discordance"]
    assert set(said["by_visibility"]) == {"ai_visible", "blind", "unknown"}
    parts = [sum(c["cases"] for c in part["cells"]) for part in said["by_visibility"].values()]
    assert parts == [1, 1, 1]
    assert said["by_visibility"]["blind"]["found_by_ai_only"] == 1


def test_what_is_neither_is_left_out_and_counted(analysed) -> None:
    """An indeterminate report or outcome enters no cell."""
    said = analysed([("+", "?", "+"), ("+", "+", "?"), ("+", "+", "+")])["discordance"]
    assert (sum(cell["cases"] for cell in said["cells"]), said["left_out"]) == (1, 2)


def test_without_reports_the_question_does_not_arise(analysed) -> None:
    """Nothing to compare."""
    assert "discordance" not in analysed([("+", "", "+")])
