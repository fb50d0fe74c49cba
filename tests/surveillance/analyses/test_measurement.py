"""A measured value against reference and reader, and change beyond measurement error."""

import pytest

STANDARD = {
    "positive": [{"evidence": "reference_assay", "at_least": 20, "unit": "%"}],
    "negative": [{"evidence": "reference_assay", "below": 20, "unit": "%"}],
    "matures_after_days": 30, "acceptable_difference": 5, "episode_days": 3,
}  # fmt: skip


def measured(
    ours: float,
    theirs: float | None = None,
    reader: float | None = None,
    day: int = 5,
    patient: str = "",
) -> tuple:
    at = f"2026-01-{day:02d}T10:00:00+00:00"
    change: dict = {
        "studies": {"study_datetime": at, **({"patient_id": patient} if patient else {})},
        "inferences": {"completed_at": at, "measurement": str(ours), "measurement_unit": "%"},
        "reports": {"measurement": "" if reader is None else str(reader), "measurement_unit": "" if reader is None else "%"},
        "outcomes": {"evidence": "reference_assay", "measurement": str(theirs), "measurement_unit": "%"},
    }  # fmt: skip
    return ("+", "+", "+" if theirs is not None else "", change)


def test_bias_and_limits_against_the_reference(analysed) -> None:
    """Two too high on average; three of four within five."""
    said = analysed(
        [measured(12, 10), measured(33, 30), measured(58, 52), measured(7, 10)], standard=STANDARD
    )["measurement"]
    against = said["reference"]
    assert against["bias"]["estimate"] == pytest.approx(2)
    assert (
        against["lower_limit"]["estimate"]
        < against["bias"]["estimate"]
        < against["upper_limit"]["estimate"]
    )
    assert against["within_acceptable"]["estimate"] == pytest.approx(0.75)
    assert against["icc"]["estimate"] > 0.95
    assert said["reader"] is None


def test_the_reader_stands_apart_from_the_reference(analysed) -> None:
    """Agreement with the reader is another column."""
    said = analysed([measured(v, reader=v + 1) for v in (10, 20, 40, 60)], standard=STANDARD)[
        "measurement"
    ]
    assert said["reference"] is None
    assert said["reader"]["bias"]["estimate"] == pytest.approx(-1)


def test_a_change_within_measurement_error_is_none(analysed) -> None:
    """Repeats within an episode differ by two; between episodes one patient changes by one, another by forty."""
    cases = [measured(10, day=1, patient="A"), measured(12, day=2, patient="A"), measured(11, day=20, patient="A"),
             measured(30, day=1, patient="B"), measured(32, day=2, patient="B"), measured(70, day=20, patient="B")]  # fmt: skip
    change = analysed(cases, standard=STANDARD)["measurement"]["change"]
    assert change["within_sd"]["estimate"] == pytest.approx(2**0.5)
    assert change["smallest_detectable_change"]["estimate"] == pytest.approx(1.96 * 2, abs=0.01)
    assert (change["changes"], change["beyond_error"]["estimate"]) == (2, 0.5)


def test_without_measured_values_the_question_does_not_arise(analysed) -> None:
    """A call is no measurement."""
    assert "measurement" not in analysed([("+", "+", "+")])
