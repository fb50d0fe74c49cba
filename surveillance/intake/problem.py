"""What is wrong with a row, told with its place, its value and the remedy."""

from dataclasses import dataclass, field
from typing import Any

IDENTIFIERS = ("patient_id", "prior_patient_id", "accession_number")
"""Columns whose value names a patient: told as `[identifier]`, kept as a keyed digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One row that cannot be taken (or `rows` of them at once), with the place, the value and the remedy."""

    file: str
    line: int
    column: str
    value: str
    reason: str
    content: dict[str, Any] = field(default_factory=dict)
    rows: int = 1

    def sentence(self) -> str:
        """The whole story in one line."""
        where = f"{self.file}, line {self.line}" + (
            f", column {self.column}" if self.column else ""
        )
        return f"{where}: {self.reason}"


def shown(column: str, value: str) -> str:
    """A value as it may be told: without what names a patient, without what no screen can show."""
    if column in IDENTIFIERS:
        return "[identifier]"
    return "[text]" if column == "text" else value.replace("\0", "\\x00")
