"""What a monitor may look at: the material of a deployment and finding, and what was measured of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from surveillance.material import Material

if TYPE_CHECKING:
    from surveillance.monitors.charts import Charted


@dataclass(frozen=True, kw_only=True)
class Context(Material):
    """One deployment and finding at a data cut, with its last measurement and its charts."""

    measured: dict[str, Any]
    charted: "Callable[[], Charted]"

    @classmethod
    def of(
        cls, material: Material, measured: dict[str, Any], charted: "Callable[[], Charted]"
    ) -> Self:
        """The material with what was measured of it, and what charts it when asked."""
        parts = {part.name: getattr(material, part.name) for part in fields(Material)}
        return cls(**parts, measured=measured, charted=charted)

    def claim(self, metric: str) -> dict[str, Any] | None:
        """What the label claims of a metric, if anything."""
        for indication in self.view.indications:
            if indication.finding == self.finding:
                for claim in indication.claims:
                    if claim["metric"] == metric:
                        return claim
        return None
