"""What a monitor may look at: the material of a deployment and finding, and what was measured of it."""

from dataclasses import dataclass, fields
from typing import Any, Self

from surveillance.material import Material


@dataclass(frozen=True, kw_only=True)
class Context(Material):
    """One deployment and finding at a data cut, with its last measurement."""

    measured: dict[str, Any]

    @classmethod
    def of(cls, material: Material, measured: dict[str, Any]) -> Self:
        """The material with what was measured of it."""
        parts = {part.name: getattr(material, part.name) for part in fields(Material)}
        return cls(**parts, measured=measured)

    def claim(self, metric: str) -> dict[str, Any] | None:
        """What the label claims of a metric, if anything."""
        for indication in self.view.indications:
            if indication.finding == self.finding:
                for claim in indication.claims:
                    if claim["metric"] == metric:
                        return claim
        return None
