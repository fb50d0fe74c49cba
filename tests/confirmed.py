"""What was in care before the register began, confirmed by two people."""

from datetime import UTC, datetime

from backend.database import unit_of_work
from register.signature import Signer
from surveillance.taking_over import confirm

BEGAN = datetime(2026, 1, 1, 8, tzinfo=UTC)
TWO = (
    Signer(key="eva", name="Eva", role="clinical_lead"),
    Signer(key="finn", name="Finn", role="compliance_officer"),
)


def confirmed(url: str, deployment: str = "ctbrain-north-ed", *, at: datetime = BEGAN) -> str:
    """The database, after two people confirmed the takeover of a deployment there."""
    for signer in TWO:
        with unit_of_work(url, by=signer.key) as session:
            confirm(session, deployment, signer=signer, reason="In use since 2023.", at=at)
    return url
