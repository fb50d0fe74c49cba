"""What is asked of a deployment beyond its performance, one question a module; each answers in plain values.

An analysis takes the material of a deployment and finding and returns what `catamnesis analysis --json`
shows, or None where its question does not arise (no measured values, no screening interval).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from surveillance.analyses import (
    anytime,
    autonomous,
    changes,
    course,
    detection,
    discordance,
    episodes,
    expected,
    funnel,
    maturity,
    measurement,
    multi_reader,
    operating_points,
    other_algorithms,
    over_reading,
    quantification,
    reading,
    report_text,
    screening,
    subgroups,
    turnaround,
    verification,
)
from surveillance.change_ledger import LedgerEntry
from surveillance.material import Material

ANALYSES: dict[str, Callable[[Material], dict[str, Any] | None]] = {
    "verification": verification.analyse,
    "maturity": maturity.analyse,
    "discordance": discordance.analyse,
    "reading": reading.analyse,
    "multi_reader": multi_reader.analyse,
    "report_text": report_text.analyse,
    "anytime": anytime.analyse,
    "subgroups": subgroups.analyse,
    "funnel": funnel.analyse,
    "expected": expected.analyse,
    "other_algorithms": other_algorithms.analyse,
    "episodes": episodes.analyse,
    "turnaround": turnaround.analyse,
    "operating_points": operating_points.analyse,
    "detection": detection.analyse,
    "over_reading": over_reading.analyse,
    "screening": screening.analyse,
    "autonomous": autonomous.analyse,
    "measurement": measurement.analyse,
    "quantification": quantification.analyse,
}

BESIDE_CHANGES: dict[str, Callable[[Material, Sequence[LedgerEntry]], dict[str, Any] | None]] = {
    "course": course.analyse,
    "changes": changes.analyse,
}
"""What is also told of the recorded changes of a deployment."""


def analyse(
    material: Material, recorded: Sequence[LedgerEntry] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every analysis whose question arises, with its answer; `recorded` are the changes of the deployment."""
    asked = [(kind, ask(material)) for kind, ask in ANALYSES.items()]
    beside = [(kind, ask(material, recorded)) for kind, ask in BESIDE_CHANGES.items()]
    for kind, content in (*asked, *beside):
        if content is not None:
            yield kind, content
