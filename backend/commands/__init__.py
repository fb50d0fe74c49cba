"""The command line. Nothing heavy is imported before a command needs it."""

import sys

import typer

from backend.commands import (
    account,
    analysis,
    audit,
    cycle,
    database,
    demo,
    dossier,
    drill,
    evidence,
    lifecycle,
    notice,
    operating_point,
    orthanc,
    performance,
    plan,
    procurement,
    qualify,
    register,
    reports,
    review,
    scope,
    serve,
    task,
    token,
    training,
    validation,
    verification,
    work,
)
from register.refusal import Refusal

app = typer.Typer(
    name="catamnesis",
    help="Post-market surveillance and governance for AI that reads medical images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("work")(work.work)
app.command("cycle")(cycle.cycle)
app.command("performance")(performance.performance)
app.command("analysis")(analysis.analysis)
app.command("qualify")(qualify.qualify)
app.command("drill")(drill.drill)
for group, name in (
    (database.app, "database"),
    (register.app, "register"),
    (scope.app, "scope"),
    (orthanc.app, "orthanc"),
    (evidence.app, "evidence"),
    (reports.app, "reports"),
    (verification.app, "verification"),
    (procurement.app, "procurement"),
    (validation.app, "validation"),
    (lifecycle.app, "lifecycle"),
    (notice.app, "notice"),
    (review.app, "review"),
    (training.app, "training"),
    (task.app, "task"),
    (operating_point.app, "operating-point"),
    (plan.app, "plan"),
    (dossier.app, "dossier"),
    (audit.app, "audit"),
    (account.app, "account"),
    (token.app, "token"),
):
    app.add_typer(group, name=name)


def run() -> None:
    """Run a command; what cannot be done is told in a sentence and exit code 1."""
    try:
        app()
    except Refusal as refusal:
        print(f"catamnesis: {refusal}", file=sys.stderr)
        sys.exit(1)
