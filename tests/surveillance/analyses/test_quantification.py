"""Measured values against a reference assay at the cut-offs."""

import pytest


def measured(ours: float, theirs: float, unit: str = "%") -> tuple:
    change = {
        "inferences": {"measurement": str(ours), "measurement_unit": unit},
        "outcomes": {"evidence": "reference_assay", "measurement": str(theirs), "measurement_unit": "%"},
    }  # fmt: skip
    return ("+", "", "+", change)


CASES = [
    measured(4, 4),
    measured(6, 4),
    measured(21, 19),
    measured(20, 20),
    measured(40, 12),
    measured(35, 31),
]


def test_cases_that_change_side_are_counted_at_each_cut_off(analysed) -> None:
    """At 20 %: two cross, one of them within the acceptable 10."""
    said = analysed(CASES, standard={"protocol": "ki67_index"})["quantification"]
    at_20 = next(c for c in said["cut_offs"] if c["cut_off"] == 20)
    assert at_20["counts"] == {
        "both_above": 2,
        "only_algorithm_above": 2,
        "only_reference_above": 0,
        "both_below": 2,
    }
    assert (at_20["crossed"], at_20["near"]) == (2, 2)
    assert at_20["overall"]["estimate"] == pytest.approx(4 / 6)
    assert sum(map(sum, said["categories"]["table"])) == said["cases"] == 6


def test_another_unit_is_not_compared(analysed) -> None:
    """A ratio against a percentage is no pair."""
    found = analysed([measured(0.2, 20, unit="1")], standard={"protocol": "ki67_index"})
    assert "quantification" not in found
