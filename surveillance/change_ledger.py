"""Everything that changed around a deployment, whatever told us of it, in the order in which it happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from register.deployment import Deployment
from register.label_change import label_changes
from register.transition import APPROVED, CONFIGURATION, approved, decided
from surveillance.monitors.verdict import standing
from surveillance.provenance import events_around
from surveillance.view import DeploymentView

COMPARED_DAYS = 90
"""So many study days before a change are compared with so many from it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One dated change: the day at the site, its kind, what happened, and who or what says so."""

    day: date
    kind: str
    told: str
    source: str


def ledger(session: Session, known: DeploymentView, *, at: datetime) -> tuple[LedgerEntry, ...]:
    """The changes of a deployment as known at a moment, the oldest first.

    Events that were imported, decisions on its state and its label, each change of its configuration in the register,
    and scanner models that began to send.
    """
    zone = ZoneInfo(known.time_zone)
    found = [
        *_events(session, known, at, zone), *_decisions(session, known, at, zone),
        *_configurations(session, known, at, zone), *_scanners(session, known, at),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda entry: (entry.day, entry.kind, entry.told)))


def _events(
    session: Session, known: DeploymentView, at: datetime, zone: ZoneInfo
) -> Iterator[LedgerEntry]:
    for event in events_around(session, known.key, known.site, at):
        yield LedgerEntry(
            day=event.occurred_at.astimezone(zone).date(), kind=event.kind,
            told=event.description or "no description", source="event",
        )  # fmt: skip


def _decisions(
    session: Session, known: DeploymentView, at: datetime, zone: ZoneInfo
) -> Iterator[LedgerEntry]:
    for row, signed in approved(session, known.key, at):
        yield LedgerEntry(
            day=row.effective_from, kind="state_changed",
            told=f"{_words(row.from_state)} to {_words(row.to_state)}: {signed.reason}", source=signed.name,
        )  # fmt: skip
    for change, signatures in label_changes(session, known.algorithm):
        taken = decided(signatures)
        if taken is not None and taken.meaning == APPROVED and taken.signed_at <= at:
            yield LedgerEntry(
                day=taken.signed_at.astimezone(zone).date(), kind="label_changed",
                told=", ".join(str(moved["field"]) for moved in change.fields), source=taken.name,
            )  # fmt: skip


def versions_in_force(
    session: Session, known: DeploymentView, *, at: datetime
) -> tuple[tuple[date, str], ...]:
    """From which day on the register has which version in force, as known at a moment; of what holds on a day the last counts."""
    zone = ZoneInfo(known.time_zone)
    return tuple((_since(entry, zone), entry.version) for entry in _revisions(session, known, at))


def _revisions(session: Session, known: DeploymentView, at: datetime) -> Sequence[Deployment]:
    return session.exec(
        select(Deployment)
        .where(Deployment.key == known.key, col(Deployment.recorded_at) <= at)
        .order_by(col(Deployment.revision))
    ).all()


def _since(entry: Deployment, zone: ZoneInfo) -> date:
    return entry.effective_from or entry.recorded_at.astimezone(zone).date()


def _configurations(
    session: Session, known: DeploymentView, at: datetime, zone: ZoneInfo
) -> Iterator[LedgerEntry]:
    for before, after in pairwise(_revisions(session, known, at)):
        for name in CONFIGURATION:
            was, is_ = getattr(before, name), getattr(after, name)
            if was != is_:
                yield LedgerEntry(
                    day=_since(after, zone),
                    kind=f"{name}_changed", told=f"{was or 'none'} to {is_ or 'none'}", source=after.recorded_by,
                )  # fmt: skip


def _scanners(session: Session, known: DeploymentView, at: datetime) -> Iterator[LedgerEntry]:
    """Models and their software that were not there in the first months, as the equipment monitor first saw them."""
    seen = {
        (verdict.level, verdict.window_from, verdict.metric)
        for verdict in standing(session, known.key, at=at)
        if verdict.monitor == "equipment" and verdict.sentence.startswith("New scanner ")
    }
    for level, day, metric in sorted(seen, key=str):
        what = f"software {level}" if metric == "software_versions" else level
        if day is not None:
            yield LedgerEntry(
                day=day, kind="scanner_seen", told=f"{what} began to send", source="equipment monitor"
            )  # fmt: skip


def around(entries: tuple[LedgerEntry, ...], first: date, last: date) -> tuple[LedgerEntry, ...]:
    """The entries from one day to another, both included."""
    return tuple(entry for entry in entries if first <= entry.day <= last)


def _words(code: str) -> str:
    return code.replace("_", " ")
