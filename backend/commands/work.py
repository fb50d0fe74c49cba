"""`catamnesis work`: the worker by itself."""

from typing import Annotated

import typer


def work(
    once: Annotated[bool, typer.Option("--once", help="Do what waits, then end.")] = False,
    until_closed: Annotated[
        bool, typer.Option("--until-closed", hidden=True, help="End when standard input closes.")
    ] = False,
) -> None:
    """Do what is asked for and what is due, until Ctrl-C: cycles, digests, notices, sections of reviews.

    `catamnesis serve` does so beside the pages; run it alone where the pages run without.

    Example: catamnesis work --once
    """
    from backend.database import database
    from backend.work import worker

    with database() as url:
        if until_closed:
            _end_with_input()
        worker.work(url, once=once)


def _end_with_input() -> None:
    import os
    import signal
    import sys
    from threading import Thread

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()
