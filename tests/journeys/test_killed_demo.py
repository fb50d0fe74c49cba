"""Killing the demo at any moment and running it again ends in the same state."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend import embedded
from backend.settings import settings

ROOT = Path(__file__).parents[2]
STATE = (
    "SELECT md5(string_agg(study_instance_uid || revision || digest, ',' ORDER BY study_instance_uid)) FROM study",
    "SELECT md5(string_agg(outcome_id || revision || digest, ',' ORDER BY outcome_id)) FROM outcome",
    "SELECT md5(string_agg(c::text, ',' ORDER BY inference_id)) FROM judged_case c",
    "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM tally t",
    "SELECT md5(string_agg(key || revision, ',' ORDER BY key, revision)) FROM deployment",
    "SELECT count(*) FROM quarantined_row",
    "SELECT count(*) FROM dossier",
)


@pytest.fixture
def own_home(home: Path, last_day: str) -> Iterator[Path]:
    """A home with the same secret and last simulated day as the demonstration of the tests."""
    settings().secret("pseudonym")
    folder = Path(tempfile.mkdtemp(prefix="catamnesis-killed-"))
    shutil.copytree(home / "secrets", folder / "secrets")
    (folder / "demo").mkdir()
    (folder / "demo" / "anchor").write_text(last_day)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _demo(home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "CATAMNESIS_HOME": str(home)}
    environment.pop("CATAMNESIS_DATABASE_URL", None)
    command = [
        sys.executable,
        "-c",
        "from backend.commands import run; run()",
        "demo",
        "--no-serve",
    ]
    return subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _state(url: str) -> list[object]:
    with psycopg.connect(url) as pg:
        return [pg.execute(query).fetchone() for query in STATE]


@pytest.mark.slow
def test_a_demo_killed_three_times_ends_like_one_that_was_not(
    own_home: Path, request: pytest.FixtureRequest
) -> None:
    """Killed while importing, while judging and while writing a dossier, it ends in the same state.

    What it is compared with is asked for at the end: another worker makes it meanwhile.
    """
    for moment in ("Evidence: A simulated", "judging", "Dossier: annual"):
        program = _demo(own_home)
        assert program.stderr is not None
        for line in program.stderr:
            if moment in line:
                program.kill()
                break
        program.communicate()
        assert program.returncode == -9, f"it ended before '{moment}'"
    program = _demo(own_home)
    out, err = program.communicate()
    assert program.returncode == 0, err
    assert "Sign in as 'demo'" in out + err
    assert "every mature" in out, "why a figure is not corrected"
    assert not embedded.is_running(own_home)
    with embedded.running(own_home) as url:
        assert _state(url) == _state(request.getfixturevalue("demo_database_url"))
