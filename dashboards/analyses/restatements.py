"""Truths that changed after they were first known, as they are told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboards.analyses.told import Told, table
from dashboards.pages.shown import words


def tell(said: Mapping[str, Any]) -> Told:
    """How many cases were restated, and each change by month and data cut."""
    sentence = (
        f"{said['cases']:,} cases were held to be something else at an earlier data cut."
        if said["cases"]
        else "No case whose truth was known has been restated so far."
    )
    return Told(
        key="restatements",
        title="Restatements",
        question="What was held to be true before, and is not now?",
        sentences=(sentence,),
        tables=(
            table(
                "restatements",
                "Cases restated, by month of the examination and data cut",
                {"as_of": "Data cut", "month": "Month", "before": "Before", "before_tier": "By",
                 "after": "Now", "after_tier": "By", "cases": "Cases"},
                [
                    (f"{datetime.fromisoformat(c['as_of']):%Y-%m-%d %H:%M %Z}", c["month"], c["before"],
                     words(c["before_tier"]), c["after"] or "not known", words(c["after_tier"] or "–"), c["cases"])
                    for c in said["changes"]
                ],
            ),
        ) if said["changes"] else (),
    )  # fmt: skip
