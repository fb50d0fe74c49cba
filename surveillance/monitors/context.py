"""What a monitor may look at: the material of a deployment and finding, and what was measured of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from surveillance.change_ledger import LedgerEntry
from surveillance.material import Material
from surveillance.monitors.charted import Charted


@dataclass(frozen=True, kw_only=True)
class Context(Material):
    """One deployment and finding at a data cut, with its last measurement and its charts.

    `recorded` is what changed around the deployment, `versions` which one the register has in force from which day on.
    """

    measured: dict[str, Any]
    charted: Callable[[], Charted]
    recorded: tuple[LedgerEntry, ...] = ()
    versions: tuple[tuple[date, str], ...] = ()

    @classmethod
    def of(
        cls,
        material: Material,
        measured: dict[str, Any],
        charted: Callable[[], Charted],
        *,
        recorded: tuple[LedgerEntry, ...] = (),
        versions: tuple[tuple[date, str], ...] = (),
    ) -> Self:
        """The material with what was measured of it, what charts it when asked, and what the register says of it."""
        parts = {part.name: getattr(material, part.name) for part in fields(Material)}
        return cls(
            **parts, measured=measured, charted=charted, recorded=recorded, versions=versions
        )
