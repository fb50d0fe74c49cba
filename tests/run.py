"""What the processes of one test run share: a folder, and what the first of them to ask made in it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backend import embedded

PREFIX = "catamnesis-run-"
ROOM = 4 * 2**30
"""Bytes in memory for the databases of a test run, of which it takes a fifth."""


@contextmanager
def folder() -> Iterator[Path]:
    """The folder of a run while the block runs; at its end it goes, and with it what killed runs left.

    Not below pytest's own folder: that one is closed to the user under which root's server runs.
    """
    mine = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_in_memory()))
    held = os.open(mine, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield mine
    finally:
        os.close(held)
        for found in mine.parent.glob(f"{PREFIX}*"):
            _remove_unless_held(found)


def once(folder: Path, name: str, make: Callable[[], str]) -> str:
    """What the first process of a run to ask for it made; others wait meanwhile."""
    made = folder / f"{name}.made"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_text(make())
        return made.read_text()


def _remove_unless_held(folder: Path) -> None:
    """Stop the server of a run that is over, however it ended, and remove its folder."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)


def _in_memory() -> Path | None:
    """Where files are kept in memory, if there is room: making the files of a database is quick there."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None
