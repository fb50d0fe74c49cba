"""Changing the label under which something runs: proposed with what it would move, decided by someone else.

What was approved under the old label is stale from then on, and its re-validation is called for.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlmodel import Session

from register.catalogue import understood
from register.entering import TABLE, InUse, Person, enter, outlook
from register.entitlement import entitled
from register.label_change import LabelChange, open_change
from register.refusal import Refusal
from register.signature import Signer, put, under
from register.task import Called, called_by, close_all, open_once
from register.transition import APPROVED, PROPOSED, REJECTED, decided
from surveillance.changing_state import reopen_stale
from surveillance.view import view
from surveillance.what_if import what_if

LAST_YEAR = timedelta(days=365)
KIND = "label_change"


class NotRelabelled(Refusal):
    """A change of a label that is refused; the sentence says why and what would do."""


def propose(
    session: Session,
    pg: psycopg.Connection[Any],
    text: str,
    name: str,
    *,
    person: Person,
    signer: Signer,
    reason: str,
    seen: str,
    at: datetime,
) -> LabelChange:
    """Propose the change that a text states, signed; nothing of it is recorded before someone else approves."""
    found = outlook(session, text, name, person=person, at=at)
    if not found.in_use:
        raise NotRelabelled(
            "Nothing runs under what this changes: record it, which needs no second person."
        )
    if seen != found.digest:
        raise NotRelabelled(
            "This is not what was looked at: the text or the register has changed since. Look again."
        )
    if name.lower().endswith(TABLE):
        raise NotRelabelled(
            "A label is changed by an entry in YAML and not by a table; edit that of the algorithm."
        )
    algorithm = found.algorithms[0]
    waiting = open_change(session, algorithm)
    if waiting is not None:
        raise NotRelabelled(
            f"Label change {waiting.id} of {waiting.proposed_by} is still open; decide on it first."
        )
    row = LabelChange(
        algorithm=algorithm, entry=text, name=name, digest=found.digest,
        fields=[changed.as_json() for _, changed in found.changes],
        effects=list(effects(session, pg, text, name, found.in_use, at=at)),
        proposed_by=signer.key, proposed_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _sign(session, row, signer, PROPOSED, reason, at)
    open_once(session, _called(row), at=at)
    return row


def decide(
    session: Session,
    number: int,
    *,
    approve: bool,
    person: Person,
    signer: Signer,
    reason: str,
    at: datetime,
) -> LabelChange:
    """Approve a change, which records it, or reject it; as someone else than its author."""
    row = session.get(LabelChange, number)
    if row is None or decided(under(session, row.record)) is not None:
        raise NotRelabelled(f"There is no open label change {number}.")
    entitled(signer.name, signer.role, "decides on a change of the label", refusal=NotRelabelled)
    if signer.key == row.proposed_by:
        raise NotRelabelled(
            f"{signer.key} proposed this and cannot decide on it; someone else must."
        )
    _sign(session, row, signer, APPROVED if approve else REJECTED, reason, at)
    if approve:
        done = enter(
            session, row.entry, row.name, person=person, at=at, seen=row.digest, label_decided=True
        )
        for key in sorted({label.deployment for label in done.in_use}):
            reopen_stale(session, view(session, key), at=at)
    close_all(session, called_by(session, row.record), by=signer.key, outcome=reason, at=at)
    return row


def effects(
    session: Session,
    pg: psycopg.Connection[Any],
    text: str,
    name: str,
    labels: tuple[InUse, ...],
    *,
    at: datetime,
) -> Iterator[dict[str, Any]]:
    """What a change would do to the stored studies of the last year, for each deployment and finding under it."""
    form, since = understood(text, name), (at - LAST_YEAR).date()
    for key in sorted({label.deployment for label in labels}):
        for finding in view(session, key).findings:
            found = what_if(
                session, pg, key, form, finding=finding, first=since, last=at.date(), at=at
            )
            yield {**found.as_json(), "since": since.isoformat()}


def _called(row: LabelChange) -> Called:
    return Called(
        cause=row.record,
        kind=KIND,
        algorithm=row.algorithm,
        sentence=f"{row.proposed_by} proposes another label for {row.algorithm}, under which it runs. Someone else decides: "
        f"look at what it would change on the page of label change {row.id}.",
    )  # fmt: skip


def _sign(
    session: Session, row: LabelChange, signer: Signer, meaning: str, reason: str, at: datetime
) -> None:
    put(
        session, record=row.record, content=row.model_dump(mode="json"), signer=signer, meaning=meaning, reason=reason, at=at,
    )  # fmt: skip
