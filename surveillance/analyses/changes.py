"""What was different after each recorded change: the ninety days before it against the ninety from it on."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pandas as pd

from surveillance.change_ledger import COMPARED_DAYS, LedgerEntry, around
from surveillance.judged_case import DECIDED, RAN
from surveillance.material import Material
from surveillance.performance import as_json
from surveillance.statistics.comparisons import newcombe
from surveillance.statistics.proportions import wilson

FEWEST = 30
LEVEL = 0.95
MEASURES = (
    "sensitivity", "specificity", "called positive", "outside the indication", "runs without an output",
    "agreement with the report",
)  # fmt: skip
Window = tuple[date, date]


def analyse(material: Material, recorded: Sequence[LedgerEntry]) -> dict[str, Any] | None:
    """Shares of the 90 study days before each change against the 90 from its day on, fewer where the evidence holds fewer.

    Differences are after less before (Newcombe); those of one change hold together at 95 % (Bonferroni), those of several changes do not.
    Below 30 cases on either side nothing is said of a difference. Sensitivity and specificity are shares of verified mature cases, not
    corrected for who was verified. Changes of one day cannot be told apart, and what else changed in these days (`others`) may be
    behind a difference. A change before or after all cases is not compared, nor is anything where study dates are simulated.
    """
    if material.dates_made_up or material.cases.empty:
        return None
    days = pd.to_datetime(material.cases["day"])
    first, last = days.min().date(), days.max().date()
    inside = around(tuple(recorded), first + timedelta(days=1), last)
    if not inside:
        return None
    daily = {name: _daily(cases, hit) for name, cases, hit in _counted(material)}
    return {
        "days": COMPARED_DAYS,
        "fewest": FEWEST,
        "level": 1 - (1 - LEVEL) / len(MEASURES),
        "changes": [
            _compared(day, tuple(entries), inside, daily, (first, last))
            for day, entries in groupby(inside, key=lambda entry: entry.day)
        ],
    }


def _counted(material: Material) -> "Iterator[tuple[str, pd.DataFrame, pd.Series[bool]]]":
    ran, received = material.ran, material.cases
    settled = material.settled
    for name, truth in zip(MEASURES, DECIDED, strict=False):
        of = settled[settled["truth"] == truth]
        yield name, of, of["call"] == truth
    decided = ran[ran["call"].isin(DECIDED)]
    yield MEASURES[2], decided, decided["call"] == "positive"
    yield MEASURES[3], received, received["scope"] == "out"
    in_scope = received[received["scope"] == "in"]
    yield MEASURES[4], in_scope, ~in_scope["call"].isin(RAN)
    said = material.reported.set_index("inference_id")["call"]
    report = decided["inference_id"].map(said)
    read = decided[report.isin(DECIDED)]
    yield MEASURES[5], read, read["call"] == report[read.index]


def _daily(cases: pd.DataFrame, hit: "pd.Series[bool]") -> pd.DataFrame:
    return hit.groupby(pd.to_datetime(cases["day"])).agg(["sum", "count"]).sort_index()


def _compared(
    day: date,
    entries: Sequence[LedgerEntry],
    recorded: tuple[LedgerEntry, ...],
    daily: dict[str, pd.DataFrame],
    evidence: Window,
) -> dict[str, Any]:
    before = max(evidence[0], day - timedelta(days=COMPARED_DAYS)), day - timedelta(days=1)
    after = day, min(evidence[1], day + timedelta(days=COMPARED_DAYS - 1))
    return {
        "day": day.isoformat(),
        "changes": [{"kind": entry.kind, "told": entry.told} for entry in entries],
        "before": [str(end) for end in before],
        "after": [str(end) for end in after],
        "others": len(around(recorded, before[0], after[1])) - len(entries),
        "measures": [_measured(name, daily[name], before, after) for name in MEASURES],
    }


def _measured(name: str, daily: pd.DataFrame, before: Window, after: Window) -> dict[str, Any]:
    (x_before, n_before), (x_after, n_after) = (_sum(daily, of) for of in (before, after))
    enough = min(n_before, n_after) >= FEWEST
    difference = newcombe(
        successes_1=x_after, trials_1=n_after, successes_2=x_before, trials_2=n_before,
        level=1 - (1 - LEVEL) / len(MEASURES),
    )  # fmt: skip
    return {
        "measure": name,
        "before": as_json(wilson(successes=x_before, trials=n_before)),
        "after": as_json(wilson(successes=x_after, trials=n_after)),
        "difference": as_json(difference),
        "enough": enough,
        "differs": _without_zero(difference.lower, difference.upper) if enough else None,
    }


def _sum(daily: pd.DataFrame, window: Window) -> tuple[int, int]:
    hits, cases = daily.loc[str(window[0]) : str(window[1])].sum()
    return int(hits), int(cases)


def _without_zero(lower: float | None, upper: float | None) -> bool:
    return lower is not None and upper is not None and (upper < 0 or lower > 0)
