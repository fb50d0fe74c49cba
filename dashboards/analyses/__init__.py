"""How each analysis is told: a question, sentences, tables and charts, the same on a page and in a terminal."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from dashboards.analyses import (
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
    restatements,
    screening,
    subgroups,
    turnaround,
    verification,
)
from dashboards.analyses.told import Told

TELL: dict[str, Callable[[Mapping[str, Any]], Told]] = {
    "verification": verification.tell,
    "maturity": maturity.tell,
    "discordance": discordance.tell,
    "reading": reading.tell,
    "multi_reader": multi_reader.tell,
    "report_text": report_text.tell,
    "anytime": anytime.tell,
    "course": course.tell,
    "changes": changes.tell,
    "subgroups": subgroups.tell,
    "funnel": funnel.tell,
    "expected": expected.tell,
    "other_algorithms": other_algorithms.tell,
    "episodes": episodes.tell,
    "turnaround": turnaround.tell,
    "operating_points": operating_points.tell,
    "detection": detection.tell,
    "over_reading": over_reading.tell,
    "screening": screening.tell,
    "autonomous": autonomous.tell,
    "measurement": measurement.tell,
    "quantification": quantification.tell,
    "restatements": restatements.tell,
}


def shown(analyses: Mapping[str, Mapping[str, Any]]) -> Iterator[Told]:
    """Each analysis as it is told, in the order of the questions, without tables that hold nothing."""
    for kind, tell in TELL.items():
        if kind in analyses:
            told = tell(analyses[kind])
            yield replace(told, tables=tuple(table for table in told.tables if table.rows))
