"""Other thresholds on the same cases."""

from itertools import pairwise

import pytest

from dashboards.analyses.operating_points import tell


def score(value: float) -> dict[str, dict[str, str]]:
    return {"inferences": {"score": str(value)}}


CASES = [("+", "", "+", score(0.9)), ("+", "", "-", score(0.7)), ("-", "", "+", score(0.5)),
         ("-", "", "-", score(0.3)), ("-", "", "-", score(0.1)), ("-", "", "", score(0.2))]  # fmt: skip


def test_the_threshold_in_force_gives_the_figures_in_force(analysed) -> None:
    """The marked row is the deployment as it is."""
    said = analysed(CASES)["operating_points"]
    point = next(p for p in said["points"] if p["threshold"] == said["in_force"])
    assert point["counts"] == {"tp": 1, "fp": 1, "fn": 1, "tn": 2}
    assert point["called_positive"] == 2


def test_a_lower_threshold_finds_more_and_alarms_more(analysed) -> None:
    """Sensitivity and calls fall as the threshold rises, row by row."""
    points = analysed(CASES)["operating_points"]["points"]
    assert [p["threshold"] for p in points] == sorted(p["threshold"] for p in points)
    for one, next_ in pairwise(points):
        assert one["counts"]["tp"] >= next_["counts"]["tp"]
        assert one["called_positive"] >= next_["called_positive"]


def test_cases_are_weighted_by_the_calls_in_force(analysed) -> None:
    """Half of the negative calls were verified: each stands for two, whatever threshold is looked at."""
    cases = [("+", "", "+", score(0.9)), ("+", "", "-", score(0.8)), ("-", "", "+", score(0.5)),
             ("-", "", "-", score(0.1)), ("-", "", "", score(0.2)), ("-", "", "", score(0.3))]  # fmt: skip
    said = analysed(cases)["operating_points"]
    lowest, in_force = (
        said["points"][0],
        next(p for p in said["points"] if p["threshold"] == said["in_force"]),
    )
    assert in_force["corrected"]["sensitivity"]["estimate"] == pytest.approx(1 / 3)
    assert lowest["corrected"]["sensitivity"]["estimate"] == pytest.approx(1)


def test_without_an_audit_only_raw_figures_are_given(analysed) -> None:
    """No negative call was verified: the corrected column stays empty and says why."""
    cases = [("+", "", "+"), ("+", "", "-"), ("-", "", "")]
    said = analysed(cases)["operating_points"]
    assert "none was verified" in said["reason"]
    assert all(p["corrected"] is None for p in said["points"])


@pytest.mark.parametrize(
    ("mode", "head"), [("triage", "Flagged per 1,000"), ("rule_out", "Left to readers per 1,000")]
)
def test_what_a_call_means_follows_from_the_use(analysed, mode: str, head: str) -> None:
    """A flag moves a study forward; where the algorithm closes reads, the rest goes to readers."""
    told = tell(analysed(CASES)["operating_points"] | {"use_mode": mode})
    assert head in [column.head for column in told.tables[0].columns]


def test_fully_verified_cases_are_not_called_corrected(analysed) -> None:
    """Nothing had to be corrected, and the heads say so."""
    told = tell(analysed([case for case in CASES if case[2]])["operating_points"])
    assert "Sensitivity (complete)" in [column.head for column in told.tables[0].columns]
