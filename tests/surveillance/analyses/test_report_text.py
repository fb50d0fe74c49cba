"""Agreement with reports read by rules, corrected for the errors of the reading."""

import pytest


def text(said: str, language: str = "en") -> dict[str, dict[str, str]]:
    return {"reports": {"call": "", "text": said, "language": language}}


YES, NO = text("Acute subdural hematoma."), text("No intracranial hemorrhage.")
CASES = [("+", "+", "", YES)] * 8 + [("-", "+", "", YES)] * 2 + [("-", "-", "", NO)] * 30


def test_agreement_is_corrected_by_the_measured_error_of_the_rules(analysed) -> None:
    """English rules ship with a measured error rate: the corrected interval is wider and holds the raw figure."""
    said = analysed(CASES)["report_text"]
    (rules,) = said["rules"]
    assert (said["read"], said["by_call"]) == (40, {"negative": 30, "positive": 10})
    assert rules["positive_agreement"]["estimate"] == pytest.approx(0.8)
    corrected = rules["corrected"]["positive_agreement"]
    assert corrected["lower"] < 0.8 < corrected["upper"]
    assert 0.9 < rules["errors"]["specificity"]["estimate"] < 1


def test_without_a_measurement_nothing_is_corrected(analysed) -> None:
    """German rules have not been measured."""
    german = text("Frische Subduralblutung.", "de")
    (rules,) = analysed([("+", "+", "", german)] * 3)["report_text"]["rules"]
    assert rules["errors"] is None
    assert rules["corrected"] is None


def test_reports_with_a_call_of_their_own_raise_no_question(analysed) -> None:
    """The analysis is about reading."""
    assert "report_text" not in analysed([("+", "+", "+")])
