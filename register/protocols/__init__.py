"""The reference standards that ship with the product, one file a use case, each with its sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedProtocol:
    """A reference standard as the field describes it: its rules, and what to know before using it."""

    name: str
    version: int
    use_case: str
    rules: dict[str, Any]
    traps: tuple[str, ...]
    sources: tuple[str, ...]


@cache
def shipped() -> Mapping[str, ShippedProtocol]:
    """The shipped protocols by name; a change of rules needs a new version."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def _read(path: Path) -> ShippedProtocol:
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    return ShippedProtocol(
        name=path.stem,
        version=said["version"],
        use_case=said["use_case"],
        rules=said["reference_standard"],
        traps=tuple(said["traps"]),
        sources=tuple(said["sources"]),
    )
