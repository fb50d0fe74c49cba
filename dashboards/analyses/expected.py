"""Performance to be expected before outcomes are known, told with its back-test."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.analyses.told import Told, errs, interval, table


def tell(said: Mapping[str, Any]) -> Told:
    """What recent months may be expected to show, and how far such an expectation held, for all cases both."""
    sentences = [said["reason"]] if said["reason"] else list(_told(said))
    columns = {"month": "Month", "cases": "Cases", "sensitivity": "Sensitivity expected", "specificity": "Specificity expected"}  # fmt: skip
    came = {
        **columns,
        "sensitivity_came": "Sensitivity that came",
        "specificity_came": "Specificity that came",
    }
    return Told(
        key="expected",
        title="Expected before outcomes are known",
        question="What may recent months be expected to show?",
        sentences=(*sentences, *errs(said["erring"])),
        tables=(
            table(
                "expected",
                "Months that are not mature: all scored cases, with a 95 % band, no narrower than the errors of the back-test make it",
                columns,
                [(m["month"], m["cases"], *_expected(m)) for m in said["months"]],
            ),
            table(
                "expected_back_test",
                "Mature months: all scored cases, expected (with the 95 % band of the calibration) from what was known before the month began, and the figure that came, corrected where not all were verified",
                came,
                [
                    (m["month"], m["cases"], *_expected(m), *(interval(m["came"][metric]) for metric in ("sensitivity", "specificity")))
                    for m in said["tried"]
                ],
            ),
        ),
    )  # fmt: skip


def _told(said: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"From the scores of all cases of a month, verified or not, and a calibration on {said['calibrated_on']:,} verified ones, each weighed by the cases it "
        "stands for, as in corrected figures. It is an expectation and no finding: where the meaning of a score has changed it is wrong, and only outcomes show it."
    )
    for metric, held in said["back_test"].items():
        if held["months"]:
            yield _back_test(metric, held)
    if not said["tried"]:
        yield "No mature month could be tried yet: do not rely on it before one was."


def _back_test(metric: str, held: Mapping[str, Any]) -> str:
    """How many months lay in their bands, and whether what was expected of all together lies in the interval of what came."""
    inside, came = round(held["inside"]["estimate"] * held["months"]), held["came"]
    told = (
        f"Back-test: {metric} of {inside} of {held['months']} months lay in its band; of these months together {held['expected']:.3f} was expected, and "
        f"{came['estimate']:.3f} ({came['lower']:.3f} to {came['upper']:.3f}) came"
    )
    if came["lower"] <= held["expected"] <= came["upper"]:
        return f"{told}: the expectation held."
    side = "less" if came["estimate"] < held["expected"] else "more"
    return f"{told}: {side} than expected, so scores seem no longer to have meant what they had."


def _expected(month: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(interval(month[metric]) for metric in ("sensitivity", "specificity"))
