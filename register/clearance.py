"""A clearance: the decision of an authority or notified body that a device may be used, and how."""

from datetime import date
from typing import Any

from sqlalchemy import JSON

from register.columns import Privacy, column
from register.lifecycle import ClearanceHeld
from register.revision import Revised

PATHWAYS = (
    "mdr_certificate", "mdd_legacy", "in_house_5_5", "fda_510k", "fda_de_novo", "fda_pma", "ukca", "none",
)  # fmt: skip
"""`none`: not a device on the market; only research or shadow use, and said on every page."""


class Clearance(Revised, table=True):
    """One clearance in one jurisdiction; its key is `algorithm:clearance`."""

    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC)
    jurisdiction: str = column("Where it holds: EU, GB, US …", Privacy.PUBLIC)
    pathway: str = column("Route to the market", Privacy.PUBLIC, choices=PATHWAYS)
    number: str | None = column("Certificate or submission number", Privacy.PUBLIC, default=None)
    notified_body: str | None = column("Four digits", Privacy.PUBLIC, default=None)
    device_class: str | None = column("Risk class", Privacy.PUBLIC, default=None)
    rule: str | None = column("Classification rule", Privacy.PUBLIC, default=None)
    issued: date | None = column("First day", Privacy.PUBLIC, default=None)
    expires: date | None = column("Last day", Privacy.PUBLIC, default=None)
    conditions: str | None = column(
        "Conditions and limitations as written", Privacy.PUBLIC, default=None
    )
    ai_act: dict[str, Any] | None = column(
        "AI Act assessment: high_risk, route, assessed_by, assessed_on, rationale",
        Privacy.PUBLIC,
        sa_type=JSON,
        default=None,
    )
    change_plan: list[dict[str, Any]] = column(
        "Predetermined changes that the clearance covers",
        Privacy.PUBLIC,
        sa_type=JSON,
        default_factory=list,
    )

    @property
    def held(self) -> ClearanceHeld:
        """As it counts where something runs."""
        return ClearanceHeld(
            jurisdiction=self.jurisdiction, pathway=self.pathway, issued=self.issued, expires=self.expires
        )  # fmt: skip
