"""What the register said of an algorithm on two dates, field by field."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from register.algorithm import Algorithm
from register.catalogue import EntryNotUnderstood, written
from register.revision import as_known

_NAMED = ("key", "version", "kind", "metric", "serial")
"""What the items of a list go by, so that a moved one is not taken for a changed one."""
_PLAIN, _PLAIN_ITEM = re.compile(r'[^.\[\]"]+'), re.compile(r'[^\[\]"#]+')


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list by its name, and which one of that name it is, from 1."""

    name: str
    nth: int = 1


Place = tuple[str | Item, ...]
"""The place of a field in an entry: names of fields, and items of lists. It is compared part by part, whatever their names hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One field that differs; None where it was not stated at all."""

    path: Place
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The place for people; no code reads it back.

        >>> Changed(path=("deployments", Item("br [dep]"), "acceptance", "a.b"), before=1, after=2).field
        'deployments["br [dep]"].acceptance."a.b"'
        """
        parts = (f"[{_item(part)}]" if isinstance(part, Item) else f".{_quoted(part, _PLAIN)}" for part in self.path)  # fmt: skip
        return "".join(parts).removeprefix(".")

    def as_json(self) -> dict[str, Any]:
        """The change as a value."""
        return {"field": self.field, "before": self.before, "after": self.after}


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
    then = written(session, algorithm, before) if known else {}
    return changes(then, written(session, algorithm, after))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Changed, ...]:
    """Every field that differs between two entries; only the order of items that have names may differ untold.

    >>> [(one.field, one.before, one.after) for one in changes({"a": [{"key": "x", "n": 1}]}, {"a": [{"key": "x"}]})]
    [('a[x].n', 1, None)]
    """
    then, now = dict(_leaves(before)), dict(_leaves(after))
    return tuple(
        Changed(path=path, before=then.get(path), after=now.get(path))
        for path in [*now, *(path for path in then if path not in now)]
        if (path in then, then.get(path)) != (path in now, now.get(path))
    )


def _leaves(said: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(said, Mapping) and (said or not place):
        for name, value in said.items():
            yield from _leaves(value, (*place, str(name)))
    elif isinstance(said, list) and said and all(isinstance(item, dict) for item in said):
        named: Counter[str] = Counter()
        for number, item in enumerate(said):
            name = next((str(item[n]) for n in _NAMED if n in item), str(number))
            named[name] += 1
            yield from _leaves(item, (*place, Item(name, named[name])))
    else:
        yield place, said


def _item(item: Item) -> str:
    name = _quoted(item.name, _PLAIN_ITEM)
    return name if item.nth == 1 else f"{name} #{item.nth}"


def _quoted(name: str, plain: re.Pattern[str]) -> str:
    return name if plain.fullmatch(name) else json.dumps(name, ensure_ascii=False)
