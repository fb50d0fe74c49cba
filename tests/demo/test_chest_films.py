"""The chest films: the published numbers come out, and nothing is bent on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from demo.adapters.chest_films import COMPONENTS, THRESHOLDS, label_scores, operating_point

Batch = Callable[[str], Any]


def test_every_film_is_there_with_its_scores(batch: Batch) -> None:
    """22,433 films of 6,187 patients, a score for each of three findings."""
    tables = batch("chest-films").tables
    assert len(tables["studies"]) == 22_433
    assert tables["studies"]["patient_id"].nunique() == 6_187
    assert tables["inferences"]["finding"].value_counts().to_dict() == dict.fromkeys(
        COMPONENTS, 22_433
    )
    assert (tables["studies"]["patient_age"].astype(int) < 18).sum() == 915


def test_the_panel_judged_each_read_film_once(batch: Batch) -> None:
    """935 films; 46 with pneumothorax, 127 with nodule or mass, 474 with airspace opacity."""
    outcomes = batch("chest-films").tables["outcomes"]
    counted = outcomes.groupby("finding")["value"].value_counts().unstack(fill_value=0)
    assert counted["positive"].to_dict() == {
        "pneumothorax": 46,
        "nodule_or_mass": 127,
        "airspace_opacity": 474,
    }
    assert (counted.sum(axis=1) == 935).all()
    assert set(outcomes["evidence"]) == {"adjudication_panel"}


def test_hedged_reads_are_indeterminate(batch: Batch) -> None:
    """2,796 reads by 21 readers; 21 hedged on pneumothorax, 52 on nodule, none on opacity."""
    reports = batch("chest-films").tables["reports"]
    reads = reports[reports["reader_role"] == "study_reader"]
    hedged = reads[reads["call"] == "indeterminate"]["finding"].value_counts()
    assert len(reads) == 3 * 2_796
    assert reads["reader"].nunique() == 21
    assert hedged.to_dict() == {"nodule_or_mass": 52, "pneumothorax": 21}
    assert set(reports["ai_visible"]) == {"false"}


def test_films_of_a_patient_keep_their_order(batch: Batch) -> None:
    """A later follow-up number has a later date."""
    studies = batch("chest-films").tables["studies"]
    ordered = studies.assign(
        number=studies["x_follow_up_number"].astype(int),
        taken=pd.to_datetime(studies["study_datetime"]),
    ).sort_values(["patient_id", "number"])
    rise = ordered.groupby("patient_id")["taken"].diff().dropna()
    assert (rise >= pd.Timedelta(0)).all()


def test_auc_is_the_one_printed_with_the_scores(data: Path) -> None:
    """For each of the 14 labels the AUC over all films is the published one."""
    printed = pd.read_csv(data / "chest_xray_ai" / "aucs_published_with_scores.csv")
    ours = {label: roc_auc_score(y, s) for label, (s, y) in label_scores(data).items()}
    assert len(ours) == 14
    for label, auc in printed.itertuples(index=False):
        assert ours[label] == pytest.approx(auc, abs=1e-9)


@pytest.mark.parametrize("finding", COMPONENTS)
def test_thresholds_follow_from_films_the_panel_never_saw(data: Path, finding: str) -> None:
    """The operating points are those of the stated rule."""
    assert operating_point(data, finding) == THRESHOLDS[finding]
