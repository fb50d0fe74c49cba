"""Serving the pages on this machine until Ctrl-C."""

import socket
from typing import TYPE_CHECKING

import typer
from fastapi import FastAPI

from backend.settings import settings
from backend.web.app import create_app
from register.refusal import Refusal

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
PORTS_TRIED = 50


class PortTaken(Refusal):
    """No port to serve on is free."""


def serve_pages(url: str, *, port: int | None) -> None:
    """Serve on 127.0.0.1, on the port asked for or else the next free one; ends cleanly on Ctrl-C."""
    listening = listen(settings().port if port is None else port)
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    typer.echo(f"Catamnesis is at {address} (Ctrl-C ends it).")
    try:
        server(create_app(url)).run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()
    typer.echo("Stopped.")


def server(app: FastAPI) -> "uvicorn.Server":
    """The server of an application: quiet, without a name, without websockets."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", server_header=False, access_log=False, ws="none",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    return uvicorn.Server(config)


def listen(first: int) -> socket.socket:
    """A listening socket on the first free port from `first` on; 0 lets the system choose."""
    last = first + (PORTS_TRIED if first else 1)
    for port in range(first, min(last, 65536)):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, port))
            found.listen()
        except OSError:
            found.close()
        else:
            return found
    raise PortTaken(f"{PortTaken.__doc__} Tried {first} to {last - 1}; name one with --port.")
