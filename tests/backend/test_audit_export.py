"""An exported trail is checked without the program, and the first line that does not fit is named."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend import audit, verify_audit
from backend.access import give_account, renew_password
from backend.clock import now
from backend.database import raw, unit_of_work
from dashboards.dossiers.bundle import manifest_of

Change = Callable[[list[str]], list[str]]


@pytest.fixture
def exported(database_url: str, tmp_path: Path) -> tuple[Path, str]:
    """A trail of five lines on disk, the last of which is its own export, and the hash of the last."""
    with unit_of_work(database_url, by="anna") as session:
        give_account(session, key="ben", name="Bén", role="auditor", at=now())
        renew_password(session, key="ben")
        audit.note(
            raw(session),
            by="anna",
            event="imported",
            subject="batch 1",
            after={"rows": 3, "share": 1e-7},
        )
        audit.note(raw(session), by="anna", event="imported", subject="batch 2")
    file = tmp_path / "trail.jsonl"
    with psycopg.connect(database_url) as pg:
        found = audit.export(pg, file, by="anna")
        assert audit.verify(pg, head=found.last_hash).whole
    assert found.whole
    return file, found.last_hash


def checked(file: Path, *more: str) -> tuple[int, str]:
    """What the script beside the file says of it, run by a bare Python without the program in reach."""
    done = subprocess.run(
        [sys.executable, "-S", "-I", "verify_audit.py", file.name, *more],
        cwd=file.parent, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_whole_export_is_found_whole_offline(exported: tuple[Path, str]) -> None:
    """With nothing but Python; the export itself is its last line."""
    file, head = exported
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (lines[-1]["event"], lines[-1]["subject"]) == ("exported", "audit trail")
    assert checked(file, "--head", head) == (
        0,
        f"The audit trail is whole: {len(lines)} lines, the last with hash {head}.\n",
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: [*lines[:2], lines[2].replace('"rows":3', '"rows":4'), *lines[3:]], "line 3 (imported batch 1 by anna) was altered"),
        (lambda lines: [lines[0].replace("Bén", "Ben"), *lines[1:]], "line 1 (added account ben by anna) was altered"),
        (lambda lines: [lines[0].replace('"by":"anna"', '"by":"otto","by":"anna"'), *lines[1:]], "line 1 is not written as"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3 is missing from the trail; line 4 stands in its place"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2 is missing from the trail; line 3 stands"),
        (lambda lines: [*lines, lines[-1]], "line 6 is missing from the trail; line 5 stands in its place"),
        (lambda lines: lines[:-1], "lines after line 4 were cut off"),
        (lambda lines: [], "lines after line 0 were cut off"),
    ],
)  # fmt: skip
def test_the_first_line_that_does_not_fit_is_named(
    exported: tuple[Path, str], change: Change, says: str
) -> None:
    """Altered, told twice, taken out, moved, added or cut off at the end."""
    file, head = exported
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(change(lines)), encoding="utf-8")
    code, said = checked(file, "--head", head)
    assert code == 1
    assert says in said


def test_a_rewritten_chain_is_found_by_the_noted_hash(exported: tuple[Path, str]) -> None:
    """Whoever computes every hash anew passes the chain, and not the hash that was noted outside."""
    file, head = exported
    previous, forged = verify_audit.GENESIS, []
    for text in file.read_text(encoding="utf-8").splitlines():
        line = json.loads(text) | {"by": "otto", "previous_hash": previous}
        previous = verify_audit.line_hash(line)
        forged.append(verify_audit.canonical(line | {"hash": previous}) + "\n")
    file.write_text("".join(forged), encoding="utf-8")
    assert checked(file)[0] == 0
    assert "or all were written anew" in checked(file, "--head", head)[1]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_character_can_be_changed(exported: tuple[Path, str], data: st.DataObject) -> None:
    """Whichever one of whichever line, by whatever other one."""
    texts = exported[0].read_text(encoding="utf-8").splitlines(keepends=True)
    number = data.draw(st.integers(0, len(texts) - 1))
    place = data.draw(st.integers(0, len(texts[number]) - 2))
    other = data.draw(
        st.characters(codec="utf-8").filter(lambda c: c not in (texts[number][place], "\n"))
    )
    changed = texts[number][:place] + other + texts[number][place + 1 :]
    texts[number] = changed
    assert verify_audit.follow(verify_audit.read(texts))[2] != ""


def test_nothing_is_overwritten(exported: tuple[Path, str], database_url: str) -> None:
    """A file that is there stays, and the trail tells of no export."""
    with (
        psycopg.connect(database_url) as pg,
        pytest.raises(audit.FileTaken, match="is there already"),
    ):
        audit.export(pg, exported[0], by="anna")


def test_every_dossier_notes_the_end_of_the_trail(demo_database_url: str) -> None:
    """Whoever holds one can tell whether anything from before its data cut was cut off since."""
    with psycopg.connect(demo_database_url) as pg:
        folders = pg.execute("SELECT folder FROM dossier").fetchall()
        noted = [manifest_of(Path(folder))["request"]["audit_trail"] for (folder,) in folders]
        assert noted
        for head in noted:
            assert head["lines"] > 0
            assert audit.verify(pg, head=head["last_hash"]).whole
