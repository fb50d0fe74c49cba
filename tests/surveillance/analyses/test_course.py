"""The course from month to month: whole and mature months, limits, and icons as in the NHS tool."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboards.analyses.course import tell

Case = tuple[Any, ...]


def case(call: str, truth: str, month: int) -> Case:
    """One in the middle of a month of 2025, and one on its first and last day, by the number of the case."""
    on = f"2025-{month:02d}-15T10:00:00+00:00"
    return call, "", truth, {
        "studies": {"study_datetime": on},
        "inferences": {"completed_at": on},
        "outcomes": {"occurred_at": on, "known_at": on},
    }  # fmt: skip


def edges() -> list[Case]:
    """A study on the first day of January and one on the last of December make all twelve months whole."""
    return [
        ("-", "", "", {"studies": {"study_datetime": on}, "inferences": {"completed_at": on}})
        for on in ("2025-01-01T10:00:00+00:00", "2025-12-31T10:00:00+00:00")
    ]


def series(said: dict[str, Any], name: str) -> dict[str, Any]:
    return next(s for s in said["course"]["series"] if s["series"] == name)


def test_twelve_months_without_a_miss_are_hit_or_miss_and_not_failing(analysed) -> None:
    """All found every month: limits on 100 %, above the claim, so it passes; specificity without a case is not shown."""
    said = analysed(
        [*edges(), *(case("+", "+", month) for month in range(1, 13) for _ in range(3))]
    )
    found = series(said, "sensitivity")
    assert (len(found["months"]), found["lower"][-1], found["upper"][-1]) == (12, 1.0, 1.0)
    assert (found["variation"], found["assurance"]) == ("common", "passes")
    assert "specificity" not in {s["series"] for s in said["course"]["series"]}


def test_a_month_beyond_the_limits_is_a_special_cause(analysed) -> None:
    """One share in twelve months jumps; where neither direction is better it is called high."""
    cases = [case("-" if n else "+", "", month) for month in range(1, 12) for n in range(4)]
    found = series(analysed([*edges(), *cases, *(case("+", "", 12) for _ in range(9))]), "called positive")  # fmt: skip
    assert found["variation"] == "high"
    assert found["values"][-1] == pytest.approx(0.9)
    assert found["assurance"] is None


def test_a_month_that_is_not_over_or_not_mature_is_left_out(analysed) -> None:
    """Of sensitivity only mature months count, of what needs no outcome also the last whole one."""
    cases = [case("+", "+", month) for month in range(1, 13) for _ in range(2)]
    said = analysed([*edges(), *cases], as_of=datetime(2026, 1, 20, tzinfo=UTC))
    assert series(said, "called positive")["months"][-1] == "2025-12"
    assert series(said, "sensitivity")["months"][-1] == "2025-11"
    assert series(said, "sensitivity")["variation"] is None


def test_months_on_other_levels_are_told_by_their_means(analysed) -> None:
    """One in twenty called positive, from June on two in ten, from October on half: three levels with their means, no list of every month."""
    called = {1: 1, 6: 4, 10: 10}
    cases = [
        case("+" if n < of else "-", "", month)
        for month in range(1, 13)
        for of in [called[max(start for start in called if start <= month)]]
        for n in range(20)
    ]
    said = analysed([*edges(), *cases])
    found = series(said, "called positive")
    assert [level["from"] for level in found["levels"]] == ["2025-01", "2025-06", "2025-10"]
    assert [level["mean"] for level in found["levels"]] == pytest.approx(
        [5 / 101, 16 / 80, 30 / 61]
    )
    told = tell(said["course"])
    step = "5.0 % up to 2025-05, 20.0 % from 2025-06 on, 49.2 % from 2025-10 on"
    assert f"Called positive has no one level: {step}. Its limits over all months mean little." in told.sentences  # fmt: skip
    (chart,) = (one for one in told.charts if one.key == "course-called-positive")
    assert step in chart.summary
    assert "special causes in" not in chart.summary


def test_one_month_beyond_the_limits_is_no_other_level(analysed) -> None:
    """Eleven months alike and one far off: special causes all, by the run of seven, and yet one level."""
    cases = [case("-" if n else "+", "", month) for month in range(1, 12) for n in range(4)]
    said = analysed([*edges(), *cases, *(case("+", "", 12) for _ in range(9))])
    found = series(said, "called positive")
    assert "common" not in found["variations"]
    assert len(found["levels"]) == 1
    assert not any("no one level" in told for told in tell(said["course"]).sentences)
    (chart,) = (one for one in tell(said["course"]).charts if one.key == "course-called-positive")
    assert "special causes in" in chart.summary
