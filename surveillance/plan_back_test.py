"""What a monitoring plan would have done on a deployment's own history, before it is relied on."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date

import pandas as pd

from register.monitoring_plan import MonitoringPlan
from surveillance.material import Material
from surveillance.monitors.alarms import Told, told
from surveillance.monitors.locked import reference_window, seen_since
from surveillance.monitors.sequential import YEAR, Chart, Path, follow, lock
from surveillance.monitors.streams import WHEN_MATURE


@dataclass(frozen=True, kw_only=True)
class BackTest:
    """The charts of a plan over the mature cases of a finding after its reference window, and what rang.

    Cycles look once a week from `mature_on` on, when the cases of the window are mature. Cases are mature after `matures_after` days; `days` lie between the window and the data cut.
    """

    finding: str
    reference: tuple[date, date]
    mature_on: date
    matures_after: int
    days: int
    paths: tuple[Path, ...]
    alarms: tuple[Told, ...]

    @property
    def drawn(self) -> tuple[Path, ...]:
        """The charts that can ring."""
        return tuple(path for path in self.paths if not path.silent)

    @property
    def silent(self) -> Counter[str]:
        """How many charts cannot ring, by why."""
        return Counter(path.silent for path in self.paths if path.silent)

    @property
    def stated(self) -> float:
        """False alarms that the plan gives the charts drawn, over these days; a silent one gives none."""
        return sum(path.chart.false_alarms_per_year for path in self.drawn) * self.days / YEAR

    @property
    def changes(self) -> tuple[tuple[Told, ...], ...]:
        """The alarms, those of one chart that agree on when it began together; what was told first stands first."""
        told_of = {(id(one.path), one.alarm): one for one in self.alarms}
        found = [
            tuple(told_of[id(path), alarm] for alarm in rung)
            for path in self.paths
            for rung in {rung[0]: rung for rung in map(path.of_one_change, path.alarms)}.values()
        ]
        return tuple(sorted(found, key=lambda rung: rung[0].seen))

    def finds_in(self, chart: Chart) -> float:
        """Days in the mean from the first changed study to the alarm, maturity included; infinite where it hardly ever rings."""
        if chart.design.arl1 is None:
            return math.inf
        waits = self.matures_after if chart.rule.watch in WHEN_MATURE else 0
        return chart.design.arl1 / chart.per_year * YEAR + waits


def back_test(material: Material, plan: MonitoringPlan) -> BackTest:
    """Lock the reference window of a plan and follow every chart to the data cut, as its cycles would have seen it.

    Nothing is kept. Refused where study dates are made up, and before the cases of the window are mature.
    """
    reference, mature_on = reference_window(material, plan)
    seen = seen_since(material, plan, reference)
    paths = follow(
        lock(plan, seen, finding=material.finding, findings=len(material.view.findings)), seen
    )
    return BackTest(
        finding=material.finding,
        reference=reference,
        mature_on=mature_on,
        matures_after=material.view.matures_after_days(material.finding),
        days=(material.as_of.date() - reference[1]).days,
        paths=paths,
        alarms=tuple(told(paths, first_cycle=pd.Timestamp(mature_on))),
    )
