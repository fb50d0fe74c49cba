"""`catamnesis database`: the embedded server and the schema."""

import typer

from backend.commands.telling import AsJson, tell_json

app = typer.Typer(help="Start, stop and migrate the database.", no_args_is_help=True)


@app.command()
def start(as_json: AsJson = False) -> None:
    """Start the embedded server and leave it running. Example: catamnesis database start"""
    from backend import embedded
    from backend.database import migrate
    from backend.settings import settings

    external = settings().database_url
    url = external.get_secret_value() if external else embedded.start(settings().home)
    migrate(url)
    if as_json:
        tell_json({"running": True, "embedded": external is None})
    else:
        typer.echo(
            "The database runs and its schema is current. Stop it with: catamnesis database stop"
        )


@app.command()
def stop(as_json: AsJson = False) -> None:
    """Stop the embedded server, whoever started it. Example: catamnesis database stop"""
    from backend import embedded
    from backend.settings import settings

    ran = embedded.stop(settings().home)
    if as_json:
        tell_json({"running": False, "was_running": ran})
    else:
        typer.echo("The embedded server has stopped." if ran else "No embedded server was running.")


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the schema to the version of this program. Example: catamnesis database migrate"""
    from backend.database import connection

    with connection() as pg:
        row = pg.execute("SELECT version_num FROM alembic_version").fetchone()
    revision = row[0] if row else None
    tell_json({"revision": revision}) if as_json else typer.echo(
        f"The schema is at revision {revision}."
    )


@app.command()
def url(as_json: AsJson = False) -> None:
    """Print where the database is; the embedded one is left running, a password is not shown.

    Example: catamnesis database url
    """
    from sqlalchemy import make_url

    from backend import embedded
    from backend.settings import settings

    external = settings().database_url
    where = external.get_secret_value() if external else embedded.start(settings().home)
    shown = make_url(where).render_as_string(hide_password=True)
    tell_json({"url": shown, "embedded": external is None}) if as_json else typer.echo(shown)
