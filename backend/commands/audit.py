"""`catamnesis audit`: is the trail whole, and a copy that an auditor can check alone?"""

from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, whoami

app = typer.Typer(help="The audit trail.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The audit trail."""


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A hash noted earlier: is its line still there?")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the chain of hashes; exit code 1 and the first altered line if it is broken.

    Its end is held against the signatures on record and the hashes that dossiers note. Each row of the register and of decisions
    is held against its line, so that one that was edited, put in or taken out behind the trail is named.

    Example: catamnesis audit verify
    """
    from dataclasses import asdict, replace

    from backend import audit, on_record
    from backend.database import database, raw, unit_of_work
    from backend.documents import noted_heads

    with database() as url:
        kept = noted_heads(url)
        with unit_of_work(url, by=whoami()) as session:
            found = audit.verify(raw(session), head=head, kept=kept)
            odd = on_record.at_odds(session, raw(session)) if found.whole else ""
    if odd:
        found = replace(
            found,
            whole=False,
            sentence=f"The trail is whole, and what is on record is not what it tells: {odd}.",
        )
    tell_json(asdict(found)) if as_json else typer.echo(found.sentence)
    raise typer.Exit(0 if found.whole else 1)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write it: one JSON object a line.")],
    as_json: AsJson = False,
) -> None:
    """Write the whole trail to a file, and beside it the script that checks it without this program.

    Exit code 1 if the trail is broken; it is written all the same.

    Example: catamnesis audit export trail.jsonl
    """
    from dataclasses import asdict

    from backend import audit
    from backend.database import connection

    with connection() as pg:
        found = audit.export(pg, file, by=whoami())
    if as_json:
        tell_json(asdict(found))
    else:
        typer.echo(found.sentence)
        typer.echo(f"Check it: python3 verify_audit.py {file.name} --head {found.last_hash}")
    raise typer.Exit(0 if found.whole else 1)
