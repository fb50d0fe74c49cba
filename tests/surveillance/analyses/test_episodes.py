"""Repeat studies of one patient taken together."""

STANDARD = {
    "positive": [{"evidence": "adjudication_panel"}], "negative": [{"evidence": "adjudication_panel"}],
    "matures_after_days": 30, "episode_days": 3,
}  # fmt: skip


def on(day: int, patient: str = "P") -> dict[str, dict[str, str]]:
    """A study of a patient on a day of January, with the outcome that names it."""
    at = f"2026-01-{day:02d}T10:00:00+00:00"
    return {
        "studies": {"patient_id": patient, "study_datetime": at},
        "inferences": {"completed_at": at},
        "outcomes": {"patient_id": patient, "occurred_at": at},
    }


def test_studies_in_a_row_are_one_episode(analysed) -> None:
    """Days 1, 3 and 6 hang together, day 10 does not; a call on one of them finds the episode."""
    said = analysed(
        [(call, "", truth, {**on(day), "outcomes": {**on(day)["outcomes"], "study_instance_uid": f"1.{n}"}})
         for n, (call, truth, day) in enumerate([("-", "+", 1), ("+", "+", 3), ("-", "-", 6), ("-", "-", 10)])],
        standard=STANDARD,
    )["episodes"]  # fmt: skip
    assert (said["studies"], said["episodes"], said["repeated"]) == (4, 2, 1)
    assert said["counts"] == {"tp": 1, "fp": 0, "fn": 0, "tn": 1}


def test_an_episode_of_which_a_part_is_unknown_is_unsettled(analysed) -> None:
    """A negative and an unknown study are not a negative episode."""
    first = {**on(1), "outcomes": {**on(1)["outcomes"], "study_instance_uid": "1.0"}}
    said = analysed([("-", "", "-", first), ("-", "", "", on(2))], standard=STANDARD)["episodes"]
    assert (said["episodes"], said["unsettled"]) == (1, 1)


def test_two_patients_are_two_episodes(analysed) -> None:
    """However close in time."""
    said = analysed([("+", "", "+", on(1, "A")), ("+", "", "+", on(1, "B"))], standard=STANDARD)[
        "episodes"
    ]
    assert (said["episodes"], said["counts"]["tp"]) == (2, 2)
