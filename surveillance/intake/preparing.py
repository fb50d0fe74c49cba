"""What a file leaves out and we know: the patient of a study, and the call that a report's text holds."""

from typing import Any

import duckdb
import pandas as pd
import psycopg

from surveillance.columnar import draw
from surveillance.report_text.pack import NoSuchPack
from surveillance.report_text.reading import read


def find_patients(duck: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any]) -> None:
    """Leave `known_study(study_instance_uid, patient)`: the studies of outcomes that name no patient."""
    named = duck.execute(
        "SELECT DISTINCT study_instance_uid FROM raw WHERE patient_id IS NULL AND study_instance_uid IS NOT NULL"
    ).fetchall()
    draw(
        duck,
        "known_study",
        pg,
        "SELECT DISTINCT ON (study_instance_uid) study_instance_uid, patient FROM study "
        "WHERE study_instance_uid = ANY(%s) ORDER BY study_instance_uid, revision DESC",
        [[row[0] for row in named]],
    )


def read_texts(duck: duckdb.DuckDBPyConnection) -> None:
    """Read the call of each report that has a text, a language and no call, and put it into `raw`.

    Leaves `text_reading(record, read_by, read_from)`. A finding without rules stays without a call.
    """
    unread = duck.execute(
        "SELECT record, text, finding, language FROM raw WHERE call IS NULL AND text IS NOT NULL "
        "AND finding IS NOT NULL AND language IS NOT NULL"
    ).fetchall()
    found = []
    for record, text, finding, language in unread:
        try:
            said = read(text, finding, language=language)
        except NoSuchPack:
            continue
        found.append((record, said.call, said.rules, said.sentence or None))
    frame = pd.DataFrame(found, columns=["record", "call", "read_by", "read_from"], dtype="object")
    duck.register("read_rows", frame)
    duck.execute(
        "CREATE OR REPLACE TABLE text_reading AS SELECT record::BIGINT AS record, "
        "read_by::VARCHAR AS read_by, read_from::VARCHAR AS read_from FROM read_rows"
    )
    duck.execute("UPDATE raw SET call = r.call FROM read_rows r WHERE r.record = raw.record")
    duck.unregister("read_rows")
