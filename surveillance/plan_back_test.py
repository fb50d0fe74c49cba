"""What a monitoring plan would have done on a deployment's own history, before it is relied on."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from register.monitoring_plan import REFERENCE_DAYS, MonitoringPlan
from register.refusal import Refusal
from surveillance.material import Material
from surveillance.monitors.alarms import Told, told
from surveillance.monitors.sequential import YEAR, Path, follow, lock
from surveillance.monitors.streams import watched


class NotCharted(Refusal):
    """A history on which no chart can be drawn; the sentence says why and from when it can."""


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

    The window is the one that the plan states, else the first 180 days. Refused where study dates are made up, and before
    the cases of the window are mature.
    """
    if material.dates_made_up or material.cases.empty:
        why = "its study dates are simulated" if material.dates_made_up else "there are no cases"
        raise NotCharted(f"{material.view.key} cannot be charted over time: {why}.")
    first = pd.to_datetime(material.cases["day"]).min().date()
    reference = plan.reference or (first, first + timedelta(days=REFERENCE_DAYS - 1))
    set_on = reference[1] + timedelta(days=material.view.matures_after_days(material.finding))
    if material.as_of.date() <= set_on:
        raise NotCharted(
            f"The cases of the reference window ({reference[0]} to {reference[1]}) of {material.view.key} are mature on {set_on}; "
            "wait until then, or state an earlier window in the plan."
        )
    seen = watched(material.cases, material.reads, until=material.as_of.date(), reference=reference)
    paths = follow(
        lock(plan, seen, finding=material.finding, findings=len(material.view.findings)), seen
    )
    return BackTest(
        finding=material.finding,
        reference=reference,
        days=(material.as_of.date() - reference[1]).days,
        paths=paths,
        alarms=tuple(told(paths, first_cycle=pd.Timestamp(set_on))),
    )
