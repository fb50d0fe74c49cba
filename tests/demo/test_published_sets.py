"""The other published sets: the numbers of their publications come out."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from sklearn.metrics import roc_auc_score

from demo.adapters import ddsm, mammography_cad
from demo.sources import REGISTER
from register.scope import Scope, decide, parse
from surveillance.analyses.multi_reader import RATING, against_algorithm

Batch = Callable[[str], Any]


def outcomes_by_kind(batch: Batch, key: str) -> dict[tuple[str, str], int]:
    """How many outcomes there are of each kind of evidence and value."""
    outcomes = batch(key).tables["outcomes"]
    return dict(Counter(zip(outcomes["evidence"], outcomes["value"], strict=True)))


def test_cad_auc_is_that_of_the_published_ratings(data: Path) -> None:
    """The system's AUC is 0.817 and the radiologists' lie from 0.797 to 0.900."""
    rated = mammography_cad.ratings(data)
    auc = {
        reader: roc_auc_score(rows["malignant"], rows["rating"])
        for reader, rows in rated.groupby("ReaderID")
    }
    system = auc.pop(mammography_cad.SYSTEM)
    assert system == pytest.approx(0.817, abs=5e-4)
    assert len(auc) == 9
    assert min(auc.values()) == pytest.approx(0.797, abs=5e-4)
    assert max(auc.values()) == pytest.approx(0.900, abs=5e-4)


def test_cad_against_the_radiologists_comes_out_as_published(data: Path) -> None:
    """No significant difference, p = 0.321 by jackknife (Chakraborty 2017, chapter 22)."""
    rated = mammography_cad.ratings(data).astype({"CaseID": str, "ReaderID": str})
    system = rated[rated["ReaderID"] == str(mammography_cad.SYSTEM)]
    verified = pd.DataFrame(
        {"inference_id": system["CaseID"], "score": system["rating"],
         "truth": system["malignant"].map({True: "positive", False: "negative"})}
    )  # fmt: skip
    reads = rated[rated["ReaderID"] != str(mammography_cad.SYSTEM)].rename(
        columns={"CaseID": "inference_id", "ReaderID": "reader", "rating": "measurement"}
    )
    reads = reads.assign(ai_visible="false", measurement_unit=RATING, reported_at=0)
    said = against_algorithm(verified, reads)
    assert said is not None
    assert (said["cases"], said["diseased"], len(said["readers"])) == (200, 80, 9)
    assert said["difference"]["estimate"] == pytest.approx(-0.0317, abs=5e-5)
    assert said["p_value"] == pytest.approx(0.321, abs=0.003)


def test_cad_scores_are_ratings_in_hundredths(batch: Batch, data: Path) -> None:
    """200 cases, 80 malignant; each score is the system's rating divided by 100, nine reads beside
    it."""
    tables = batch("mammography-cad").tables
    rated = mammography_cad.ratings(data)
    system = rated[rated["ReaderID"] == mammography_cad.SYSTEM]
    scores = tables["inferences"]["score"].astype(float)
    assert sorted((scores * 100).round()) == sorted(system["rating"])
    assert len(tables["reports"]) == 1_800
    assert outcomes_by_kind(batch, "mammography-cad") == {
        ("histopathology", "positive"): 80,
        ("clinical_follow_up", "negative"): 120,
    }


def test_cad_dates_do_not_follow_the_truth(batch: Batch) -> None:
    """Malignant cases lie among the others in time: half of them before the middle case, roughly."""
    tables = batch("mammography-cad").tables
    truth = tables["outcomes"].set_index("study_instance_uid")["value"]
    in_time = tables["studies"].sort_values("study_datetime")["study_instance_uid"].map(truth)
    assert 25 <= (in_time.iloc[:100] == "positive").sum() <= 55


def test_viper_women_become_cancer_cases_between_the_follow_ups(batch: Batch) -> None:
    """623 women without cancer at day 365, 600 at day 455: 23 between; 115 cancers of 715."""
    outcomes = batch("viper").tables["outcomes"]
    statement = outcomes["outcome_id"].str.extract(r"-(cancer|day-365|day-455)$")[0]
    assert statement.value_counts().to_dict() == {"day-365": 623, "day-455": 600, "cancer": 115}
    without = set(outcomes["patient_id"][statement == "day-365"])
    assert len(without & set(outcomes["patient_id"][statement == "cancer"])) == 23


def test_viper_reads_with_recall_are_those_scored_above_one_hundred(batch: Batch) -> None:
    """20,382 reads by 43 readers; recall is read the right way round, as the scores confirm."""
    reports = batch("viper").tables["reports"]
    assert len(reports) == 20_382
    assert reports["reader"].nunique() == 43
    scored_high = reports["measurement"].astype(int) > 100
    assert (scored_high == (reports["call"] == "positive")).all()


def test_lidc_diagnoses_go_by_their_method(batch: Batch) -> None:
    """129 patients with a method: biopsy 46, resection 39, stability 28, progression or response
    16."""
    kinds = Counter(batch("lidc").tables["outcomes"]["evidence"])
    assert kinds == {
        "histopathology": 46,
        "surgery": 39,
        "follow_up_imaging": 28,
        "clinical_follow_up": 16,
    }


def test_lidc_studies_are_judged_by_the_scope_of_a_nodule_finder(batch: Batch) -> None:
    """Of 1,308 real headers 891 are in the scope; films and unnamed scanners are out."""
    entry = yaml.safe_load((REGISTER / "nodule-ct.yaml").read_text(encoding="utf-8"))
    clauses = parse(entry["algorithm"]["clearances"][0]["indications"][0]["scope"])
    studies = batch("lidc").tables["studies"].assign(use_mode="shadow")
    verdicts = [decide(clauses, study, source="IFU").scope for study in studies.to_dict("records")]
    assert Counter(verdicts) == {Scope.IN: 891, Scope.OUT: 417}
    assert (studies["modality"] != "CT").sum() == 290
    assert 'GE Healthcare""' in set(studies["manufacturer"])


def test_ddsm_headers_are_read_as_one(data: Path) -> None:
    """3,568 lesions of four files; 107 malignant ones were read BI-RADS 1 to 3."""
    lesions = ddsm.lesions(data)
    assert len(lesions) == 3_568
    assert lesions["breast_density"].notna().all()
    missed = (lesions["pathology"] == "MALIGNANT") & lesions["assessment"].isin(["1", "2", "3"])
    assert missed.sum() == 107


def test_ddsm_has_one_report_and_one_outcome_for_each_image(batch: Batch) -> None:
    """3,103 images of 1,566 patients; proven by biopsy save where nobody was called back."""
    tables = batch("ddsm").tables
    assert {len(table) for table in tables.values()} == {3_103}
    assert tables["studies"]["patient_id"].nunique() == 1_566
    assert outcomes_by_kind(batch, "ddsm") == {
        ("histopathology", "positive"): 1_375,
        ("histopathology", "negative"): 1_329,
        ("clinical_follow_up", "negative"): 399,
    }


def test_ddsm_image_is_reported_by_its_most_pressing_lesion(batch: Batch, data: Path) -> None:
    """An image is positive where a lesion is BI-RADS 4 or 5, else incomplete where one is 0."""
    lesions = ddsm.lesions(data).groupby("study")["assessment"].agg(set)
    reports = batch("ddsm").tables["reports"].set_index("study_instance_uid")["call"]
    for study, categories in lesions.items():
        other = "indeterminate" if "0" in categories else "negative"
        assert reports[study] == ("positive" if categories & {"4", "5"} else other)


def test_breast_ultrasound_keeps_who_was_biopsied(batch: Batch) -> None:
    """197 outcomes by biopsy, 55 by follow-up, all of those benign; four normal have none."""
    assert outcomes_by_kind(batch, "breast-ultrasound") == {
        ("histopathology", "positive"): 98,
        ("histopathology", "negative"): 99,
        ("clinical_follow_up", "negative"): 55,
    }
    tables = batch("breast-ultrasound").tables
    assert len(tables["studies"]) == 256
    assert (tables["studies"]["patient_age"] == "").sum() == 42
