"""Who got verified, told."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, percent, table
from dashboards.pages.shown import words


def tell(said: Mapping[str, Any]) -> Told:
    """The strata and, side by side, every reading of the cases that were not verified."""
    sentences = []
    if not said["identifiable"]:
        sentences.append(
            "For all cases sensitivity and specificity are not identifiable from these data: the raw figures describe those "
            "who were verified, and those were not a random part."
        )
    if said["reason"]:
        sentences.append(said["reason"])
    rows = [
        (s["call"], s["report"], s["cases"], s["verified"], percent(s["verified"] / s["cases"]), s["positive"],
         ", ".join(f"{words(name)} {n}" for name, n in s["reasons"].items()) or "–")
        for s in said["strata"]
    ]  # fmt: skip
    estimates = [
        (e["name"], interval(e["sensitivity"]), interval(e["specificity"]), e["assumption"])
        for e in said["estimates"]
    ]
    return Told(
        key="verification",
        title="Who got verified",
        question="Would the figures be the same had everyone been looked at?",
        sentences=tuple(sentences),
        tables=(
            table(
                "verified_by_stratum",
                "Mature cases by call and report, and how many of each were verified",
                {"call": "Algorithm", "report": "Report", "cases": "Cases", "verified": "Verified",
                 "share": "Share", "positive": "Positive", "reasons": "Why they were looked at"},
                rows,
            ),
            table(
                "verification_estimates",
                "Sensitivity and specificity under each reading of the cases not verified (95 % limits)",
                {"reading": "Reading", "sensitivity": "Sensitivity", "specificity": "Specificity",
                 "assumption": "What it assumes"},
                estimates,
            ),
        ),
    )  # fmt: skip
