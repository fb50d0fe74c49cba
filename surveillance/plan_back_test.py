"""What a monitoring plan would have done on a deployment's own history, before it is relied on."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from register.monitoring_plan import MonitoringPlan
from surveillance.material import Material
from surveillance.monitors.alarms import Told, told
from surveillance.monitors.locked import reference_window, seen_since
from surveillance.monitors.sequential import YEAR, Path, follow, lock


@dataclass(frozen=True, kw_only=True)
class BackTest:
    """The charts of a plan over the mature cases of a finding after its reference window, and what rang.

    `stated` is how many false alarms the plan gives itself over these `days`.
    """

    finding: str
    reference: tuple[date, date]
    days: int
    paths: tuple[Path, ...]
    alarms: tuple[Told, ...]

    @property
    def stated(self) -> float:
        """False alarms to expect over the days charted."""
        a_year = sum(path.chart.false_alarms_per_year for path in self.paths)
        return a_year * self.days / YEAR


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
        days=(material.as_of.date() - reference[1]).days,
        paths=paths,
        alarms=tuple(told(paths, first_cycle=pd.Timestamp(mature_on))),
    )
