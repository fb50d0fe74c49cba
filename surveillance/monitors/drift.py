"""Drift of scores and acquisition by Evidently's distances; the verdict is ours and does not follow n."""

import math
import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from surveillance.monitors.beside_the_plan import DRIFT_CHANCE, DRIFT_COLUMNS
from surveillance.monitors.context import Context
from surveillance.monitors.verdict import Answer, Verdict
from surveillance.statistics.embedding_drift import kernel_mmd

LIMIT = 0.1
MINIMUM_CASES = 100
MOST_CASES = 5000
MOST_EMBEDDED = 1000
REFERENCE_MONTHS = 3
NUMERIC_BINS = 30
EMBEDDED = "what the algorithm sees in the images"
_MATTERS = {
    **dict.fromkeys(("manufacturer_model_name", "slice_thickness", "view_position"), "acquisition"),
    **dict.fromkeys(("setting", "patient_age", "patient_sex"), "patients"),
}
"""What a person is called for when a column shifts; the score is a matter of its finding."""
_NUMERIC = ("score", "slice_thickness", "patient_age")


def watch(context: Context) -> Iterator[Verdict]:
    """Compare the last whole month with the first three by Jensen–Shannon distance, a column at a time.

    A shift is a distance above the limit *and* above what equal samples of this size would show once
    in a thousand times (the distance squared is then chi-square with bins - 1 degrees of freedom over
    8 / (1/n + 1/m), in nats), so that small windows do not ring by chance nor large ones for trifles.
    Embeddings, where outputs hold them, are compared by maximum mean discrepancy on at most 1,000 cases of either window; they shift where the
    lower limit of the effect lies above the limit, and are a matter of acquisition: they move with how images are taken.
    """
    if context.dates_made_up:
        yield _too_few(context, "score", "the study dates of this source are simulated")
        return
    months = pd.to_datetime(context.ran["day"]).dt.to_period("M")
    if months.nunique() <= REFERENCE_MONTHS:
        yield _too_few(
            context, "score", "the evidence spans too few months for a reference and a current one"
        )
        return
    order = sorted(months.unique())
    whole = order[:-1] if order[-1].end_time.date() > context.as_of.date() else order
    reference = context.ran[months.isin(order[:REFERENCE_MONTHS])]
    current = context.ran[months == whole[-1]]
    columns = [c for c in DRIFT_COLUMNS if reference[c].notna().any() and current[c].notna().any()]
    window = (whole[-1].start_time.date(), whole[-1].end_time.date())
    if min(len(reference), len(current)) < MINIMUM_CASES:
        for column in columns:
            yield _too_few(
                context,
                column,
                f"{len(reference)} and {len(current)} cases; {MINIMUM_CASES} are needed",
            )
        return
    measured = distances(_sample(reference[columns]), _sample(current[columns]))
    for column, distance in measured.items():
        yield _judge(context, column, distance, reference[column], current[column], window)
    embedded = context.runs.loc[context.runs["embedded"].astype(bool), "inference_id"]
    if not embedded.empty:
        before, now = (part[part["inference_id"].isin(embedded)] for part in (reference, current))
        yield _embeddings(context, before, now, window)


def _embeddings(
    context: Context, reference: pd.DataFrame, current: pd.DataFrame, window: tuple[date, date]
) -> Verdict:
    """The images as the algorithm itself sees them: a shift is an effect whose lower limit lies above the limit."""
    if min(len(reference), len(current)) < MINIMUM_CASES:
        return _too_few(
            context,
            "embedding",
            f"{len(reference)} and {len(current)} cases have an embedding; {MINIMUM_CASES} are needed",
        )
    before, now = (
        context.embeddings(list(_sample(part, MOST_EMBEDDED)["inference_id"]))
        for part in (reference, current)
    )
    lengths = sorted({len(vector) for vector in (*before, *now)})
    if len(lengths) > 1:
        return Verdict(
            deployment=context.view.key, finding=context.finding, monitor="drift", metric="embedding", matter="version",
            answer=Answer.SHIFTED, window_from=window[0], window_to=window[1], n=len(now),
            rule="all embeddings have the same length", action="Ask the manufacturer whether it updated anything, and enter the version with its day.",
            sentence=f"Up to {window[0]:%B %Y} embeddings have {' and '.join(map(str, lengths))} numbers: not one model made them all.",
        )  # fmt: skip
    found = kernel_mmd(reference=before, current=now, permutations=1).effect
    shifted = found.lower is not None and found.lower > LIMIT
    if found.lower is None:
        return _too_few(
            context, "embedding", found.reason or "the embeddings do not let themselves be compared"
        )
    return Verdict(
        deployment=context.view.key, finding=context.finding, monitor="drift", metric="embedding", matter="acquisition",
        answer=Answer.SHIFTED if shifted else Answer.STEADY, window_from=window[0], window_to=window[1],
        estimate=found.estimate, lower=found.lower, upper=found.upper, n=len(now), method=found.method, threshold=LIMIT,
        rule=f"effect of the last whole month against the first {REFERENCE_MONTHS}, its lower limit above {LIMIT}",
        sentence=f"In {window[0]:%B %Y}, the images as the algorithm sees them lie {found.estimate:.3f} ({found.lower:.3f} to {found.upper:.3f}) away from "
        f"the reference months, on a scale from 0 (alike) to 1 ({len(before):,} and {len(now):,} embeddings; limit {LIMIT}).",
        action="Find out what changed in how images are taken (scanner, protocol, reconstruction) and whether performance followed."
        if shifted
        else "Nothing.",
    )  # fmt: skip


def distances(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, float]:
    """Evidently's Jensen–Shannon distance (nats, square root) of each column; nothing leaves the machine."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    numeric = [name for name in reference.columns if name in _NUMERIC]
    coded = [name for name in reference.columns if name not in _NUMERIC]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=coded)
    report = Report([ValueDrift(column=name, method="jensenshannon") for name in reference.columns])
    snapshot = report.run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    )
    found = snapshot.dict()["metrics"]
    return {metric["config"]["column"]: float(metric["value"]) for metric in found}


def noise(categories: int, n: int, m: int) -> float:
    """The distance that two equal samples of n and m exceed once in a thousand times."""
    if categories < 2:
        return 0.0
    return math.sqrt(float(chi2.ppf(1 - DRIFT_CHANCE, categories - 1)) * (1 / n + 1 / m) / 8)


def _judge(
    context: Context,
    column: str,
    distance: float,
    reference: "pd.Series[Any]",
    current: "pd.Series[Any]",
    window: tuple[date, date],
) -> Verdict:
    n, m = (min(len(part), MOST_CASES) for part in (reference, current))
    kinds = NUMERIC_BINS if column in _NUMERIC else pd.concat([reference, current]).nunique()
    limit = max(LIMIT, noise(kinds, n, m))
    answer = Answer.SHIFTED if distance > limit else Answer.STEADY
    what = DRIFT_COLUMNS[column]
    new = sorted(set(current.dropna()) - set(reference.dropna())) if column not in _NUMERIC else []
    seen = f" New: {', '.join(map(str, new[:3]))}." if new else ""
    month = f"{window[0]:%B %Y}"
    return Verdict(
        deployment=context.view.key,
        finding=context.finding,
        monitor="drift",
        metric=column,
        matter=_MATTERS.get(column) or f"{context.finding}: scores",
        answer=answer,
        window_from=window[0],
        window_to=window[1],
        estimate=distance,
        n=len(current),
        method="Jensen–Shannon distance (Evidently)",
        threshold=limit,
        rule=f"distance of the last whole month to the first {REFERENCE_MONTHS}, above {limit:.3f}",
        sentence=f"In {month}, {what} of in-scope cases is {distance:.3f} away from the reference months "
        f"({len(reference):,} and {len(current):,} cases; limit {limit:.3f}).{seen}",
        action="Find out what changed (scanner, protocol, routing, software) and whether performance followed."
        if answer is Answer.SHIFTED
        else "Nothing.",
    )


def _too_few(context: Context, column: str, why: str) -> Verdict:
    return Verdict(
        deployment=context.view.key,
        finding=context.finding,
        monitor="drift",
        metric=column,
        answer=Answer.TOO_FEW,
        rule=f"at least {MINIMUM_CASES} cases in both windows",
        sentence=f"Whether {DRIFT_COLUMNS.get(column, EMBEDDED)} shifted cannot be said: {why}.",
        action="Wait.",
    )


def _sample(cases: pd.DataFrame, most: int = MOST_CASES) -> pd.DataFrame:
    """At most so many rows, drawn with a fixed seed: the verdict must not depend on chance or on n."""
    if len(cases) <= most:
        return cases
    chosen = np.sort(np.random.default_rng(0).choice(len(cases), most, replace=False))
    return cases.iloc[chosen]
