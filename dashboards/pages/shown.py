"""How a page declares what it shows: every field says what it means, and has a public form in JSON."""

import dataclasses
from datetime import date, datetime
from enum import Enum
from typing import Any


def shown(meaning: str) -> Any:
    """A field of a page with what a reader should understand by it."""
    return dataclasses.field(metadata={"meaning": meaning})


def meanings(page: type) -> dict[str, str]:
    """The fields that a page declares, with their meaning."""
    return {field.name: field.metadata.get("meaning", "") for field in dataclasses.fields(page)}


def as_json(value: Any) -> Any:
    """A page as plain values: the same content that its template shows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def words(code: str) -> str:
    """A code as words: follow_up_imaging -> follow-up imaging."""
    return code.replace("follow_up", "follow-up").replace("_", " ")


def sentence_case(text: str) -> str:
    """Words with a capital at the beginning, the rest as it is."""
    return text[:1].upper() + text[1:]
