"""What may be expected before outcomes are known, and how well it held."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from backend.database import unit_of_work
from dashboards.analyses.expected import tell
from surveillance.measurement import latest_analyses, latest_measurement

AS_OF = datetime(2026, 8, 5, tzinfo=UTC)


def hospital(*, meant: float = 1.0) -> list[tuple[Any, ...]]:
    """Six months of 120 cases whose score is the chance of disease; in the last two months, times `meant`; June has no outcomes yet."""
    rng, found = np.random.default_rng(5), []
    for month in range(1, 7):
        for _ in range(120):
            score = rng.uniform(0, 1)
            ill = rng.random() < score * (meant if month > 4 else 1)
            on = f"2026-{month:02d}-{rng.integers(1, 28):02d}T10:00:00+00:00"
            rows = {
                "studies": {"study_datetime": on},
                "inferences": {"completed_at": on, "score": f"{score:.3f}"},
                "outcomes": {"occurred_at": on, "known_at": on},
            }
            found.append(("+", "", "" if month == 6 else "+" if ill else "-", rows))
    return found


def partly_verified(*, audited: float) -> list[tuple[Any, ...]]:
    """The same scores over seven months: who is called or reported positive is verified, of the others a part drawn at random; June and July have no outcomes yet."""
    rng, found = np.random.default_rng(8), []
    for month in range(1, 8):
        for n in range(400):
            score = round(rng.uniform(0, 1), 3)
            ill = rng.random() < score
            seen = ill and rng.random() < 0.8
            drawn = rng.random() < audited
            on = f"2026-{month:02d}-{1 + n % 27:02d}T10:00:00+00:00"
            audit = {
                "verification_reason": "random_audit",
                "verification_probability": str(audited),
            }
            by_course = seen or score >= 0.62
            outcome = {"occurred_at": on, "known_at": on, **({} if by_course else audit)}
            rows = {
                "studies": {"study_datetime": on}, "inferences": {"completed_at": on, "score": str(score)},
                "reports": {"reported_at": on}, "outcomes": outcome,
            }  # fmt: skip
            known = month < 6 and (by_course or drawn)
            found.append(("+", "+" if seen else "-", ("+" if ill else "-") if known else "", rows))
    return found


FOUND = 1 - 0.62**2
"""Sensitivity at 0.62 where the score, evenly spread, is the chance of disease."""


def test_an_expectation_holds_where_scores_mean_what_they_meant(analysed) -> None:
    """The young month is expected near what its scores say, and the mature ones came true within their bands."""
    said = analysed(hospital(), as_of=AS_OF)["expected"]
    assert [m["month"] for m in said["months"]] == ["2026-06"]
    (june,) = said["months"]
    assert june["cases"] == 120
    assert june["sensitivity"]["lower"] < FOUND < june["sensitivity"]["upper"]
    assert [m["month"] for m in said["tried"]] == ["2026-04", "2026-05"]
    assert {m["came"]["sensitivity"]["method"] for m in said["tried"]} == {"Wilson score"}
    for metric in ("sensitivity", "specificity"):
        held = said["back_test"][metric]
        assert held["months"] == 2
        assert held["came"]["lower"] < held["expected"] < held["came"]["upper"]
    assert sum("the expectation held" in told for told in tell(said).sentences) == 2


def test_the_back_test_shows_that_scores_no_longer_mean_the_same(analysed) -> None:
    """Disease at a fifth of what scores say: the month lies outside what was expected of it, and the band of the next is as wide as that error."""
    said = analysed(hospital(meant=0.2), as_of=AS_OF)["expected"]
    may, (june,) = said["tried"][-1], said["months"]
    assert may["came"]["specificity"]["estimate"] < may["specificity"]["lower"]
    held = said["back_test"]["specificity"]
    assert held["inside"]["estimate"] < 1
    assert held["came"]["upper"] < held["expected"]
    assert any("specificity" in told and "less than expected" in told for told in tell(said).sentences)  # fmt: skip
    error = abs(may["came"]["specificity"]["estimate"] - may["specificity"]["estimate"])
    assert june["specificity"]["estimate"] - june["specificity"]["lower"] > error


def test_months_without_outcomes_are_expected_as_corrected_figures_come(analysed) -> None:
    """A steady algorithm whose negative calls are rarely verified: what is expected of all cases is what is so, before and after outcomes are known."""
    said = analysed(partly_verified(audited=0.15), as_of=AS_OF)["expected"]
    assert [m["month"] for m in said["months"]] == ["2026-06", "2026-07"]
    assert [m["month"] for m in said["tried"]] == ["2026-04", "2026-05"]
    for month in (*said["months"], *said["tried"]):
        assert month["cases"] == 400
        assert month["sensitivity"]["estimate"] == pytest.approx(FOUND, abs=0.08)
    for month in said["tried"]:
        assert month["came"]["sensitivity"]["estimate"] == pytest.approx(FOUND, abs=0.12)
        assert "Hájek" in month["came"]["sensitivity"]["method"]
    for held in said["back_test"].values():
        assert held["came"]["lower"] < held["expected"] < held["came"]["upper"]


def test_where_nothing_can_be_corrected_nothing_is_expected(analysed) -> None:
    """None of those whom nobody called positive was verified: a sentence, and no number."""
    said = analysed(partly_verified(audited=0.0), as_of=AS_OF)["expected"]
    assert said["months"] == said["tried"] == []
    assert [told for told in tell(said).sentences if told == said["reason"]]
    assert said["reason"].startswith("Not identifiable")


def test_the_simulated_hospital_shows_no_fall_that_is_not_there(demo_database_url: str) -> None:
    """Neither the steady chest algorithm nor head CT is expected to be worse in young months than its corrected figure."""
    with unit_of_work(demo_database_url, by="t") as session:
        for deployment, finding in (("ptx-north-xr", "pneumothorax"), ("ctbrain-north-ed", "intracranial_haemorrhage")):  # fmt: skip
            said = latest_analyses(session, deployment, finding)["expected"].content
            measured = latest_measurement(session, deployment, finding)
            assert measured is not None
            assert said["months"]
            for metric in ("sensitivity", "specificity"):
                held = measured.content["corrected"][metric]["estimate"]
                for month in said["months"]:
                    assert month[metric]["estimate"] == pytest.approx(held, abs=0.05), month["month"]  # fmt: skip
            steady = said["back_test"]["sensitivity"]
            assert (steady["came"]["upper"] < steady["expected"]) is (deployment == "ctbrain-north-ed")  # fmt: skip


def test_too_few_verified_cases_expect_nothing(analysed) -> None:
    """Below a hundred verified cases the question does not arise."""
    assert "expected" not in analysed(hospital()[:90], as_of=AS_OF)
