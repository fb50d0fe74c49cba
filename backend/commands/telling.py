"""How commands tell what they did: a table for a person, JSON for a program."""

import getpass
import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer

WIDTH_OF_FILES = 140
"""Columns of a table that goes to a file or a pipe."""

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


def moment(text: str) -> datetime:
    """A moment as a person writes it: ISO 8601, UTC unless it says otherwise; a day means its end."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(
            f"'{text}' is not a moment; write it as 2026-06-30 or 2026-06-30T14:05:00+02:00."
        ) from wrong
    if len(text) == len("2026-06-30"):
        given = datetime.combine(given, time.max)
    return given if given.tzinfo else given.replace(tzinfo=UTC)


AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=moment, metavar="MOMENT", help="As known at this moment; a day means its end (UTC)."
    ),
]


def tell_json(said: Any) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(said, indent=2, ensure_ascii=False, default=str))


def tell_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    for place, head in enumerate(heads):
        numbers = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(head, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_OF_FILES)
    console.print(table)


def short(figure: dict[str, Any]) -> str:
    """An estimate in its public form for a narrow column: 0.91 (0.88–0.94) n 310."""
    if figure["estimate"] is None:
        return f"– n {figure['n']}"
    limits = (
        f" ({figure['lower']:.2f}–{figure['upper']:.2f})" if figure["lower"] is not None else ""
    )
    return f"{figure['estimate']:.2f}{limits} n {figure['n']:,}"


def interval(figure: dict[str, Any]) -> str:
    """An estimate in its public form as text: 0.912 (0.880 to 0.938), n = 310."""
    if figure["estimate"] is None:
        return f"not estimable (n = {figure['n']})"
    limits = (
        f" ({figure['lower']:.3f} to {figure['upper']:.3f})" if figure["lower"] is not None else ""
    )
    return f"{figure['estimate']:.3f}{limits}, n = {figure['n']}"


def whoami() -> str:
    """The operating system's user, as the author of what is done on the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
