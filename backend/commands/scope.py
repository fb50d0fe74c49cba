"""`catamnesis scope`: is a study within what an algorithm is cleared for?"""

from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, whoami

app = typer.Typer(help="Judge studies by the cleared indications.", no_args_is_help=True)
EXIT_CODES = {"in": 0, "out": 10, "undeterminable": 11}


@app.callback()
def group() -> None:
    """Judge studies by the cleared indications."""


@app.command()
def check(
    study: Annotated[Path, typer.Argument(help="A DICOM file of the study.")],
    deployment: Annotated[str | None, typer.Option(help="Only this deployment.")] = None,
    setting: Annotated[
        str | None, typer.Option(help="Where the patient is; DICOM does not say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a study by the scope of each deployment; a missing attribute fails closed.

    Exit code 0: in scope of at least one; 10: out of scope; 11: undeterminable.

    Example: catamnesis scope check head.dcm --deployment ctbrain-north-ed --setting emergency
    """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.eligibility import check_study
    from surveillance.intake.dicom import attributes
    from surveillance.view import view, views

    known = attributes(study)
    if setting:
        known["setting"] = setting
    with database() as url, unit_of_work(url, by=whoami()) as session:
        chosen = [view(session, deployment)] if deployment else views(session)
    decisions = [d for one in chosen for d in check_study(one, known, day=now().date())]
    if as_json:
        tell_json(
            {
                "study": str(study),
                "attributes": known,
                "decisions": [d.as_json() for d in decisions],
            }
        )
    else:
        for decision in decisions:
            typer.echo(
                f"{decision.deployment} · {decision.finding}: {decision.decision.sentence()}"
            )
    if not decisions:
        typer.echo(
            "No deployment in the register to judge by. See: catamnesis register import", err=True
        )
    found = {str(d.decision.scope) for d in decisions}
    raise typer.Exit(next((code for scope, code in EXIT_CODES.items() if scope in found), 11))
