"""Performance to be expected before outcomes are known, told with its back-test."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table


def tell(said: Mapping[str, Any]) -> Told:
    """What recent months may be expected to show, and how often such an expectation held."""
    sentences = [
        f"From the scores of recent cases and a calibration on {said['calibrated_on']:,} verified ones. It is an expectation and no finding: where "
        "the meaning of a score has changed it is wrong, and only outcomes show it."
    ]
    for metric, held in said["back_test"].items():
        if held["months"]:
            inside = round(held["inside"]["estimate"] * held["months"])
            sentences.append(
                f"Back-test: {metric} of {inside} of {held['months']} months lay in its band"
                + (
                    f"; on average {held['mean_error']['estimate']:+.3f} from what was expected ({held['mean_error']['lower']:+.3f} to "
                    f"{held['mean_error']['upper']:+.3f})."
                    if held["mean_error"]["estimate"] is not None
                    else "."
                )
            )
    if not said["tried"]:
        sentences.append("No mature month could be tried yet: do not rely on it before one was.")
    columns = {"month": "Month", "cases": "Cases", "sensitivity": "Sensitivity expected", "specificity": "Specificity expected"}  # fmt: skip
    came = {
        **columns,
        "sensitivity_came": "Sensitivity that came true",
        "specificity_came": "Specificity that came true",
    }
    return Told(
        key="expected",
        title="Expected before outcomes are known",
        question="What may recent months be expected to show?",
        sentences=tuple(sentences),
        tables=(
            table(
                "expected",
                "Months that are not mature: all scored cases, with the 95 % band of what may come true",
                columns,
                [(m["month"], m["cases"], *_expected(m)) for m in said["months"]],
            ),
            table(
                "expected_back_test",
                "Mature months: verified cases, expected from what was known before the month began; bands of 95 %",
                came,
                [
                    (m["month"], m["cases"], *_expected(m), *(interval(m["came"][metric]) for metric in ("sensitivity", "specificity")))
                    for m in said["tried"]
                ],
            ),
        ),
    )  # fmt: skip


def _expected(month: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(interval(month[metric]) for metric in ("sensitivity", "specificity"))
