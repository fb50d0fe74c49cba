"""The lines of a CSV: which of them are records, and what is wrong with each that is none.

A broken line takes nothing with it: whatever a stray quote would swallow is read again, line by line.
"""

import hashlib
import re
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from surveillance.intake.problem import IDENTIFIERS, Problem, shown
from surveillance.intake.sheet import Sheet

BLOCK = 1 << 20
MOST_LINES_OF_A_RECORD = 1000
_SOUND_VALUE = rb'(?:"[^"]*(?:""[^"]*)*"|[^",\r]*)'
_VALUE = re.compile(r' *"[^"]*(?:""[^"]*)*" *(?=,|\Z)|(?! *")[^,\r]*(?=,|\Z)')
_OPEN = re.compile(r' *"[^"]*(?:""[^"]*)*\Z')
_DAY = re.compile(r"\d[\d./-]{7}")


def sift(
    path: Path, sheet: Sheet, names: Sequence[str], into: Path
) -> tuple["array[int]", list[Problem]]:
    """Copy the records of a CSV into another file, without the header and with one kind of line end.

    Given back are the line on which each record begins (1 is the header) and the lines that are none.
    """
    begins, problems = array("Q"), []
    number = 1
    with path.open("rb") as file, into.open("wb") as out:
        file.readline()
        reader = _Reader(path.name, sheet, names, file.readline)
        while block := file.readlines(BLOCK):
            text = b"".join(block).replace(b"\r\n", b"\n")
            if _plain(text) and {line.count(b",") for line in block} == {len(names) - 1}:
                out.write(text if text.endswith(b"\n") else text + b"\n")
                begins.extend(range(number + 1, number + 1 + len(block)))
                number += len(block)
                continue
            reader.ahead.extend(block)
            while reader.ahead:
                number += 1
                raw = reader.next_line().rstrip(b"\r\n")
                if not raw.strip():
                    continue
                said = reader.record(raw, number)
                if isinstance(said, Problem):
                    problems.append(said)
                else:
                    out.write(said + b"\n")
                    begins.append(number)
                number += reader.swallowed
    return begins, problems


def _plain(text: bytes) -> bool:
    """Whether nothing in a text calls for a closer look than counting commas."""
    return text.isascii() and not any(mark in text for mark in (b'"', b"\0", b"\r"))


class _Reader:
    """Reads records that need a closer look, with the lines that follow in reach.

    Bytes are handled as Latin-1, which maps each to one character and back.
    """

    def __init__(
        self, file: str, sheet: Sheet, names: Sequence[str], next_line: Callable[[], bytes]
    ) -> None:
        self.file = file
        self.names = names
        self.swallowed = 0
        self._fresh = next_line
        self.ahead: deque[bytes] = deque()
        self._record = re.compile(
            _SOUND_VALUE + b"(?:," + _SOUND_VALUE + b"){%d}" % (len(names) - 1)
        )
        columns = {column.name: column for column in sheet.columns}
        self._one_line = {
            name
            for name, c in columns.items()
            if c.kind != "text" or c.choices or c.required or name in IDENTIFIERS
        }
        self._telling = {
            place: columns[name]
            for place, name in enumerate(names)
            if name in columns
            and columns[name].required
            and (columns[name].choices or columns[name].kind in ("timestamp", "date"))
        }

    def next_line(self) -> bytes:
        """The next line of the file, or nothing at its end."""
        return self.ahead.popleft() if self.ahead else self._fresh()

    def record(self, raw: bytes, line: int) -> bytes | Problem:
        """The record that begins with a line, as it can be read; or why the line is none."""
        self.swallowed = 0
        if self._sound(raw):
            return raw
        text = raw.decode("latin-1")
        values, whole = _values(text)
        if not whole:
            joined = self._joined(text)
            if joined is None:
                return self._misquoted(raw, line, text, values)
            text, values = joined
            self.swallowed = text.count("\n")
        raw = text.encode("latin-1")
        if len(values) != len(self.names):
            return self._problem(
                raw, line, "", f"{len(values)} values",
                f"the line has {len(values)} values, the header names {len(self.names)} columns. "
                "Mend the line (commas inside a value need quotes).",
            )  # fmt: skip
        for name, value in zip(self.names, values, strict=True):
            told = self._unreadable(name, value)
            if told:
                return self._problem(raw, line, name, shown(name, value), told)
        return ",".join(map(_written, values)).encode("latin-1")

    def _sound(self, raw: bytes) -> bool:
        """Whether a line is a record as it stands: well quoted, of the right length, text in UTF-8."""
        try:
            return self._record.fullmatch(raw) is not None and "\0" not in raw.decode()
        except UnicodeDecodeError:
            return False

    def _joined(self, text: str) -> tuple[str, list[str]] | None:
        """The record of a line whose last value is open, if the lines after it close it well."""
        looked_at: list[bytes] = []
        found = None
        while self._may_go_on(text) and len(looked_at) < MOST_LINES_OF_A_RECORD:
            looked_at.append(self.next_line())
            more = looked_at[-1].rstrip(b"\r\n").decode("latin-1")
            if not looked_at[-1] or self._is_a_row(more):
                break
            text += "\n" + more
            values, whole = _values(text) if '"' in more else ([], False)
            if whole:
                found = (text, values) if len(values) == len(self.names) else None
                break
        if found is None:
            self.ahead.extendleft(reversed([line for line in looked_at if line]))
        return found

    def _may_go_on(self, text: str) -> bool:
        """Whether the last value is open and its column may hold a line break."""
        values, _ = _values(text)
        if len(values) > len(self.names) or not _OPEN.fullmatch(values[-1]):
            return False
        return self.names[len(values) - 1] not in self._one_line

    def _is_a_row(self, text: str) -> bool:
        """Whether a line reads as a row of its own: every date and code stands in its place."""
        values, _ = _values(text)
        return bool(self._telling) and all(
            place < len(values)
            and (
                values[place] in column.choices
                if column.choices
                else _DAY.match(values[place].strip())
            )
            for place, column in self._telling.items()
        )

    def _misquoted(self, raw: bytes, line: int, text: str, values: list[str]) -> Problem:
        name = self.names[len(values) - 1] if len(values) <= len(self.names) else ""
        begun = values[-1].split(",", 1)[0][:40]
        if "\r" in begun:
            said = "a carriage return stands in the value; remove it, or put the value in quotes."
        elif _OPEN.fullmatch(values[-1]):
            said = 'a quote is opened and not closed on this line; remove it, or close it (" as "" inside a value).'
        else:
            said = 'text follows the closing quote; remove the quotes, or write " as "" inside a value.'
        return self._problem(raw, line, name, shown(name, begun), said)

    def _unreadable(self, name: str, value: str) -> str | None:
        if "\0" in value:
            return "the value holds a NUL byte (\\x00), which no text has; remove it at the source."
        try:
            value.encode("latin-1").decode()
        except UnicodeDecodeError:
            return (
                f"'{shown(name, value)}' is not UTF-8 (it is shown as Latin-1); save the file as UTF-8 "
                "and import it again."
            )
        return None

    def _problem(self, raw: bytes, line: int, column: str, value: str, reason: str) -> Problem:
        """A line that is no record. Its text may name a patient anywhere: it is not kept."""
        digest = hashlib.sha256(raw).hexdigest()
        return Problem(
            file=self.file, line=line, column=column, value=value, reason=reason,
            content={"sha256_of_line": digest},
        )  # fmt: skip


def _values(text: str) -> tuple[list[str], bool]:
    """The values of a record, and whether it is whole; if not, the last is the rest that cannot be read."""
    values, place = [], 0
    while found := _VALUE.match(text, place):
        value = found.group().strip(" ")
        values.append(value[1:-1].replace('""', '"') if value.startswith('"') else value)
        place = found.end() + 1
        if place > len(text):
            return values, True
    return [*values, text[place:]], False


def _written(value: str) -> str:
    """A value as it stands in a CSV."""
    return '"' + value.replace('"', '""') + '"' if re.search(r'[",\r\n]', value) else value
