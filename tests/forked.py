"""`catamnesis …` in a process of its own that imports nothing anew: it is forked from one that has imported everything.

A test that runs a hundred commands would otherwise spend its minutes on importing scipy a hundred times.
"""

import atexit
import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

CALLER = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as there:
    there.connect({path!r})
    asked = {{"words": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}}
    socket.send_fds(there, [b"."], [0, 1, 2])
    there.sendall(json.dumps(asked).encode())
    there.shutdown(socket.SHUT_WR)
    sys.exit(int(there.recv(8)))
"""
"""The command as it lies on the PATH: it hands over its words, its folder, its environment and its open files."""
HEAVY = (
    "alembic.command",
    "dashboards.dossiers",
    "duckdb",
    "matplotlib.pyplot",
    "surveillance.cycle",
    "typst",
)


@contextmanager
def forked() -> Iterator[Path]:
    """A `catamnesis` that behaves like the installed one while the block runs."""
    with TemporaryDirectory() as folder:
        path, command = Path(folder) / "socket", Path(folder) / "catamnesis"
        command.write_text(CALLER.format(python=sys.executable, path=str(path)))
        command.chmod(0o755)
        words = [sys.executable, "-c", "from tests.forked import answer; answer()", str(path)]
        with Popen(words, stdin=PIPE, stdout=PIPE, cwd=Path(__file__).parents[1]) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"ready\n"
            yield command


def answer() -> None:
    """Import what commands need, then be each command that is asked for, in a child."""
    for name in HEAVY:
        importlib.import_module(name)
    from backend.commands import run

    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        listening.listen()
        os.write(1, b"ready\n")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        there = _asked(listening)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, *_ = socket.recv_fds(there, 1, 3)
    asked = json.loads(there.makefile().read())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = asked["words"]
    try:
        run()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    there.sendall(str(code).encode())
    os._exit(0)  # taking every imported module apart would take longer than the command


def _asked(listening: socket.socket) -> socket.socket:
    """A caller; this returns in a child of the listening process, which goes on listening while its input is open."""
    while 0 not in select([listening, 0], [], [])[0]:
        there, _ = listening.accept()
        if os.fork() == 0:
            return there
        there.close()
    sys.exit()
