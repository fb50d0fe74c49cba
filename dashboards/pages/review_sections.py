"""The sections of a scope review as a page shows them: in short, with the tables of the dossier below."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.pages.shown import shown
from register.scope_review import ASKED

ROWS = 12
"""Rows of a table shown on the page; the CSV of the dossier holds them all."""
LONG = 600
"""Characters of a cell shown on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShown:
    """A table of the dossier."""

    caption: str = shown("What it shows")
    heads: tuple[tuple[str, bool], ...] = shown(
        "Heads of its columns, and whether numbers stand below"
    )
    rows: tuple[tuple[str, ...], ...] = shown("Its first rows")
    more: int = shown("Rows that only the CSV holds")
    csv: str = shown("Where the CSV is taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionShown:
    """One section as it was gathered, and what a person says of it."""

    number: str = shown("Number in the dossier")
    title: str = shown("What it is about")
    absent: str = shown("Why no record of the kind is kept here; empty = there is content")
    brief: str = shown("What it says in short")
    sentences: tuple[str, ...] = shown("What else it says in sentences")
    tables: tuple[TableShown, ...] = shown("Its tables")
    question: str = shown("What a person must answer; empty = a remark is free")
    remark: str = shown("What was said of it")


def sections(
    content: Mapping[str, Any], remarks: Mapping[str, str], dossier: str
) -> tuple[SectionShown, ...]:
    """The sections of a gathered dossier with the remarks made on them."""
    return tuple(_section(said, remarks, dossier) for said in content.get("sections", ()))


def _section(said: Mapping[str, Any], remarks: Mapping[str, str], dossier: str) -> SectionShown:
    sentences = [b["text"] for b in said["blocks"] if b["kind"] == "paragraph"]
    kept = said["status"] == "content"
    brief = sentences[0] if sentences else said["justification"]
    return SectionShown(
        number=said["number"],
        title=said["title"],
        absent="" if kept else "No record of this kind is kept here.",
        brief=brief,
        sentences=tuple(sentences[1:]),
        tables=tuple(_table(b, dossier) for b in said["blocks"] if b["kind"] == "table"),
        question=ASKED.get(said["number"], ""),
        remark=remarks.get(said["number"], ""),
    )


def _table(said: Mapping[str, Any], dossier: str) -> TableShown:
    places = [column["places"] if column["numeric"] else None for column in said["columns"]]
    return TableShown(
        caption=said["caption"],
        heads=tuple((column["head"], column["numeric"]) for column in said["columns"]),
        rows=tuple(
            tuple(_cell(value, place) for value, place in zip(row, places, strict=True))
            for row in said["rows"][:ROWS]
        ),
        more=max(0, len(said["rows"]) - ROWS),
        csv=f"/dossiers/{dossier}/tables/{said['key']}.csv",
    )


def _cell(value: Any, places: int | None) -> str:
    if value is None:
        return "–"
    if places is not None and isinstance(value, int | float):
        return f"{value:,.{places}f}"
    text = str(value)
    return text if len(text) <= LONG else f"{text[:LONG]} …"
