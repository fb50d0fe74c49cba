"""The pages on a real port of this machine, for the time of a test."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import uvicorn

from backend.web.app import create_app
from backend.web.serving import listen, server

PATIENCE = 20.0


@contextmanager
def served(url: str) -> Iterator[str]:
    """The address of the pages over a database, served as `catamnesis serve` does."""
    with listen(0) as listening:
        serving: uvicorn.Server = server(create_app(url))
        thread = Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = monotonic() + PATIENCE
        while not serving.started:
            assert monotonic() < deadline, "The pages did not start in time."
            sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            serving.should_exit = True
            thread.join(PATIENCE)


def token_in(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)
