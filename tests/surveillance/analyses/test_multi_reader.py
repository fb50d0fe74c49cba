"""Several readers on the same cases, with the algorithm in sight and without."""

import numpy as np
import pandas as pd
import pytest

from dashboards.analyses.multi_reader import tell
from surveillance.analyses.multi_reader import RATING, against_algorithm, in_sight
from surveillance.statistics.discrimination import auc

CASES = 60


@pytest.fixture
def study() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four readers who rate 60 cases twice, better with the algorithm in sight."""
    rng = np.random.default_rng(4)
    ill = np.arange(CASES) % 3 == 0
    verified = pd.DataFrame(
        {"inference_id": [f"I{n}" for n in range(CASES)], "truth": np.where(ill, "positive", "negative"),
         "score": ill + rng.normal(0, 0.5, CASES)}
    )  # fmt: skip
    reads = pd.concat(
        pd.DataFrame(
            {"inference_id": verified["inference_id"], "reader": f"R{reader}", "ai_visible": seen,
             "reported_at": pd.Timestamp("2026-01-01", tz="UTC"), "measurement_unit": RATING,
             "measurement": np.round(50 + 30 * ill * (1.5 if seen == "true" else 0.7) + rng.normal(0, 15, CASES))}
        )
        for reader in range(4)
        for seen in ("true", "false")
    )  # fmt: skip
    return verified, reads


def test_readers_gain_by_the_algorithm(study) -> None:
    """The difference is the mean of each reader's own gain, and its sign is with less without."""
    verified, reads = study
    said = in_sight(verified, reads)
    assert said is not None
    gains = []
    for reader in range(4):
        by = {
            seen: auc(
                scores=part["measurement"], labels=(verified["truth"] == "positive").to_numpy()
            ).estimate
            for seen, part in reads[reads["reader"] == f"R{reader}"].groupby("ai_visible")
        }
        gains.append(by["true"] - by["false"])
    assert [r["value"] for r in said["readers"]] == pytest.approx(gains)
    assert said["difference"]["estimate"] == pytest.approx(np.mean(gains))
    assert said["difference"]["lower"] > 0
    assert (said["cases"], said["diseased"]) == (60, 20)


def test_the_algorithm_against_blind_readers(study) -> None:
    """Its own area less the mean of theirs; reads with it in sight do not enter."""
    verified, reads = study
    said = against_algorithm(verified, reads)
    assert said is not None
    own = auc(
        scores=verified["score"], labels=(verified["truth"] == "positive").to_numpy()
    ).estimate
    assert said["first"]["estimate"] == pytest.approx(own)
    assert said["difference"]["estimate"] == pytest.approx(own - said["second"]["estimate"])
    without_sight = against_algorithm(verified, reads[reads["ai_visible"] == "false"])
    assert without_sight == said


def test_only_cases_that_every_reader_rated_enter(study) -> None:
    """A gap leaves out the case, a reader with few ratings leaves only himself out."""
    verified, reads = study
    gap = (
        (reads["reader"] == "R0")
        & (reads["inference_id"] == "I5")
        & (reads["ai_visible"] == "false")
    )
    visitor = reads[(reads["reader"] == "R0") & (reads["ai_visible"] == "false")].head(9)
    said = against_algorithm(verified, pd.concat([reads[~gap], visitor.assign(reader="R9")]))
    assert said is not None
    assert said["cases"] == 59
    assert [r["reader"] for r in said["readers"]] == ["R0", "R1", "R2", "R3"]


@pytest.mark.parametrize("left", ["one reader", "nine diseased", "other unit"])
def test_too_little_is_not_compared(study, left: str) -> None:
    """One reader is no panel, a diameter is no rating, and ten diseased are the least."""
    verified, reads = study
    if left == "one reader":
        reads = reads[reads["reader"] == "R0"]
    elif left == "nine diseased":
        ill = verified[verified["truth"] == "positive"]["inference_id"]
        verified = verified[~verified["inference_id"].isin(ill[9:])]
    else:
        reads = reads.assign(measurement_unit="mm")
    assert against_algorithm(verified, reads) is None
    assert in_sight(verified, reads) is None


def test_the_comparison_is_told_in_a_sentence(study) -> None:
    """Which is better, or that no difference is shown; one table more for each comparison."""
    told = tell({"algorithm": against_algorithm(*study), "in_sight": in_sight(*study)})
    assert "in sight is better than blind" in told.sentences[2]
    assert [table.key for table in told.tables] == [
        "multi_reader", "multi_reader_algorithm", "multi_reader_in_sight",
    ]  # fmt: skip
    alike = tell({"algorithm": None, "in_sight": in_sight(study[0], _blind_twice(study[1]))})
    assert "no difference is shown" in alike.sentences[1] or "not estimable" in alike.sentences[1]


def _blind_twice(reads: pd.DataFrame) -> pd.DataFrame:
    blind = reads[reads["ai_visible"] == "false"]
    return pd.concat([blind, blind.assign(ai_visible="true")])
