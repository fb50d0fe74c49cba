"""`catamnesis plan`: what a monitoring plan watches, how often it may ring for nothing, and what it would have rung."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.commands.telling import AsJson, counted, tell_json, tell_table
from register.refusal import Refusal

if TYPE_CHECKING:
    from register.monitoring_plan import MonitoringPlan
    from surveillance.monitors.sequential import Path as ChartPath
    from surveillance.plan_back_test import BackTest

app = typer.Typer(
    help="Monitoring plans: the alarm budget, and a try on a deployment's own history.",
    no_args_is_help=True,
)
Deployment = Annotated[str, typer.Argument(help="Key of the deployment.")]
Plan = Annotated[
    Path | None,
    typer.Option(
        "--plan", exists=True, dir_okay=False,
        help="A plan as YAML, as under `monitoring:` of an entry; by default that of the register.",
    ),
]  # fmt: skip


class PlanNotUnderstood(Refusal):
    """A plan that cannot be read; the sentence names the place, the value and the remedy."""


@app.command("back-test")
def back_test(
    deployment: Deployment,
    plan: Plan = None,
    finding: Annotated[
        str | None, typer.Option(help="Which finding, if there are several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a plan would have rung on the deployment's own history, beside the false alarms it states for itself.

    Nothing is recorded. Example: catamnesis plan back-test ctbrain-north-ed --plan tighter.yaml
    """
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from surveillance import plan_back_test
    from surveillance.columnar import columns
    from surveillance.material import draw_judged, materials
    from surveillance.monitors.beside_the_plan import budgeted
    from surveillance.view import view

    with database() as url, unit_of_work(url, by="back-test") as session, columns() as duck:
        known = view(session, deployment)
        written = known.entry.monitoring if plan is None else _read(plan)
        chosen = known.finding(finding)
        draw_judged(duck, raw(session), deployment)
        (material,) = (
            one
            for one in materials(duck, raw(session), known, as_of=now())
            if one.finding == chosen
        )
        done = plan_back_test.back_test(material, budgeted(session, known, _understood(written)))
    charts = [_chart(path) for path in done.paths]
    alarms = [
        {"seen": f"{one.seen:%Y-%m-%d}", "told_as": one.said.value, "sentence": one.path.sentence(one.alarm)}
        for one in done.alarms
    ]  # fmt: skip
    if as_json:
        tell_json({
            "deployment": deployment, "finding": chosen, "reference": done.reference, "days": done.days,
            "false_alarms_stated": done.stated, "charts": charts, "alarms": alarms,
        })  # fmt: skip
        return
    heads = ("chart", "change", "false alarms a year", "cases", "rang")
    tell_table(f"{deployment}, {chosen}: reference {done.reference[0]} to {done.reference[1]}", heads,
               [tuple(chart[head.replace(" ", "_")] for head in heads) for chart in charts])  # fmt: skip
    if alarms:
        tell_table("What would have rung", ("chart", "times", "first seen", "last seen", "told as", "why, the first time"), list(_by_chart(done)))  # fmt: skip
    about = f" about {counted(len(done.changes), 'change')}" if alarms else ""
    typer.echo(
        f"{counted(len(alarms), 'alarm')}{about} in {done.days} days; the plan states {done.stated:.2g} false ones for so long of the charts that are drawn."
    )
    for why, silent in done.silent.most_common():
        typer.echo(f"{silent} of {counted(len(charts), 'chart')} not charted: {why}")


def _chart(path: ChartPath) -> dict[str, Any]:
    chart = path.chart
    return {
        "chart": chart.name,
        "change": f"{chart.rule.detect:g} {chart.side}",
        "false_alarms_a_year": "not charted"
        if path.silent
        else f"{chart.false_alarms_per_year:.2g}",
        "not_charted": path.silent,
        "cases": len(path.stream),
        "rang": len(path.alarms),
    }


def _by_chart(done: BackTest) -> Iterator[tuple[Any, ...]]:
    """The alarms of each chart as one row: a change that lasts rings again and again."""
    for path in done.paths:
        rung = [one for one in done.alarms if one.path is path]
        if rung:
            first, last = rung[0], rung[-1]
            yield (
                path.chart.name, len(rung), f"{first.seen:%Y-%m-%d}", f"{last.seen:%Y-%m-%d}", first.said.value,
                path.sentence(first.alarm),
            )  # fmt: skip


def _read(path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise PlanNotUnderstood(f"{path.name}: not readable as YAML: {wrong}") from wrong


def _understood(written: Any) -> MonitoringPlan:
    from register.monitoring_plan import monitoring_plan

    if not isinstance(written, dict):
        raise PlanNotUnderstood(
            "A plan is written as under `monitoring:` of an entry: `rules:` and what belongs to it."
        )
    try:
        return monitoring_plan(written)
    except ValueError as wrong:
        raise PlanNotUnderstood(f"{wrong}.") from wrong
