"""Until when nothing was found: what closes the window of a negative."""

from datetime import date

from sqlalchemy import Index, PrimaryKeyConstraint

from register.columns import Privacy, column
from surveillance.evidence.recorded import Recorded


class FollowUp(Recorded, table=True):
    """The day to which the absence of a finding is known, e.g. by registry linkage."""

    __tablename__ = "follow_up"
    __table_args__ = (
        PrimaryKeyConstraint("patient", "finding", "followed_to", "revision"),
        Index("ix_follow_up_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    patient: str = column("Keyed digest of patient and issuer", Privacy.PSEUDONYM)
    finding: str = column("Which finding", Privacy.CLINICAL)
    followed_to: date = column("Last day of the follow-up", Privacy.CLINICAL)
    source: str | None = column("Where it came from", Privacy.OPERATIONAL, default=None)
