"""`catamnesis training`: who was trained on what, and until when it counts."""

from datetime import datetime
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(help="Record and list trainings.", no_args_is_help=True)


@app.command()
def record(
    person: Annotated[str, typer.Argument(help="Who, as named in the oversight.")],
    subject: Annotated[str, typer.Argument(help="Key of the algorithm, or ai_literacy.")],
    completed: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of completion.")],
    source: Annotated[str, typer.Option(help="Certificate, course or trainer.")],
    version: Annotated[
        str | None, typer.Option(help="Version it is about; all if left out.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day it counts.")
    ] = None,
    supersedes: Annotated[
        int | None, typer.Option(help="Number of the training on file that this one corrects.")
    ] = None,
) -> None:
    """Put a training on file, or correct one that is. Example: catamnesis training record dr.north ctbrain-triage --completed 2026-01-09 --source "Vendor course" """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register.training import put_on_file

    with database() as url, unit_of_work(url, by=whoami()) as session:
        put_on_file(
            session, person=person, subject=subject, version=version, completed_on=completed.date(),
            expires_on=expires.date() if expires else None, source=source, by=whoami(), at=now(),
            supersedes=supersedes,
        )  # fmt: skip
    typer.echo(
        f"On file: {person} on {subject}{f' {version}' if version else ''}, {completed.date()}."
    )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every training on file. Example: catamnesis training list"""
    from backend.database import database, unit_of_work
    from register.training import trainings

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            t.model_dump(mode="json", include={"id", "person", "subject", "version", "completed_on", "expires_on", "source"})
            for t in trainings(session)
        ]  # fmt: skip
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Trainings",
            list(said[0]) if said else ["none on file"],
            [[v or "–" for v in one.values()] for one in said],
        )
