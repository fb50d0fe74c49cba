"""`catamnesis account`: who may sign in."""

from datetime import datetime
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="Sign-in name.")],
    role: Annotated[
        str,
        typer.Option(help="compliance_officer, clinical_lead, auditor, integrator, administrator"),
    ],
    name: Annotated[str, typer.Option(help="Printed name.")] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day; 90 days for an auditor if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an account and print its password, once. Example: catamnesis account add anna --role auditor"""
    from backend.access import ROLES, UnknownAccount, give_account
    from backend.clock import now
    from backend.database import database, unit_of_work

    if role not in ROLES:
        raise UnknownAccount(f"No role '{role}'. There are: {', '.join(ROLES)}.")
    with database() as url, unit_of_work(url, by=whoami()) as session:
        password = give_account(
            session, key=key, name=name or key, role=role, at=now(), expires_on=until.date() if until else None,
        )  # fmt: skip
    if password is None:
        raise UnknownAccount(
            f"There is an account '{key}' already. A new password: catamnesis account renew {key}"
        )
    tell_json({"account": key, "password": password}) if as_json else typer.echo(
        f"{key}: {password}"
    )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every account with its role and its last day. Example: catamnesis account list"""
    from sqlmodel import col, select

    from backend.access import Account
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            one.model_dump(mode="json", include={"key", "name", "role", "created_at", "expires_on"})
            for one in session.exec(select(Account).order_by(col(Account.key)))
        ]
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Accounts",
            ("account", "name", "role", "last day"),
            [(a["key"], a["name"], a["role"], a["expires_on"] or "without end") for a in said],
        )


@app.command()
def renew(
    key: Annotated[str, typer.Argument(help="Sign-in name.")], as_json: AsJson = False
) -> None:
    """Give an account a new password and print it, once. Example: catamnesis account renew anna"""
    from backend.access import renew_password
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        password = renew_password(session, key=key)
    tell_json({"account": key, "password": password}) if as_json else typer.echo(
        f"{key}: {password}"
    )
