"""`catamnesis performance`: against what turned out to be true, with agreement kept apart."""

from datetime import datetime
from typing import Annotated, Any

import typer

from backend.commands.telling import (
    AsJson,
    AsOf,
    interval,
    period,
    tell_json,
    tell_table,
    whoami,
)


def performance(
    deployment: Annotated[str, typer.Argument(help="Key of the deployment.")],
    finding: Annotated[
        str | None, typer.Option(help="Which finding; by default its first.")
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First study day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last study day.")
    ] = None,
    as_of: AsOf = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Break down by month, a case column or an x_ column.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Derive the performance of a deployment from the evidence.

    Example: catamnesis performance ctbrain-north-ed --from 2026-01-01 --by manufacturer_model_name --json
    """
    from backend.clock import now
    from backend.database import database, raw, unit_of_work
    from surveillance.figures import performance_of

    days, at = period(first, last), as_of or now()
    with database() as url, unit_of_work(url, by=whoami()) as session:
        said = performance_of(
            session,
            raw(session),
            deployment,
            finding=finding,
            first=days[0],
            last=days[1],
            as_of=at,
            by=tuple(name for given in by or () for name in given.split(",")),
        )
    tell_json(said) if as_json else _tell(said)


def _tell(said: dict[str, Any]) -> None:
    from surveillance.identifiability import RAW_STANDS

    typer.echo(
        f"{said['deployment']} · {said['finding']} · study days {said['from']} to {said['to']} · "
        f"as known {said['as_of']}"
    )
    tell_table("From received to verified", ("step", "studies"), list(said["flow"].items()))
    corrected, all_stand = said["corrected"], said["reason"] in RAW_STANDS
    raw = "" if all_stand else ", raw"
    twice = [
        m for m in said["performance"]
        if not all_stand and m not in said["stands"] and (not corrected or m in corrected)
    ]  # fmt: skip
    rows = [
        (f"{name}, raw" if name in twice else _once(said, name), interval(figure))
        for name, figure in said["performance"].items()
    ]
    rows += [
        (f"{m}, corrected", interval(corrected[m]) if corrected else said["reason"].split(":")[0].lower())
        for m in twice
    ]  # fmt: skip
    typer.echo(corrected["assumption"] if corrected else said["reason"])
    tell_table(
        "Performance against what turned out to be true",
        ("metric", "estimate (95 % interval)"),
        rows,
    )
    tell_table(
        "Agreement with the reports (not accuracy)",
        ("", ""),
        [("kappa", interval(said["agreement"]["kappa"])), *said["agreement"]["counts"].items()],
    )
    if said["strata"]:
        tell_table(
            "By stratum",
            ("by", "level", "verified", f"sensitivity{raw}", f"specificity{raw}"),
            [
                (s["by"], s["level"], s["flow"]["verified"], interval(s["performance"]["sensitivity"]),
                 interval(s["performance"]["specificity"]))
                for s in said["strata"]
            ],
        )  # fmt: skip


def _once(said: dict[str, Any], metric: str) -> str:
    """The name of a figure that has no corrected one beside it, and how it stands."""
    from surveillance.identifiability import how_it_stands

    return ", ".join(filter(None, (metric, how_it_stands(said, metric))))
