"""What the register said of an algorithm on two dates, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from register.algorithm import Algorithm
from register.catalogue import EntryNotUnderstood, written
from register.revision import as_known

_NAMED = ("key", "version", "kind", "metric", "serial")
"""What the items of a list go by, so that a moved one is not taken for a changed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One field that differs; None where it was not stated at all."""

    field: str
    before: Any
    after: Any


def difference(
    session: Session, algorithm: str, before: datetime, after: datetime
) -> tuple[Changed, ...]:
    """Every field that differs between two moments, by its place in the entry.

    An algorithm that was not yet in the register at the first moment was wholly added.
    """
    if not as_known(session, Algorithm, after, key=algorithm):
        raise EntryNotUnderstood(
            f"No algorithm '{algorithm}' in the register as of {after:%Y-%m-%d %H:%M}."
        )
    known = as_known(session, Algorithm, before, key=algorithm)
    then = dict(_leaves(written(session, algorithm, before))) if known else {}
    now = dict(_leaves(written(session, algorithm, after)))
    return tuple(
        Changed(field=field, before=then.get(field), after=now.get(field))
        for field in [*now, *(field for field in then if field not in now)]
        if then.get(field) != now.get(field)
    )


def _leaves(said: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _leaves(value, f"{place}.{name}" if place else str(name))
    elif isinstance(said, list) and said and all(isinstance(item, dict) for item in said):
        for number, item in enumerate(said):
            name = next((str(item[n]) for n in _NAMED if item.get(n)), str(number))
            yield from _leaves(item, f"{place}[{name}]")
    else:
        yield place, said
