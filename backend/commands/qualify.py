"""`catamnesis qualify`: does the installed build compute what was published?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.commands.telling import AsJson, counted, tell_json, tell_table

if TYPE_CHECKING:
    from surveillance.qualification import Qualification


def qualify(
    cases: Annotated[
        Path | None, typer.Option(help="Your own cases; by default the ones shipped.")
    ] = None,
    methods: Annotated[
        bool, typer.Option("--methods", help="List every method with its inputs and outputs.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(help="Write the IQ/OQ record into this new folder, as PDF, JSON and CSV."),
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Simulate how often each interval holds the truth.")
    ] = False,
    draws: Annotated[int, typer.Option(help="Draws a setting, for --coverage.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Run reference cases against the installed build; exit code 1 if one fails.

    Example: catamnesis qualify --cases my-cases.json --record iq-oq
    """
    from surveillance import qualification

    if methods:
        _tell_methods(as_json=as_json)
        return
    if coverage:
        _tell_coverage(draws, as_json=as_json)
        return
    try:
        given = qualification.shipped() if cases is None else qualification.load(cases)
        done = qualification.run(given)
    except qualification.CasesError as wrong:
        from register.refusal import Refusal

        raise Refusal(str(wrong)) from wrong
    if record is not None:
        _record(done, given, record, "the cases that ship" if cases is None else str(cases.name))
    failed = [case for case in done.cases if not case.passed]
    if as_json:
        tell_json(done.as_json())
    else:
        if failed:
            tell_table(
                "Failed cases",
                ("case", "method", "expected", "got"),
                [(c.id, c.method, c.expected, c.got) for c in failed],
            )
        passed = counted(len(done.cases) - len(failed), "case")
        typer.echo(f"{passed} passed, {len(failed)} failed.")
        if record is not None:
            typer.echo(f"Record: {record}/document.pdf")
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


def _tell_coverage(draws: int, *, as_json: bool) -> None:
    from dataclasses import asdict

    from surveillance.coverage import SEED, cover
    from surveillance.coverage.scenarios import scenarios

    found = cover(scenarios(), draws=draws, seed=SEED)
    if as_json:
        tell_json([{**asdict(one), "share": one.share} for one in found])
        return
    tell_table(
        f"How often a 95 % interval holds the truth, {draws:,} draws a setting",
        ("method", "of", "setting", "held", "too low", "too high"),
        [
            (c.method, c.output, c.setting, f"{100 * c.share:.1f} %", c.too_low, c.too_high)
            for c in found
        ],
    )


def _record(
    done: "Qualification", given: Sequence[Mapping[str, Any]], folder: Path, cases_from: str
) -> None:
    from backend import installation
    from backend.clock import now
    from dashboards.dossiers import bundle, qualification_record
    from register.refusal import Refusal

    if folder.exists():
        raise Refusal(f"{folder} exists already; name a new folder for the record.")
    checks = installation.checks()
    dossier = qualification_record.compose(
        done,
        sources={str(case.get("id")): str(case.get("source", "not stated")) for case in given},
        build=installation.build(),
        installed=[(c.what, c.expected, c.found, c.passed) for c in checks],
        at=now(),
        cases_from=cases_from,
    )
    bundle.write(
        dossier, folder, request={"kind": dossier.kind}, attached={"cases.json": done.as_json()}
    )
