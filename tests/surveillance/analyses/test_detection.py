"""Lesion by lesion: found, missed, and marks of nothing."""

from pathlib import Path

import pytest

from backend.database import raw, unit_of_work
from surveillance import cycle
from surveillance.figures import analyses_of
from surveillance.measurement import latest_analyses
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.surveillance.conftest import MUCH_LATER
from tests.surveillance.standards import register

STANDARD = {"positive": [{"evidence": "histopathology"}],
            "negative": [{"evidence": "histopathology"}, {"evidence": "follow_up_imaging"}],
            "matures_after_days": 30}  # fmt: skip


@pytest.fixture
def detected(registered: str, take, tmp_path: Path):
    """Marks `{lesion: score}` and lesion-wise outcomes `{lesion: value}` of studies, analysed."""

    def analysing(
        *studies: tuple[dict[str, str], dict[str, str]], clear: tuple[int, ...] = ()
    ) -> dict:
        register(registered, STANDARD, tmp_path)
        files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": [], "outcomes": []}
        for n, (marks, truths) in enumerate(studies):
            uid, who = {"study_instance_uid": f"1.{n}"}, {"patient_id": f"P{n}"}
            files["studies"].append({**STUDY, **uid, **who})
            files["inferences"].append({**INFERENCE, **uid, "inference_id": f"I{n}"})
            for lesion, score in marks.items():
                files["inferences"].append(
                    {
                        **INFERENCE,
                        **uid,
                        "inference_id": f"I{n}{lesion}",
                        "lesion": lesion,
                        "score": score,
                    }
                )
            for lesion, value in truths.items():
                files["outcomes"].append({**OUTCOME, **uid, **who, "outcome_id": f"O{n}{lesion}", "lesion": lesion,
                                          "value": value, "evidence": "histopathology"})  # fmt: skip
            if n in clear:
                files["outcomes"].append({**OUTCOME, **uid, **who, "outcome_id": f"O{n}", "value": "negative",
                                          "evidence": "follow_up_imaging"})  # fmt: skip
        take(write(tmp_path / "b", **files))
        with unit_of_work(registered, by="t") as session:
            return analyses_of(
                session, raw(session), "ctbrain-north-ed", finding=None, as_of=MUCH_LATER
            )["detection"]

    return analysing


def test_a_lesion_without_a_mark_is_missed(detected) -> None:
    """Found, marked too low, and never marked: three lesions, three rows."""
    said = detected(({"a": "0.9", "b": "0.2"}, {"a": "positive", "b": "positive", "c": "positive"}))
    assert (said["lesions"], said["found"]) == (3, 1)
    assert (said["missed_below_threshold"], said["missed_without_mark"]) == (1, 1)
    assert said["sensitivity"]["estimate"] == pytest.approx(1 / 3)


def test_a_mark_of_nothing_is_false_where_the_study_is_settled(detected) -> None:
    """In a clear study, and beside a proven lesion; in an open study nobody knows, and it counts for nothing.

    A clear study without a mark is one without a false mark.
    """
    said = detected(
        ({"x": "0.9"}, {}),
        ({"a": "0.9", "y": "0.8"}, {"a": "positive"}),
        ({"z": "0.9"}, {}),
        ({}, {}),
        clear=(0, 3),
    )
    assert (said["false_marks"], said["unsettled_marks"], said["studies"]) == (2, 1, 3)
    assert said["false_per_study"]["estimate"] == pytest.approx(2 / 3)
    assert said["ppv"]["estimate"] == pytest.approx(1 / 3)


def test_a_biopsied_benign_lesion_is_a_false_mark(detected) -> None:
    """Its own outcome decides."""
    said = detected(({"a": "0.9"}, {"a": "negative"}))
    assert (said["lesions"], said["false_marks"]) == (0, 1)
    assert said["sensitivity"]["estimate"] is None


def test_sensitivity_and_false_marks_fall_together_as_the_score_rises(detected) -> None:
    """The free-response curve."""
    said = detected(
        ({"a": "0.9", "b": "0.5", "x": "0.7", "y": "0.1"}, {"a": "positive", "b": "positive"})
    )
    lowest, highest = said["froc"][0], said["froc"][-1]
    assert (lowest["sensitivity"]["estimate"], lowest["false_per_study"]["estimate"]) == (1, 2)
    assert (highest["sensitivity"]["estimate"], highest["false_per_study"]["estimate"]) == (0.5, 0)


def test_the_cycle_keeps_the_lesions(detected, registered: str) -> None:
    """What the cycle stored says the same as what is derived from the evidence."""
    said = detected(({"a": "0.9"}, {"a": "positive", "c": "positive"}))
    with unit_of_work(registered, by="t") as session:
        cycle.run(session, raw(session), as_of=MUCH_LATER)
        stored = latest_analyses(session, "ctbrain-north-ed", INFERENCE["finding"])["detection"]
        assert stored.content == said
