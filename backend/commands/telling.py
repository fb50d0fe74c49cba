"""How commands tell what they did: a table for a person, JSON for a program."""

import getpass
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import typer

from register.refusal import Refusal

WIDTH_OF_FILES = 140
"""Columns of a table that goes to a file or a pipe."""


class PeriodReversed(Refusal):
    """A period ends on its first day or after it."""


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


def known_moment(text: str) -> datetime:
    """A moment as of which something can be known: of today at the latest."""
    from backend.clock import now

    given, today = moment(text), now().date()
    if given.date() > today:
        raise typer.BadParameter(
            f"{given.date()} lies ahead, and nothing is known as of then. Choose {today} or a day before."
        )
    return given


AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=moment, metavar="MOMENT", help="As known at this moment; a day means its end (UTC)."
    ),
]

KnownAsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=known_moment, metavar="MOMENT",
        help="As known at this moment, of today at the latest; a day means its end (UTC).",
    ),
]  # fmt: skip


def period(first: datetime | None, last: datetime | None) -> tuple[date | None, date | None]:
    """The days of `--from` and `--to`; the first is not after the last."""
    days = (first.date() if first else None, last.date() if last else None)
    if days[0] and days[1] and days[0] > days[1]:
        raise PeriodReversed(f"--from {days[0]} lies after --to {days[1]}; exchange them.")
    return days


def counted(number: int, one: str, more: str | None = None) -> str:
    """A number with its noun: 1 new signal, 2 new signals."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def tell_json(said: Any) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(said, indent=2, ensure_ascii=False, default=str))


def tell_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right, and no word is ever broken.

    A table whose words need more than the screen has is wider than the screen.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    console = Console()
    room = console.width if console.is_terminal else WIDTH_OF_FILES
    widths = _widths([list(column) for column in zip(heads, *cells, strict=True)], room)
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE)
    for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
        numbers = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(head, justify="right" if numbers else "left", width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    Console(width=max(room, sum(widths) + _frame(len(heads)))).print(table)


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """The width of each column: at least its longest word, at most its longest line."""
    from rich.cells import cell_len

    least = [max(map(cell_len, " ".join(texts).split()), default=0) for texts in columns]
    most = [max(map(cell_len, "\n".join(texts).split("\n"))) for texts in columns]
    spare = max(room - sum(least) - _frame(len(columns)), 0)
    widths = list(least)
    wanting = sorted(range(len(columns)), key=lambda place: most[place] - least[place])
    for given, place in enumerate(wanting):
        more = min(most[place] - least[place], spare // (len(columns) - given))
        widths[place] += more
        spare -= more
    return widths


def _frame(columns: int) -> int:
    """What the edges and gaps between columns take."""
    return 3 * columns + 1


def short(figure: dict[str, Any]) -> str:
    """An estimate in its public form for a narrow column: 0.91 (0.88–0.94) n 310."""
    if figure["estimate"] is None:
        return f"– n {figure['n']}"
    limits = (
        f" ({figure['lower']:.2f}–{figure['upper']:.2f})" if figure["lower"] is not None else ""
    )
    return f"{figure['estimate']:.2f}{limits} n {figure['n']:,.0f}"


def interval(figure: dict[str, Any]) -> str:
    """An estimate in its public form as text: 0.912 (0.880 to 0.938), n = 310 (worth 120 where clustered)."""
    if figure["estimate"] is None:
        return f"not estimable (n = {figure['n']})"
    limits = (
        f" ({figure['lower']:.3f} to {figure['upper']:.3f})" if figure["lower"] is not None else ""
    )
    worth = f" (worth {figure['effective_n']:,.0f})" if "effective_n" in figure else ""
    return f"{figure['estimate']:.3f}{limits}, n = {figure['n']:,.0f}{worth}"


def whoami() -> str:
    """The operating system's user, as the author of what is done on the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
