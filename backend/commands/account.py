"""`catamnesis account`: who may sign in."""

from datetime import datetime
from typing import Annotated, Any

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="Sign-in name.")]
Sites = Annotated[
    list[str] | None, typer.Option("--site", help="Only this site; may be given again.")
]


@app.command()
def add(
    key: Key,
    role: Annotated[
        str,
        typer.Option(
            help="compliance_officer, clinical_lead, adjudicator, auditor, integrator, administrator"
        ),
    ],
    name: Annotated[str, typer.Option(help="Printed name.")] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day; 90 days for an auditor if left out."),
    ] = None,
    site: Sites = None,
    as_json: AsJson = False,
) -> None:
    """Make an account and print its password, once.

    Example: catamnesis account add anna --role auditor --site north
    """
    from backend.access import ROLES, UnknownAccount, give_account
    from backend.clock import now
    from backend.database import database, unit_of_work

    if role not in ROLES:
        raise UnknownAccount(f"No role '{role}'. There are: {', '.join(ROLES)}.")
    with database() as url, unit_of_work(url, by=whoami()) as session:
        password = give_account(
            session, key=key, name=name or key, role=role, at=now(), expires_on=until.date() if until else None,
            sites=site or (),
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
    """Every account with its role, its sites and its last day. Example: catamnesis account list"""
    from sqlmodel import col, select

    from backend.access import Account
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            {
                **one.model_dump(
                    mode="json", exclude={"password_hash", "totp_secret", "totp_used"}
                ),
                "password": one.password_hash is not None,
                "second_factor": one.totp_secret is not None,
            }
            for one in session.exec(select(Account).order_by(col(Account.key)))
        ]
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Accounts",
            ("account", "name", "role", "sites", "signs in with", "last day"),
            [
                (a["key"], a["name"], a["role"], ", ".join(a["sites"]) or "all",
                 _ways_in(a), a["expires_on"] or "without end")
                for a in said
            ],
        )  # fmt: skip


@app.command()
def renew(key: Key, as_json: AsJson = False) -> None:
    """Give an account a new password and print it, once. Example: catamnesis account renew anna"""
    from backend.access import renew_password
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        password = renew_password(session, key=key)
    tell_json({"account": key, "password": password}) if as_json else typer.echo(
        f"{key}: {password}"
    )


@app.command()
def sites(key: Key, site: Sites = None) -> None:
    """Limit an account to sites, or to none if none is given. Its tokens keep theirs: catamnesis token list

    Example: catamnesis account sites anna --site north --site south
    """
    from backend.access import limit_to
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        limited = limit_to(session, key=key, sites=site or ()).sites
    typer.echo(f"{key} sees {', '.join(limited) or 'all sites'}.")


@app.command()
def totp(
    key: Key,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set up a second factor: print, once, what an authenticator app has to be told. Open sessions end.

    Example: catamnesis account totp anna
    """
    from backend import second_factor
    from backend.access import account_of
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        account = account_of(session, key)
        uri = None
        if remove:
            second_factor.take_away(session, account)
        else:
            uri = second_factor.set_up(session, account)
    if as_json:
        tell_json({"account": key, "uri": uri})
    elif uri is None:
        typer.echo(f"{key} signs in with the password alone.")
    else:
        typer.echo(f"{key} needs a code from now on. Add this to the authenticator app:\n{uri}")


@app.command()
def bind(
    key: Key,
    subject: Annotated[
        str,
        typer.Option(help="Who the person is there, as the page of the refused sign-in says it."),
    ],
    without_password: Annotated[
        bool, typer.Option("--without-password", help="Take the password here away.")
    ] = False,
) -> None:
    """Bind an account to a person of the identity provider of the settings. Open sessions end.

    Example: catamnesis account bind anna --subject 248289761001 --without-password
    """
    from backend import binding
    from backend.database import database, unit_of_work
    from backend.identity_provider import ProviderNotUsable, configured

    provider = configured()
    if provider is None:
        raise ProviderNotUsable(
            "No identity provider is set. Set CATAMNESIS_OIDC_ISSUER, CATAMNESIS_OIDC_CLIENT_ID and "
            "CATAMNESIS_OIDC_CLIENT_SECRET first."
        )
    with database() as url, unit_of_work(url, by=whoami()) as session:
        bound = binding.bind(
            session, key=key, issuer=provider.issuer, subject=subject, without_password=without_password
        )  # fmt: skip
        alone = bound.by_provider_alone
    typer.echo(
        f"{key} signs in as {subject.strip()} of {provider.issuer}{' and has no password here' if alone else ''}."
    )


@app.command()
def unbind(key: Key) -> None:
    """Take the binding to the identity provider away. Open sessions end. Example: catamnesis account unbind anna"""
    from backend import binding
    from backend.database import database, unit_of_work

    with database() as url, unit_of_work(url, by=whoami()) as session:
        closed = binding.unbind(session, key=key).password_hash is None
    typer.echo(
        f"{key} has no way in now. A password: catamnesis account renew {key}" if closed
        else f"{key} signs in with the password."
    )  # fmt: skip


@app.command()
def end(
    key: Key,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day; yesterday if left out, so at once."),
    ] = None,
) -> None:
    """End an account, whichever way it comes in; open sessions end with it. Another day opens it again.

    Example: catamnesis account end anna --on 2027-01-31
    """
    from datetime import timedelta

    from backend import access
    from backend.clock import now
    from backend.database import database, unit_of_work

    last_day = on.date() if on else now().date() - timedelta(days=1)
    with database() as url, unit_of_work(url, by=whoami()) as session:
        is_open = access.end(session, key=key, last_day=last_day).open_on(now().date())
    typer.echo(f"{key} opens nothing after {last_day}." if is_open else f"{key} opens nothing now.")


def _ways_in(account: dict[str, Any]) -> str:
    password = "password and code" if account["second_factor"] else "password"
    return " or ".join(
        way
        for way in (password if account["password"] else "", f"subject {account['subject']}" if account["subject"] else "")
        if way
    ) or "nothing"  # fmt: skip
