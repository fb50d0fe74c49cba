"""Where evidence came from and what changed around it: asked by batch and deployment, never by case."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from register.deployment import Deployment
from register.revision import as_known
from surveillance.evidence.event import Event
from surveillance.evidence.inference import Inference
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.tallies import Tally

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
    mine = [event for event in found if concerns(session, event, deployment, site)]
    return sorted(mine, key=lambda event: (event.occurred_at, event.event_id))


def concerns(session: Session, event: Event, deployment: str, site: str) -> bool:
    """Whether an event is about a deployment: its own, or of its site, but for a scanner that sends to others there and not to it."""
    if event.deployment:
        return event.deployment == deployment
    if event.site not in (None, site):
        return False
    here = [one.key for one in as_known(session, Deployment) if one.site == site]
    sends_to = session.exec(
        select(Tally.deployment).distinct().where(
            Tally.by == "manufacturer_model_name", Tally.level == event.manufacturer_model_name,
            col(Tally.deployment).in_(here),
        )
    ).all()  # fmt: skip
    return not sends_to or deployment in sends_to
