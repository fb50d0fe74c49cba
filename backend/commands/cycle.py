"""`catamnesis cycle`: link → resolve → tally → monitor → signal."""

import typer

from backend.commands.telling import AsJson, AsOf, counted, tell_json, tell_table, whoami


def cycle(
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Bring cases, tallies, verdicts and signals up to now, for what changed since the last cycle.

    Example: catamnesis cycle
    """
    from backend.cycling import run
    from backend.database import database

    with database() as url:
        done = run(url, by=whoami(), as_of=as_of)
    if as_json:
        tell_json(
            {"as_of": done.as_of.isoformat(), "judged": done.judged, "verdicts": done.verdicts,
             "signals_opened": done.signals_opened, "stopped": list(done.stopped)}
        )  # fmt: skip
        return
    tell_table(
        f"Cycle up to {done.as_of:%Y-%m-%d %H:%M} UTC",
        ("deployment", "study days judged", "cases"),
        [(key, said["days"], said["cases"]) for key, said in done.judged.items()],
    )
    typer.echo(
        f"{counted(done.verdicts, 'verdict')}, {counted(done.signals_opened, 'new signal')}."
    )
    for key in done.stopped:
        typer.echo(f"{key} is suspended by its stop rule. See: catamnesis lifecycle show {key}")
