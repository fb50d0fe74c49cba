"""Screening, told in the terms of the audit."""

from collections.abc import Mapping
from typing import Any

from dashboards.analyses.told import Told, interval, table

LINES = (
    ("recall_rate", "Recall rate", 3),
    ("detection_per_1000", "Screen-detected cancers per 1,000", 1),
    ("interval_per_1000", "Interval cancers per 1,000", 1),
    ("sensitivity", "Sensitivity, screen-detected / (screen-detected + interval)", 3),
    ("specificity", "Specificity", 3),
    ("ppv1", "PPV1, cancers among recalls", 3),
)


def tell(said: Mapping[str, Any]) -> Told:
    """Programme beside algorithm, and the cohorts year by year."""
    who = {name: said[name] for name in ("programme", "algorithm") if said[name]}
    sentences = [
        f"{said['complete']:,} of {said['screens']:,} screens are complete: {said['censored']:,} are too young for their "
        f"interval cancers to be known, and {said['not_followed']:,} were not followed to a settled truth.",
        *(
            f"{name.capitalize()}: {part['screen_detected']:,} screen-detected and {part['interval_cancers']:,} interval "
            f"cancers within {said['interval_days']} days"
            f" ({', '.join(f'{n:,} in months {band}' for band, n in part['interval_by_months'].items())})."
            for name, part in who.items()
        ),
        "For the algorithm a negative call counts as not recalled, whatever the readers did.",
    ]
    return Told(
        key="screening",
        title="Screening",
        question="What did screening find, and what came to light between screens?",
        sentences=tuple(sentences),
        tables=(
            table(
                "screening",
                "Complete cohorts, by who recalls",
                {"measure": "Measure", **{name: name.capitalize() for name in who}},
                [
                    *((head, *(interval(part[key], places) for part in who.values())) for key, head, places in LINES),
                    ("PPV2, cancers among biopsies recommended", interval(said["ppv2"]), *("" for _ in list(who)[1:])),
                    ("PPV3, cancers among biopsies done", interval(said["ppv3"]), *("" for _ in list(who)[1:])),
                ],
            ),
            table(
                "screening_cohorts",
                "The programme by year of the screen",
                {"year": "Year", "screens": "Screens", "recalled": "Recalled", "detected": "Screen-detected",
                 "interval": "Interval", "sensitivity": "Sensitivity"},
                [
                    (c["year"], c["screens"], c["recalled"], c["screen_detected"], c["interval_cancers"],
                     interval(c["sensitivity"]))
                    for c in said["cohorts"]
                ],
            ),
        ),
    )  # fmt: skip
