"""`catamnesis task`: what waits for a person."""

from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

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
) -> None:
    """Close a task with what was done. Example: catamnesis task close 3 --outcome "New certificate recorded." """
    from backend.clock import now
    from backend.database import database, unit_of_work
    from register import task

    with database() as url, unit_of_work(url, by=whoami()) as session:
        task.close(session, number, by=whoami(), outcome=outcome, at=now())
    typer.echo(f"Task {number} is closed: {outcome}")
