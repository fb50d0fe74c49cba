"""`catamnesis dossier`: documents that can be derived again and checked."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, AsOf, period, tell_json, tell_table, whoami

app = typer.Typer(help="Build, list and verify dossiers.", no_args_is_help=True)


@app.command()
def build(
    kind: Annotated[str, typer.Argument(help="pmcf-evidence-pack or annual-scope-review.")],
    deployment: Annotated[str, typer.Option(help="Key of the deployment.")],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First study day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last study day.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write a dossier as a bundle: PDF, JSON, CSV and a manifest of hashes.

    Example: catamnesis dossier build pmcf-evidence-pack --deployment ctbrain-north-ed
    """
    from backend.database import database
    from backend.documents import build as build_dossier

    days = period(first, last)
    with database() as url:
        filed = build_dossier(
            url,
            kind,
            deployment,
            by=whoami(),
            first=days[0],
            last=days[1],
            as_of=as_of,
        )
    if as_json:
        tell_json(filed.model_dump(mode="json"))
    else:
        typer.echo(
            f"{filed.title}\n{filed.folder}\nCheck it with: catamnesis dossier verify {filed.folder}"
        )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the dossiers built so far. Example: catamnesis dossier list"""
    from backend.database import database
    from backend.documents import filed

    with database() as url:
        found = filed(url)
    if as_json:
        tell_json([one.model_dump(mode="json") for one in found])
    else:
        tell_table(
            "Dossiers",
            ("id", "kind", "deployment", "period", "data cut"),
            [
                (
                    d.id,
                    d.kind,
                    d.deployment,
                    f"{d.period_from} to {d.period_to}",
                    f"{d.as_of:%Y-%m-%d %H:%M}",
                )
                for d in found
            ],
        )
        for d in found:
            typer.echo(d.folder)


@app.command()
def verify(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a bundle.", exists=True, file_okay=False)
    ],
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Also derive it again from the evidence, to the byte.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every file of a bundle against its manifest; exit code 1 if one differs.

    Example: catamnesis dossier verify .catamnesis/dossiers/PMCF-… --rebuild
    """
    from dataclasses import asdict

    from dashboards.dossiers.bundle import verify as verify_bundle

    found = verify_bundle(folder)
    if rebuild and found.whole:
        from backend.database import database
        from backend.documents import rebuild as rebuild_bundle

        with database() as url:
            found = rebuild_bundle(url, folder)
    tell_json(asdict(found)) if as_json else typer.echo(found.sentence)
    raise typer.Exit(0 if found.whole else 1)
