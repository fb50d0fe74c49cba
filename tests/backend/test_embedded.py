"""The embedded server: found again, shared, stopped by its last user, and outliving a killed program."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend import embedded


@pytest.fixture
def own_home() -> Iterator[Path]:
    """A home folder with nothing in it yet."""
    with tempfile.TemporaryDirectory(
        prefix="catamnesis-own-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
        embedded.stop(Path(folder))


def test_the_server_stops_with_its_last_user(own_home: Path) -> None:
    """It runs while someone uses it, keeps its data, and is gone afterwards."""
    with embedded.running(own_home) as url:
        with psycopg.connect(url) as pg:
            pg.execute("CREATE TABLE kept (n int)")
        with embedded.running(own_home) as again:
            assert again == url
        assert embedded.is_running(own_home)
    assert not embedded.is_running(own_home)
    with embedded.running(own_home) as url, psycopg.connect(url) as pg:
        assert pg.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_started_server_stays_until_it_is_stopped(own_home: Path) -> None:
    """`database start` leaves it running for others, `stop` ends it, a second stop says it was not."""
    embedded.start(own_home)
    with embedded.running(own_home):
        pass
    assert embedded.is_running(own_home)
    assert embedded.stop(own_home)
    assert not embedded.stop(own_home)


def _ended(home: Path, how: signal.Signals) -> int:
    """Run a program that uses the server, end it by a signal, and give back its exit code."""
    probe = (
        "import sys, time, psycopg; from pathlib import Path; from backend import embedded\n"
        "with embedded.running(Path(sys.argv[1])) as url:\n"
        "    with psycopg.connect(url) as pg: pg.execute('CREATE TABLE IF NOT EXISTS kept (n int)')\n"
        "    print('ready', flush=True); time.sleep(60)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", probe, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert program.stdout is not None
    assert program.stdout.readline().strip() == "ready"
    os.kill(program.pid, how)
    code = program.wait()
    program.stdout.close()
    return code


def test_a_killed_program_leaves_a_server_that_the_next_one_stops(own_home: Path) -> None:
    """After kill -9 the data are there; the next program carries on and takes the server down."""
    for _ in range(2):
        _ended(own_home, signal.SIGKILL)
        assert embedded.is_running(own_home)
    with embedded.running(own_home) as url, psycopg.connect(url) as pg:
        assert pg.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert not embedded.is_running(own_home)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_program_asked_to_end_stops_the_server(own_home: Path, how: signal.Signals) -> None:
    """SIGTERM and a closed terminal end it like any other end."""
    assert _ended(own_home, how) == 128 + how
    assert not embedded.is_running(own_home)


def test_a_server_in_use_is_not_stopped_by_another_that_ends(own_home: Path) -> None:
    """A user without an open connection counts too."""
    with embedded.running(own_home):
        assert _ended(own_home, signal.SIGTERM) == 128 + signal.SIGTERM
        assert embedded.is_running(own_home)
    assert not embedded.is_running(own_home)
