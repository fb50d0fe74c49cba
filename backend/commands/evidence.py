"""`catamnesis evidence`: batches in, and what became of them."""

from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(help="Import evidence and see what became of it.", no_args_is_help=True)
SHOWN = 20
QUARANTINED = 3


@app.command("import")
def import_(
    folder: Annotated[
        Path, typer.Argument(help="A batch: a folder with studies.csv, inferences.csv, …")
    ],
    time_zone: Annotated[
        str | None, typer.Option(help="Time zone of timestamps without offset, e.g. Europe/Berlin.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a batch of evidence. Good rows land, bad rows wait in quarantine; repeating changes nothing.

    Exit code 0: everything was taken; 3: some rows wait in quarantine.

    Example: catamnesis evidence import ./october
    """
    from backend.database import database
    from backend.intake import take

    with database() as url:
        batch = take(url, folder, by=whoami(), time_zone=time_zone)
    if as_json:
        tell_json(batch.as_json())
    else:
        tell_table(
            f"Batch {batch.number} from {batch.description.source} ({batch.description.origin})",
            ("file", "read", "accepted", "unchanged", "corrected", "quarantined"),
            [
                (name, c.read, c.accepted, c.unchanged, c.corrected, c.quarantined)
                for name, c in batch.counts.items()
            ],
        )
        for problem in batch.problems[:SHOWN]:
            typer.echo(problem.sentence())
        if len(batch.problems) > SHOWN:
            typer.echo(f"… and {len(batch.problems) - SHOWN} more: catamnesis evidence status")
        for note in batch.notes:
            typer.echo(f"Note: {note}")
    raise typer.Exit(QUARANTINED if batch.problems else 0)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the batches so far and what waits in quarantine. Example: catamnesis evidence status"""
    from sqlmodel import col, select

    from backend.audit import note_read
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from surveillance.evidence.recorded import EvidenceBatch
    from surveillance.intake.quarantine import waiting

    with database() as url, unit_of_work(url, by=whoami()) as session:
        batches = session.exec(select(EvidenceBatch).order_by(col(EvidenceBatch.id))).all()
        said = {
            "batches": [batch.model_dump(mode="json") for batch in batches],
            "quarantine": [
                row.model_dump(mode="json", exclude={"content", "fingerprint"})
                for row in waiting(session, now())
            ],
        }
        note_read(raw(session), by=whoami(), subject="quarantine", rows=len(said["quarantine"]))
    if as_json:
        tell_json(said)
        return
    tell_table(
        "Batches",
        (
            "batch",
            "source",
            "origin",
            "file",
            "read",
            "accepted",
            "unchanged",
            "corrected",
            "quarantined",
        ),
        [
            (b["id"], b["source"], b["origin"], name, *counts.values())
            for b in said["batches"]
            for name, counts in b["counts"].items()
        ],
    )
    tell_table(
        "Quarantine",
        ("batch", "file", "line", "column", "value", "reason"),
        [
            (q["batch"], q["file"], q["line"], q["column_name"], q["value"], q["reason"])
            for q in said["quarantine"][:SHOWN]
        ],
    )
    if len(said["quarantine"]) > SHOWN:
        typer.echo(f"… and {len(said['quarantine']) - SHOWN} more (all of them with --json).")
