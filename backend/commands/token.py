"""`catamnesis token`: how programs come in."""

from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(help="Tokens of programs that ask the scope gate.", no_args_is_help=True)
DAYS = 365


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is for, such as the router that asks.")],
    account: Annotated[str, typer.Option(help="Account of role integrator.")],
    site: Annotated[
        list[str] | None, typer.Option(help="Only for this site; may be given again.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it lasts.")] = DAYS,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, once. Example: catamnesis token add pacs-router --account pacs --site north"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from backend.tokens import give_token

    with database() as url, unit_of_work(url, by=whoami()) as session:
        token, text = give_token(
            session, name=name, account=account, sites=site or (), days=days, at=now()
        )
        number, until = token.id, token.expires_at
    if as_json:
        tell_json({"id": number, "token": text, "expires_at": until.isoformat()})
    else:
        typer.echo(f"Token {number} ({name}), until {until.date()}: {text}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every token, without its text. Example: catamnesis token list"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from backend.tokens import tokens

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            {**t.model_dump(mode="json", exclude={"digest"}), "state": t.state(now())}
            for t in tokens(session)
        ]
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Tokens",
            ("token", "name", "account", "sites", "until", "state"),
            [
                (t["id"], t["name"], t["account"], ", ".join(t["sites"]) or "all", t["expires_at"][:10], t["state"])
                for t in said
            ],
        )  # fmt: skip


@app.command()
def revoke(number: Annotated[int, typer.Argument(help="Number of the token.")]) -> None:
    """End a token at once. Example: catamnesis token revoke 3"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from backend.tokens import revoke_token

    with database() as url, unit_of_work(url, by=whoami()) as session:
        name = revoke_token(session, number, at=now()).name
    typer.echo(f"Token {number} ({name}) is revoked.")
