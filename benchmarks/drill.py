"""The drill, judged by the defaults of Evidently and NannyML beside ours: `python -m benchmarks.drill`.

Needs `pip install -e .[peers]` (NannyML). Each tool sees hospitals like those of the drill month by month against the same 180 days of reference:
Evidently's DataDriftPreset on scores, calls and attributes; NannyML's univariate drift on the same columns, and its estimated (CBPE) and realised
performance on the verified cases, the only ones whose outcome it can be given. All thresholds are the defaults.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from docs.markdown import table
from surveillance.drill import hospital
from surveillance.drill.faults import FAULTS, Fault
from surveillance.drill.running import Faced, run

SEED, REFERENCE, ONSET, DAYS = 0, 180, 225, 545
OURS = "Catamnesis, default plan"
NUMBERS = ["score", "patient_age"]
NAMES = [
    "call", "patient_sex", "setting", "manufacturer_model_name", "device_serial_number",
]  # fmt: skip
PERFORMANCE = ("recall", "specificity")
FIRST = pd.Timestamp(hospital.FIRST_DAY)
Alerts = set[tuple[pd.Period, str]]


def judged(seed: int, fault: Fault | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reference and later cases of a hospital of the drill that gave an output, as a data scientist would lay them out."""
    arrived = hospital.arrivals(np.random.SeedSequence([SEED, seed]), DAYS + hospital.MATURES_AFTER)
    under = hospital.conditions(arrived)
    if fault is not None:
        fault.does(under, arrived["number"] - ONSET)
    cases, _ = hospital.happen(arrived, under)
    cases = cases[cases["call"] != "failed"].assign(
        called=lambda c: (c["call"] == "positive").astype(int),
        outcome=lambda c: c["truth"].map({"positive": 1, "negative": 0}).astype(float),
        score=lambda c: c["score"].astype(float),
    )[["day", "called", "outcome", *NUMBERS, *NAMES]]
    cases = cases[cases["day"] < FIRST + pd.Timedelta(days=DAYS)]
    early = cases["day"] < FIRST + pd.Timedelta(days=REFERENCE)
    return cases[early].reset_index(drop=True), cases[~early].reset_index(drop=True)


def evidently(reference: pd.DataFrame, later: pd.DataFrame) -> Alerts:
    """Columns that DataDriftPreset calls drifted, month by month."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    how = DataDefinition(numerical_columns=NUMBERS, categorical_columns=NAMES)
    columns = NUMBERS + NAMES
    before = Dataset.from_pandas(reference[columns], data_definition=how)
    alerts: Alerts = set()
    for month, cases in later.groupby(later["day"].dt.to_period("M")):
        now = Dataset.from_pandas(cases[columns], data_definition=how)
        for metric in Report([DataDriftPreset()]).run(now, before).dict()["metrics"]:
            said = metric["config"]
            if "column" in said and _drifted(
                said["method"], float(metric["value"]), said["threshold"]
            ):
                alerts.add((month, said["column"]))
    return alerts


def _drifted(method: str, value: float, threshold: float) -> bool:
    return value < threshold if "p_value" in method else value >= threshold


def nannyml_drift(reference: pd.DataFrame, later: pd.DataFrame) -> Alerts:
    """Columns that UnivariateDriftCalculator alerts on."""
    import nannyml

    columns = NUMBERS + NAMES
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=columns, timestamp_column_name="day", chunk_period="M"
    )
    seen = calculator.fit(reference[["day", *columns]]).calculate(later[["day", *columns]])
    return _alerts(seen, [(column, "jensen_shannon") for column in columns])


def nannyml_performance(reference: pd.DataFrame, later: pd.DataFrame) -> Alerts:
    """Recall and specificity that CBPE estimates or PerformanceCalculator finds outside their thresholds, among the verified."""
    import nannyml

    columns = ["score", "called", "outcome", "day"]
    before, now = (
        part.loc[part["outcome"].notna(), columns].reset_index(drop=True)
        for part in (reference, later)
    )
    said: Any = {
        "problem_type": "classification_binary", "y_pred_proba": "score", "y_pred": "called", "y_true": "outcome",
        "timestamp_column_name": "day", "chunk_period": "M", "metrics": list(PERFORMANCE),
    }  # fmt: skip
    found = nannyml.PerformanceCalculator(**said).fit(before).calculate(now)
    estimated = nannyml.CBPE(**said).fit(before).estimate(now)
    keys = [(metric,) for metric in PERFORMANCE]
    return {(m, f"realised {w}") for m, w in _alerts(found, keys)} | {
        (m, f"estimated {w}") for m, w in _alerts(estimated, keys)
    }


def _alerts(result: Any, keys: Iterable[tuple[str, ...]]) -> Alerts:
    seen = result.filter(period="analysis").to_df()
    chunk = ("chunk", "chunk") if seen.columns.nlevels == 3 else ("chunk",)
    months = pd.to_datetime(seen[(*chunk, "start_date")]).dt.to_period("M")
    return {
        (month, key[0])
        for key in keys
        for month, alert in zip(months, seen[(*key, "alert")], strict=True)
        if alert
    }


TOOLS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Alerts]] = {
    "Evidently, drift": evidently,
    "NannyML, drift": nannyml_drift,
    "NannyML, performance": nannyml_performance,
}


def begun(alerts: Alerts) -> Alerts:
    """Alerts whose month before had none on the same thing: one that lasts counts once."""
    return {(month, what) for month, what in alerts if (month - 1, what) not in alerts}


Column = tuple[str, float, dict[str, str]]
"""A tool, its alerts a harmless deployment-year, and what it did with each fault."""


def ours(hospitals: int, repetitions: int) -> Column:
    """The default plan over the same hospitals: what names the fault rightly, and what was told as a loss that is none."""
    found = run(years=hospitals, repetitions=repetitions, seed=SEED)
    return OURS, found.false_alarms_per_deployment_year, {one.fault: _told(one) for one in found.faults}  # fmt: skip


def _told(one: Faced) -> str:
    rang = _cell(one.found_in, one.repetitions, one.monitor or "", one.days)
    return rang if one.harmful else f"{rang}; as a loss {one.performance_loss_in} of {one.repetitions}"  # fmt: skip


def measure(hospitals: int, repetitions: int) -> Iterator[Column]:
    """Per tool: alerts a harmless year, and per fault how often an alert came that the same hospital without it does not give."""
    harmless = [(seed, judged(seed, None)) for seed in range(hospitals)]
    for tool, judge in TOOLS.items():
        quiet = {seed: judge(*frames) for seed, frames in harmless}
        years = hospitals * (DAYS - REFERENCE) / 365.25
        yield (
            tool,
            sum(len(begun(alerts)) for alerts in quiet.values()) / years,
            {
                fault.name: _faced([
                    judge(*judged(seed, fault)) - quiet[seed]
                    for seed in range(repetitions if fault.harmful else hospitals)
                ])
                for fault in FAULTS
            },
        )  # fmt: skip


def _faced(alerts: list[Alerts]) -> str:
    onset = (FIRST + pd.Timedelta(days=ONSET)).to_period("M")
    new = [sorted((a for a in each if a[0] >= onset), key=str) for each in alerts]
    days = [(each[0][0].end_time - FIRST).days - ONSET for each in new if each]
    what = sorted({each[0][1] for each in new if each})
    return _cell(len(days), len(alerts), ", ".join(what), median(days) if days else None)


def _cell(rang: int, of: int, by: str, days: float | None) -> str:
    return f"{rang} of {of}" if days is None else f"{rang} of {of}, {days:.0f} days ({by.replace('_', ' ')})"  # fmt: skip


def main(
    hospitals: Annotated[int, typer.Option(help="Hospital-years without a fault.")] = 4,
    repetitions: Annotated[int, typer.Option(help="Hospitals that meet each harmful fault.")] = 2,
    to: Annotated[Path | None, typer.Option(help="Where to write the page.")] = None,
) -> None:
    """Measure, and print or write the page."""
    os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
    warnings.simplefilter("ignore")
    columns = [ours(hospitals, repetitions), *measure(hospitals, repetitions)]
    said = (
        f"The first {hospitals} hospitals of [the drill](reference/drill.md), a harmless year each, harmful faults in {repetitions} of them and harmless ones in all, "
        "judged by the default plan and, month by month, by the defaults of the others. In how many a fault was noticed, after how many days, by what (medians). Of the default plan only "
        "an alarm that names the fault rightly counts, its days hold the 30 until outcomes are mature; of the others any alert that the same hospital does not give without the fault, "
        "to the end of its month and without those 30. An alert that lasts counts once. The others see no volume, no scope, no report and no reason for which a "
        f"case was verified. Made by `python -m benchmarks.drill --hospitals {hospitals} --repetitions {repetitions}`."
    )
    rows = [
        [f"`{fault.name}`", "yes" if fault.harmful else "no", *(faced[fault.name] for _, _, faced in columns)]
        for fault in FAULTS
    ]  # fmt: skip
    alerts = ["*alerts a harmless deployment-year*", "", *(f"{rate:.1f}" for _, rate, _ in columns)]
    heads = ["fault", "harm", *(tool for tool, _, _ in columns)]
    page = (
        f"# The drill, side by side with other tools\n\n{said}\n\n{table(heads, [alerts, *rows])}\n"
    )
    if to is None:
        print(page)
    else:
        to.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
