"""What a dossier is made of: sections with a declared status, paragraphs, tables and figures.

One content model, rendered as PDF, JSON and CSV: the same numbers in all of them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Absence is declared, never left blank."""

    CONTENT = "content"
    NONE_IDENTIFIED = "none identified"
    NOT_APPLICABLE = "not applicable"
    NOT_RECORDED = "not recorded here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: `key` heads the CSV, `head` the page, `meaning` stands in the data dictionary.

    `wide` is the share of the page a column of sentences takes; 0 = as much as it needs. `places` are the
    decimals that every number of the column is printed with; CSV and JSON keep them all.
    """

    key: str
    head: str
    meaning: str
    numeric: bool = False
    wide: int = 0
    places: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A cell with an estimate, its limits and n: `text` on a page, columns of numbers in the CSV.

    `reason` says why there is no estimate.
    """

    text: str
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: float | None = None
    reason: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A numbered table; its rows are also a CSV file of the bundle, named by `key`."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    kind: str = "table"

    def spread(self) -> tuple[tuple[Column, ...], tuple[tuple[Any, ...], ...]]:
        """Columns and rows with each interval over columns of its own: estimate, lower, upper, n, reason."""
        wide = [
            any(isinstance(row[place], Interval) for row in self.rows)
            for place in range(len(self.columns))
        ]
        columns = [
            one
            for column, apart in zip(self.columns, wide, strict=True)
            for one in (_parts(column) if apart else [column])
        ]
        rows = [
            tuple(
                value
                for cell, apart in zip(row, wide, strict=True)
                for value in (_values(cell) if apart else [cell])
            )
            for row in self.rows
        ]
        return tuple(columns), tuple(rows)


def _parts(column: Column) -> list[Column]:
    meanings = {
        "": "estimate",
        "_lower": "lower 95 % limit",
        "_upper": "upper 95 % limit",
        "_n": "denominator",
        "_reason": "why there is no estimate, or what stands in its place",
    }
    return [
        replace(column, key=f"{column.key}{end}", meaning=f"{column.meaning}: {meaning}")
        for end, meaning in meanings.items()
    ]


def _values(cell: Any) -> list[Any]:
    if isinstance(cell, Interval):
        return [cell.estimate, cell.lower, cell.upper, cell.n, cell.reason]
    return [None, None, None, None, cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A numbered vector figure with its description in words."""

    key: str
    caption: str
    alt: str
    svg: str = field(repr=False)
    kind: str = "figure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Plain text; `strong` marks a sentence a reader must not miss."""

    text: str
    strong: bool = False
    kind: str = "paragraph"


Block = Paragraph | Table | Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section in the guidance's own order."""

    number: str
    title: str
    blocks: tuple[Block, ...] = ()
    status: Status = Status.CONTENT
    justification: str = ""

    def __post_init__(self) -> None:
        """A section without content says why."""
        if self.status is not Status.CONTENT and not self.justification:
            raise ValueError(f"section {self.number} '{self.title}' is {self.status}: say why.")
        if self.status is Status.CONTENT and not self.blocks:
            raise ValueError(
                f"section {self.number} '{self.title}' has no content: declare its absence."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A line of the signature table; empty until someone signs."""

    role: str
    meaning: str
    name: str = ""
    signed_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A whole document."""

    id: str
    kind: str
    title: str
    subtitle: str
    whose: str
    basis: str
    deployment: str
    period_from: str
    period_to: str
    as_of: str
    software: str
    origin: str
    state: str
    confidentiality: str
    summary: tuple[str, ...]
    key_figures: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    signatures: tuple[Signature, ...]

    def tables(self) -> Sequence[Table]:
        """Every table, in order."""
        return [b for section in self.sections for b in section.blocks if isinstance(b, Table)]

    def figures(self) -> Sequence[Figure]:
        """Every figure, in order."""
        return [b for section in self.sections for b in section.blocks if isinstance(b, Figure)]

    def as_json(self) -> dict[str, Any]:
        """The document as a value; figures by the name of their file."""
        said = asdict(self)
        for section in said["sections"]:
            for block in section["blocks"]:
                if block["kind"] == "figure":
                    block["file"] = f"figures/{block['key']}.svg"
                    del block["svg"]
        return said
