"""Readers and the output."""

import pytest

from dashboards.analyses.reading import tell


def shown(action: str, seen: str = "true", reader: str = "r1") -> dict[str, dict[str, str]]:
    return {
        "inferences": {"shown_at": "2026-01-10T10:06:00+00:00", "user_action": action},
        "reports": {"ai_visible": seen, "reader": reader},
    }


def test_actions_are_shares_of_outputs_shown(analysed) -> None:
    """Accepted, overridden and ignored, apart for positive and negative outputs."""
    cases = [("+", "+", "+", shown("accepted")), ("+", "-", "-", shown("rejected")),
             ("+", "-", "-", shown("modified")), ("+", "-", "-", shown("ignored")), ("-", "-", "-", shown("accepted"))]  # fmt: skip
    positive, negative = analysed(cases)["reading"]["actions"]
    assert (positive["outputs"], negative["outputs"]) == (4, 1)
    assert positive["overridden"]["estimate"] == pytest.approx(0.5)
    assert positive["ignored"]["estimate"] == pytest.approx(0.25)
    assert negative["accepted"]["estimate"] == 1


def test_deference_compares_sight_with_blind_where_the_algorithm_was_wrong(analysed) -> None:
    """In sight 2 of 3 followed the wrong call, blind none of 2."""
    cases = [("+", "+", "-", shown("accepted"))] * 2 + [("-", "+", "+", shown("rejected"))] \
        + [("+", "-", "-", shown("", seen="false"))] * 2 + [("+", "+", "+", shown("accepted"))] * 4  # fmt: skip
    said = analysed(cases)["reading"]["deference"]
    assert said["in_sight"]["estimate"] == pytest.approx(2 / 3)
    assert said["blind"]["estimate"] == 0
    assert said["difference"]["estimate"] == pytest.approx(2 / 3)


def test_deference_of_a_few_reads_is_not_told_as_a_rate(analysed) -> None:
    """Two blind reads cannot show automation bias, and no rate suggests that they do."""
    cases = [("+", "+", "-", shown("accepted"))] * 12 + [
        ("+", "-", "-", shown("", seen="false"))
    ] * 2
    (told,) = (s for s in tell(analysed(cases)["reading"]).sentences if "in sight" in s)
    assert "12 with it in sight and 2 without. Fewer than 10" in told


def test_readers_with_few_reads_are_not_shown_one_by_one(analysed) -> None:
    """Ten reads are enough to appear, nine are not."""
    cases = [("+", "+", "+", shown("accepted", reader="ten"))] * 10 + [
        ("+", "+", "+", shown("accepted", reader="nine"))
    ] * 9
    said = analysed(cases)["reading"]
    assert [(r["reader"], r["reads"]) for r in said["readers"]] == [("ten", 10)]
    assert [(q["quarter"], q["reads"]) for q in said["by_quarter"]] == [("2026Q1", 19)]
