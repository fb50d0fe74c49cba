"""Every interval that is claimed is put to the test by simulation, and holds the truth as often as it says."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from surveillance.coverage import SEED, cover
from surveillance.coverage.scenarios import scenarios
from surveillance.statistics.catalogue import METHODS

NO_SAMPLING_INTERVAL = {
    "xmr", "p_chart", "u_chart", "funnel", "zero_events_upper", "ewma", "making_data_count",
}  # fmt: skip
"""Limits of charts, and the bound at a count that is given."""
LEAST = {
    ("auc", "10 diseased, 200 healthy, binormal"): 0.86, ("cohen_kappa", "50 cases, two readers"): 0.90,
    ("gwet_ac1", "50 cases, two readers"): 0.89, ("multiple_imputation", ""): 0.92,
    ("obuchowski_rockette", "4 readers, 60 diseased and 60 healthy cases"): 0.93,
    ("single_modality_readers", "4 readers, 60 diseased and 60 healthy cases"): 0.93,
    ("partial_pooling", "one of 12 subgroups of 10 to 80, beta of mean 0.8 worth 20 cases"): 0.92,
    ("expected_confusion_calibrated", "300 cases after isotonic calibration on 100: what comes true"): 0.86,
    ("expected_confusion_calibrated", "300 cases after isotonic calibration on 1000: what comes true"): 0.91,
    ("expected_confusion_calibrated", "300 cases after logistic calibration on 300: what comes true"): 0.92,
}  # fmt: skip
"""Where a docstring says that the interval is too short, how short at most."""


def test_the_table_is_the_same_for_the_same_seed() -> None:
    """Reproducible, and adding up."""
    chosen = scenarios()[:3]
    first, again = (cover(chosen, draws=50, seed=7) for _ in range(2))
    assert first == again
    for found in first:
        assert found.held + found.too_low + found.too_high + found.not_estimable == found.draws


def test_an_interval_that_is_too_short_is_found_out() -> None:
    """A 50 % interval called a 95 % one covers about half: the simulation can fail."""
    honest = scenarios()[2]
    short = replace(honest, draw=lambda rng: {**honest.draw(rng), "level": 0.5})
    assert cover([short], draws=400, seed=1)[0].share < 0.65


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario", scenarios(), ids=lambda s: f"{s.method}-{s.output}-{s.setting}"
)
def test_the_interval_holds_the_truth(scenario) -> None:
    """At least 95 % of draws less four Monte-Carlo errors and a point for small samples, unless said otherwise."""
    (found,) = cover([scenario], draws=600, seed=SEED)
    given = found.draws - found.not_estimable
    assert given > 0.9 * found.draws
    least = LEAST.get((scenario.method, scenario.setting), 0.94)
    assert found.share >= least - 4 * math.sqrt(0.95 * 0.05 / given)


def test_every_interval_has_a_scenario() -> None:
    """No method claims an interval that is not simulated."""
    claimed = {
        name for name, method in METHODS.items() if any(o.endswith("lower") for o in method.outputs)
    } - NO_SAMPLING_INTERVAL
    assert claimed <= {s.method for s in scenarios()}


def test_the_page_of_coverage_holds_every_setting() -> None:
    """The table in the documentation was made from these scenarios."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "coverage.md").read_text("utf-8")
    missing = [
        s.setting for s in scenarios() if f"| `{s.method}` | {s.output} | {s.setting} |" not in page
    ]
    assert missing == []
