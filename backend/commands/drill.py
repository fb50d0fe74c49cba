"""`catamnesis drill`: do the monitors ring when they should, and how often for nothing?"""

from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table


def drill(
    years: Annotated[
        int | None,
        typer.Option(
            min=1, help="Harmless deployment-years, each of a hospital of its own; 20 by default."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same drill.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate hospitals with seeded faults and harmless years under the default monitoring plan.

    Tells per fault in how many repetitions it was found, by which monitor, after how many cases and days (medians), the
    delay over log(ARL0)/KL and over that of the best chart, and how often an alarm was told as loss of performance. Takes some minutes.

    Example: catamnesis drill --years 20 --seed 1
    """
    from surveillance.drill import table
    from surveillance.drill.running import HARMLESS_YEARS, run

    done = run(
        years=HARMLESS_YEARS if years is None else years,
        seed=seed,
        progress=lambda words: typer.echo(words, err=True),
    )
    if as_json:
        tell_json(table.as_json(done))
        return
    tell_table(f"Drill, seed {seed}", table.HEADS, table.rows(done))
    typer.echo(table.sentence(done))
