"""Serving the pages on this machine until Ctrl-C."""

import socket
from contextlib import nullcontext
from typing import TYPE_CHECKING

import typer
from fastapi import FastAPI

from backend.database import unit_of_work
from backend.settings import settings
from backend.web.app import create_app
from backend.work.beside import worker_beside
from dashboards.dossiers.filed import follow
from register.refusal import Refusal

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
PORTS_TRIED = 50


class PortTaken(Refusal):
    """A port that was named, or every port tried, is in use."""


def serve_pages(url: str, *, port: int | None, work: bool = True) -> None:
    """Serve on 127.0.0.1 until Ctrl-C, with a worker beside if it is to `work`, on the port that was named; the default one may give way to the next."""
    app = create_app(url)
    wanted = settings().port if port is None else port
    named = port is not None or "port" in settings().model_fields_set
    listening = listen(wanted, tried=1 if named else PORTS_TRIED)
    if wanted not in (0, listening.getsockname()[1]):
        typer.echo(f"Port {wanted} is in use.")
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    with unit_of_work(url, by="serving") as session:
        follow(session, settings().dossiers)
    typer.echo(f"Catamnesis is at {address} (Ctrl-C ends it).")
    try:
        with worker_beside() if work else nullcontext():
            server(app).run(sockets=[listening])
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


def listen(first: int, *, tried: int = 1) -> socket.socket:
    """A listening socket on the first free port of so many `tried`; 0 lets the system choose."""
    ports = range(first, min(first + tried, 65536))
    for port in ports:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, port))
            found.listen()
        except OSError:
            found.close()
        else:
            return found
    if tried > 1:
        raise PortTaken(f"Ports {first} to {ports[-1]} are all in use; name another with --port.")
    raise PortTaken(f"Port {first} is in use or closed to you; name another with --port.")
