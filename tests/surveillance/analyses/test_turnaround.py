"""Triage in time: flagged against unflagged, and who waits for it."""

from datetime import UTC, datetime, timedelta

from dashboards.analyses import shown

TAKEN = datetime(2026, 1, 10, 10, tzinfo=UTC)
LIVE_SINCE = {
    "use_mode": "triage",
    "shadow": {"from": "2026-01-01", "to": "2026-01-20"},
    "live": {"from": "2026-01-21"},
}


def on(day: int, to_report: float, *, opened: float | None = None) -> dict[str, dict[str, str]]:
    """A case of a day in January, reported so many minutes after it was taken."""
    taken = TAKEN + timedelta(days=day - 10)
    report = {"reported_at": (taken + timedelta(minutes=to_report)).isoformat()}
    if opened is not None:
        report["opened_at"] = (taken + timedelta(minutes=opened)).isoformat()
    return {
        "studies": {"study_datetime": taken.isoformat()},
        "inferences": {"completed_at": (taken + timedelta(minutes=3)).isoformat()},
        "reports": report,
    }


def step(said: dict, name: str) -> dict:
    return next(one for one in said["steps"] if one["step"] == name)


def test_flagged_and_unflagged_are_timed_apart(analysed) -> None:
    """Thirty minutes against two hours, in live use."""
    cases = [("+", "+", "", on(25, 28 + n % 5)) for n in range(20)] + [
        ("-", "-", "", on(25, 118 + n % 5)) for n in range(20)
    ]
    said = analysed(cases, deployment=LIVE_SINCE)["turnaround"]
    report = step(said, "report")
    assert 28 <= report["flagged"]["median"]["estimate"] <= 32
    assert 118 <= report["unflagged"]["median"]["estimate"] <= 122
    assert report["log_rank_p"] < 0.001
    assert step(said, "result")["flagged"]["median"]["estimate"] == 3


def test_the_question_is_answered_in_a_sentence(analysed) -> None:
    """Flagged opened after five minutes, the others after fifty: said with the steps in words."""
    cases = [("+", "+", "", on(25, 60 + n % 5, opened=5)) for n in range(20)] + [
        ("-", "-", "", on(25, 118 + n % 5, opened=50)) for n in range(20)
    ]
    found = analysed(cases, deployment=LIVE_SINCE)
    told = next(one for one in shown(found) if one.key == "turnaround")
    assert any(
        said.startswith("Flagged examinations were opened after a median of 5 (")
        for said in told.sentences
    )
    assert "examination opened" in {row[0] for row in told.tables[0].rows}


def test_the_unflagged_that_got_slower_are_noticed(analysed) -> None:
    """An hour in shadow, two hours live."""
    cases = [("-", "-", "", on(15, 58 + n % 5)) for n in range(20)] + [
        ("-", "-", "", on(25, 118 + n % 5)) for n in range(20)
    ]
    moved = analysed(cases, deployment=LIVE_SINCE)["turnaround"]["displacement"]
    assert moved["shadow"]["median"]["estimate"] < 65
    assert moved["live"]["median"]["estimate"] > 115
    assert moved["log_rank_p"] < 0.001


def test_what_was_not_reported_is_censored_and_not_left_out(analysed) -> None:
    """Half of the cases still wait: the median is not that of the others."""
    cases = [("+", "+", "", on(25, 30))] * 10 + [
        ("+", "", "", {k: v for k, v in on(25, 0).items() if k != "reports"})
    ] * 12
    said = step(analysed(cases, deployment=LIVE_SINCE)["turnaround"], "report")["flagged"]
    assert (said["cases"], said["happened"]) == (22, 10)
    assert said["median"]["estimate"] is None


def test_a_step_before_the_examination_is_left_out_and_counted(analysed) -> None:
    """Clocks that disagree make no time."""
    said = step(
        analysed([("+", "+", "", on(25, -5)), ("+", "+", "", on(25, 30))], deployment=LIVE_SINCE)[
            "turnaround"
        ],
        "report",
    )
    assert said["out_of_order"] == 1
    assert said["flagged"]["cases"] == 1


def test_only_what_the_report_calls_positive_has_to_be_communicated(analysed) -> None:
    """A negative report that nobody telephoned is not waiting."""
    told = {
        **on(25, 30),
        "reports": {**on(25, 30)["reports"], "communicated_at": "2026-01-25T11:00:00+00:00"},
    }
    said = step(
        analysed([("+", "+", "", told), ("+", "-", "", on(25, 30))], deployment=LIVE_SINCE)[
            "turnaround"
        ],
        "communication",
    )
    assert said["flagged"]["cases"] == 1
    assert said["flagged"]["median"]["estimate"] == 60
