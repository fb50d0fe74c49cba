"""`catamnesis notice`: field safety notices of manufacturers."""

from datetime import datetime
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password

app = typer.Typer(help="Field safety notices: take in, list, acknowledge.", no_args_is_help=True)
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


@app.command()
def record(
    algorithm: Annotated[str, typer.Argument(help="Key of the algorithm.")],
    reference: Annotated[str, typer.Option(help="Reference of the manufacturer.")],
    issued: Day,
    received: Day,
    summary: Annotated[str, typer.Option(help="What is wrong.")],
    action: Annotated[str, typer.Option(help="What the manufacturer asks for.")],
    version: Annotated[
        list[str] | None, typer.Option(help="A version it concerns; all if left out.")
    ] = None,
    respond_by: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the answer; a week if left out."),
    ] = None,
) -> None:
    """Take a notice in. Example: catamnesis notice record --help"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register import safety_notice
    from register.task import open_once

    with database() as url, unit_of_work(url, by=whoami()) as session:
        row = safety_notice.take(
            session, algorithm, reference=reference, issued=issued.date(), received=received.date(), summary=summary,
            action=action, versions=tuple(version or ()), respond_by=respond_by.date() if respond_by else None,
            by=whoami(), at=now(),
        )  # fmt: skip
        tasks = [
            open_once(session, called, at=now()) for called in safety_notice.unanswered(session)
        ]
        number, due = row.id, row.respond_by
        concerned = [
            task.deployment for task in tasks if task.cause.startswith(f"{row.record} at ")
        ]
    typer.echo(f"Safety notice {number} is on file, to be answered by {due}. It concerns: {', '.join(map(str, concerned)) or 'no deployment'}.")  # fmt: skip


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every notice and its acknowledgement. Example: catamnesis notice list"""
    from backend.database import database, unit_of_work
    from register.safety_notice import acknowledgement, notices

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            {**one.model_dump(mode="json"), "acknowledged_by": signed.signer if signed else None}
            for one in notices(session)
            for signed in [acknowledgement(session, one)]
        ]
    if as_json:
        tell_json(said)
        return
    tell_table(
        "Field safety notices",
        ("number", "algorithm", "reference", "respond by", "acknowledged", "what"),
        [
            (n["id"], n["algorithm"], n["reference"], n["respond_by"], n["acknowledged_by"] or "open", n["summary"])
            for n in said
        ],
    )  # fmt: skip


@app.command()
def acknowledge(
    number: Annotated[int, typer.Argument(help="Number of the notice.")],
    reason: Annotated[str, typer.Option(help="What was done.")],
    account: Name,
    password: Password,
) -> None:
    """Acknowledge a notice with a signature; its tasks are closed.

    Example: catamnesis notice acknowledge 1 --account anna --reason "Threshold kept; readers told."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register import safety_notice

    with database() as url, unit_of_work(url, by=account) as session:
        row = safety_notice.acknowledge(
            session, number, signer=signer(session, key=account, password=password), reason=reason, at=now()
        )  # fmt: skip
        reference = row.reference
    typer.echo(f"Safety notice {reference} is acknowledged.")
