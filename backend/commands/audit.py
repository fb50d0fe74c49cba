"""`catamnesis audit`: is the trail whole?"""

import typer

from backend.commands.telling import AsJson, tell_json

app = typer.Typer(help="The audit trail.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The audit trail."""


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Follow the chain of hashes; exit code 1 and the first altered line if it is broken."""
    from dataclasses import asdict

    from backend import audit
    from backend.database import connection

    with connection() as pg:
        found = audit.verify(pg)
    tell_json(asdict(found)) if as_json else typer.echo(found.sentence)
    raise typer.Exit(0 if found.whole else 1)
