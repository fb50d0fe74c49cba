"""`catamnesis serve`: the pages, and the worker beside them."""

from typing import Annotated

import typer


def serve(
    port: Annotated[
        int | None, typer.Option(help="Port on 127.0.0.1; refused if it is in use.")
    ] = None,
    work: Annotated[
        bool, typer.Option("--work/--no-work", help="With a worker beside the pages, or without.")
    ] = True,
) -> None:
    """Serve the pages on 127.0.0.1 until Ctrl-C, and do what is due. Example: catamnesis serve --port 8080"""
    from backend.database import database
    from backend.web.serving import serve_pages

    with database() as url:
        serve_pages(url, port=port, work=work)
