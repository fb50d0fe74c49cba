"""The protocols that ship, each resolving cases of its use case; sides, lesions, measured values, merges."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.database import raw, unit_of_work
from register import catalogue
from register.protocols import shipped
from register.reference_standard import protocol, written_out
from register.signature import Signer
from surveillance import cycle
from surveillance.figures import analyses_of, performance_of
from surveillance.restatement import restatements
from surveillance.validation.plan import PlanForm, fix
from surveillance.validation.run import run as validate
from tests.batches import INFERENCE, OUTCOME, STUDY, write
from tests.surveillance.conftest import FIRST
from tests.surveillance.standards import register

FINDING = INFERENCE["finding"]
YEARS_LATER = datetime(2033, 1, 1, tzinfo=UTC)
SURGERY_AFTER_A_WEEK = "2026-01-17T10:00:00+00:00"


@pytest.fixture
def by(registered: str, take, tmp_path: Path):
    """Import one study of a deployment judged by a reference standard; give back its figures."""

    def bring(
        standard: dict[str, Any], *, study: dict[str, str] | None = None, run: dict[str, str] | None = None,
        as_of: datetime = YEARS_LATER, at: datetime = FIRST, **files: list[dict[str, str]],
    ) -> dict[str, Any]:  # fmt: skip
        register(registered, standard, tmp_path)
        take(
            write(tmp_path / "b", studies=[{**STUDY, **(study or {})}],
                  inferences=[{**INFERENCE, **(run or {})}], **files),
            at=at,
        )  # fmt: skip
        return figures_of(registered, as_of)

    return bring


def figures_of(url: str, as_of: datetime = YEARS_LATER) -> dict[str, Any]:
    """The performance of the head CT deployment."""
    with unit_of_work(url, by="t") as session:
        return performance_of(
            session, raw(session), "ctbrain-north-ed",
            finding=None, first=None, last=None, as_of=as_of,
        )  # fmt: skip


def outcome(**change: str) -> dict[str, str]:
    """An outcome of the study a week after it."""
    return {**OUTCOME, "study_instance_uid": STUDY["study_instance_uid"],
            "occurred_at": SURGERY_AFTER_A_WEEK, **change}  # fmt: skip


def followed(to: str) -> list[dict[str, str]]:
    """Follow-up of the patient to a day."""
    return [{"patient_id": "P1", "finding": FINDING, "followed_to": to}]


USE_CASES = [
    ("intracranial_haemorrhage", {"evidence": "autopsy"}, ("tp", "autopsy")),
    ("intracranial_haemorrhage", {"evidence": "follow_up_imaging", "value": "negative"}, ("fp", "follow_up_imaging")),
    ("intracranial_haemorrhage", {"evidence": "discharge_code", "code": "S72.0"}, None),
    ("pneumothorax", {"evidence": "follow_up_imaging"}, None),
    ("pneumothorax", {"evidence": "discharge_code", "code": "J93.1"}, ("tp", "discharge_code")),
    ("pulmonary_embolism", {"evidence": "registry", "occurred_at": "2026-04-09T00:00:00+00:00"}, ("tp", "registry")),
    ("pulmonary_embolism", {"evidence": "registry", "occurred_at": "2026-04-20T00:00:00+00:00"}, None),
    ("vertebral_fracture", {"evidence": "adjudication_panel", "value": "negative"}, ("fp", "adjudication_panel")),
    ("vertebral_fracture", {"evidence": "discharge_code", "code": "S22.0"}, None),
    ("lung_nodule", {"evidence": "histopathology", "occurred_at": "2027-10-01T00:00:00+00:00"}, ("tp", "histopathology")),
    ("mammography_screening", {"evidence": "registry", "occurred_at": "2027-12-20T00:00:00+00:00"}, ("tp", "registry")),
    ("diabetic_retinopathy", {"evidence": "adjudication_panel", "value": "indeterminate"}, ("indeterminate", "adjudication_panel")),
    ("pigmented_skin_lesion", {"evidence": "histopathology", "value": "negative"}, ("fp", "histopathology")),
    ("ki67_index", {"evidence": "reference_assay", "measurement": "20", "measurement_unit": "%"}, ("tp", "reference_assay")),
    ("ki67_index", {"evidence": "reference_assay", "measurement": "19.9", "measurement_unit": "%"}, ("fp", "reference_assay")),
    ("pd_l1_tps", {"evidence": "adjudication_panel", "measurement": "49", "measurement_unit": "%"}, ("fp", "adjudication_panel")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "expected"), USE_CASES)
def test_each_use_case_resolves_as_the_field_does(by, name, said, expected) -> None:
    """The evidence of a use case decides within its window, and nothing else does."""
    found = by({"protocol": name}, outcomes=[outcome(**said)], at=datetime(2031, 1, 1, tzinfo=UTC))
    cells = [cell for cell, n in found["counts"].items() if n]
    assert (cells, list(found["by_tier"])) == (
        ([expected[0]], [expected[1]]) if expected else ([], [])
    )


def test_nine_use_cases_and_more_ship() -> None:
    """Each shipped protocol is executable, says its sources and traps, and has a version."""
    assert len(shipped()) >= 9
    assert {name for name, *_ in USE_CASES} == set(shipped())
    for name, found in shipped().items():
        assert protocol({"protocol": name}).version == f"{name}/{found.version}"
        assert found.sources
        assert found.traps


def test_a_silent_report_closes_no_vertebral_fracture(by) -> None:
    """Follow-up without a fracture is no negative where reports leave fractures out."""
    found = by({"protocol": "vertebral_fracture"}, follow_up=followed("2032-01-01"))
    assert found["flow"]["verified"] == 0


def test_a_screening_negative_waits_for_the_whole_interval(by) -> None:
    """Two years without a cancer close a negative, a day less does not."""
    assert (
        by({"protocol": "mammography_screening"}, follow_up=followed("2028-01-09"))["counts"]["fp"]
        == 0
    )


def test_two_years_close_a_screening_negative(by) -> None:
    """The interval to its last day."""
    assert (
        by({"protocol": "mammography_screening"}, follow_up=followed("2028-01-10"))["counts"]["fp"]
        == 1
    )


def test_what_is_changed_goes_by_another_version() -> None:
    """A protocol with a changed window does not pass for the shipped one."""
    changed = protocol({"protocol": "pneumothorax", "matures_after_days": 9})
    assert changed.version.startswith("pneumothorax/1+")
    assert (
        changed.version != protocol({"protocol": "pneumothorax", "matures_after_days": 8}).version
    )


def test_the_register_keeps_a_named_protocol_spelt_out() -> None:
    """A record stands alone: what a name meant does not change with the software."""
    spelt = written_out({"protocol": "lung_nodule"})
    assert spelt["protocol"] == "lung_nodule/1"
    assert spelt["positive"] == shipped()["lung_nodule"].rules["positive"]
    assert written_out(spelt) == spelt


@pytest.mark.parametrize(
    ("standard", "says"),
    [
        ({"protocol": "stroke"}, "'stroke' does not ship"),
        ({"protocol": "pneumothorax/7"}, "pneumothorax/1"),
        ({"protocol": "pneumothorax", "laterality": "left"}, "not one of same, any"),
        ({"protocol": "pneumothorax", "accuracy": {"report": {}}}, "is not a kind of evidence"),
        ({"protocol": "pneumothorax", "accuracy": {"registry": {"sensitivity": 1.2, "specificity": 1, "source": "x"}}},
         "1.2 is neither a rate"),
        ({"positive": [{"evidence": "laboratory", "at_least": 3}], "matures_after_days": 3}, "needs `unit`"),
    ],
)  # fmt: skip
def test_a_standard_that_cannot_be_executed_is_refused(
    registered, tmp_path: Path, standard, says
) -> None:
    """The sentence names the place, the value and what would do."""
    with pytest.raises(catalogue.EntryNotUnderstood, match=says):
        register(registered, standard, tmp_path)


def test_the_other_side_is_none_of_the_cases(by) -> None:
    """A pneumothorax on the left says nothing about the film of the right side."""
    left = outcome(evidence="discharge_code", code="J93.1", laterality="L")
    found = by({"protocol": "pneumothorax"}, study={"laterality": "R"}, outcomes=[left])
    assert found["flow"]["verified"] == 0


ON_THE_LEFT = outcome(evidence="discharge_code", code="J93.1", laterality="L")


def test_a_mark_on_the_wrong_side_is_a_miss(by) -> None:
    """Marked on the right and found on the left of one film of both: of the left the output said nothing."""
    found = by({"protocol": "pneumothorax"}, run={"laterality": "R"}, outcomes=[ON_THE_LEFT])
    assert (found["counts"]["fn"], found["counts"]["tp"]) == (1, 0)


def test_found_on_the_marked_side_as_well_is_a_hit(by) -> None:
    """Where both sides had it, the mark on one of them was right."""
    right = {**ON_THE_LEFT, "outcome_id": "O2", "laterality": "R"}
    found = by({"protocol": "pneumothorax"}, run={"laterality": "R"}, outcomes=[ON_THE_LEFT, right])
    assert (found["counts"]["fn"], found["counts"]["tp"]) == (0, 1)


def test_the_other_side_has_an_output_of_its_own(by, take, registered, tmp_path: Path) -> None:
    """A miss on the left is the left output's, once; the right one is not verified by it."""
    found = {**ON_THE_LEFT, "evidence": "adjudication_panel", "code": ""}
    by({"protocol": "diabetic_retinopathy"}, run={"laterality": "R"}, outcomes=[found])
    take(
        write(
            tmp_path / "c",
            inferences=[{**INFERENCE, "inference_id": "I2", "laterality": "L", "score": "0.1"}],
        )
    )
    said = figures_of(registered)
    assert (said["counts"]["fn"], said["counts"]["tp"], said["flow"]["verified"]) == (1, 0, 1)


def test_both_sides_hold_either(by) -> None:
    """An outcome of both sides settles each."""
    both = outcome(evidence="discharge_code", code="J93.1", laterality="B")
    found = by({"protocol": "pneumothorax"}, run={"laterality": "R"}, outcomes=[both])
    assert found["counts"]["tp"] == 1


def test_each_side_of_a_study_is_a_case_of_its_own(by, take, registered, tmp_path: Path) -> None:
    """Two outputs, one a side, are judged apart against the outcome of their side."""
    other = {**INFERENCE, "inference_id": "I2", "laterality": "L", "score": "0.1"}
    panel = {"evidence": "adjudication_panel"}
    by(
        {"protocol": "diabetic_retinopathy"}, run={"laterality": "R"},
        outcomes=[outcome(**panel, laterality="R"),
                  outcome(**panel, outcome_id="O2", laterality="L", value="negative")],
    )  # fmt: skip
    take(write(tmp_path / "c", inferences=[other]))
    counts = figures_of(registered)["counts"]
    assert (counts["tp"], counts["tn"]) == (1, 1)


def test_one_benign_lesion_does_not_clear_the_study(by) -> None:
    """A lesion that proved benign leaves the study open; a malignant one makes it positive."""
    benign = outcome(evidence="histopathology", value="negative", lesion="a")
    found = by({"protocol": "lung_nodule"}, outcomes=[benign])
    assert found["flow"]["verified"] == 0


def test_one_malignant_lesion_makes_the_study_positive(by) -> None:
    """Whatever the other lesions are."""
    found = by(
        {"protocol": "lung_nodule"},
        outcomes=[outcome(evidence="histopathology", value="negative", lesion="a"),
                  outcome(outcome_id="O2", evidence="histopathology", lesion="b")],
    )  # fmt: skip
    assert found["counts"]["tp"] == 1


def test_marks_of_lesions_are_not_the_output_on_the_study(
    by, take, registered, tmp_path: Path
) -> None:
    """A later mark of a single lesion does not replace the study's own output."""
    mark = {**INFERENCE, "inference_id": "M1", "lesion": "a", "score": "0.01",
            "completed_at": "2026-01-10T10:09:00+00:00"}  # fmt: skip
    by({"protocol": "lung_nodule"}, outcomes=[outcome(evidence="histopathology")])
    take(write(tmp_path / "c", inferences=[mark]))
    found = figures_of(registered)
    assert (found["flow"]["received"], found["counts"]["tp"]) == (1, 1)


def test_merged_patients_are_one(by, take, registered, tmp_path: Path) -> None:
    """An outcome under the surviving identifier settles the study under the retired one, through two merges."""
    by({"protocol": "pulmonary_embolism"})
    take(
        write(tmp_path / "c",
              outcomes=[{**OUTCOME, "patient_id": "P3", "evidence": "registry", "occurred_at": "2026-02-01T00:00:00+00:00"}],
              merges=[{"prior_patient_id": "P1", "patient_id": "P2", "occurred_at": "2026-02-02T00:00:00+00:00"}]),
        at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    assert figures_of(registered)["flow"]["verified"] == 0
    take(
        write(tmp_path / "d", merges=[{"prior_patient_id": "P2", "patient_id": "P3", "occurred_at": "2026-03-02T00:00:00+00:00"}]),
        at=datetime(2026, 4, 1, tzinfo=UTC),
    )  # fmt: skip
    assert figures_of(registered)["counts"]["tp"] == 1
    assert figures_of(registered, datetime(2026, 3, 15, tzinfo=UTC))["flow"]["verified"] == 0


def test_a_merge_has_its_cases_judged_anew(by, take, registered, tmp_path: Path) -> None:
    """The cycle after a merge finds the cases it touches, and the restatement is listed."""
    by(
        {"protocol": "pulmonary_embolism"},
        follow_up=followed("2026-12-01"),
    )
    later = datetime(2032, 1, 1, tzinfo=UTC)
    run(registered, later)
    take(
        write(tmp_path / "c",
              outcomes=[{**OUTCOME, "patient_id": "P9", "evidence": "registry", "occurred_at": "2026-02-01T00:00:00+00:00"}],
              merges=[{"prior_patient_id": "P1", "patient_id": "P9", "occurred_at": "2026-02-02T00:00:00+00:00"}]),
        at=datetime(2032, 2, 1, tzinfo=UTC),
    )  # fmt: skip
    run(registered, YEARS_LATER)
    with unit_of_work(registered, by="t") as session:
        (found,) = restatements(session, "ctbrain-north-ed", FINDING)
        told = analyses_of(
            session, raw(session), "ctbrain-north-ed", finding=FINDING, as_of=YEARS_LATER
        )["restatements"]
        assert told["cases"] == 1
        assert not restatements(session, "ctbrain-north-ed", FINDING, as_of=later)
    assert (found.month, found.before, found.before_tier) == ("2026-01", "negative", "follow_up")
    assert (found.after, found.after_tier, found.cases) == ("positive", "registry", 1)


def test_a_perfect_algorithm_against_a_reference_that_errs(
    registered, take, tmp_path: Path
) -> None:
    """Apparent sensitivity near 0.53 at 10 % prevalence, and a corrected interval that holds 1.00."""
    standard = {
        "positive": [{"evidence": "discharge_code"}], "negative": [{"evidence": "discharge_code"}],
        "matures_after_days": 30,
        "accuracy": {"discharge_code": {"sensitivity": 1, "specificity": 0.9, "source": "chart review of 2025"}},
    }  # fmt: skip
    register(registered, standard, tmp_path)
    studies, runs, outcomes = [], [], []
    for n in range(1000):
        ill = n < 100
        coded = ill or n >= 910
        uid = {"study_instance_uid": f"1.{n}"}
        studies.append({**STUDY, **uid, "patient_id": f"P{n}"})
        runs.append({**INFERENCE, **uid, "inference_id": f"I{n}", "score": "0.9" if ill else "0.1"})
        outcomes.append({**OUTCOME, **uid, "outcome_id": f"O{n}", "patient_id": f"P{n}", "code": "I61",
                         "evidence": "discharge_code", "value": "positive" if coded else "negative"})  # fmt: skip
    take(write(tmp_path / "b", studies=studies, inferences=runs, outcomes=outcomes))
    found = figures_of(registered)
    assert found["performance"]["sensitivity"]["estimate"] == pytest.approx(0.526, abs=0.001)
    for corrected in (
        found["corrected"],
        found["by_tier"]["discharge_code"]["corrected_for_reference"],
    ):
        assert corrected["sensitivity"]["upper"] == 1.0
        assert corrected["sensitivity"]["estimate"] == pytest.approx(1.0)
    assert "chart review of 2025" in found["corrected"]["assumption"]


def test_the_correction_stays_when_other_evidence_decides_a_few(
    registered, take, tmp_path: Path
) -> None:
    """Each kind by its own error rates; a local validation of a perfect algorithm is not called breached."""
    standard = {
        "positive": [{"evidence": "histopathology"}, {"evidence": "discharge_code"}],
        "negative": [{"evidence": "histopathology"}, {"evidence": "discharge_code"}],
        "order": ["histopathology", "discharge_code"], "matures_after_days": 30,
        "accuracy": {"discharge_code": {"sensitivity": 1, "specificity": 0.9, "source": "chart review of 2025"}},
    }  # fmt: skip
    register(registered, standard, tmp_path)
    studies, runs, outcomes = [], [], []
    for n in range(1000):
        ill = n < 100
        proven = n in (0, 1, 998, 999)
        uid = {"study_instance_uid": f"1.{n}"}
        studies.append({**STUDY, **uid, "patient_id": f"P{n}"})
        runs.append({**INFERENCE, **uid, "inference_id": f"I{n}", "score": "0.9" if ill else "0.1"})
        told = ill or (n >= 910 and not proven)
        outcomes.append({**OUTCOME, **uid, "outcome_id": f"O{n}", "patient_id": f"P{n}", "code": "I61",
                         "evidence": "histopathology" if proven else "discharge_code",
                         "value": "positive" if told else "negative"})  # fmt: skip
    take(write(tmp_path / "b", studies=studies, inferences=runs, outcomes=outcomes))
    found = figures_of(registered)
    assert found["corrected"]["sensitivity"]["upper"] == 1.0
    assert "Histopathology is taken to be right." in found["corrected"]["assumption"]
    plan = PlanForm.model_validate(
        {"key": "local", "deployment": "ctbrain-north-ed", "population": "Adults of one January", "from": "2026-01-01",
         "to": "2026-01-31", "use_mode": "triage", "prevalence": 0.1, "minimum_positives": 50,
         "criteria": [{"metric": "sensitivity", "claim": 0.92, "margin": 0.05}]}
    )  # fmt: skip
    with unit_of_work(registered, by="t") as session:
        fixed = fix(
            session,
            plan,
            author=Signer(key="anna", name="Anna", role="clinical_lead"),
            at=YEARS_LATER,
        )
        content = validate(session, raw(session), fixed, by="t", as_of=YEARS_LATER).content
    assert content["cases"] == 1000
    assert content["verdicts"][0]["verdict"] != "breached"
    assert content["verdicts"][0]["figure"]["upper"] == 1.0


def run(url: str, as_of: datetime) -> None:
    """One cycle."""
    with unit_of_work(url, by="t") as session:
        cycle.run(session, raw(session), as_of=as_of)
