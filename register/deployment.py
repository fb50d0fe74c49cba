"""Where an algorithm runs: sites and deployments, the unit on which everything is measured."""

from datetime import date
from typing import Any

from sqlalchemy import JSON

from register.columns import Privacy, column
from register.revision import Revised

USE_MODES = ("shadow", "triage", "concurrent", "second_reader", "rule_out", "autonomous")


class Site(Revised, table=True):
    """A hospital or department that sends evidence."""

    name: str = column("Name", Privacy.OPERATIONAL)
    jurisdiction: str = column("Whose law holds", Privacy.OPERATIONAL)
    time_zone: str | None = column(
        "IANA time zone of its clocks; empty = not configured", Privacy.OPERATIONAL, default=None
    )


class Deployment(Revised, table=True):
    """One version of one algorithm at one site, with its threshold, routing and people."""

    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC)
    site: str = column("Key of the site", Privacy.OPERATIONAL)
    version: str = column("Installed version", Privacy.OPERATIONAL)
    indications: list[str] = column(
        "Names of the indications it is used for", Privacy.PUBLIC, sa_type=JSON
    )
    use_mode: str = column(
        "How its output is used once live", Privacy.OPERATIONAL, choices=USE_MODES
    )
    threshold: float | None = column("Operating point, 0 to 1", Privacy.OPERATIONAL, default=None)
    thresholds: dict[str, float] = column(
        "Operating point per finding where they differ", Privacy.OPERATIONAL, sa_type=JSON
    )
    routing: str = column("Which studies are sent to it", Privacy.OPERATIONAL)
    pacs: dict[str, Any] | None = column(
        "PACS: vendor, version, certified, certificate",
        Privacy.OPERATIONAL,
        sa_type=JSON,
        default=None,
    )
    shadow_from: date | None = column("First day in shadow", Privacy.OPERATIONAL, default=None)
    shadow_to: date | None = column("Last day in shadow", Privacy.OPERATIONAL, default=None)
    live_from: date | None = column("First day live", Privacy.OPERATIONAL, default=None)
    live_to: date | None = column("Last day live", Privacy.OPERATIONAL, default=None)
    oversight: dict[str, str] = column("Role -> person", Privacy.PERSON, sa_type=JSON)
    scanners: list[dict[str, Any]] = column(
        "Scanners that send: manufacturer, model, serial", Privacy.OPERATIONAL, sa_type=JSON
    )
    monitoring: dict[str, Any] = column(
        "Monitoring plan: owner, cadence, what is watched", Privacy.OPERATIONAL, sa_type=JSON
    )
    acceptance: dict[str, Any] = column(
        "Acceptance criteria fixed before the data were seen", Privacy.OPERATIONAL, sa_type=JSON
    )

    def use_mode_on(self, day: date) -> str:
        """How the output was used on a day: *shadow* until it went live."""
        if self.live_from is not None and day >= self.live_from:
            return self.use_mode
        if self.shadow_from is not None and day >= self.shadow_from:
            return "shadow"
        return self.use_mode if self.live_from is None and self.shadow_from is None else "shadow"

    @property
    def answers(self) -> str | None:
        """Who answers for what rings: the owner of its monitoring plan, else the clinical lead of its oversight."""
        return self.monitoring.get("owner") or self.oversight.get("clinical_lead")

    def threshold_for(self, finding: str) -> float | None:
        """The operating point in force for a finding."""
        return self.thresholds.get(finding, self.threshold)
