"""What a file leaves out and we know: the patient of a study, the call that a report's text holds."""

from pathlib import Path

import psycopg

from surveillance.report_text.pack import pack
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write

UID = {"study_instance_uid": STUDY["study_instance_uid"]}
NO_CALL = {**REPORT, "call": "", "language": "en"}


def test_an_outcome_may_name_its_study_instead_of_a_patient(take, figures, tmp_path: Path) -> None:
    """The patient is that of the study, in the same batch or an earlier one."""
    nameless = {**OUTCOME, **UID, "patient_id": ""}
    take(write(tmp_path / "a", studies=[STUDY], inferences=[INFERENCE], outcomes=[nameless]))
    assert figures()["counts"]["tp"] == 1
    again = take(write(tmp_path / "b", outcomes=[{**OUTCOME, **UID, "patient_id": "P1"}]))
    assert again.counts["outcomes"].unchanged == 1


def test_an_outcome_of_an_unknown_study_waits(take, tmp_path: Path) -> None:
    """Nobody knows whose it is; the sentence says what to do."""
    done = take(write(tmp_path / "a", outcomes=[{**OUTCOME, **UID, "patient_id": ""}]))
    (problem,) = done.problems
    assert "is not known, so its patient is not" in problem.reason
    assert "import the study first" in problem.reason


def test_an_outcome_of_nobody_waits(take, tmp_path: Path) -> None:
    """Neither patient nor study."""
    (problem,) = take(write(tmp_path / "a", outcomes=[{**OUTCOME, "patient_id": ""}])).problems
    assert "patient_id" in problem.reason
    assert "study_instance_uid" in problem.reason


def test_a_call_is_read_out_of_the_text(take, registered: str, figures, tmp_path: Path) -> None:
    """With the rules that did it and the sentence that decided, scrubbed of names."""
    text = "Findings: Acute subdural hematoma, told to Dr. Jane Miller. Heart normal."
    take(
        write(
            tmp_path / "a",
            studies=[STUDY],
            inferences=[INFERENCE],
            reports=[{**NO_CALL, "text": text}],
        )
    )
    with psycopg.connect(registered) as pg:
        row = pg.execute("SELECT call, read_by, read_from FROM clinical_report").fetchone()
    assert row is not None
    assert row[:2] == ("positive", pack("en").version)
    assert row[2].startswith("Acute subdural hematoma")
    assert "Miller" not in row[2]
    assert figures()["agreement"]["counts"]["both_positive"] == 1


def test_the_sources_own_call_is_never_read_over(take, registered: str, tmp_path: Path) -> None:
    """A text beside a call is kept and not read."""
    row = {**NO_CALL, "call": "negative", "text": "Acute subdural hematoma."}
    take(write(tmp_path / "a", studies=[STUDY], reports=[row]))
    with psycopg.connect(registered) as pg:
        assert pg.execute("SELECT call, read_by FROM clinical_report").fetchone() == (
            "negative",
            None,
        )


def test_a_text_that_says_nothing_is_not_mentioned(take, registered: str, tmp_path: Path) -> None:
    """Silence is not a negative."""
    take(
        write(tmp_path / "a", studies=[STUDY], reports=[{**NO_CALL, "text": "Sinuses are clear."}])
    )
    with psycopg.connect(registered) as pg:
        assert pg.execute("SELECT call, read_from FROM clinical_report").fetchone() == (
            "not_mentioned",
            None,
        )


def test_a_report_with_neither_call_nor_readable_text_waits(take, tmp_path: Path) -> None:
    """No language, no text: the sentence says what would do."""
    rows = [
        {**NO_CALL, "report_id": "R1", "text": ""},
        {**NO_CALL, "report_id": "R2", "text": "x", "language": ""},
    ]
    done = take(write(tmp_path / "a", studies=[STUDY], reports=rows))
    assert [p.column for p in done.problems] == ["call", "call"]
    assert all("the text and its language" in p.reason for p in done.problems)
