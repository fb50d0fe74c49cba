"""`catamnesis validation`: acceptance fixed beforehand, run on shadow data, signed by someone else."""

from pathlib import Path
from typing import Annotated, Any

import typer

from backend.commands.telling import AsJson, AsOf, interval, tell_json, tell_table, whoami

app = typer.Typer(
    help="Validate an algorithm on this fleet, before it goes live.", no_args_is_help=True
)
Key = Annotated[str, typer.Argument(help="Key of the validation.")]
Name = Annotated[str, typer.Option("--account", help="Sign-in name of who does this.")]
Password = Annotated[
    str,
    typer.Option(
        prompt=True, hide_input=True, envvar="CATAMNESIS_PASSWORD", help="Asked for when not given."
    ),
]


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(help="The protocol, in YAML.")],
    account: Name,
    password: Password,
    as_json: AsJson = False,
) -> None:
    """Fix a protocol: population, period, strata, acceptance criteria. It cannot be changed afterwards.

    Example: catamnesis validation plan head-ct-2026.yaml --account anna
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.validation import plan as protocols

    form = protocols.read(file)
    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        fixed = protocols.fix(session, form, author=person, at=now())
        said = fixed.model_dump(mode="json")
    if as_json:
        tell_json(said)
        return
    sizes = ", ".join(f"{n:,} cases for {metric}" for metric, n in said["content"]["sizes"].items())
    typer.echo(
        f"'{form.key}' is fixed at {said['fixed_at']}. Planned: {sizes}. Next: catamnesis validation run {form.key} --account NAME"
    )


@app.command()
def run(
    key: Key, account: Name, password: Password, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Judge what is known so far by the protocol, over all cases and on each scanner.

    Whoever runs it is on record by name, and does not let the algorithm into care as well. Example: catamnesis validation run head-ct-2026 --account ben
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from register.entitlement import entitled
    from surveillance.validation import run as validation
    from surveillance.validation.kept import ValidationNotPossible, earlier, plan_of, runs

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        entitled(person.name, person.role, "runs a validation", refusal=ValidationNotPossible)
        fixed = plan_of(session, key)
        said = validation.run(
            session, raw(session), fixed, by=person.key, as_of=as_of or now()
        ).content
        before = earlier(runs(session, key))
    if as_json:
        tell_json(said)
        return
    _tell(key, said)
    if before:
        typer.echo(before)


@app.command()
def sign(
    key: Key,
    account: Name,
    password: Password,
    meaning: Annotated[str, typer.Option(help="accepted or rejected.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    as_json: AsJson = False,
) -> None:
    """Sign the last run, as someone else than the author of the protocol.

    Example: catamnesis validation sign head-ct-2026 --account ben --meaning accepted --reason "All criteria met."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.validation import sign_off

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        signed = sign_off.sign(
            session, key, signer=person, meaning=meaning, reason=reason, at=now()
        ).model_dump(mode="json")
    tell_json(signed) if as_json else typer.echo(
        f"{signed['name']} {signed['meaning']} the last run of '{key}' at {signed['signed_at']}: {signed['reason']}"
    )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every validation, its last verdict and who signed it. Example: catamnesis validation list"""
    from backend.database import database, unit_of_work
    from surveillance.validation.kept import plans, runs
    from surveillance.validation.sign_off import signature_of

    said = []
    with database() as url, unit_of_work(url, by=whoami()) as session:
        for fixed in plans(session):
            done = runs(session, fixed.key)
            signed = signature_of(session, done[-1]) if done else None
            said.append(
                {"key": fixed.key, "deployment": fixed.deployment, "fixed_at": fixed.fixed_at.isoformat(),
                 "author": fixed.author, "verdict": done[-1].content["verdict"] if done else "not run",
                 "signed": f"{signed.meaning} by {signed.name}" if signed else ""}
            )  # fmt: skip
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Local validations",
            list(said[0]) if said else ["none yet"],
            [list(one.values()) for one in said],
        )


def _tell(key: str, said: dict[str, Any]) -> None:
    from dashboards.pages.shown import sentence_case

    tell_table(
        f"Validation {key}: {said['verdict'].replace('_', ' ')}",
        ("stratum", "metric", "verdict", "estimate (95 % interval)", "threshold", "n still needed"),
        [
            (v["level"] or "all", v["metric"], v["verdict"].replace("_", " "), v["reason"] or interval(v["figure"]),
             f"{v['threshold']:.3f}", "unknown" if v["n_needed"] is None else v["n_needed"])
            for v in said["verdicts"]
        ],
    )  # fmt: skip
    typer.echo(
        f"{said['cases']:,} mature cases, {said['verified']:,} verified, {said['positives']:,} positive (at least "
        f"{said['minimum_positives']:,} wanted)."
    )
    if said["statement"]:
        typer.echo(f"{sentence_case(said['statement'])}.")
    if not said["prospective"]:
        typer.echo(
            "The criteria were fixed after the first of these cases was examined: this is a retrospective validation."
        )
    if not said["threshold_unchanged"]:
        typer.echo("The operating point has changed since the criteria were fixed: plan anew.")
