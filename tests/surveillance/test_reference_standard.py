"""What turned out to be true: tiers, windows, order, follow-up, and what was known when."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write

BEFORE = datetime(2026, 2, 15, tzinfo=UTC)


def _outcome(**change: str) -> dict[str, str]:
    return {**OUTCOME, **change}


@pytest.fixture
def one(take, figures, tmp_path: Path):
    """Import one study with an inference and the given outcomes; give back the figures."""

    def bring(*outcomes: dict[str, str], follow_up: list[dict[str, str]] | None = None):
        files = {"studies": [STUDY], "inferences": [INFERENCE]}
        if outcomes:
            files["outcomes"] = list(outcomes)
        if follow_up:
            files["follow_up"] = follow_up
        take(write(tmp_path / "b", **files))
        return figures()

    return bring


def test_no_outcome_is_not_negative(one) -> None:
    """A mature case without a known outcome is unverified and enters no cell."""
    found = one()
    assert found["flow"]["matured"] == 1
    assert found["flow"]["verified"] == 0
    assert sum(found["counts"].values()) == 0


def test_surgery_makes_a_positive(one) -> None:
    """Evidence named by the protocol, within its days, decides."""
    found = one(_outcome())
    assert found["counts"]["tp"] == 1
    assert list(found["by_tier"]) == ["surgery"]


def test_evidence_outside_its_window_does_not_count(one) -> None:
    """Surgery three weeks after the study says nothing about the study."""
    found = one(_outcome(occurred_at="2026-01-31T10:00:00+00:00"))
    assert found["flow"]["verified"] == 0


def test_evidence_before_the_study_does_not_count(one) -> None:
    """An outcome of last year belongs to last year's study."""
    found = one(_outcome(occurred_at="2025-01-12T10:00:00+00:00"))
    assert found["flow"]["verified"] == 0


def test_the_stronger_tier_decides(one) -> None:
    """A panel's negative outranks positive imaging when the protocol orders them so."""
    found = one(
        _outcome(outcome_id="O1", evidence="follow_up_imaging", value="positive"),
        _outcome(outcome_id="O2", evidence="adjudication_panel", value="negative"),
    )
    assert found["counts"]["fp"] == 1
    assert list(found["by_tier"]) == ["adjudication_panel"]


def test_within_a_tier_a_positive_stands(one) -> None:
    """Of two images, the one that shows it decides."""
    found = one(
        _outcome(outcome_id="O1", evidence="follow_up_imaging", value="negative"),
        _outcome(outcome_id="O2", evidence="follow_up_imaging", value="positive"),
    )
    assert found["counts"]["tp"] == 1


def test_only_the_codes_of_the_protocol_count(one) -> None:
    """A discharge code counts by its prefix; another code says nothing."""
    coded = {"evidence": "discharge_code", "code_system": "ICD-10"}
    found = one(
        _outcome(outcome_id="O1", **coded, code="S72.0"),
        _outcome(outcome_id="O2", patient_id="P2", **coded, code="I61.9"),
    )
    assert found["flow"]["verified"] == 0


def test_an_indeterminate_reference_is_counted_apart(one) -> None:
    """The panel that cannot tell makes the case verified and indeterminate, in no cell of the 2 × 2."""
    found = one(_outcome(evidence="adjudication_panel", value="indeterminate"))
    assert found["flow"]["verified"] == 1
    assert found["counts"] == {"tp": 0, "fp": 0, "fn": 0, "tn": 0, "indeterminate": 1}


def test_follow_up_to_its_full_length_closes_a_negative(one) -> None:
    """Nothing found for 30 days of follow-up is a negative of its own tier."""
    follow_up = [{"patient_id": "P1", "finding": OUTCOME["finding"], "followed_to": "2026-02-09"}]
    found = one(follow_up=follow_up)
    assert found["counts"]["fp"] == 1
    assert list(found["by_tier"]) == ["follow_up"]


def test_follow_up_that_ends_early_closes_nothing(one) -> None:
    """A day short of the 30 days leaves the case unverified."""
    follow_up = [{"patient_id": "P1", "finding": OUTCOME["finding"], "followed_to": "2026-02-08"}]
    assert one(follow_up=follow_up)["flow"]["verified"] == 0


def test_a_positive_of_any_kind_bars_the_negative_by_follow_up(one) -> None:
    """A positive on evidence the protocol does not count still forbids to call the case negative."""
    follow_up = [{"patient_id": "P1", "finding": OUTCOME["finding"], "followed_to": "2026-04-09"}]
    found = one(_outcome(evidence="second_read"), follow_up=follow_up)
    assert found["flow"]["verified"] == 0


def test_an_outcome_of_another_study_of_the_patient_is_not_borrowed(
    take, figures, tmp_path: Path
) -> None:
    """An outcome that names its study settles that study only."""
    other = {**STUDY, "study_instance_uid": "7.7", "study_datetime": "2026-01-11T10:00:00+00:00"}
    second = {**INFERENCE, "inference_id": "I2", "study_instance_uid": "7.7"}
    take(
        write(tmp_path / "b", studies=[STUDY, other], inferences=[INFERENCE, second],
              outcomes=[_outcome(study_instance_uid="7.7")])
    )  # fmt: skip
    found = figures()
    assert (found["flow"]["processed"], found["flow"]["verified"]) == (2, 1)


def test_late_evidence_changes_today_and_not_the_past(take, figures, tmp_path: Path) -> None:
    """What was known in February is still askable after the outcome of March arrived."""
    take(write(tmp_path / "a", studies=[STUDY], inferences=[INFERENCE]))
    late = datetime(2026, 5, 1, tzinfo=UTC)
    take(write(tmp_path / "b", outcomes=[_outcome()]), at=late)
    take(write(tmp_path / "c", outcomes=[_outcome(value="negative", evidence="adjudication_panel")]),
         at=datetime(2026, 6, 1, tzinfo=UTC))  # fmt: skip
    assert figures(as_of=BEFORE)["flow"]["verified"] == 0
    assert figures(as_of=late)["counts"]["tp"] == 1
    assert figures()["counts"]["fp"] == 1


def test_a_young_case_is_pending_even_with_an_outcome(take, figures, tmp_path: Path) -> None:
    """Positives are known sooner than negatives, so a case counts when its time is over."""
    take(write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE], outcomes=[_outcome()]))
    found = figures(as_of=BEFORE)
    assert (found["flow"]["pending"], found["flow"]["verified"]) == (1, 0)


def test_the_radiologist_is_never_the_truth(take, figures, tmp_path: Path) -> None:
    """A report gives agreement and leaves performance empty."""
    take(write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE], reports=[REPORT]))
    found = figures()
    assert found["agreement"]["counts"]["both_positive"] == 1
    assert sum(found["counts"].values()) == 0


def test_an_amended_report_stands_before_the_first(take, figures, tmp_path: Path) -> None:
    """Agreement is with the report that stands; whether the AI was visible is kept."""
    amended = {
        **REPORT,
        "report_id": "R2",
        "call": "negative",
        "status": "amended",
        "ai_visible": "true",
    }
    take(write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE], reports=[REPORT, amended]))
    found = figures()["agreement"]
    assert found["counts"]["ai_only"] == 1
    assert list(found["ai_visible"]) == ["true"]


def test_a_report_can_be_found_by_accession_number(take, figures, tmp_path: Path) -> None:
    """Where a report knows no study UID, accession number and issuer join it."""
    numbers = {"accession_number": "A1", "issuer_of_accession_number": "RIS"}
    report = {k: v for k, v in REPORT.items() if k != "study_instance_uid"}
    take(
        write(tmp_path / "b", studies=[{**STUDY, **numbers}], inferences=[INFERENCE],
              reports=[{**report, **numbers}, {**report, "report_id": "R9", "accession_number": "A1"}])
    )  # fmt: skip
    assert figures()["agreement"]["counts"]["both_positive"] == 1


def test_a_child_is_out_of_scope_and_in_no_figure(take, figures, tmp_path: Path) -> None:
    """Off-label use is counted and never estimated."""
    take(
        write(tmp_path / "b", studies=[{**STUDY, "patient_age": "9"}], inferences=[INFERENCE],
              outcomes=[_outcome()])
    )  # fmt: skip
    found = figures()
    assert (found["flow"]["out_of_scope"], found["flow"]["processed"]) == (1, 0)
    assert sum(found["counts"].values()) == 0


def test_an_output_without_its_study_is_undeterminable(take, figures, tmp_path: Path) -> None:
    """An inference whose study never arrived is kept and fails closed."""
    take(write(tmp_path / "b", inferences=[INFERENCE]))
    assert figures()["flow"]["undeterminable"] == 1


def test_a_run_that_failed_is_part_of_the_denominator(take, figures, tmp_path: Path) -> None:
    """Failed runs are received and in scope but not processed."""
    failed = {**INFERENCE, "score": "", "call": "failed", "failure_reason": "timeout"}
    take(write(tmp_path / "b", studies=[STUDY], inferences=[failed]))
    flow = figures()["flow"]
    assert (flow["received"], flow["in_scope"], flow["failed"], flow["processed"]) == (1, 1, 1, 0)


def test_of_two_runs_on_one_study_the_last_stands(take, figures, tmp_path: Path) -> None:
    """A repeated run does not count the study twice."""
    again = {
        **INFERENCE,
        "inference_id": "I2",
        "score": "0.1",
        "completed_at": "2026-01-10T12:00:00+00:00",
    }
    take(
        write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE, again], outcomes=[_outcome()])
    )
    found = figures()
    assert found["flow"]["received"] == 1
    assert found["counts"]["fn"] == 1


def test_an_apostrophe_in_a_version_is_a_letter_like_any_other(
    registered: str, take, figures, tmp_path: Path
) -> None:
    """Names a manufacturer chose are values and never run."""
    import yaml

    from backend.database import unit_of_work
    from demo.sources import REGISTER
    from register import catalogue

    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    written["algorithm"]["devices"][0]["version"] = written["deployments"][0]["version"] = (
        "1.0 d'or"
    )
    (tmp_path / "entry.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(registered, by="t") as session:
        form = catalogue.read(tmp_path / "entry.yaml")
        catalogue.record(session, form, by="t", at=datetime(2026, 1, 2, tzinfo=UTC))
    take(write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE]))
    assert [part["level"] for part in figures(by=("version",))["strata"]] == ["1.0 d'or"]
