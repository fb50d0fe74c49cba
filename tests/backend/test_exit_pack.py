"""The exit pack: everything on record about one algorithm, nothing of a patient, checked without a database."""

import json
from pathlib import Path

import pytest

from backend import exit_pack
from dashboards.dossiers.bundle import verify

ALGORITHM = "ctbrain-triage"


def test_everything_on_record_is_in_it_and_no_patient(
    demo_database_url: str, tmp_path: Path
) -> None:
    """Entry, every revision, measurements and dossiers; no table whose rows stand for a patient."""
    pack = exit_pack.write(demo_database_url, ALGORITHM, tmp_path / "pack", by="t")
    assert {"algorithm", "clearance", "indication", "deployment", "measurement", "verdict", "dossier"} <= set(pack.rows)  # fmt: skip
    assert pack.dossiers == 2
    assert (tmp_path / "pack" / "entry.yaml").read_text().startswith("algorithm:")
    tables = {path.stem for path in (tmp_path / "pack" / "tables").iterdir()}
    assert tables == set(pack.rows)
    assert not tables & {"judged_case", "scope_decision", "restatement", "audited_case", "account"}
    for name, count in pack.rows.items():
        lines = (tmp_path / "pack" / "tables" / f"{name}.jsonl").read_text().splitlines()
        assert len(lines) == count
    lines = (tmp_path / "pack/tables/measurement.jsonl").read_text().splitlines()
    other = [json.loads(line) for line in lines]
    assert {row["deployment"] for row in other} == {"ctbrain-north-ed"}


def test_an_altered_file_is_named(demo_database_url: str, tmp_path: Path) -> None:
    """As of a dossier: whole, until a line is changed."""
    exit_pack.write(demo_database_url, ALGORITHM, tmp_path / "pack", by="t")
    assert verify(tmp_path / "pack").whole
    changed = tmp_path / "pack" / "tables" / "deployment.jsonl"
    changed.write_text(changed.read_text().replace("0.62", "0.52"))
    assert verify(tmp_path / "pack").faults == ("tables/deployment.jsonl was altered",)


def test_what_cannot_be_written_leaves_nothing(demo_database_url: str, tmp_path: Path) -> None:
    """A folder that is there is not written over; an unknown algorithm leaves no folder."""
    (tmp_path / "there").mkdir()
    with pytest.raises(exit_pack.FolderTaken):
        exit_pack.write(demo_database_url, ALGORITHM, tmp_path / "there", by="t")
    with pytest.raises(Exception, match="No algorithm 'nobody'"):
        exit_pack.write(demo_database_url, "nobody", tmp_path / "pack", by="t")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
