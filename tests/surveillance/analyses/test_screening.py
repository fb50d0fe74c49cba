"""Screening: what was found, and what came to light between screens."""

from datetime import UTC, datetime

import pytest

LATER = datetime(2030, 6, 1, tzinfo=UTC)
STANDARD = {
    "positive": [{"evidence": "registry", "within_days": 730}],
    "negative": [{"evidence": "registry"}],
    "matures_after_days": 900,
    "interval_days": 730,
}


def found_on(day: str, **report: str) -> dict[str, dict[str, str]]:
    """A cancer, or its absence, of the registry."""
    return {
        "outcomes": {"evidence": "registry", "occurred_at": f"{day}T10:00:00+00:00"},
        "reports": report,
    }


CASES = [
    ("+", "+", "+", found_on("2026-02-01", recommended_action="biopsy")),
    ("-", "+", "+", found_on("2026-02-01")),
    ("-", "-", "+", found_on("2026-06-01")),
    ("+", "-", "+", found_on("2027-06-01")),
    ("+", "+", "-", found_on("2026-03-01", recommended_action="biopsy")),
    *[("-", "-", "-", found_on("2028-03-01"))] * 5,
]


def test_cancers_after_a_negative_screen_are_interval_cancers(analysed) -> None:
    """Two found at screening, two between screens: one in the first year, one in the second."""
    said = analysed(CASES, standard=STANDARD, as_of=LATER)["screening"]
    programme = said["programme"]
    assert (programme["recalled"], programme["screen_detected"], programme["interval_cancers"]) == (
        3,
        2,
        2,
    )
    assert programme["interval_by_months"] == {"0-11": 1, "12-23": 1}
    assert programme["sensitivity"]["estimate"] == pytest.approx(0.5)
    assert programme["ppv1"]["estimate"] == pytest.approx(2 / 3)
    assert programme["detection_per_1000"]["estimate"] == pytest.approx(200)
    assert said["ppv2"]["estimate"] == pytest.approx(0.5)


def test_the_algorithm_would_have_missed_others(analysed) -> None:
    """Its own recalls: one cancer of the readers missed, one of theirs found."""
    algorithm = analysed(CASES, standard=STANDARD, as_of=LATER)["screening"]["algorithm"]
    assert (algorithm["screen_detected"], algorithm["interval_cancers"]) == (2, 2)


def test_a_young_cohort_is_censored_and_in_no_rate(analysed) -> None:
    """Before interval and registry lag are over nothing is said of it."""
    said = analysed(CASES, standard=STANDARD, as_of=datetime(2028, 4, 1, tzinfo=UTC))["screening"]
    assert (said["complete"], said["censored"]) == (0, 10)
    assert said["programme"] is None
    assert said["algorithm"]["sensitivity"]["estimate"] is None


def test_young_screens_count_for_as_long_as_they_are_followed(analysed) -> None:
    """The same cancers while most screens are young: those of the second year are still to be expected."""
    young = {"studies": {"study_datetime": "2027-06-01T10:00:00+00:00"}}
    cases = [
        ("-", "+", "+", found_on("2026-02-01")),
        ("-", "-", "+", found_on("2026-06-01")),
        *[("-", "-", "")] * 9,
        *[("-", "-", "", young)] * 10,
    ]
    said = analysed(cases, standard=STANDARD, as_of=datetime(2028, 7, 15, tzinfo=UTC))["screening"]
    programme = said["so_far"]["programme"]
    assert (programme["screens"], programme["without_recall"]) == (21, 20)
    assert programme["interval_cancers"] == 1
    by_month = {m["month"]: m for m in programme["by_month"]}
    assert list(by_month) == [6, 12, 18, 24]
    assert (by_month[6]["at_risk"], by_month[12]["at_risk"]) == (19, 9)
    assert by_month[6]["estimate"] == pytest.approx(1000 / 20)
    assert programme["interval_cancers_expected"] == pytest.approx(20 * (1 - 19 / 20))
    assert said["so_far"]["algorithm"]["interval_cancers"] == 2


def test_no_month_is_told_that_nobody_has_reached(analysed) -> None:
    """Half a year after the first screens nothing is said of the second year."""
    said = analysed(CASES, standard=STANDARD, as_of=datetime(2027, 3, 1, tzinfo=UTC))["screening"]
    months = {m["month"]: m["estimate"] for m in said["so_far"]["programme"]["by_month"]}
    assert months[6] is not None
    assert months[24] is None
    assert said["so_far"]["programme"]["sensitivity"]["estimate"] is None
