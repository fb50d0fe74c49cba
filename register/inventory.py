"""An inventory as a table: the algorithms a hospital has, one line a version or clearance of each.

What an indication covers needs judgement and is stated in an entry of its own (YAML); a table begins it.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from register.algorithm import Algorithm
from register.catalogue import EntryNotUnderstood, first_error, written
from register.entry_form import EntryForm
from register.revision import as_known

ALGORITHM = ("key", "name", "manufacturer", "srn", "purpose", "specialty")
DEVICE = ("version", "basic_udi_di", "udi_di", "udi_pi", "released", "digest")
CLEARANCE = (
    "clearance", "jurisdiction", "pathway", "number", "notified_body", "device_class", "rule", "issued", "expires",
    "conditions",
)  # fmt: skip
COLUMNS = (*ALGORITHM, *DEVICE, *CLEARANCE)
"""Columns of the table in any order; one that is empty may be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a table states of one algorithm, and in which lines."""

    where: str
    content: dict[str, Any]


def read(path: Path) -> list[Stated]:
    """What a file with a table states, one an algorithm."""
    try:
        return understood(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError as wrong:
        raise EntryNotUnderstood(f"{path}: not UTF-8; save it as UTF-8.") from wrong


def understood(text: str, name: str) -> list[Stated]:
    """What a table states; a fault names the table, the line and the column."""
    head = text.partition("\n")[0]
    sheet = csv.DictReader(StringIO(text, newline=""), delimiter=";" if ";" in head else ",")
    sheet.fieldnames = [head.strip() for head in sheet.fieldnames or ()]
    if unknown := [head for head in sheet.fieldnames if head not in COLUMNS]:
        raise EntryNotUnderstood(
            f"{name}, line 1: column '{unknown[0]}' is not known here. There are: {', '.join(COLUMNS)}."
        )
    stated: dict[str, dict[str, Any]] = {}
    lines: dict[str, list[str]] = {}
    for cells in sheet:
        where = f"{name}, line {sheet.line_num}"
        if None in cells:
            raise EntryNotUnderstood(f"{where}: more cells than columns; put quotes round a text that holds the delimiter.")  # fmt: skip
        row = {head: (cell or "").strip() for head, cell in cells.items()}
        if not any(row.values()):
            continue
        if not row.get("key"):
            raise EntryNotUnderstood(f"{where}, column key: it is empty; give every algorithm a short name of its own.")  # fmt: skip
        _add(stated.setdefault(row["key"], {}), row, where)
        lines.setdefault(row["key"], []).append(str(sheet.line_num))
    return [
        Stated(where=f"{name}, line {', '.join(lines[key])}", content=content)
        for key, content in stated.items()
    ]


def completed(session: Session, stated: Stated) -> EntryForm:
    """The entry of an algorithm: what the table states, and whatever else the register knows of it already."""
    key = stated.content["key"]
    known = written(session, key)["algorithm"] if as_known(session, Algorithm, key=key) else {}
    try:
        return EntryForm.model_validate({"algorithm": _over(known, stated.content)})
    except ValidationError as wrong:
        raise EntryNotUnderstood(f"{stated.where}: {first_error(wrong)}") from wrong


def export(session: Session, at: datetime | None = None) -> str:
    """Every algorithm of the register as a table that `read` takes back."""
    out = StringIO(newline="")
    sheet = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    sheet.writeheader()
    for algorithm in as_known(session, Algorithm, at):
        sheet.writerows(_rows(written(session, algorithm.key, at)["algorithm"]))
    return out.getvalue()


def _rows(said: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    maker = said["manufacturer"]
    names = {**said, "manufacturer": maker.get("name"), "srn": maker.get("srn")}
    lines: Iterator[tuple[dict[str, Any], dict[str, Any]]] = zip_longest(
        said["devices"], said["clearances"], fillvalue={}
    )
    for place, (device, clearance) in enumerate(lines):
        yield {
            **(names if place == 0 else {}),
            **device,
            **clearance,
            "key": said["key"],
            "clearance": clearance.get("key"),
        }


def _add(entry: dict[str, Any], row: Mapping[str, str], where: str) -> None:
    """Put a line to its algorithm: what it repeats must be the same, what is empty is as in an earlier line."""
    names = {name: row[name] for name in ALGORITHM if row.get(name)}
    maker = {"name": names.pop("manufacturer", ""), "srn": names.pop("srn", "")}
    _merge(entry, names, where)
    _merge(entry.setdefault("manufacturer", {}), {k: v for k, v in maker.items() if v}, where)
    device = {name: row[name] for name in DEVICE if row.get(name)}
    clearance = {name: row[name] for name in CLEARANCE if row.get(name)}
    for part, kind, key in ((device, "devices", "version"), (clearance, "clearances", "clearance")):
        if part and key not in part:
            raise EntryNotUnderstood(f"{where}, column {key}: it is empty; name what {', '.join(part)} belongs to.")  # fmt: skip
        if part:
            name = part.pop(key)
            called = "key" if key == "clearance" else key
            known = next((one for one in entry.setdefault(kind, []) if one[called] == name), None)
            if known is None:
                known = {called: name}
                entry[kind].append(known)
            _merge(known, part, where)


def _merge(known: dict[str, Any], stated: Mapping[str, str], where: str) -> None:
    for name, value in stated.items():
        if known.setdefault(name, value) != value:
            raise EntryNotUnderstood(
                f"{where}, column {name}: '{value}', but an earlier line says '{known[name]}'; keep the one that is right."
            )


def _over(known: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """One statement over another; versions and clearances go by their names."""
    merged = dict(known)
    for name, value in stated.items():
        if isinstance(value, dict):
            merged[name] = _over(known.get(name, {}), value)
        elif isinstance(value, list):
            called = "key" if name == "clearances" else "version"
            named = {one[called]: one for one in known.get(name, [])}
            named |= {one[called]: _over(named.get(one[called], {}), one) for one in value}
            merged[name] = list(named.values())
        else:
            merged[name] = value
    return merged
