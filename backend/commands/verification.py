"""`catamnesis verification`: random audits of what nobody called positive."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(
    help="Design, draw and queue random audits of what nobody called positive.",
    no_args_is_help=True,
)
Deployment = Annotated[str, typer.Argument(help="Key of the deployment.")]
First = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First study day of the frame.")
]
Last = Annotated[
    datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last study day of the frame.")
]
Finding = Annotated[str | None, typer.Option(help="Which finding; by default its first.")]
HalfWidth = Annotated[
    float | None, typer.Option(help="Wanted half-width of the interval of the miss rate.")
]
Expected = Annotated[float, typer.Option(help="Share of misses expected.")]
Size = Annotated[int | None, typer.Option(help="Cases to draw, instead of a half-width.")]
By = Annotated[str, typer.Option(help="Spread the sample over the levels of this column.")]


@app.command()
def design(
    deployment: Deployment,
    first: First,
    last: Last,
    finding: Finding = None,
    half_width: HalfWidth = None,
    expected: Expected = 0.01,
    size: Size = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Say how many concordant negatives to look at, and what that will show. Nothing is drawn yet.

    Example: catamnesis verification design ctbrain-north-ed --from 2026-01-01 --to 2026-03-31 --half-width 0.01
    """
    _go(deployment, first, last, finding, half_width, expected, size, by, None, as_json)


@app.command()
def draw(
    deployment: Deployment,
    first: First,
    last: Last,
    seed: Annotated[
        int, typer.Option(help="Seed of the draw; the same seed draws the same cases.")
    ],
    finding: Finding = None,
    half_width: HalfWidth = None,
    expected: Expected = 0.01,
    size: Size = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Draw an audit and queue its cases; no case is drawn twice.

    Example: catamnesis verification draw ctbrain-north-ed --from 2026-01-01 --to 2026-03-31 --size 200 --seed 7
    """
    _go(deployment, first, last, finding, half_width, expected, size, by, seed, as_json)


@app.command()
def queue(
    audit: Annotated[int, typer.Argument(help="Number of the audit.")],
    to: Annotated[
        Path | None, typer.Option(help="Write the work list as CSV, in the form of outcomes.csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The cases of an audit that still wait, without what algorithm or report said of them.

    Fill in `value` and `occurred_at` and import the file as outcomes.csv; the probability stays.

    Example: catamnesis verification queue 1 --to audit/outcomes.csv
    """
    from backend.audit import note_read
    from backend.database import database, raw, unit_of_work
    from surveillance import random_audit

    with database() as url, unit_of_work(url, by=whoami()) as session:
        cases = random_audit.queue(session, raw(session), audit)
        note_read(
            raw(session), by=whoami(), subject=f"queue of random_audit {audit}", rows=len(cases)
        )
        finding = session.get_one(random_audit.RandomAudit, audit).finding
    rows = [
        {"outcome_id": case.outcome_id, "study_instance_uid": case.study_instance_uid, "finding": finding,
         "value": "", "evidence": "adjudication_panel", "occurred_at": "", "verification_reason": "random_audit",
         "verification_probability": case.probability}
        for case in cases
    ]  # fmt: skip
    if as_json:
        tell_json(rows)
    elif rows:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        if to is None:
            typer.echo(text.getvalue(), nl=False)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(text.getvalue(), encoding="utf-8")
            typer.echo(f"{len(rows):,} cases to look at: {to}")
    else:
        typer.echo(f"Audit {audit} is complete.")


def _go(
    deployment: str,
    first: datetime,
    last: datetime,
    finding: str | None,
    half_width: float | None,
    expected: float,
    size: int | None,
    by: str,
    seed: int | None,
    as_json: bool,
) -> None:
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from surveillance import random_audit
    from surveillance.view import view

    with database() as url, unit_of_work(url, by=whoami()) as session:
        chosen = view(session, deployment).finding(finding)
        designed = random_audit.design(
            raw(session), deployment, chosen, first=first.date(), last=last.date(),
            half_width=half_width, expected=expected, size=size, by=by,
        )  # fmt: skip
        drawn = (
            None
            if seed is None
            else random_audit.draw(session, designed, seed=seed, by=whoami(), at=now()).id
        )
    if as_json:
        tell_json(
            {"audit": drawn, "frame": len(designed.frame), "size": designed.size,
             "upper_if_none": designed.upper_if_none,
             "strata": [{"level": s.level, "cases": s.cases, "drawn": s.drawn, "probability": s.probability}
                        for s in designed.strata]}
        )  # fmt: skip
        return
    tell_table(
        f"Audit of {len(designed.frame):,} cases of {deployment} that nobody called positive and nobody verified",
        (by or "stratum", "cases", "to draw", "probability"),
        [(s.level or "all", s.cases, s.drawn, f"{s.probability:.4f}") for s in designed.strata],
    )
    typer.echo(
        f"{designed.size:,} to look at. Should none of them be a miss, at most {designed.upper_if_none:.2%} of the "
        "cases are (95 %)."
    )
    if drawn is not None:
        typer.echo(
            f"Drawn as audit {drawn}. Next: catamnesis verification queue {drawn} --to audit/outcomes.csv"
        )
