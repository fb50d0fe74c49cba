"""`catamnesis lifecycle`: where a deployment stands, and who may move it on."""

from datetime import datetime
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password

app = typer.Typer(
    help="Propose, approve and suspend: the states of a deployment.", no_args_is_help=True
)
Deployment = Annotated[str, typer.Argument(help="Key of the deployment.")]
Number = Annotated[int, typer.Argument(help="Number of the proposal.")]
Why = Annotated[str, typer.Option(help="Why, in a sentence.")]


@app.command()
def show(deployment: Deployment, as_json: AsJson = False) -> None:
    """Where it stands, what use in care depends on, and every decision.

    Example: catamnesis lifecycle show ctbrain-north-ed
    """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from dashboards.pages.lifecycle import lifecycle_page
    from dashboards.pages.shown import as_json as plain

    with database() as url, unit_of_work(url, by=whoami()) as session:
        page = lifecycle_page(session, deployment, at=now())
    if as_json:
        said = plain(page)
        tell_json({name: said[name] for name in ("key", "state", "since", "stale", "conditions", "changes")})  # fmt: skip
        return
    typer.echo(f"{page.key} is {page.state.word.lower()}, {page.since}.")
    for found in page.stale:
        typer.echo(f"No longer as approved: {found}.")
    tell_table(
        "Conditions for use in care",
        ("condition", "holds", "what is known"),
        [(c.name, c.badge.word.lower(), c.sentence) for c in page.conditions],
    )
    tell_table(
        "Decisions",
        ("number", "what", "signatures"),
        [
            (c.number, c.what, "; ".join(f"{s.name}: {s.meaning}. {s.reason}" for s in c.signatures))
            for c in page.changes
        ],
    )  # fmt: skip


@app.command()
def propose(
    deployment: Deployment,
    to: Annotated[str, typer.Argument(help="The state, such as assessed, shadow or live.")],
    reason: Why,
    account: Name,
    password: Password,
    evidence: Annotated[str, typer.Option(help="What it rests on.")] = "",
    effective_from: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day; today by default."),
    ] = None,
) -> None:
    """Propose the next state; someone else approves it.

    Example: catamnesis lifecycle propose nodule-south limited --account anna --reason "Validation met."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register.lifecycle import State
    from surveillance import changing_state

    if to not in tuple(State):
        raise changing_state.StateNotChanged(
            f"'{to}' is not a state. There are: {', '.join(State)}."
        )
    day = effective_from.date() if effective_from else now().date()
    with database() as url, unit_of_work(url, by=account) as session:
        row = changing_state.propose(
            session, deployment, State(to), evidence=evidence, reason=reason, effective_from=day, at=now(),
            signer=signer(session, key=account, password=password),
        )  # fmt: skip
        number = row.id
    typer.echo(f"Proposal {number}: {deployment} to be {to} from {day}. Next, by someone else: "
               f"catamnesis lifecycle approve {number}")  # fmt: skip


@app.command()
def approve(number: Number, reason: Why, account: Name, password: Password) -> None:
    """Approve a proposal of someone else. Example: catamnesis lifecycle approve 3 --account ben --reason "Agreed." """
    _decide(number, reason, account, password, approve=True)


@app.command()
def reject(number: Number, reason: Why, account: Name, password: Password) -> None:
    """Reject a proposal of someone else. Example: catamnesis lifecycle reject 3 --account ben --reason "Too early." """
    _decide(number, reason, account, password, approve=False)


@app.command()
def withdraw(number: Number, reason: Why, account: Name, password: Password) -> None:
    """Withdraw a proposal of one's own. Example: catamnesis lifecycle withdraw 3 --account anna --reason "Wrong day." """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import changing_state

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        changing_state.withdraw(session, number, signer=person, reason=reason, at=now())
    typer.echo(f"Proposal {number} is withdrawn: {reason}")


@app.command()
def switch(
    deployment: Deployment,
    version: Annotated[str, typer.Argument(help="Version to run from today.")],
    reason: Why,
    account: Name,
    password: Password,
) -> None:
    """Record that another version runs; its approval is stale until it is validated anew.

    Example: catamnesis lifecycle switch nodule-south 4.1.0 --account anna --reason "Vendor release."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import version_switch
    from surveillance.changing_state import what_is_stale
    from surveillance.view import view

    with database() as url, unit_of_work(url, by=account) as session:
        version_switch.switch(
            session, deployment, version, reason=reason, at=now(), signer=signer(session, key=account, password=password)
        )  # fmt: skip
        stale = what_is_stale(session, view(session, deployment), now().date())
    typer.echo(f"{deployment} runs version {version} from today.")
    if stale:
        typer.echo(f"Its approval no longer holds ({'; '.join(stale)}). See: catamnesis task list")


@app.command()
def suspend(deployment: Deployment, reason: Why, account: Name, password: Password) -> None:
    """The kill switch: one signature, in force at once.

    Example: catamnesis lifecycle suspend ctbrain-north-ed --account anna --reason "Three missed bleeds."
    """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import changing_state

    with database() as url, unit_of_work(url, by=account) as session:
        changing_state.suspend(
            session, deployment, reason=reason, at=now(), signer=signer(session, key=account, password=password)
        )  # fmt: skip
    typer.echo(f"{deployment} is suspended. The scope gate lets nothing through to it.")


def _decide(number: int, reason: str, account: str, password: str, *, approve: bool) -> None:
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance import changing_state

    with database() as url, unit_of_work(url, by=account) as session:
        row = changing_state.decide(
            session, number, approve=approve, reason=reason, at=now(),
            signer=signer(session, key=account, password=password),
        )  # fmt: skip
        said = row.model_dump()
    done = f"is {said['to_state']} from {said['effective_from']}" if approve else "stays as it is"
    typer.echo(f"{said['deployment']} {done}.")
