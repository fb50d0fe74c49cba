"""A change in the world around an algorithm: a scanner, a protocol, a release, an outage."""

from datetime import datetime

from sqlalchemy import DateTime, Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import Recorded

KINDS = (
    "scanner_installed", "scanner_upgraded", "protocol_changed", "vendor_release", "threshold_changed",
    "routing_changed", "outage", "pacs_upgrade", "guideline_changed",
)  # fmt: skip


class Event(Recorded, table=True):
    """One dated change at a site or a deployment, pinned on every chart."""

    __table_args__ = (
        PrimaryKeyConstraint("event_id", "revision"),
        Index("ix_event_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    event_id: str = column("Identifier", Privacy.OPERATIONAL)
    site: str | None = column("Where", Privacy.OPERATIONAL, default=None)
    deployment: str | None = column(
        "Which deployment, if only one", Privacy.OPERATIONAL, default=None
    )
    kind: str = column("What changed", Privacy.OPERATIONAL, choices=KINDS)
    occurred_at: datetime = column("When", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True))
    manufacturer_model_name: str | None = column("Scanner model", Privacy.OPERATIONAL, default=None)
    software_versions: str | None = column(
        "Software of the scanner", Privacy.OPERATIONAL, default=None
    )
    description: str | None = column("What happened", Privacy.OPERATIONAL, default=None)
