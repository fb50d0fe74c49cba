"""`catamnesis qualify`: does the installed build compute what was published?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.commands.telling import AsJson, tell_json, tell_table


def qualify(
    cases: Annotated[
        Path | None, typer.Option(help="Your own cases; by default the ones shipped.")
    ] = None,
    methods: Annotated[
        bool, typer.Option("--methods", help="List every method with its inputs and outputs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run reference cases against the installed build; exit code 1 if one fails.

    Example: catamnesis qualify --cases my-cases.json
    """
    from surveillance import qualification

    if methods:
        _tell_methods(as_json=as_json)
        return
    try:
        done = qualification.run(
            qualification.shipped() if cases is None else qualification.load(cases)
        )
    except qualification.CasesError as wrong:
        from register.refusal import Refusal

        raise Refusal(str(wrong)) from wrong
    failed = [case for case in done.cases if not case.passed]
    if as_json:
        tell_json(done.as_json())
    else:
        tell_table(
            "Failed cases" if failed else "Qualification",
            ("case", "method", "expected", "got"),
            [(c.id, c.method, c.expected, c.got) for c in failed],
        )
        typer.echo(f"{len(done.cases) - len(failed)} cases passed, {len(failed)} failed.")
    raise typer.Exit(1 if failed else 0)


def _tell_methods(*, as_json: bool) -> None:
    from surveillance.qualification import METHODS

    said: Mapping[str, Any] = {
        name: {
            "meaning": method.meaning,
            "inputs": {one: given.meaning for one, given in method.inputs.items()},
            "outputs": dict(method.outputs),
        }
        for name, method in METHODS.items()
    }
    if as_json:
        tell_json(said)
        return
    for name, method in said.items():
        typer.echo(f"{name}: {method['meaning']}")
        for kind in ("inputs", "outputs"):
            for one, meaning in method[kind].items():
                typer.echo(f"  {kind[:-1]} {one}: {meaning}")
