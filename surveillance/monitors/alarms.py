"""What alarms say when they are read together: an alarm on performance means little while the reference itself is in doubt."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from surveillance.monitors.chart_record import STANDING_DAYS
from surveillance.monitors.sequential import Alarm, Path

CADENCE_DAYS = 7


class Said(StrEnum):
    """What an alarm is told as."""

    PERFORMANCE = "performance loss"
    AGREEMENT = "agreement"
    REFERENCE = "reference in doubt"
    CASE_MIX = "case mix"
    SCORES = "scores"
    CALLS = "share called positive"
    OPERATING_POINT = "operating point"
    USE = "use outside the indication"
    INPUT = "input"
    FEED = "feed"
    EQUIPMENT = "equipment"
    READERS = "what readers do with it"
    TURNAROUND = "turnaround"
    OVER_READING = "over-reading"
    CONTRADICTION = "contradicting algorithms"


KINDS = {
    "sensitivity": Said.PERFORMANCE,
    "specificity": Said.PERFORMANCE,
    "reference": Said.REFERENCE,
    "calibration": Said.SCORES,
    "agreement": Said.AGREEMENT,
    "case_mix": Said.CASE_MIX,
    "score": Said.SCORES,
    "operating_point": Said.OPERATING_POINT,
    "out_of_scope": Said.USE,
    "failure": Said.INPUT,
    "missingness": Said.INPUT,
    "study_feed": Said.FEED,
    "report_feed": Said.FEED,
    "outcome_feed": Said.FEED,
    "new_scanner": Said.EQUIPMENT,
    "overruled": Said.READERS,
    "ignored": Said.READERS,
    "turnaround": Said.TURNAROUND,
    "over_reading": Said.OVER_READING,
    "contradiction": Said.CONTRADICTION,
    "called_positive": Said.CALLS,
    "latency": Said.INPUT,
}
EXPLAINED = {
    Said.PERFORMANCE: "reference",
    Said.SCORES: "reference",
    Said.AGREEMENT: "case_mix",
    Said.CALLS: "case_mix",
}
"""By what an alarm of a kind is explained while that stands."""

CALLED_BY_WATCH = frozenset({Said.PERFORMANCE, Said.INPUT})
"""Kinds of which several things are watched, each a matter of its own."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An alarm of a chart at the cycle that first saw it or would have, the last day it stands, and what it is told as."""

    path: Path
    alarm: Alarm
    seen: pd.Timestamp
    stands_until: pd.Timestamp
    said: Said

    @property
    def own(self) -> Said:
        """What it would be told as if nothing else had rung."""
        return KINDS[self.path.chart.rule.watch]

    @property
    def matter(self) -> str:
        """What the signal about it is called: what is watched where several things of its kind are, else what it is told as."""
        watch = self.path.chart.rule.watch
        return watch.replace("_", " ") if self.said in CALLED_BY_WATCH else self.said.value


def told(
    paths: Iterable[Path],
    *,
    first_cycle: pd.Timestamp,
    every: int = CADENCE_DAYS,
    followed_since: pd.Timestamp | None = None,
) -> list[Told]:
    """All alarms in the order of the cycles that first saw them, every so many days from the first cycle on.

    What rang before anybody followed the charts (`followed_since`) stands from that day on, for nobody was told before; what it is
    told as is still decided by what rang in its own time.
    """
    rung = sorted(
        (
            (_seen(alarm.on, first_cycle, every), path.chart.rule.watch, path.chart.level, alarm.index, path, alarm)
            for path in paths
            for alarm in path.alarms
        ),
        key=lambda found: found[:4],
    )  # fmt: skip
    ends = [_until(seen, path, alarm) for seen, *_, path, alarm in rung]
    standing: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {
        name: [] for name in EXPLAINED.values()
    }
    for (seen, watch, *_), until in zip(rung, ends, strict=True):
        if watch in standing:
            standing[watch].append((seen, until))

    def said(watch: str, seen: pd.Timestamp) -> Said:
        kind = KINDS[watch]
        cause = EXPLAINED.get(kind, "")
        explained = any(since <= seen <= until for since, until in standing.get(cause, []))
        return KINDS[cause] if explained else kind

    return [
        Told(
            path=path, alarm=alarm, seen=seen, said=said(watch, seen),
            stands_until=_until(max(seen, followed_since or seen), path, alarm),
        )
        for seen, watch, _, _, path, alarm in rung
    ]  # fmt: skip


def _until(seen: pd.Timestamp, path: Path, alarm: Alarm) -> pd.Timestamp:
    """The last day on which an alarm seen on a day stands: the ninetieth, or the one before it was settled."""
    days = [day - pd.Timedelta(days=1) for day in path.settled if alarm.on < day]
    return min([seen + pd.Timedelta(days=STANDING_DAYS), *days])


def _seen(on: pd.Timestamp, first_cycle: pd.Timestamp, every: int) -> pd.Timestamp:
    cycles = max(0, -(-(on - first_cycle).days // every))
    return first_cycle + pd.Timedelta(days=cycles * every)
