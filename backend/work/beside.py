"""A worker beside the pages, in a process of its own: pages answer while it counts, and it may die alone."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

SECONDS_TO_END = 10
SECONDS_BETWEEN_STARTS = 5
COMMAND = (
    sys.executable,
    "-c",
    "from backend.commands import run; run()",
    "work",
    "--until-closed",
)


@contextmanager
def worker_beside() -> Iterator[None]:
    """A worker while the block runs, started again whenever it ends.

    It holds on to a pipe: when that closes, with the block or with a killed process, it ends too. What it
    was doing and could not end is taken up again by the next worker.
    """
    over = Event()
    keeping = Thread(target=_keep, args=(over,), daemon=True)
    keeping.start()
    try:
        yield
    finally:
        over.set()
        keeping.join()


def _keep(over: Event) -> None:
    while not over.is_set():
        with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, start_new_session=True) as worker:
            while worker.poll() is None and not over.wait(0.2):
                pass
            _end(worker)
        over.wait(SECONDS_BETWEEN_STARTS)


def _end(worker: "subprocess.Popen[bytes]") -> None:
    assert worker.stdin is not None
    worker.stdin.close()
    try:
        worker.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        worker.kill()
