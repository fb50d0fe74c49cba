"""Changes of equipment that the manufacturers of the algorithms beside it have to hear of."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlmodel import Session, col, select

from register.algorithm import Algorithm
from register.deployment import Deployment
from register.revision import as_known
from register.scope_review import ran_since
from register.task import Called
from surveillance.evidence.event import Event
from surveillance.provenance import concerns

OF_EQUIPMENT = ("scanner_installed", "scanner_upgraded", "pacs_upgrade")
RECENT = timedelta(days=180)
"""An older change is no news; who begins with a history is not flooded."""
WITHIN = timedelta(days=30)
"""How long after the change the manufacturer should have heard of it."""


def untold(session: Session, on: date) -> Iterator[Called]:
    """A notice to write for each recent change of equipment at a site, to each manufacturer that was there by then."""
    makers = {a.key: str(a.manufacturer.get("name", a.name)) for a in as_known(session, Algorithm)}
    recent = session.exec(
        select(Event)
        .where(col(Event.kind).in_(OF_EQUIPMENT))
        .order_by(col(Event.event_id), col(Event.revision).desc())
        .distinct(col(Event.event_id))
    ).all()
    for event in recent:
        day = event.occurred_at.date()
        if not day <= on <= day + RECENT:
            continue
        what = " ".join(filter(None, (event.manufacturer_model_name, event.software_versions)))
        for deployment in as_known(session, Deployment):
            if day < _here_since(session, deployment):
                continue
            if deployment.live_to is None and concerns(session, event, deployment.key, deployment.site):  # fmt: skip
                yield Called(
                    cause=f"equipment notice {event.event_id} to the maker of {deployment.key}",
                    kind="equipment_notice",
                    deployment=deployment.key,
                    algorithm=deployment.algorithm,
                    owner=deployment.oversight.get("compliance"),
                    due=day + WITHIN,
                    sentence=f"Tell {makers.get(deployment.algorithm, 'the manufacturer')} that on {day} there was a {event.kind.replace('_', ' ')} at "
                    f"{deployment.site}: {what or 'model not stated'}. {event.description or ''} Ask whether {deployment.key} is cleared and "
                    "tested for it, and close this with the answer.",
                )  # fmt: skip


def _here_since(session: Session, deployment: Deployment) -> date:
    """The day a deployment was entered, or the first on which it ran if that lies before."""
    first = session.exec(
        select(Deployment).where(Deployment.key == deployment.key, Deployment.revision == 1)
    ).one()
    entered = first.recorded_at.date()
    return min(entered, ran_since(session, deployment) or entered)
