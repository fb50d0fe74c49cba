"""The drill: the default plan over harmless hospital-years and over each fault, and what became of it."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2

from register.monitoring_plan import DEFAULT, MonitoringPlan, expected_false_alarms
from surveillance.drill import beside, hospital
from surveillance.drill.faults import FAULTS, Fault
from surveillance.monitors.alarms import KINDS, Said, Told, told
from surveillance.monitors.sequential import Chart, Path, follow, lock, new_levels
from surveillance.monitors.streams import Watched, watched
from surveillance.statistics.cusum_path import divergence
from surveillance.statistics.estimated_control import estimated_control_limit

REFERENCE_DAYS = 180
YEAR_DAYS = 365
FAULT_AFTER = 45
HARMLESS_YEARS = 20
REPETITIONS = 5
TOO_MANY = 0.025
SCANNER_COLUMN = "device_serial_number"
_FIRST = pd.Timestamp(hospital.FIRST_DAY)
_LOCKED = _FIRST + pd.Timedelta(days=REFERENCE_DAYS + hospital.MATURES_AFTER)
_ONSET = _FIRST + pd.Timedelta(days=REFERENCE_DAYS + FAULT_AFTER)
_END = _FIRST + pd.Timedelta(days=REFERENCE_DAYS + YEAR_DAYS)
_DAYS = REFERENCE_DAYS + YEAR_DAYS + hospital.MATURES_AFTER


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One hospital with one fault: the first alarm that names it rightly, and what was said of performance since."""

    monitor: str | None
    cases: int | None = None
    days: int | None = None
    over_floor: float | None = None
    over_optimal: float | None = None
    performance_loss: bool = False


@dataclass(frozen=True, kw_only=True)
class Faced:
    """A fault over its repetitions: medians of those in which it was found.

    It is reported as performance loss where more hospitals were told of one than the plan's false alarms
    explain (one-sided exact binomial test at 0.025): with one false alarm a year some hospital always is.
    """

    fault: str
    words: str
    harmful: bool
    found: bool
    found_in: int
    repetitions: int
    monitor: str | None
    cases: float | None
    days: float | None
    delay_over_floor: float | None
    delay_over_optimal: float | None
    reported_as_performance_loss: bool
    performance_loss_in: int


@dataclass(frozen=True, kw_only=True)
class Drill:
    """What the drill found: false alarms of harmless years with their exact 95 % interval, and each fault."""

    seed: int
    harmless_years: int
    false_alarms: int
    false_alarms_by_monitor: dict[str, int]
    stated_per_year: float
    faults: tuple[Faced, ...]

    @property
    def false_alarms_per_deployment_year(self) -> float:
        """False alarms over harmless deployment-years."""
        return self.false_alarms / self.harmless_years

    @property
    def interval(self) -> tuple[float, float]:
        """Garwood's exact 95 % Poisson limits of the rate."""
        n, years = self.false_alarms, self.harmless_years
        low = float(chi2.ppf(0.025, 2 * n)) / 2 if n else 0.0
        return low / years, float(chi2.ppf(0.975, 2 * n + 2)) / 2 / years


@dataclass(frozen=True, kw_only=True)
class _Hospital:
    """The people who come, and the charts that their first months set."""

    arrived: pd.DataFrame
    charts: tuple[Chart, ...]


def run(
    *,
    years: int = HARMLESS_YEARS,
    seed: int = 0,
    plan: MonitoringPlan = DEFAULT,
    faults: tuple[Fault, ...] = FAULTS,
    repetitions: int = REPETITIONS,
    progress: Callable[[str], None] = lambda _: None,
) -> Drill:
    """Run the plan, and the monitors beside its rules, over harmless years, each of a hospital of its own, and the plan over each fault.

    A harmful fault meets the first `repetitions` of the same hospitals, a harmless one all of them, since what must
    not happen is only seen in many. An alarm counts from the weekly cycle on that first sees it.
    """
    plan = replace(plan, beside=beside.STATED)
    trials: dict[str, list[Trial]] = {fault.name: [] for fault in faults}
    rung: Counter[str] = Counter()
    for number, here in enumerate(_hospitals(plan, seed, years)):
        progress(f"hospital {number + 1} of {years}")
        rung.update(_false_alarms(plan, here))
        for fault in faults:
            if number < repetitions or not fault.harmful:
                trials[fault.name].append(_try(plan, here, fault))
    strata = {SCANNER_COLUMN: len(hospital.SCANNERS)}
    chance = _chance_of_false_loss(plan, strata)
    return Drill(
        seed=seed,
        harmless_years=years,
        false_alarms=rung.total(),
        false_alarms_by_monitor=dict(sorted(rung.items())),
        stated_per_year=expected_false_alarms(plan, strata) + plan.beside,
        faults=tuple(_faced(fault, trials[fault.name], chance) for fault in faults),
    )


def _hospitals(plan: MonitoringPlan, seed: int, years: int) -> Iterator[_Hospital]:
    for number in range(years):
        arrived = hospital.arrivals(np.random.SeedSequence([seed, number]), _DAYS)
        before = arrived[arrived["number"] < (_LOCKED - _FIRST).days]
        cases, reads = hospital.happen(before, hospital.conditions(before))
        yield _Hospital(arrived=arrived, charts=lock(plan, _watched(cases, reads, _LOCKED)))


def _watched(cases: pd.DataFrame, reads: pd.DataFrame, until: pd.Timestamp) -> Watched:
    last = hospital.FIRST_DAY + timedelta(days=REFERENCE_DAYS - 1)
    return watched(cases, reads, until=until.date(), reference=(hospital.FIRST_DAY, last))


def _followed(
    here: _Hospital, cases: pd.DataFrame, reads: pd.DataFrame
) -> tuple[Watched, list[Told]]:
    watch = _watched(cases, reads, _FIRST + pd.Timedelta(days=_DAYS - 1))
    return watch, told(follow(here.charts, watch), first_cycle=_LOCKED)


def _in_year(one: Told) -> bool:
    return bool(one.path.stream["day"].iloc[one.alarm.index] < _END)


def _false_alarms(plan: MonitoringPlan, here: _Hospital) -> Counter[str]:
    cases, reads = hospital.happen(here.arrived, hospital.conditions(here.arrived))
    watch, alarms = _followed(here, cases, reads)
    rung = Counter(one.path.chart.rule.watch for one in alarms if _in_year(one))
    if any(rule.watch == "new_scanner" for rule in plan.rules):
        rung.update({"new_scanner": len(new_levels(watch, SCANNER_COLUMN))})
    rung.update(beside.rung(cases, reads, first=_LOCKED, last=_END))
    return +rung


def _try(plan: MonitoringPlan, here: _Hospital, fault: Fault) -> Trial:
    under = hospital.conditions(here.arrived)
    fault.does(under, here.arrived["number"] - (_ONSET - _FIRST).days)
    watch, alarms = _followed(here, *hospital.happen(here.arrived, under))
    since = [one for one in alarms if one.alarm.on >= _ONSET and _in_year(one)]
    loss = any(one.said is Said.PERFORMANCE for one in since)
    if "new_scanner" in fault.named_by:
        return _new_scanner(watch, loss)
    for one in since:
        chart = one.path.chart
        if chart.rule.watch in fault.named_by and (not fault.on or chart.level == fault.on):
            return _found(one, fault, loss)
    return Trial(monitor=None, performance_loss=loss)


def _new_scanner(watch: Watched, loss: bool) -> Trial:
    for on in new_levels(watch, SCANNER_COLUMN).values():
        seen = _LOCKED + pd.Timedelta(days=-(-(on - _LOCKED).days // 7) * 7)
        return Trial(monitor="new_scanner", cases=10, days=(seen - _ONSET).days, performance_loss=loss)  # fmt: skip
    return Trial(monitor=None, performance_loss=loss)


def _found(one: Told, fault: Fault, loss: bool) -> Trial:
    since = (one.path.stream["day"] >= _ONSET).to_numpy()
    cases = int(since[: one.alarm.index + 1].sum())
    floor, optimal = _floor(one.path, since, fault.odds_ratio) if fault.odds_ratio else (None, None)
    return Trial(
        monitor=one.path.chart.rule.watch,
        cases=cases,
        days=(one.seen - _ONSET).days,
        over_floor=cases / floor if floor else None,
        over_optimal=cases / optimal if optimal else None,
        performance_loss=loss,
    )


def _floor(
    path: Path, since: "np.ndarray[tuple[int], np.dtype[np.bool_]]", ratio: float
) -> tuple[float | None, float | None]:
    """log(ARL0) / KL of the change that was put in, and ARL1 of the CUSUM that knows both rates and is set for it."""
    arl0, risks = path.chart.design.arl0, path.expected[since]
    if arl0 is None:
        return None, None
    moved = ratio * risks / (1 - risks + ratio * risks)
    best = estimated_control_limit(
        probabilities=risks, odds_ratio=ratio, arl0=arl0, reference_cases=1e9
    )
    return math.log(arl0) / float(divergence(of=moved, against=risks).mean()), best.arl1


def _chance_of_false_loss(plan: MonitoringPlan, strata: dict[str, int]) -> float:
    """How likely a false alarm on performance is, by what the plan states, in the days that a fault is watched."""
    rules = plan.shared_out(strata)
    rate = sum(r.false_alarms_per_year or 0 for r in rules if KINDS[r.watch] is Said.PERFORMANCE)
    return 1 - math.exp(-rate * (YEAR_DAYS - FAULT_AFTER) / 365.25)


def _faced(fault: Fault, trials: list[Trial], chance: float) -> Faced:
    found = [trial for trial in trials if trial.monitor is not None]
    loss = sum(trial.performance_loss for trial in trials)
    monitors = Counter(trial.monitor for trial in found).most_common(1)
    return Faced(
        fault=fault.name,
        words=fault.words,
        harmful=fault.harmful,
        found=bool(trials) and len(found) == len(trials),
        found_in=len(found),
        repetitions=len(trials),
        monitor=monitors[0][0] if monitors else None,
        cases=_middle([trial.cases for trial in found]),
        days=_middle([trial.days for trial in found]),
        delay_over_floor=_middle([trial.over_floor for trial in found]),
        delay_over_optimal=_middle([trial.over_optimal for trial in found]),
        reported_as_performance_loss=bool(binom.sf(loss - 1, len(trials), chance) < TOO_MANY),
        performance_loss_in=loss,
    )


def _middle(values: list[int | None] | list[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return median(known) if known else None
