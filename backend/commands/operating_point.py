"""`catamnesis operating-point`: what another threshold would have done, and the clinical lead's decision."""

from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password

app = typer.Typer(
    help="Decide on an operating point, with the figures and a signature.", no_args_is_help=True
)
Deployment = Annotated[str, typer.Argument(help="Key of the deployment.")]
Finding = Annotated[str | None, typer.Option(help="Which finding, if there are several.")]


@app.command()
def decide(
    deployment: Deployment,
    threshold: Annotated[float, typer.Option(help="The operating point decided on.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    account: Name,
    password: Password,
    finding: Finding = None,
    as_json: AsJson = False,
) -> None:
    """Keep or move the operating point, as the clinical lead; the figures are kept with the decision.

    The register is not changed by it: import the revised entry afterwards.

    Example: catamnesis operating-point decide ctbrain-north-ed --threshold 0.62 --account anna --reason "Recalls stay bearable."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import operating_point

    with database() as url, unit_of_work(url, by=account) as session:
        decision, signed = operating_point.decide(
            session, deployment, finding, threshold=threshold, reason=reason, at=now(),
            signer=signer(session, key=account, password=password),
        )  # fmt: skip
        said = {**decision.model_dump(mode="json"), "signature": signed.model_dump(mode="json")}
    if as_json:
        tell_json(said)
        return
    typer.echo(
        f"{said['signature']['name']} signed: {said['signature']['meaning']}, {said['chosen']:g}."
    )
    if said["chosen"] != said["in_force"]:
        typer.echo(
            f"In force is still {said['in_force']:g}. Revise the entry: catamnesis register import FILE"
        )


@app.command("list")
def list_(deployment: Deployment, finding: Finding = None, as_json: AsJson = False) -> None:
    """What was decided so far, the last first. Example: catamnesis operating-point list ctbrain-north-ed"""
    from backend.database import database, unit_of_work
    from surveillance import operating_point
    from surveillance.view import view

    with database() as url, unit_of_work(url, by=whoami()) as session:
        chosen = view(session, deployment).finding(finding)
        said = [
            {"signed_at": s.signed_at.isoformat(), "in_force": d.in_force, "chosen": d.chosen,
             "meaning": s.meaning, "name": s.name, "reason": s.reason}
            for d, s in operating_point.decisions(session, deployment, chosen)
        ]  # fmt: skip
    if as_json:
        tell_json(said)
    else:
        tell_table(
            f"Decisions on the operating point of {deployment}, {chosen}",
            list(said[0]) if said else ["none yet"],
            [list(one.values()) for one in said],
        )
