"""`catamnesis scope`: is a study within what an algorithm is cleared for?"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.commands.telling import AsJson, period, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password

if TYPE_CHECKING:
    from surveillance.view import DeploymentView

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
    record: Annotated[
        bool, typer.Option("--record", help="Ask the scope gate, which keeps its decision.")
    ] = False,
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
    with database() as url:
        with unit_of_work(url, by=whoami()) as session:
            chosen = [view(session, deployment)] if deployment else views(session)
        said = (
            _recorded(url, chosen, known)
            if record
            else [d.as_json() for one in chosen for d in check_study(one, known, day=now().date())]
        )
    if as_json:
        tell_json({"study": str(study), "attributes": known, "decisions": said})
    else:
        for one in said:
            kept = f" Decision {one['decision_id']}." if record else ""
            typer.echo(f"{one['deployment']} · {one['finding']}: {one['sentence']}{kept}")
    if not said:
        typer.echo(
            "No deployment in the register to judge by. See: catamnesis register import", err=True
        )
    found = {one["scope"] for one in said}
    raise typer.Exit(next((code for scope, code in EXIT_CODES.items() if scope in found), 11))


@app.command()
def replay(
    decision: Annotated[str, typer.Argument(help="Its decision_id.")], as_json: AsJson = False
) -> None:
    """Derive a decision of the gate again, from the register as known then, and as it is today.

    Exit code 0: the same as recorded; 1: it is not, or the record is not as it was signed.

    Example: catamnesis scope replay 5b0c1e9a-7f3d-4a55-9d0e-2f6c8a41b7d3
    """
    from backend.audit import note_read
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from backend.settings import settings
    from surveillance import scope_replay

    with database() as url, unit_of_work(url, by=whoami()) as session:
        found = scope_replay.replay(
            session, decision, secret=settings().secret("scope-decision"), at=now()
        )
        said, whole = found.as_json(), found.same and found.signed_by_us
        note_read(raw(session), by=whoami(), subject=f"scope_decision {decision}", rows=1)
    if as_json:
        tell_json(said)
    else:
        _tell_replay(said)
    raise typer.Exit(0 if whole else 1)


@app.command()
def override(
    decision: Annotated[str, typer.Argument(help="Its decision_id.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    account: Name,
    password: Password,
) -> None:
    """Let the study of a decision through once, as a named clinician: abnormal use, out of every performance figure.

    Example: catamnesis scope override 5b0c1e9a-7f3d-4a55-9d0e-2f6c8a41b7d3 --account anna --reason "No other reader tonight."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import scope_override

    with database() as url, unit_of_work(url, by=account) as session:
        row = scope_override.override(
            session, decision, reason=reason, at=now(), signer=signer(session, key=account, password=password)
        )  # fmt: skip
        number, deployment = row.id, row.deployment
    typer.echo(
        f"Override {number}: {deployment} may run on this study once. It is abnormal use and counts in no figure."
    )


@app.command("what-if")
def what_if(
    entry: Annotated[Path, typer.Argument(help="The proposed entry, in YAML.", exists=True)],
    deployment: Annotated[str, typer.Option(help="Whose studies to judge.")],
    finding: Annotated[str | None, typer.Option(help="Which, if there are several.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First study day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last study day.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count what a proposed entry would let in and keep out among the stored studies. Nothing is recorded.

    Example: catamnesis scope what-if ctbrain-rev8.yaml --deployment ctbrain-north-ed --from 2026-01-01
    """
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from register import catalogue
    from surveillance import what_if as proposal

    days = period(first, last)
    form = catalogue.read(entry)
    with database() as url, unit_of_work(url, by=whoami()) as session:
        found = proposal.what_if(
            session, raw(session), deployment, form, finding=finding, first=days[0], last=days[1], at=now(),
        )  # fmt: skip
    if as_json:
        tell_json(found.as_json())
        return
    tell_table(
        f"{found.deployment} · {found.finding}: {found.studies:,} stored studies",
        ("today", "proposed", "studies"),
        [(*pair, n) for pair, n in found.matrix.items()],
    )
    tell_table(
        "What would change, and the clause that decides",
        ("today", "proposed", "attribute", "clause", "studies"),
        [(m.today, m.proposed, m.attribute, m.clause, m.studies) for m in found.moved],
    )


def _recorded(
    url: str, chosen: Sequence["DeploymentView"], known: dict[str, Any]
) -> list[dict[str, Any]]:
    """The gate's decisions on a study for each finding of some deployments."""
    from backend.asking import asked
    from register.scope import ATTRIBUTES
    from surveillance.scope_gate import Check

    checks = [
        Check(
            deployment=view.key, finding=finding, study_instance_uid=known.get("study_instance_uid", ""),
            attributes={name: known[name] for name in ATTRIBUTES if name in known},
        )
        for view in chosen
        for finding in view.findings
    ]  # fmt: skip
    answers = asked(url, checks, account=whoami(), by=whoami()) if checks else []
    return [
        {"deployment": check.deployment, **answer}
        for check, answer in zip(checks, answers, strict=True)
    ]


def _tell_replay(said: dict[str, Any]) -> None:
    typer.echo(f"Recorded {said['decided_at']} for {said['decided_by']}: {said['recorded']['sentence']}")  # fmt: skip
    typer.echo(
        "The register as known then gives the same."
        if said["same"]
        else f"The register as known then gives something else: {said['then']['sentence']}"
    )
    typer.echo(
        "The record is as it was signed."
        if said["signature_valid"]
        else "The record is not as it was signed, or was signed with another secret."
    )
    typer.echo(f"Today: {said['today']['sentence']}")
