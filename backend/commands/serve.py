"""`catamnesis serve`: the pages."""

from typing import Annotated

import typer


def serve(
    port: Annotated[
        int | None, typer.Option(help="Port on 127.0.0.1; refused if it is in use.")
    ] = None,
) -> None:
    """Serve the pages on 127.0.0.1 until Ctrl-C. Example: catamnesis serve --port 8080"""
    from backend.database import database
    from backend.web.serving import serve_pages

    with database() as url:
        serve_pages(url, port=port)
