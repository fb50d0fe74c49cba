"""Arrival of the truth by month and days since."""

from datetime import UTC, datetime

import pytest


def test_labels_arrive_by_the_days_since_the_examination(analysed) -> None:
    """Known after 2, 20 and 200 days, and one never."""

    def known(moment: str) -> dict[str, dict[str, str]]:
        return {"outcomes": {"known_at": moment}}

    cases = [("+", "", "+"), ("+", "", "+", known("2026-01-30T10:00:00+00:00")),
             ("-", "", "-", known("2026-01-31T10:00:00+00:00")), ("-", "", "")]  # fmt: skip
    said = analysed(cases)["maturity"]
    (month,) = said["months"]
    assert (month["month"], month["processed"], month["known"], month["not_verified"]) == (
        "2026-01",
        4,
        3,
        1,
    )
    arrived = dict(zip(said["days"], month["arrived"], strict=True))
    assert [arrived[day] for day in (1, 7, 14, 30)] == [0, 0.25, 0.25, 0.75]
    assert said["median_days_to_known"] == pytest.approx(20)


def test_a_young_month_is_immature_and_its_late_labels_are_unknown(analysed) -> None:
    """What cannot have arrived yet is not zero."""
    said = analysed([("+", "", "+"), ("-", "", "")], as_of=datetime(2026, 2, 5, tzinfo=UTC))[
        "maturity"
    ]
    (month,) = said["months"]
    assert not month["mature"]
    assert (month["known"], month["young"], month["waiting"], month["not_verified"]) == (1, 2, 1, 0)
    assert max(said["days"]) <= 26
