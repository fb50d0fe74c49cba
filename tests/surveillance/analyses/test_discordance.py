"""Algorithm, report and outcome: the eight cells."""

import pytest

from dashboards.analyses.discordance import tell

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


def test_a_handful_of_blind_reads_is_counted_and_not_compared(analysed) -> None:
    """Two blind reads give cells, and no rate beside the others."""
    seen, blind = {"reports": {"ai_visible": "true"}}, {"reports": {"ai_visible": "false"}}
    said = analysed([("+", "+", "+", seen)] * 12 + [("+", "-", "+", blind)] * 2)["discordance"]
    told = tell(said)
    assert {row[0] for row in told.tables[1].rows} == {"all reads", "reader had seen the algorithm"}
    assert any("2 such cases are too few to compare" in sentence for sentence in told.sentences)
    assert "cases_2" in [column.key for column in told.tables[0].columns]


def test_a_patient_who_came_twice_counts_as_one(analysed) -> None:
    """The same cases of half as many patients: the same rates, wider intervals, another test."""
    once = analysed(CASES)
    pairs = [(*case, {"studies": {"patient_id": f"Q{n // 2}"}, "outcomes": {"patient_id": f"Q{n // 2}"}})
             for n, case in enumerate(CASES)]  # fmt: skip
    twice = analysed(pairs)
    for metric in ("sensitivity", "specificity"):
        for who in ("ai", "report", "difference"):
            alone, together = (x["discordance"][metric][who] for x in (once, twice))
            assert together["estimate"] == pytest.approx(alone["estimate"])
            assert "Rao–Scott" in together["method"]
            assert together["n"] == alone["n"]
        assert twice["discordance"][metric]["p"] != once["discordance"][metric]["p"]
    point = next(p for p in twice["operating_points"]["points"]
                 if p["threshold"] == twice["operating_points"]["in_force"])  # fmt: skip
    (raw,) = (e for e in twice["verification"]["estimates"] if e["name"] == "raw")
    assert raw["sensitivity"] == point["sensitivity"] == twice["discordance"]["sensitivity"]["ai"]


def test_what_is_neither_is_left_out_and_counted(analysed) -> None:
    """An indeterminate report or outcome enters no cell."""
    said = analysed([("+", "?", "+"), ("+", "+", "?"), ("+", "+", "+")])["discordance"]
    assert (sum(cell["cases"] for cell in said["cells"]), said["left_out"]) == (1, 2)


def test_without_reports_the_question_does_not_arise(analysed) -> None:
    """Nothing to compare."""
    assert "discordance" not in analysed([("+", "", "+")])
