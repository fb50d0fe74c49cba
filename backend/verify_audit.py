"""Is an exported audit trail whole? Needs Python 3.9 or newer and nothing else: no database, no network.

    python3 verify_audit.py trail.jsonl --head HASH

Every line is a JSON object. Its hash is the SHA-256 of the UTF-8 bytes of the JSON list [previous_hash, microseconds
since 1970-01-01 UTC, by, event, subject, before, after], written without blanks and with sorted keys. The first line
follows 64 zeros. HASH is one that was noted earlier: if no line has it, lines were cut off or all were written anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
FIELDS = ("line", "at", "by", "event", "subject", "before", "after", "previous_hash", "hash")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def canonical(value: Any, *, sort_keys: bool = False) -> str:
    """JSON without blanks, letters beyond ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)


def line_hash(line: dict[str, Any]) -> str:
    """SHA-256 over the canonical form of a line, which holds the hash of the line before it."""
    microseconds = (datetime.fromisoformat(line["at"]) - _EPOCH) // timedelta(microseconds=1)
    said = [line["previous_hash"], microseconds, *(line[name] for name in FIELDS[2:7])]
    return hashlib.sha256(canonical(said, sort_keys=True).encode()).hexdigest()


def follow(lines: Iterable[dict[str, Any]], head: str | None = None) -> tuple[int, str, str]:
    """Lines read, hash of the last that fits, and what is wrong with the first that does not (empty: nothing)."""
    count, previous, seen = 0, GENESIS, head in (None, GENESIS)
    for line in lines:
        count += 1
        if problem := _problem(line, count, previous):
            return count, previous, problem
        previous = line["hash"]
        seen = seen or previous == head
    cut = f"no line has the hash {head}: lines after line {count} were cut off, or all were written anew"
    return (count, previous, "") if seen else (count + 1, previous, cut)


def read(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The lines of an export; one that is not written as exports are is an empty object."""
    for text in texts:
        try:
            line = json.loads(text)
            when = datetime.fromisoformat(line["at"]).astimezone(_EPOCH.tzinfo)
            written = {name: line[name] for name in FIELDS} | {"at": when.isoformat()}
            yield line if canonical(written) == text.rstrip("\n") else {}
        except (ValueError, KeyError, TypeError):
            yield {}


def _problem(line: dict[str, Any], place: int, previous: str) -> str:
    if not line:
        return f"line {place} is not written as an export writes it"
    if repr(line["line"]) != repr(place):
        return f"line {place} is missing from the trail; line {line['line']} stands in its place"
    if line["previous_hash"] != previous:
        return f"line {place} does not follow the line before it"
    if line_hash(line) != line["hash"]:
        return f"line {place} ({line['event']} {line['subject']} by {line['by']}) was altered after it was written"
    return ""


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Check an exported audit trail.")
    asked.add_argument("file", type=Path)
    asked.add_argument("--head", help="a hash of the trail that was noted earlier")
    given = asked.parse_args()
    with given.file.open(encoding="utf-8", newline="\n") as file:
        number, last, problem = follow(read(file), given.head)
    if problem:
        sys.exit(f"The audit trail is broken: {problem}.")
    sys.stdout.write(f"The audit trail is whole: {number} lines, the last with hash {last}.\n")
