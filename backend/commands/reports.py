"""`catamnesis reports`: what the text of a report says, and how often the reading is wrong."""

from pathlib import Path
from typing import Annotated

import typer

from backend.commands.telling import AsJson, tell_json, tell_table, whoami

app = typer.Typer(
    help="Read findings out of report texts, and measure the reading.", no_args_is_help=True
)
Language = Annotated[str, typer.Option(help="Language of the text: de or en.")]
SHOWN = 20


@app.command()
def read(
    text: Annotated[str, typer.Argument(help="The text of a report.")],
    finding: Annotated[str, typer.Option(help="Which finding.")],
    language: Language,
    as_json: AsJson = False,
) -> None:
    """Say what a text says of a finding, and by which sentence. Nothing is recorded.

    Example: catamnesis reports read "No pneumothorax." --finding pneumothorax --language en
    """
    from dataclasses import asdict

    from surveillance.report_text import reading

    said = reading.read(text, finding, language=language)
    if as_json:
        tell_json(asdict(said))
        return
    typer.echo(f"{said.call} ({said.rules})")
    if said.sentence:
        typer.echo(f"because of: {said.sentence}" + (f" [{said.trigger}]" if said.trigger else ""))


@app.command()
def measure(
    file: Annotated[Path, typer.Argument(help="Labelled reports: CSV with text, finding, call.")],
    language: Language,
    source: Annotated[str, typer.Option(help="Where the labels are from, in a sentence.")],
    as_json: AsJson = False,
) -> None:
    """Measure the rules on labelled reports and keep the error rates: they enter the site's estimates.

    The texts are not kept.

    Example: catamnesis reports measure labelled.csv --language en --source "200 reports of 2025, two readers"
    """
    from dataclasses import asdict

    from backend.clock import now
    from backend.database import database, unit_of_work
    from surveillance.report_text import accuracy

    reports = accuracy.labelled(file)
    found, wrong = accuracy.measure(reports, language=language, source=source)
    with database() as url, unit_of_work(url, by=whoami()) as session:
        accuracy.keep(session, found, language=language, by=whoami(), at=now())
    if as_json:
        tell_json({finding: asdict(m) for finding, m in found.items()})
        return
    tell_table(
        f"{len(reports):,} labelled reports, {len(wrong):,} read otherwise",
        ("finding", "positives read right", "of", "negatives read right", "of"),
        [
            (f, m.positives_right, m.positives, m.negatives_right, m.negatives)
            for f, m in found.items()
        ],
    )
    for report, said in wrong[:SHOWN]:
        typer.echo(f"labelled {report.call}, read {said.call}: {said.sentence or 'not mentioned'}")
