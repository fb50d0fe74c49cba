"""What a monitor may look at: the deployment, its last measurement and its judged cases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from surveillance.view import DeploymentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One deployment and finding at a data cut; `reads` are those of its cases.

    `dates_made_up` says that the study dates of a real source were not known and are simulated.
    """

    view: DeploymentView
    finding: str
    as_of: datetime
    measured: dict[str, Any]
    cases: pd.DataFrame
    reads: pd.DataFrame
    dates_made_up: bool

    @property
    def mature(self) -> pd.DataFrame:
        """The cases that ran and are old enough for their outcomes to be complete."""
        ran = self.ran
        return ran[pd.to_datetime(ran["matures_on"]) <= pd.Timestamp(self.as_of.date())]

    @property
    def ran(self) -> pd.DataFrame:
        """The cases in scope with an output."""
        return self.cases[
            (self.cases["finding"] == self.finding)
            & (self.cases["scope"] == "in")
            & self.cases["call"].isin(["positive", "negative", "indeterminate"])
        ]

    def claim(self, metric: str) -> dict[str, Any] | None:
        """What the label claims of a metric, if anything."""
        for indication in self.view.indications:
            if indication.finding == self.finding:
                for claim in indication.claims:
                    if claim["metric"] == metric:
                        return claim
        return None
