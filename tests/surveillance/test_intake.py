"""Evidence comes in whole: good rows land, bad rows wait with place, value and remedy."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.database import unit_of_work
from surveillance.intake.batch import BatchNotUnderstood, ImportedBatch
from surveillance.intake.pseudonyms import pseudonym
from surveillance.intake.quarantine import waiting, waiting_by_source
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write


def _counts(batch: ImportedBatch, file: str) -> tuple[int, int, int, int, int]:
    c = batch.counts[file]
    return c.read, c.accepted, c.unchanged, c.corrected, c.quarantined


def test_a_second_import_finds_every_row_unchanged(take, tmp_path: Path) -> None:
    """Importing is idempotent on the key."""
    folder = write(tmp_path / "b", studies=[STUDY], inferences=[INFERENCE], reports=[REPORT],
                   outcomes=[OUTCOME])  # fmt: skip
    first, second = take(folder), take(folder)
    for name in ("studies", "inferences", "reports", "outcomes"):
        assert _counts(first, name) == (1, 1, 0, 0, 0)
        assert _counts(second, name) == (1, 0, 1, 0, 0)


def test_another_content_under_the_same_key_is_a_correction(
    take, registered: str, tmp_path: Path
) -> None:
    """The old row stays and the new one supersedes it, both with their time."""
    take(write(tmp_path / "a", studies=[STUDY]))
    later = datetime(2026, 3, 1, tzinfo=UTC)
    batch = take(write(tmp_path / "b", studies=[{**STUDY, "patient_age": "61"}]), at=later)
    assert _counts(batch, "studies") == (1, 0, 0, 1, 0)
    with psycopg.connect(registered) as pg:
        rows = pg.execute(
            "SELECT revision, patient_age, recorded_at FROM study ORDER BY revision"
        ).fetchall()
    assert [(revision, age) for revision, age, _ in rows] == [(1, 60.0), (2, 61.0)]
    assert rows[1][2] == later


def test_no_patient_identifier_rests_in_the_store(take, registered: str, tmp_path: Path) -> None:
    """Patient, accession number and names in a text are gone from every table, quarantine included."""
    study = {**STUDY, "patient_id": "SECRET-4711", "accession_number": "ACC-0815"}
    bad = {**study, "study_instance_uid": "9", "modality": ""}
    text = "Dr. Müller saw no bleeding on 03.04.2026, call 0049 30 7654321."
    report = {**REPORT, "text": text, "accession_number": "ACC-0815"}
    take(write(tmp_path / "b", studies=[study, bad], reports=[report]))
    with psycopg.connect(registered) as pg:
        for table in (
            "study",
            "clinical_report",
            "quarantined_row",
            "audit_event",
            "evidence_batch",
        ):
            rows = str(pg.execute(f"SELECT * FROM {table}").fetchall())
            for secret in ("SECRET-4711", "ACC-0815", "Müller", "03.04.2026", "7654321"):
                assert secret not in rows, (table, secret)
        kept = pg.execute("SELECT patient FROM study").fetchone()
    assert kept == (pseudonym(b"secret", "", "SECRET-4711"),)


CASES = {
    "an unknown site": (
        {"site": "south"}, "site", "south", "site 'south' is not in the register",
    ),
    "a broken timestamp": (
        {"study_datetime": "yesterday"}, "study_datetime", "yesterday", "is not a timestamp; write it as",
    ),
    "an implausible age": ({"patient_age": "154"}, "patient_age", "154", "is not plausible"),
    "a comma in a number": ({"slice_thickness": "2,5"}, "slice_thickness", "2,5", "decimal point"),
    "an unknown code": ({"patient_sex": "W"}, "patient_sex", "W", "is not one of M, F, O"),
    "an empty required value": ({"modality": ""}, "modality", "", "every row needs it"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_waits_and_the_good_one_beside_it_lands(take, tmp_path: Path, name: str) -> None:
    """The sentence names file, line, column, value and remedy."""
    change, column, value, told = CASES[name]
    bad = {**STUDY, "study_instance_uid": "4.5.6", **change}
    batch = take(write(tmp_path / "b", studies=[{**STUDY, "patient_sex": "F"}, bad]))
    assert _counts(batch, "studies") == (2, 1, 0, 0, 1)
    (problem,) = batch.problems
    assert (problem.file, problem.line, problem.column, problem.value) == (
        "studies.csv", 3, column, value,
    )  # fmt: skip
    assert told in problem.sentence()


def test_a_time_zone_makes_sense_of_timestamps_without_offset(
    take, registered: str, tmp_path: Path
) -> None:
    """With the clocks' time zone named, a bare timestamp is taken in it, summer time included."""
    rows = [
        {**STUDY, "study_datetime": "2026-01-10 10:00:00"},
        {**STUDY, "study_instance_uid": "4", "study_datetime": "2025-07-10T10:00:00"},
    ]
    take(write(tmp_path / "b", studies=rows), time_zone="Europe/Berlin")
    with psycopg.connect(registered) as pg:
        found = pg.execute("SELECT study_datetime FROM study ORDER BY study_datetime").fetchall()
    assert [row[0].astimezone(UTC).hour for row in found] == [8, 9]


def test_contradicting_rows_in_one_file_do_not_outvote_each_other(take, tmp_path: Path) -> None:
    """The first row of a key is taken, its exact repetition is unchanged, other content waits."""
    batch = take(write(tmp_path / "b", studies=[STUDY, STUDY, {**STUDY, "patient_age": "7"}]))
    assert _counts(batch, "studies") == (3, 1, 1, 0, 1)
    assert batch.problems[0].line == 4
    assert "stands on line 2 with other content" in batch.problems[0].reason


def test_wrong_headers_are_refused_by_name(take, tmp_path: Path) -> None:
    """A file with an unknown column waits as a whole; the other file of the batch is taken."""
    wrong = [{**OUTCOME, "colour": "red"}]
    batch = take(write(tmp_path / "b", studies=[STUDY], outcomes=wrong))
    assert _counts(batch, "studies") == (1, 1, 0, 0, 0)
    assert _counts(batch, "outcomes") == (1, 0, 0, 0, 1)
    assert "column 'colour' is not known for outcomes" in batch.problems[0].sentence()


def test_latin_1_is_told_line_by_line(take, tmp_path: Path) -> None:
    """A line that is not UTF-8 waits with the remedy; the others land."""
    folder = write(tmp_path / "b", studies=[STUDY])
    with (folder / "studies.csv").open("ab") as file:
        row = ",".join({**STUDY, "study_instance_uid": "8", "manufacturer": "Müller"}.values())
        file.write(f"{row}\r\n".encode("latin-1"))
    batch = take(folder)
    assert _counts(batch, "studies") == (2, 1, 0, 0, 1)
    (problem,) = batch.problems
    assert (problem.line, problem.column, problem.value) == (3, "manufacturer", "Müller")
    assert "save the file as UTF-8" in problem.reason


def test_a_line_with_too_few_values_waits(take, tmp_path: Path) -> None:
    """A torn line is told with its number and what is missing."""
    folder = write(tmp_path / "b", studies=[STUDY])
    with (folder / "studies.csv").open("a") as file:
        file.write("8.8,P8,north\r\n")
    batch = take(folder)
    assert _counts(batch, "studies") == (2, 1, 0, 0, 1)
    assert "the line has 3 values" in batch.problems[0].reason


def test_an_empty_file_is_told(take, tmp_path: Path) -> None:
    """An empty file is a problem, not silence."""
    folder = write(tmp_path / "b", studies=[STUDY])
    (folder / "outcomes.csv").write_text("")
    batch = take(folder)
    assert "the file is empty" in batch.problems[0].sentence()


def test_lines_are_counted_through_line_breaks_inside_values(take, tmp_path: Path) -> None:
    """A text with line breaks does not shift the line numbers of later rows."""
    rows = [
        {**REPORT, "text": "first\nsecond\nthird"},
        {**REPORT, "report_id": "R2", "call": "maybe", "text": ""},
    ]
    batch = take(write(tmp_path / "b", reports=rows))
    assert batch.problems[0].line == 5


def test_a_column_of_the_sites_own_is_kept(take, registered: str, tmp_path: Path) -> None:
    """Columns that begin with x_ are kept beside the row."""
    take(write(tmp_path / "b", studies=[{**STUDY, "x_ward": "7B"}]))
    with psycopg.connect(registered) as pg:
        assert pg.execute("SELECT extra->>'x_ward' FROM study").fetchone() == ("7B",)


def test_parquet_is_taken_like_csv(take, tmp_path: Path) -> None:
    """The same rows as Parquet are the same evidence."""
    import duckdb

    folder = write(tmp_path / "b", studies=[STUDY])
    take(folder)
    with duckdb.connect() as duck:
        duck.execute(
            f"COPY (SELECT * FROM read_csv('{folder}/studies.csv', all_varchar=true)) "
            f"TO '{folder}/studies.parquet' (FORMAT parquet)"
        )
    (folder / "studies.csv").unlink()
    assert _counts(take(folder), "studies") == (1, 0, 1, 0, 0)


def test_a_folder_that_is_no_batch_is_refused(take, tmp_path: Path) -> None:
    """Nothing to import is said, with what a batch is."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(BatchNotUnderstood, match="holds no evidence"):
        take(tmp_path / "empty")
    with pytest.raises(BatchNotUnderstood, match="not a folder"):
        take(tmp_path / "nowhere")


def test_an_import_that_fails_leaves_nothing(
    registered: str, take, tmp_path: Path, monkeypatch
) -> None:
    """Whatever breaks on the way, the transaction takes everything back."""
    from surveillance.intake import quarantine

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(quarantine, "keep", break_down)
    with pytest.raises(RuntimeError, match="disk"):
        take(write(tmp_path / "b", studies=[STUDY]))
    with psycopg.connect(registered) as pg:
        assert pg.execute("SELECT count(*) FROM study").fetchone() == (0,)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "study_instance_uid": st.sampled_from(["1", "2", "3"]),
                "patient_age": st.sampled_from(["", "50", "51", "154", "old"]),
                "site": st.sampled_from(["north", "south"]),
                "protocol_name": st.sampled_from(
                    ["a", 'quote " inside', "comma, inside", "line\nbreak"]
                ),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_comes_the_rows_add_up(take, tmp_path_factory, rows) -> None:
    """read = accepted + unchanged + corrected + quarantined, always."""
    folder = tmp_path_factory.mktemp("batch")
    c = take(write(folder, studies=[{**STUDY, **row} for row in rows])).counts["studies"]
    assert c.read == len(rows)
    assert c.read == c.accepted + c.unchanged + c.corrected + c.quarantined


def test_mixed_line_ends_and_a_quote_left_open_lose_nothing(take, tmp_path: Path) -> None:
    """A sheet with both kinds of line ends is read; one with an open quote is told, with its rows counted."""
    folder = write(tmp_path / "b", studies=[STUDY])
    row = ",".join({**STUDY, "study_instance_uid": "8"}.values())
    with (folder / "studies.csv").open("ab") as file:
        file.write(f"{row}\n".encode())
    assert _counts(take(folder), "studies") == (2, 2, 0, 0, 0)
    torn = write(tmp_path / "c", studies=[STUDY])
    with (torn / "studies.csv").open("ab") as file:
        file.write(row.replace("SIEMENS", '"SIEMENS').encode())
    c = take(torn).counts["studies"]
    assert c.quarantined >= 1
    assert c.read == c.accepted + c.unchanged + c.corrected + c.quarantined == 2


def test_a_timestamp_without_offset_is_taken_in_the_sites_own_zone(
    take, registered: str, tmp_path: Path
) -> None:
    """The register knows the clocks of the site (Amsterdam), so a bare timestamp can be read."""
    take(write(tmp_path / "b", studies=[{**STUDY, "study_datetime": "2025-07-10T10:00:00"}]))
    with psycopg.connect(registered) as pg:
        (found,) = pg.execute("SELECT study_datetime FROM study").fetchone() or (None,)
    assert found is not None
    assert found.astimezone(UTC).hour == 8


def test_a_timestamp_without_offset_is_refused_where_no_clock_is_configured(
    take, tmp_path: Path
) -> None:
    """Without studies to tell the site, nobody can know which clock was meant."""
    batch = take(
        write(tmp_path / "b", outcomes=[{**OUTCOME, "occurred_at": "2026-01-12T10:00:00"}])
    )
    (problem,) = batch.problems
    assert (problem.column, problem.value) == ("occurred_at", "2026-01-12T10:00:00")
    assert "does not say its offset from UTC" in problem.sentence()


def test_what_has_not_happened_yet_waits(take, tmp_path: Path) -> None:
    """A study dated years ahead is a typing error, not evidence."""
    batch = take(
        write(tmp_path / "b", studies=[{**STUDY, "study_datetime": "2062-01-10T10:00:00Z"}])
    )
    assert "lies in the future" in batch.problems[0].sentence()


@pytest.mark.parametrize("name", ['x_a"b', "x_o'brien", "x_a b"])
def test_a_column_name_that_cannot_be_kept_is_told(take, tmp_path: Path, name: str) -> None:
    """Names of own columns are x_ with letters, digits and underscores; others are refused, not run."""
    batch = take(write(tmp_path / "b", studies=[{**STUDY, name: "7"}]))
    assert _counts(batch, "studies") == (1, 0, 0, 0, 1)
    assert "cannot be kept" in batch.problems[0].sentence()


def test_a_time_zone_nobody_knows_is_refused(take, tmp_path: Path) -> None:
    """A time zone is a name of the IANA list and nothing that could be run."""
    with pytest.raises(BatchNotUnderstood, match="not an IANA time zone"):
        take(write(tmp_path / "b", studies=[STUDY]), time_zone="UTC') OR true --")


def test_a_mended_row_no_longer_waits(take, registered: str, tmp_path: Path) -> None:
    """Once a row of the same key is recorded, the bad one is mended; before that moment it still waited."""
    first, later = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    bad = {**STUDY, "patient_age": "154"}
    closed = {"patient_id": "P1", "finding": OUTCOME["finding"], "followed_to": "soon"}
    take(write(tmp_path / "a", studies=[bad], follow_up=[closed]), at=first)
    take(write(tmp_path / "b", studies=[STUDY]), at=later)
    with unit_of_work(registered, by="t") as session:
        assert [row.file for row in waiting(session, first)] == ["studies.csv", "follow_up.csv"]
        assert [row.file for row in waiting(session, later)] == ["follow_up.csv"]
        assert waiting_by_source(session, later) == {"test": 1}


def merge(prior: str, patient: str) -> dict[str, str]:
    """One merge of two identifiers."""
    return {"prior_patient_id": prior, "patient_id": patient, "occurred_at": "2026-01-20T10:00:00+00:00"}  # fmt: skip


def test_a_patient_is_not_merged_into_himself(take, tmp_path: Path) -> None:
    """Such a row waits and names no patient; the merge beside it lands."""
    batch = take(write(tmp_path / "b", merges=[merge("A", "A"), merge("B", "C")]))
    assert _counts(batch, "merges") == (2, 1, 0, 0, 1)
    (problem,) = batch.problems
    assert (problem.line, problem.column, problem.value) == (2, "patient_id", "[identifier]")
    assert "merged into himself" in problem.reason


def test_the_same_identifier_of_two_issuers_is_two_patients(take, tmp_path: Path) -> None:
    """Two hospitals may both have a patient A."""
    two = {
        **merge("A", "A"),
        "issuer_of_prior_patient_id": "north",
        "issuer_of_patient_id": "south",
    }
    assert _counts(take(write(tmp_path / "b", merges=[two])), "merges") == (1, 1, 0, 0, 0)


def test_merges_in_a_ring_wait(take, tmp_path: Path) -> None:
    """Within a file and across imports, however many stand between; a correction of the first goes through."""
    batch = take(write(tmp_path / "a", merges=[merge("A", "B"), merge("B", "A"), merge("B", "C")]))
    assert "stands on line" in batch.problems[-1].reason or "ring" in batch.problems[-1].reason
    batch = take(write(tmp_path / "b", merges=[merge("B", "C")]))
    assert _counts(batch, "merges") == (1, 1, 0, 0, 0)
    batch = take(write(tmp_path / "c", merges=[merge("C", "A")]))
    assert _counts(batch, "merges") == (1, 0, 0, 0, 1)
    assert "ring" in batch.problems[0].reason
    batch = take(write(tmp_path / "d", merges=[merge("A", "D"), merge("C", "A")]))
    assert _counts(batch, "merges") == (2, 1, 0, 1, 0)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("verification_probability", "0", "above 0"),
        ("verification_probability", "0.0", "above 0"),
        ("occurred_at", "1900-01-01T00:00:00+00:00", "lies before 1950"),
        ("laterality", "links", "'links' is not one of L, R, B, U."),
    ],
)
def test_an_outcome_that_makes_no_sense_waits(
    take, tmp_path: Path, column: str, value: str, says: str
) -> None:
    """With place, value and remedy; the sound one beside it lands."""
    bad = {**OUTCOME, "outcome_id": "O2", column: value}
    batch = take(write(tmp_path / "b", outcomes=[OUTCOME, bad]))
    assert _counts(batch, "outcomes") == (2, 1, 0, 0, 1)
    (problem,) = batch.problems
    assert (problem.line, problem.column, problem.value) == (3, column, value)
    assert says in problem.reason
