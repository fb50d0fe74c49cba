"""Where evidence came from and what changed around it: asked by batch and deployment, never by case."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.evidence.event import Event
from surveillance.evidence.inference import Inference
from surveillance.evidence.recorded import EvidenceBatch

STUDY_DATES = "studies.study_datetime"
"""The column of a batch whose dates decide where a case stands in time."""


def batches(session: Session, at: datetime) -> Sequence[EvidenceBatch]:
    """Every import known at a moment, oldest first."""
    return session.exec(
        select(EvidenceBatch)
        .where(col(EvidenceBatch.recorded_at) <= at)
        .order_by(col(EvidenceBatch.id))
    ).all()


def deployments_by_batch(session: Session) -> dict[int, tuple[str, ...]]:
    """Whose inferences each import brought; an import without any is not named."""
    pairs = session.exec(
        select(Inference.batch, Inference.deployment)
        .distinct()
        .order_by(col(Inference.batch), col(Inference.deployment))
    ).all()
    found: dict[int, tuple[str, ...]] = {}
    for batch, deployment in pairs:
        found[batch] = (*found.get(batch, ()), deployment)
    return found


def events_around(session: Session, deployment: str, site: str, at: datetime) -> list[Event]:
    """What changed at a deployment or its whole site, oldest first; a correction replaces what it corrects."""
    found = session.exec(
        select(Event)
        .distinct(col(Event.event_id))
        .where(col(Event.recorded_at) <= at)
        .order_by(col(Event.event_id), col(Event.revision).desc())
    ).all()
    mine = [e for e in found if e.deployment == deployment or (not e.deployment and e.site == site)]
    return sorted(mine, key=lambda event: (event.occurred_at, event.event_id))
