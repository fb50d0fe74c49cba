"""Charts that follow a stream case by case and ring at a stated rate of false alarms.

`lock` reads the reference window once: the odds of each kind of case, and for each rule, level and direction a limit that
keeps its share of the false alarms. `follow` carries the charts on with all later cases. What has rung stays as it was
when more cases come.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from register.monitoring_plan import LOWER, WATCHES, MonitoringPlan, Rule
from surveillance.monitors.streams import STREAMS, Watched
from surveillance.statistics.change_point import change_point
from surveillance.statistics.cusum import CusumLimit
from surveillance.statistics.cusum_path import followed
from surveillance.statistics.estimate import Floats
from surveillance.statistics.estimated_control import estimated_control_limit
from surveillance.statistics.risk_adjusted_cusum import case_scores

Question = tuple[str, str, str]
Settlements = Mapping[Question, Sequence[date]]
NOTHING_SETTLED: Settlements = {}
YEAR = 365.25
SIZES = (1, 2, 3, 5, 8)
"""Powers of the odds ratio a chart is set for, with which is asked when a change began: an outage is larger than what is worth ringing."""
CHANCES = (1e-6, 1 - 1e-6)
FLAGS_WHAT_IS_WRONG = ("sensitivity", "specificity")
"""Watches of a share of right calls whose stream flags the wrong ones: lower is then more flags."""
NO_LIMIT = CusumLimit(
    limit=0,
    arl0=None,
    arl1=None,
    floor=None,
    method="none",
    reason="The reference holds no case of it.",
)


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A rule on one level of its column (`level`, empty for all) in one direction, as the reference window set it.

    `odds` are those of the flag in control by kind of case, `rate` their mean as a share, `change` the factor on the odds
    that it is set for, `per_year` the expected cases a year, `false_alarms_per_year` what it may give.
    """

    rule: Rule
    level: str
    side: str
    odds: Mapping[str, float]
    other: float
    rate: float
    change: float
    per_year: float
    false_alarms_per_year: float
    design: CusumLimit

    @property
    def question(self) -> Question:
        """What it watches, by which column, on which level; in either direction."""
        return self.rule.watch, self.rule.by or "", self.level

    @property
    def name(self) -> str:
        """How the chart is called: what it watches, where."""
        return f"{self.rule.watch}{f' on {self.level}' if self.level else ''}"

    @property
    def silent(self) -> str:
        """Why no limit could be set, so that it never rings; empty where one was."""
        why = self.design.reason or "The budget gives it less than a chart can keep."
        return why if self.design.arl0 is None else ""

    def words(self) -> str:
        """The change it is set for, and how often it may ring for nothing."""
        return f"a change of {self.rule.detect:g} {self.side}, {self.false_alarms_per_year:.2g} false alarms a year"

    def expected(self, stream: pd.DataFrame) -> Floats:
        """The chance of the flag, in control, of each row of a stream."""
        odds = stream["key"].map(self.odds).astype(float).fillna(self.other) * stream["ratio"]
        chances: Floats = np.clip((odds / (1 + odds)).to_numpy(dtype=np.float64), *CHANCES)
        return chances


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The row of the stream at which a chart reached its limit, the day that counted, and rows since the last start.

    `follows` is the first row that the chart followed since it was last settled.
    """

    index: int
    on: pd.Timestamp
    cases: int
    follows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The study day on which a change most likely began, and the first and last likely one.

    `from_the_start` says that it may as well have begun before all cases.
    """

    earliest: pd.Timestamp
    about: pd.Timestamp
    latest: pd.Timestamp
    from_the_start: bool

    def words(self) -> str:
        """The day, with the days between which it lies where that is not one."""
        day, before = f"{self.about:%Y-%m-%d}", " or before" if self.from_the_start else ""
        if self.earliest == self.latest:
            return f"{day}{before}"
        return f"{day} ({self.earliest:%Y-%m-%d}{before} to {self.latest:%Y-%m-%d})"


@dataclass(frozen=True, kw_only=True)
class Path:
    """A chart over its stream after the reference window: statistic per row, started at 0 again after each alarm.

    `where` names its level in words, empty for all cases; `before` are the rows of the reference window; `settled` the days on which a person
    settled it: from each on it starts at 0 again and follows studies of that day or later alone, for those before tell of what was mended.
    """

    chart: Chart
    where: str
    before: pd.DataFrame
    stream: pd.DataFrame
    expected: Floats
    statistic: Floats
    alarms: tuple[Alarm, ...]
    settled: tuple[pd.Timestamp, ...] = ()

    @property
    def silent(self) -> str:
        """Why it is not drawn: it has no limit, or nothing to follow; empty where it is."""
        return self.chart.silent or ("No case since the window." if self.stream.empty else "")

    @cached_property
    def onsets(self) -> tuple[Began, ...]:
        """When began what each alarm found, in their order."""
        return tuple(self._onset(alarm) for alarm in self.alarms)

    def began(self, alarm: Alarm) -> Began:
        """When what made it ring began."""
        return self.onsets[self.alarms.index(alarm)]

    def of_one_change(self, alarm: Alarm) -> tuple[Alarm, ...]:
        """The alarms in a row up to this one that agree on when it began: a change that lasts rings again and again."""
        last = self.alarms.index(alarm)
        first = last
        while first and self._agree(first - 1, first):
            first -= 1
        return self.alarms[first : last + 1]

    def _agree(self, one: int, next_: int) -> bool:
        follows = self.alarms[one].follows == self.alarms[next_].follows
        return follows and self.onsets[next_].earliest <= self.onsets[one].latest

    def since(self, alarm: Alarm) -> pd.DataFrame:
        """The rows of the stream that tell of the change: up to this alarm, since the chart stood at 0 before it first rang of it."""
        return self.stream.iloc[self._span(alarm)]

    def sentence(self, alarm: Alarm) -> str:
        """What the chart saw of the change, of which study days, against what the reference had led to expect.

        A case counts once it is mature, so that the day it rings lies after the days it tells of.
        """
        since, led = self.since(alarm), self.expected[self._span(alarm)].sum()
        flags, first, last = since["flag"], since["day"].min(), since["day"].max()
        days = (
            f"on {first:%Y-%m-%d}" if first == last else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        )
        known = f", known by {alarm.on:%Y-%m-%d}" if alarm.on > last else ""
        watch = WATCHES[self.chart.rule.watch]
        return (
            f"{watch.among.capitalize()}{self.where} {days}{known}: {int(flags.sum()):,} of {len(flags):,} {watch.flagged}, "
            f"where the reference window leads to expect {led:.1f}. It most likely began on {self.began(alarm).words()}.{self._times(alarm)}"
        )

    def _times(self, alarm: Alarm) -> str:
        rung = self.of_one_change(alarm)
        if len(rung) == 1:
            return f" It rang on {alarm.on:%Y-%m-%d}."
        times = "twice" if len(rung) == 2 else f"{len(rung)} times"
        return f" It rang {times}, from {rung[0].on:%Y-%m-%d} to {alarm.on:%Y-%m-%d}."

    def _onset(self, alarm: Alarm) -> Began:
        """By study day, of all cases that counted by then, those of the reference window among them, for a change as large as the chart is set for or larger.

        That the chart rang and started anew in between changes nothing of when the change began, nor that the window held it already.
        """
        upto = pd.concat([self.before, self.stream.iloc[alarm.follows : alarm.index + 1]])
        flags = upto["flag"].to_numpy(dtype=np.bool_)
        expected, change = self.chart.expected(upto), self.chart.change
        sizes = {size: case_scores(flags, expected, change**size) for size in SIZES}
        daily = pd.DataFrame(sizes).groupby(upto["day"].to_numpy(), sort=True).sum()
        found = change_point(scores=daily.to_numpy().T)
        return Began(earliest=daily.index[found.earliest], about=daily.index[found.at], latest=daily.index[found.latest],
                     from_the_start=found.earliest == 0)  # fmt: skip

    def _span(self, alarm: Alarm) -> slice:
        first = self.of_one_change(alarm)[0]
        began = int(np.flatnonzero(np.r_[0.0, self.statistic[: first.index]] == 0)[-1])
        return slice(max(began, first.index + 1 - first.cases), alarm.index + 1)


def lock(
    plan: MonitoringPlan, watch: Watched, *, finding: str | None = None, findings: int = 1
) -> tuple[Chart, ...]:
    """The charts of a plan, set by the reference window of one finding; levels are those it holds.

    `findings` is how many findings of the deployment share the budget; rules about another than `finding` take their share
    of it and have no chart here.
    """
    streams = {name: _locked(STREAMS[name](watch)) for name in _charted(plan)}
    reference = watch.cases[watch.in_reference(watch.cases["day"])]
    levels = {
        by: sorted(reference[by].dropna().astype(str).unique()) if by in reference else []
        for by in {rule.by for rule in plan.rules if rule.by}
    }
    shared = plan.shared_out(
        {"finding": findings} | {by: len(found) for by, found in levels.items()}
    )
    return tuple(
        chart
        for rule in shared
        if rule.sides and rule.finding in (None, finding)
        for chart in _set(
            rule, streams[rule.watch], levels.get(rule.by or "", [""]), watch, findings
        )
    )


def follow(
    charts: tuple[Chart, ...], watch: Watched, *, settled: Settlements = NOTHING_SETTLED
) -> tuple[Path, ...]:
    """Each chart over the cases after the reference window, as far as they are known; `settled` holds on which days a question was."""
    after = watch.reference[1]
    return _over(charts, watch, lambda stream: stream["day"] > after, before=True, settled=settled)


def within(charts: tuple[Chart, ...], watch: Watched) -> tuple[Path, ...]:
    """Each chart over the very cases that set it: where one rings, something changed within the reference window."""
    return _over(charts, watch, lambda stream: stream["locked"], before=False)


def _over(
    charts: tuple[Chart, ...],
    watch: Watched,
    chosen: "Callable[[pd.DataFrame], pd.Series[bool]]",
    *,
    before: bool,
    settled: Settlements = NOTHING_SETTLED,
) -> tuple[Path, ...]:
    streams = {name: STREAMS[name](watch) for name in {chart.rule.watch for chart in charts}}
    parts = {name: stream[chosen(stream)] for name, stream in streams.items()}
    locked = {name: stream[stream["locked"] & before] for name, stream in streams.items()}
    return tuple(
        _path(
            chart, _of_level(parts[chart.rule.watch], chart, watch), _where(chart, watch),
            _of_level(locked[chart.rule.watch], chart, watch), settled.get(chart.question, ()),
        )
        for chart in charts
    )  # fmt: skip


def _charted(plan: MonitoringPlan) -> list[str]:
    return list(dict.fromkeys(rule.watch for rule in plan.rules if rule.sides))


def _locked(stream: pd.DataFrame) -> pd.DataFrame:
    locked: pd.DataFrame = stream[stream["locked"]]
    return locked


def _of_level(stream: pd.DataFrame, chart: Chart, watch: Watched) -> pd.DataFrame:
    if not chart.rule.by:
        return stream
    levels = watch.cases[chart.rule.by].astype("string")[stream["row"]]
    part: pd.DataFrame = stream[(levels == chart.level).fillna(False).to_numpy(bool)]
    return part


def _set(
    rule: Rule, stream: pd.DataFrame, levels: list[str], watch: Watched, findings: int
) -> Iterator[Chart]:
    """One chart per level and side: all held against the pooled reference, each with its own pace of cases."""
    odds, other = _odds(stream)
    findings = 1 if rule.finding else findings
    allowed = (rule.false_alarms_per_year or 0.0) / max(1, len(rule.sides) * len(levels) * findings)
    days = (watch.reference[1] - watch.reference[0]).days + 1
    for level in levels:
        for side in rule.sides:
            chart = Chart(
                rule=rule, level=level, side=side, odds=odds, other=other, rate=0.0, change=1.0, per_year=0.0,
                false_alarms_per_year=allowed, design=NO_LIMIT,
            )  # fmt: skip
            part = _of_level(stream, chart, watch)
            yield _designed(chart, part, stream, len(part) * YEAR / days)


def _designed(chart: Chart, part: pd.DataFrame, pooled: pd.DataFrame, per_year: float) -> Chart:
    if part.empty or not chart.false_alarms_per_year:
        return chart
    learnt, like = chart.expected(pooled), pooled["key"].map(chart.odds).astype(float)
    rate = float((like / (1 + like)).mean())
    more = (chart.side == LOWER) == (chart.rule.watch in FLAGS_WHAT_IS_WRONG)
    detect = chart.rule.detect
    moved = min(rate + detect, (1 + rate) / 2) if more else max(rate - detect, rate / 4)
    change = moved / (1 - moved) / (rate / (1 - rate))
    mix = chart.expected(part)
    middle = float(mix.mean())
    worth = float((learnt * (1 - learnt)).sum()) / (middle * (1 - middle))
    design = estimated_control_limit(
        probabilities=mix,
        odds_ratio=change,
        arl0=max(per_year / chart.false_alarms_per_year, 1.001),
        reference_cases=worth,
    )
    return Chart(
        rule=chart.rule, level=chart.level, side=chart.side, odds=chart.odds, other=chart.other, rate=rate,
        change=change, per_year=per_year, false_alarms_per_year=chart.false_alarms_per_year, design=design,
    )  # fmt: skip


def _odds(stream: pd.DataFrame) -> tuple[dict[str, float], float]:
    """Odds of the flag by kind of case, and of a kind that the reference does not know.

    They solve: flags = odds x sum of the ratios of those not flagged. A kind with few cases is drawn to the odds of
    all by one case's worth (gamma prior), so that none is certain.
    """
    flagged, others = stream["flag"], (~stream["flag"]) * stream["ratio"]
    all_odds = (float(flagged.sum()) + 0.5) / (float(others.sum()) + 0.5)
    sums = (
        pd.DataFrame({"flagged": flagged, "others": others})
        .groupby(stream["key"], observed=True)
        .sum()
    )
    odds = (sums["flagged"] + 1) / (sums["others"] + 1 / all_odds)
    return {str(key): float(value) for key, value in odds.items()}, all_odds


def _where(chart: Chart, watch: Watched) -> str:
    """The level in words; a serial number with the model of that scanner."""
    by = chart.rule.by
    if not by:
        return ""
    model = ""
    if by == "device_serial_number":
        sent = watch.cases[watch.cases[by].astype("string") == chart.level]
        models = sent["manufacturer_model_name"].dropna().mode()
        model = f" ({models[0]})" if len(models) else ""
    return f" where {by.replace('_', ' ')} is {chart.level}{model}"


def _path(
    chart: Chart, stream: pd.DataFrame, where: str, before: pd.DataFrame, settled: Sequence[date]
) -> Path:
    days = tuple(pd.Timestamp(day) for day in sorted(settled))
    for day in days:
        stream = stream[(stream["entered"] < day) | (stream["day"] >= day)]
    expected = chart.expected(stream)
    scores = case_scores(stream["flag"].to_numpy(dtype=np.bool_), expected, chart.change)
    anew = [0, *(int((stream["entered"] < day).sum()) for day in days), len(scores)]
    statistic, alarms = np.zeros(len(scores)), []
    for follows, until in pairwise(anew):
        start = follows
        while chart.design.arl0 is not None and start < until:
            path, signal = followed(scores[start:until], chart.design.limit)
            end = until if signal is None else start + signal + 1
            statistic[start:end] = path[: end - start]
            if signal is not None:
                on = pd.Timestamp(stream["entered"].iloc[end - 1])
                alarms.append(Alarm(index=end - 1, on=on, cases=signal + 1, follows=follows))
            start = end
    return Path(
        chart=chart, where=where, before=before, stream=stream, expected=expected, statistic=statistic, alarms=tuple(alarms),
        settled=days,
    )  # fmt: skip


def new_levels(watch: Watched, column: str, *, minimum: int = 10) -> dict[str, pd.Timestamp]:
    """Levels of a column that the reference window does not hold, with the day of their tenth (`minimum`) study."""
    known = set(watch.cases.loc[watch.in_reference(watch.cases["day"]), column].dropna())
    after = watch.cases[watch.cases["day"] > watch.reference[1]]
    fresh: Any = after[after[column].notna() & ~after[column].isin(known)]
    return {
        str(level): pd.Timestamp(sent["day"].iloc[minimum - 1])
        for level, sent in fresh.groupby(column, sort=True)
        if len(sent) >= minimum
    }
