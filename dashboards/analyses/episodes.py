"""Repeat studies taken together, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table


def tell(said: Mapping[str, Any]) -> Told:
    """Accuracy by episode."""
    counts = said["counts"]
    return Told(
        key="episodes",
        title="Episodes",
        question="What if repeat studies of one patient count once?",
        sentences=(
            f"{said['studies']:,} mature studies belong to {said['episodes']:,} episodes (studies of a patient within "
            f"{said['episode_days']} days of one another); {said['repeated']:,} episodes hold more than one. Of "
            f"{said['unsettled']:,} not every study's truth is known; they are left out.",
        ),
        tables=(
            table(
                "episodes",
                "Calls against truth by episode",
                {"tp": "Found", "fn": "Missed", "fp": "False alarms", "tn": "Rightly passed",
                 "sensitivity": "Sensitivity", "specificity": "Specificity"},
                [(counts["tp"], counts["fn"], counts["fp"], counts["tn"], interval(said["sensitivity"]),
                  interval(said["specificity"]))],
            ),
        ),
    )  # fmt: skip
