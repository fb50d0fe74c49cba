"""Merges of patients that make no sense: a patient merged into himself, and merges that lead in a ring."""

from typing import Any

import duckdb
import psycopg

from surveillance.intake.problem import Problem
from surveillance.intake.recording import contents, problem_of
from surveillance.intake.tabular import Reading


def senseless(
    duck: duckdb.DuckDBPyConnection,
    pg: psycopg.Connection[Any],
    reading: Reading,
    *,
    key: bytes,
) -> list[Problem]:
    """Rows of `fresh` that name no surviving patient, in the order of the file; they leave `fresh`.

    What was recorded before counts along, as far as the file does not correct it.
    """
    coming = duck.execute(
        "SELECT record, prior_patient, patient FROM fresh WHERE record NOT IN (SELECT record FROM repeated) "
        "ORDER BY record"
    ).fetchall()
    corrected = {prior for _, prior, _ in coming}
    recorded = pg.execute(
        "SELECT DISTINCT ON (prior_patient) prior_patient, patient FROM patient_merge "
        "ORDER BY prior_patient, revision DESC"
    ).fetchall()
    survivor = {prior: into for prior, into in recorded if prior not in corrected}
    refused = {}
    for record, prior, into in coming:
        if prior == into:
            refused[record] = _SELF
        elif _leads_to(survivor, into, prior):
            refused[record] = _RING
        else:
            survivor[prior] = into
    if not refused:
        return []
    listed = ", ".join(str(record) for record in refused)
    rows = contents(duck, f"SELECT * FROM raw WHERE record IN ({listed}) ORDER BY record")
    duck.execute(f"DELETE FROM fresh WHERE record IN ({listed})")
    return [
        problem_of(reading, reading.line(record), "patient_id", refused[record], row, key)
        for row in rows
        if (record := row.pop("record")) is not None
    ]


def _leads_to(survivor: dict[str, str], start: str, sought: str) -> bool:
    """Whether a patient goes, by the merges known, by the identifier sought."""
    passed = set()
    while start in survivor and start not in passed:
        passed.add(start)
        start = survivor[start]
        if start == sought:
            return True
    return False


_SELF = (
    "patient_id [identifier] is the same as prior_patient_id; a patient cannot be merged into himself. "
    "Give the surviving identifier, or leave the row out."
)
_RING = (
    "patient_id [identifier] was itself merged, in the end, into prior_patient_id: the merges lead in a ring "
    "and nobody survives. Correct the wrong one of them: import its prior_patient_id again with the right patient_id."
)
