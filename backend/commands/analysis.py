"""`catamnesis analysis`: what is asked of a deployment beyond its performance."""

from typing import Annotated

import typer

from backend.commands.telling import AsJson, AsOf, tell_json, tell_table, whoami
from register.refusal import Refusal


class NoSuchAnalysis(Refusal):
    """The question does not arise for this deployment, or is not one the product asks."""


def analysis(
    deployment: Annotated[str, typer.Argument(help="Key of the deployment.")],
    kind: Annotated[
        str | None, typer.Argument(help="Which analysis; by default all whose question arises.")
    ] = None,
    finding: Annotated[
        str | None, typer.Option(help="Which finding; by default its first.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Answer one question or all: verification, maturity, discordance and what fits the purpose.

    Example: catamnesis analysis ctbrain-north-ed discordance --json
    """
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from dashboards.analyses import shown
    from surveillance.figures import analyses_of

    with database() as url, unit_of_work(url, by=whoami()) as session:
        found = analyses_of(
            session, raw(session), deployment, finding=finding, as_of=as_of or now()
        )
    if kind is not None and kind not in found:
        raise NoSuchAnalysis(
            f"'{kind}' is not asked of {deployment}. Asked are: {', '.join(found) or 'none, for want of cases'}."
        )
    chosen = found if kind is None else {kind: found[kind]}
    if as_json:
        tell_json(found[kind] if kind else chosen)
        return
    if not chosen:
        typer.echo(
            f"Nothing is asked of {deployment} yet: it has no mature case in scope with an output and a truth."
        )
    for said in shown(chosen):
        typer.echo(f"\n{said.title}\n{said.question}")
        for sentence in said.sentences:
            typer.echo(f"  {sentence}")
        for table in said.tables:
            tell_table(table.caption, tuple(c.head for c in table.columns), table.rows)
