"""What an analysis is made of when it is told, and how its numbers are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.dossiers.content import Column, Interval, Table
from dashboards.figures.chart import Chart
from dashboards.pages.shown import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One analysis: the question in words, what a reader must know, tables, and charts."""

    key: str
    title: str
    question: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()


def table(key: str, caption: str, heads: Mapping[str, str], rows: list[tuple[Any, ...]]) -> Table:
    """A table from its column keys and heads; a column whose cells are all numbers is set as such."""
    columns = tuple(
        Column(
            key=name,
            head=head,
            meaning=head,
            numeric=bool(rows) and all(isinstance(row[place], int | float) for row in rows),
        )
        for place, (name, head) in enumerate(heads.items())
    )
    return Table(key=key, caption=caption, columns=columns, rows=tuple(rows))


def interval(said: Mapping[str, Any], places: int = 3) -> Interval:
    """An estimate with its limits and n, a range without a point, or the reason for neither."""
    estimate, lower, upper, n = (said.get(name) for name in ("estimate", "lower", "upper", "n"))
    if lower is None or upper is None:
        reason = said.get("reason") or "no cases"
        return Interval(text=f"not estimable: {reason}", n=n, reason=reason)
    span = f"{lower:.{places}f} to {upper:.{places}f}"
    worth = f" (worth {said['effective_n']:,.0f})" if "effective_n" in said else ""
    of = f", n = {n:,.0f}{worth}" if n is not None else ""
    text = f"{span}{of}" if estimate is None else f"{estimate:.{places}f} ({span}){of}"
    return Interval(text=text, estimate=estimate, lower=lower, upper=upper, n=n)


def errs(kinds: Sequence[str]) -> list[str]:
    """What to know where the reference itself errs; nothing where it does not."""
    if not kinds:
        return []
    return [
        f"The reference itself errs ({', '.join(map(words, kinds))}), and nothing here is corrected for that: algorithm and "
        "readers look worse than they are, and what both missed may be an error of the reference. "
        "Compare them with each other, not with a claim."
    ]


def percent(share: float | None) -> str:
    """A share as a percentage, or a dash."""
    return "–" if share is None else f"{100 * share:.1f} %"


def p_value(p: float | None) -> str:
    """A p-value to four places, never as zero."""
    return "–" if p is None else "< 0.0001" if p < 0.0001 else f"{p:.4f}"
