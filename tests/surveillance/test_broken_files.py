"""A broken line takes nothing with it, a file that cannot be read is told in one sentence, nothing is silent."""

import csv
import io
from pathlib import Path

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveillance.intake.batch import ImportedBatch
from tests.batches import INFERENCE, OUTCOME, REPORT, STUDY, write

ROWS = 12


def _studies(count: int = ROWS) -> list[dict[str, str]]:
    return [{**STUDY, "study_instance_uid": f"1.{n}", "patient_id": f"P{n}"} for n in range(count)]


def _reports(count: int = ROWS) -> list[dict[str, str]]:
    texts = ["", "plain", 'said "none", and left', "first\nsecond, third\n", "\n", ", then"]
    return [{**REPORT, "report_id": f"R{n}", "text": texts[n % len(texts)]} for n in range(count)]


def _damage(folder: Path, name: str, line: int, damaged: bytes) -> None:
    path = folder / f"{name}.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = damaged + b"\r\n"
    path.write_bytes(b"".join(lines))


def _line(folder: Path, name: str, line: int) -> bytes:
    return (folder / f"{name}.csv").read_bytes().splitlines()[line - 1]


def _adds_up(batch: ImportedBatch, name: str) -> int:
    c = batch.counts[name]
    assert c.read == c.accepted + c.unchanged + c.corrected + c.quarantined
    return c.read


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    line=st.integers(2, ROWS + 1),
    place=st.integers(0, 200),
    put=st.sampled_from([b'"', b'""', b",", b"\0", b"\xff", b"\xc3", b"\r", b'",', b',"', b";"]),
    drop=st.integers(0, 60),
)
def test_one_damaged_line_costs_one_row_at_most(
    take, tmp_path_factory, line: int, place: int, put: bytes, drop: int
) -> None:
    """Whatever happens to one line, every line is counted and all the others land."""
    folder = write(tmp_path_factory.mktemp("batch"), studies=_studies())
    before = _line(folder, "studies", line)
    place %= len(before)
    _damage(folder, "studies", line, before[:place] + put + before[place + drop :])
    batch = take(folder)
    assert _adds_up(batch, "studies") == ROWS
    assert batch.counts["studies"].quarantined <= 1
    assert all(problem.line == line for problem in batch.problems)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(damaged=st.integers(0, ROWS - 1), place=st.integers(0, 200), put=st.sampled_from('",'))
def test_texts_of_many_lines_survive_a_damaged_neighbour(
    take, tmp_path_factory, damaged: int, place: int, put: str
) -> None:
    """A stray quote in one report swallows no other, line breaks in texts or not."""
    folder = write(tmp_path_factory.mktemp("batch"), reports=[])
    rows = [{**row, "report_id": f"{folder.name}{row['report_id']}"} for row in _reports()]
    records = []
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(row.values())
        records.append(line.getvalue())
    place %= len(records[damaged])
    records[damaged] = records[damaged][:place] + put + records[damaged][place:]
    text = ",".join(rows[0]) + "\r\n" + "".join(records)
    (folder / "reports.csv").write_bytes(text.encode())
    batch = take(folder)
    c = batch.counts["reports"]
    assert _adds_up(batch, "reports") >= ROWS
    assert c.accepted >= ROWS - 1


def test_a_stray_quote_takes_nothing_with_it(take, registered: str, tmp_path: Path) -> None:
    """The line waits with the column of the quote; the rows after it land."""
    folder = write(tmp_path / "b", studies=_studies(50))
    _damage(folder, "studies", 6, _line(folder, "studies", 6).replace(b"SIEMENS", b'"SIEMENS'))
    batch = take(folder)
    c = batch.counts["studies"]
    assert (c.read, c.accepted, c.quarantined) == (50, 49, 1)
    (problem,) = batch.problems
    assert (problem.line, problem.column, problem.value) == (6, "manufacturer", '"SIEMENS')
    assert "a quote is opened and not closed on this line" in problem.sentence()
    with psycopg.connect(registered) as pg:
        assert "P4" not in str(pg.execute("SELECT * FROM quarantined_row").fetchall())


def test_problems_are_told_in_the_order_of_lines(take, tmp_path: Path) -> None:
    """Too many values, too few, a bad value and an open quote: each in its place and once."""
    folder = write(tmp_path / "b", studies=_studies(6))
    _damage(folder, "studies", 2, _line(folder, "studies", 2) + b",more")
    _damage(folder, "studies", 3, b"1.1,P1,north")
    _damage(folder, "studies", 4, _line(folder, "studies", 4).replace(b",60,", b",NaN,"))
    _damage(folder, "studies", 6, _line(folder, "studies", 6).replace(b",3,", b',"3,'))
    told = [problem.sentence() for problem in take(folder).problems]
    assert told[0] == (
        "studies.csv, line 2: the line has 11 values, the header names 10 columns. "
        "Mend the line (commas inside a value need quotes)."
    )
    assert told[1].startswith("studies.csv, line 3: the line has 3 values")
    assert told[2].startswith("studies.csv, line 4, column patient_age: 'NaN' is not a number")
    assert "plausible" not in told[2]
    assert told[3].startswith("studies.csv, line 6, column slice_thickness: a quote is opened")


def test_a_vector_that_is_none_waits_in_quarantine(take, tmp_path: Path) -> None:
    """Without brackets, empty, or with a value that is no finite number; the others come in."""
    files: dict[str, list[dict[str, str]]] = {"studies": [], "inferences": []}
    for n, vector in enumerate(("[0.1, -2]", "0.1 0.2", "[]", "[0.1, nan]", "")):
        uid = {"study_instance_uid": f"1.{n}"}
        files["studies"].append({**STUDY, **uid})
        files["inferences"].append({**INFERENCE, **uid, "inference_id": f"I{n}", "embedding": vector})  # fmt: skip
    batch = take(write(tmp_path / "v", **files))
    assert [(p.line, p.column) for p in batch.problems] == [(3, "embedding"), (4, "embedding"), (5, "embedding")]  # fmt: skip
    assert (
        "'0.1 0.2' is not a vector of numbers; write it as [0.12, -0.5, 3.1]"
        in batch.problems[0].sentence()
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told_in_one_sentence(take, tmp_path: Path, encoding: str) -> None:
    """With a byte order mark or without, the file waits as a whole with its rows counted."""
    folder = write(tmp_path / "b", studies=_studies(3))
    path = folder / "studies.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    batch = take(folder)
    assert _adds_up(batch, "studies") == 3
    (problem,) = batch.problems
    assert problem.reason == "studies.csv is UTF-16; save it as UTF-8 and import it again."


def test_a_nul_byte_waits_and_is_written_out(take, registered: str, tmp_path: Path) -> None:
    """In CSV and in Parquet a NUL byte makes its row wait; what is kept of it shows the byte."""
    folder = write(tmp_path / "b", studies=_studies(3))
    _damage(folder, "studies", 3, _line(folder, "studies", 3).replace(b"P1", b"P\x001"))
    _damage(folder, "studies", 4, _line(folder, "studies", 4).replace(b"HEAD", b"HE\0AD"))
    first, second = take(folder).problems
    assert (first.line, first.column, first.value) == (3, "patient_id", "[identifier]")
    assert (second.column, second.value) == ("body_part_examined", "HE\\x00AD")
    columns = write(tmp_path / "c", studies=_studies(1))
    with duckdb.connect() as duck:
        duck.execute(
            f"COPY (SELECT * REPLACE ('HE' || chr(0) AS body_part_examined) FROM read_csv("
            f"'{columns}/studies.csv', all_varchar=true)) TO '{columns}/studies.parquet' (FORMAT parquet)"
        )
    (columns / "studies.csv").unlink()
    (problem,) = take(columns).problems
    assert "holds a NUL byte" in problem.reason
    with psycopg.connect(registered) as pg:
        kept = pg.execute(
            "SELECT content->>'body_part_examined' FROM quarantined_row WHERE file = 'studies.parquet'"
        )
        assert kept.fetchone() == ("HE\\x00",)


def test_a_wrong_header_is_told_at_once(take, tmp_path: Path) -> None:
    """All that is unknown with the nearest known name, and all that is missing, in one round."""
    wrong = [
        {"study_uid": "1", "patient_id": "P", "site": "north", "study_date": "x", "modality": "CT"}
    ]
    (problem,) = take(write(tmp_path / "b", studies=wrong)).problems
    assert "'study_uid' is not known for studies (nearest: study_instance_uid)" in problem.reason
    assert "'study_date' is not known for studies (nearest: study_datetime)" in problem.reason
    assert "Required and missing: study_instance_uid, study_datetime." in problem.reason
    assert "laterality" not in problem.reason
    folder = write(tmp_path / "c", studies=_studies(1))
    text = (folder / "studies.csv").read_text().replace(",", ";")
    (folder / "studies.csv").write_text(text)
    (problem,) = take(folder).problems
    assert (
        problem.reason
        == "the columns are not separated by commas; save the file as CSV with commas."
    )


def test_a_contradiction_names_its_key_and_the_columns(take, tmp_path: Path) -> None:
    """Identifiers in a key stay masked."""
    rows = [STUDY, {**STUDY, "patient_age": "55", "setting": ""}]
    closed = {"patient_id": "SECRET", "finding": OUTCOME["finding"], "followed_to": "2026-01-20"}
    batch = take(
        write(tmp_path / "b", studies=rows, follow_up=[closed, {**closed, "source": "GP"},
                                                       {**closed, "source": "letter"}])
    )  # fmt: skip
    first, second, _ = (problem.reason for problem in batch.problems)
    assert (
        "(study_instance_uid 1.2.3) stands on line 2 with other content (patient_age, setting)"
        in first
    )
    assert (
        "(patient_id [identifier], finding intracranial_haemorrhage, followed_to 2026-01-20)"
        in second
    )


def test_latin_1_is_shown_without_naming_a_patient(take, tmp_path: Path) -> None:
    """The value is told as it reads in Latin-1, unless it is an identifier."""
    folder = write(tmp_path / "b", studies=_studies(2))
    _damage(folder, "studies", 2, _line(folder, "studies", 2).replace(b"SIEMENS", b"M\xfcller"))
    _damage(folder, "studies", 3, _line(folder, "studies", 3).replace(b"P1", b"M\xfcller"))
    first, second = take(folder).problems
    assert "column manufacturer: 'Müller' is not UTF-8" in first.sentence()
    assert "column patient_id: '[identifier]' is not UTF-8" in second.sentence()


def test_a_finding_the_register_does_not_know_waits(take, tmp_path: Path) -> None:
    """Of its deployment for an inference, of any for the rest; the known ones are listed."""
    foreign = {"finding": "foo"}
    batch = take(
        write(tmp_path / "b", inferences=[{**INFERENCE, **foreign}], reports=[{**REPORT, **foreign}],
              outcomes=[{**OUTCOME, **foreign}, OUTCOME])
    )  # fmt: skip
    assert [batch.counts[name].quarantined for name in ("inferences", "reports", "outcomes")] == [
        1,
        1,
        1,
    ]
    inference, report, _ = (problem.reason for problem in batch.problems)
    assert "finding 'foo' is not in the register for deployment 'ctbrain-north-ed'" in inference
    assert "Known: intracranial_haemorrhage." in inference
    assert "finding 'foo' is not in the register; correct it" in report


@pytest.mark.parametrize(
    ("local", "told"),
    [
        ("2025-03-30 02:30:00", "never stood on the clocks of Europe/Amsterdam"),
        ("2025-10-26 02:30:00", "stood twice on the clocks of Europe/Amsterdam"),
        ("2025-10-26 01:59:59", ""),
        ("2025-10-26 03:00:00", ""),
        ("2025-10-26T02:30:00+02:00", ""),
    ],
)
def test_a_clock_change_needs_an_offset(take, tmp_path: Path, local: str, told: str) -> None:
    """A local time that was skipped or came twice is no moment; beside it, and with an offset, it is."""
    batch = take(write(tmp_path / "b", studies=[{**STUDY, "study_datetime": local}]))
    assert len(batch.problems) == bool(told)
    assert all(
        told in problem.reason and "add the offset" in problem.reason for problem in batch.problems
    )


def test_an_import_says_what_it_took_for_granted(take, tmp_path: Path) -> None:
    """No batch.yaml, a misnamed file, a sheet without rows, inferences before their study."""
    folder = write(tmp_path / "october", inferences=[INFERENCE], studies=[STUDY])
    (folder / "batch.yaml").unlink()
    (folder / "README.md").write_text("ours")
    (folder / "Outcome.csv").write_text("x")
    (folder / "studies.csv").write_text((folder / "studies.csv").read_text().splitlines()[0])
    batch = take(folder)
    assert batch.notes == (
        "Outcome.csv was not read: it is no file of a batch; did you mean outcomes.csv?",
        "no batch.yaml: taken as real evidence of source october.",
        "studies.csv has a header and no rows.",
        "1 inference waits for its study.",
    )
    assert batch.as_json()["notes"] == list(batch.notes)
    assert take(write(tmp_path / "whole", studies=[STUDY])).notes == ()
