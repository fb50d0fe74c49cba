"""`catamnesis task`: what waits for a person."""

from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami
from backend.commands.validation import Name, Password

app = typer.Typer(help="The inbox: list and close tasks.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """What is open, the most pressing first. Example: catamnesis task list"""
    from backend.database import database, unit_of_work
    from register.task import open_tasks

    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = [
            t.model_dump(mode="json", include={"id", "kind", "deployment", "algorithm", "sentence", "owner", "due"})
            for t in open_tasks(session)
        ]  # fmt: skip
    if as_json:
        tell_json(said)
    else:
        tell_table(
            "Inbox",
            ("task", "kind", "about", "due", "owner", "what"),
            [
                (t["id"], t["kind"], t["deployment"] or t["algorithm"] or "–", t["due"] or "–", t["owner"] or "–", t["sentence"])
                for t in said
            ],
        )  # fmt: skip


@app.command()
def close(
    number: Annotated[int, typer.Argument(help="Number of the task.")],
    outcome: Annotated[str, typer.Option(help="What was done, in a sentence.")],
    account: Name,
    password: Password,
) -> None:
    """Close a task, signed with what was done. Example: catamnesis task close 3 --account anna --outcome "New certificate recorded." """
    from backend.access import signer
    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.settling import settle

    with database() as url, unit_of_work(url, by=account) as session:
        person = signer(session, key=account, password=password)
        settle(session, number, signer=person, outcome=outcome, at=now())
    typer.echo(f"Task {number} is closed: {outcome}")


@app.command()
def address(
    person: Annotated[str, typer.Argument(help="Name by which entries and tasks call the person.")],
    email: Annotated[str, typer.Argument(help="E-mail address.")],
) -> None:
    """Where a person gets the digest. Example: catamnesis task address dr.east dr.east@hospital.example"""
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register import contact
    from register.revision import revise

    with database() as url, unit_of_work(url, by=whoami()) as session:
        entry = contact.Contact(
            key=person, email=contact.address(email), revision=0, recorded_at=now(), recorded_by=whoami()
        )  # fmt: skip
        revise(session, entry)
    typer.echo(f"{person} is reached at {email}.")


@app.command()
def digest(
    send: Annotated[
        bool, typer.Option("--send", help="Send it by e-mail, once a day to each person.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What waits for each person: open tasks and signals. Example: catamnesis task digest --send"""
    from dataclasses import asdict

    from backend import digest as mail
    from backend.clock import now
    from backend.database import database, unit_of_work
    from backend.settings import settings

    with database() as url:
        if send:
            found = mail.send(url, settings(), by=whoami(), at=now())
        else:
            with unit_of_work(url, by=whoami()) as session:
                found = mail.digests(session, now().date())
    if as_json:
        tell_json([asdict(one) for one in found])
        return
    if send:
        typer.echo(f"Sent to {', '.join(one.person for one in found) or 'nobody: everybody with an address has it already'}.")  # fmt: skip
        return
    for one in found:
        typer.echo(f"{one.person} ({one.address or 'no address: catamnesis task address'})\n{one.text}")  # fmt: skip
