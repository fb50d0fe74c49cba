"""Reads closed by the algorithm alone, audited at random."""

import pytest

AUDIT = {"outcomes": {"verification_reason": "random_audit", "verification_probability": "0.5"}}
CLOSES = {"use_mode": "rule_out", "acceptance": {"miss_rate": {"max": 0.01}}}


def test_a_clean_audit_that_is_too_small_shows_nothing(analysed) -> None:
    """No miss in four audited reads does not keep a limit of 1 %; 299 would."""
    said = analysed(
        [("-", "", "-", AUDIT)] * 4 + [("-", "", "")] * 4 + [("+", "", "+")], deployment=CLOSES
    )["autonomous"]
    assert (said["closed"], said["audited"], said["misses_in_audit"], said["verdict"]) == (
        8,
        4,
        0,
        "not shown",
    )
    assert said["miss_rate"]["estimate"] == 0
    assert said["miss_rate"]["upper"] > 0.01
    assert said["audits_needed"] == 299


def test_misses_beyond_the_limit_stop_it(analysed) -> None:
    """Three of six audited reads were misses."""
    cases = [("-", "", "+", AUDIT)] * 3 + [("-", "", "-", AUDIT)] * 3 + [("-", "", "")] * 6
    said = analysed(cases, deployment=CLOSES)["autonomous"]
    assert said["verdict"] == "stop"
    assert said["misses"]["estimate"] == pytest.approx(6)


def test_a_miss_that_came_to_light_is_not_part_of_the_audit(analysed) -> None:
    """It is counted apart, since nobody knows how many did not."""
    said = analysed([("-", "", "+"), ("-", "", "-", AUDIT)], deployment=CLOSES)["autonomous"]
    assert (said["misses_by_themselves"], said["misses_in_audit"]) == (1, 0)


def test_where_a_human_reads_the_question_does_not_arise(analysed) -> None:
    """Triage closes nothing."""
    assert "autonomous" not in analysed([("-", "", "-", AUDIT)])
