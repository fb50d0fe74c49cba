"""Evidently's own report of drift as HTML: the reference months of the drift monitor against the last ninety days."""

import os
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from register.refusal import Refusal
from surveillance.material import Material
from surveillance.monitors.beside_the_plan import DRIFT_COLUMNS
from surveillance.monitors.drift import (
    LIMIT,
    MINIMUM_CASES,
    MOST_CASES,
    REFERENCE_MONTHS,
)

DAYS = 90
COLUMNS = ("call", *DRIFT_COLUMNS)
"""What is compared; no column stands for a patient or a study."""


class NotCompared(Refusal):
    """Two windows that cannot be compared; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """A page of its own, and how many cases of each window went into it."""

    html: str
    reference: int
    current: int


def drift_report(material: Material) -> DriftReport:
    """Compare the cases in scope with an output, by Jensen–Shannon distance at the monitor's limit.

    Of a larger window a sample with a fixed seed is taken. The verdicts are the monitor's: this page has none of
    its caution about small windows.
    """
    if material.dates_made_up:
        raise NotCompared("The study dates of this source are simulated: nothing drifts in them.")
    days = pd.to_datetime(material.ran["day"])
    months = days.dt.to_period("M")
    settled = months.isin(sorted(months.unique())[:REFERENCE_MONTHS])
    recent = (days > days.max() - timedelta(days=DAYS)) & ~settled
    reference, current = material.ran[settled], material.ran[recent]
    if min(len(reference), len(current)) < MINIMUM_CASES:
        raise NotCompared(
            f"The first {REFERENCE_MONTHS} months have {len(reference)} cases and the last {DAYS} days after them {len(current)}; {MINIMUM_CASES} are needed in both."
        )
    return DriftReport(
        html=_html(_sample(reference), _sample(current)),
        reference=min(len(reference), MOST_CASES),
        current=min(len(current), MOST_CASES),
    )


def _html(reference: pd.DataFrame, current: pd.DataFrame) -> str:
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    told = [c for c in COLUMNS if reference[c].notna().any() and current[c].notna().any()]
    numeric = [c for c in told if pd.api.types.is_numeric_dtype(reference[c])]
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[c for c in told if c not in numeric]
    )
    snapshot = Report([DataDriftPreset(method="jensenshannon", threshold=LIMIT)]).run(
        Dataset.from_pandas(current[told], data_definition=definition),
        Dataset.from_pandas(reference[told], data_definition=definition),
    )
    return str(snapshot.get_html_str(as_iframe=False))


def _sample(cases: pd.DataFrame) -> pd.DataFrame:
    return cases if len(cases) <= MOST_CASES else cases.sample(MOST_CASES, random_state=0)
