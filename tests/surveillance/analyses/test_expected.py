"""What may be expected before outcomes are known, and how well it held."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

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


def test_an_expectation_holds_where_scores_mean_what_they_meant(analysed) -> None:
    """The young month is expected near what its scores say, and the mature ones came true within their bands, off in no direction."""
    said = analysed(hospital(), as_of=AS_OF)["expected"]
    assert [m["month"] for m in said["months"]] == ["2026-06"]
    (june,) = said["months"]
    assert june["cases"] == 120
    assert june["sensitivity"]["lower"] < 0.62 < june["sensitivity"]["upper"]
    assert [m["month"] for m in said["tried"]] == ["2026-02", "2026-03", "2026-04", "2026-05"]
    for metric in ("sensitivity", "specificity"):
        held = said["back_test"][metric]
        assert held["months"] == 4
        assert held["inside"]["estimate"] >= 0.75
        assert held["mean_error"]["lower"] < 0 < held["mean_error"]["upper"]


def test_the_back_test_shows_that_scores_no_longer_mean_the_same(analysed) -> None:
    """Disease at a third of what scores say: the month lies outside what was expected of it."""
    said = analysed(hospital(meant=0.2), as_of=AS_OF)["expected"]
    may = said["tried"][-1]
    assert may["came"]["specificity"]["estimate"] < may["specificity"]["lower"]
    assert said["back_test"]["specificity"]["inside"]["estimate"] < 1


def test_too_few_verified_cases_expect_nothing(analysed) -> None:
    """Below a hundred verified cases the question does not arise."""
    assert "expected" not in analysed(hospital()[:90], as_of=AS_OF)
