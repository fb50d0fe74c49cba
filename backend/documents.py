"""Dossiers on disk and in the record: built, listed, derived again."""

import tempfile
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from backend import audit
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.settings import settings
from dashboards.dossiers import bundle
from dashboards.dossiers.bundle import BundleCheck, NotABundle
from dashboards.dossiers.composition import KINDS, compose, request
from dashboards.dossiers.facts import Facts, gather
from dashboards.dossiers.filed import FiledDossier
from register.refusal import Refusal

__all__ = ["KINDS", "UnknownKind", "build", "filed", "rebuild"]


class UnknownKind(Refusal):
    """There is no dossier of that kind."""


def build(
    url: str,
    kind: str,
    deployment: str,
    *,
    by: str,
    first: date | None = None,
    last: date | None = None,
    as_of: datetime | None = None,
) -> FiledDossier:
    """Derive a dossier at a data cut (by default now), write its bundle and file it.

    Built again, its record says where the bundle stands now and what its manifest is.
    """
    if kind not in KINDS:
        raise UnknownKind(f"There is no dossier '{kind}'. There are: {', '.join(KINDS)}.")
    with unit_of_work(url, by=by) as session:
        at = as_of or audit.settled(raw(session))
    with unit_of_work(url, by=by) as session:
        facts = gather(session, raw(session), deployment, first=first, last=last, as_of=at)
        dossier = compose(kind, facts, software=_software())
        folder = settings().dossiers / dossier.id
        digest = bundle.write(dossier, folder, request=_request(session, kind, facts))
        found = session.get(FiledDossier, dossier.id)
        if found is None:
            found = FiledDossier(
                id=dossier.id,
                kind=kind,
                title=f"{dossier.title}: {dossier.subtitle}",
                deployment=deployment,
                period_from=facts.first,
                period_to=facts.last,
                as_of=at,
                built_at=now(),
                built_by=by,
                folder=str(folder),
                manifest_sha256=digest,
            )
            session.add(found)
        found.folder, found.manifest_sha256 = str(folder), digest
        session.flush()
        session.expunge(found)
    return found


def filed(url: str) -> list[FiledDossier]:
    """The dossiers built so far, oldest first."""
    with unit_of_work(url, by="reader") as session:
        found = session.exec(
            select(FiledDossier).order_by(col(FiledDossier.built_at), col(FiledDossier.id))
        ).all()
        session.expunge_all()
        return list(found)


def rebuild(url: str, folder: Path) -> BundleCheck:
    """Derive a bundle again from the evidence and compare it to the byte; nothing is written beside it."""
    asked = bundle.manifest_of(folder)["request"]
    with unit_of_work(url, by="verification") as session, tempfile.TemporaryDirectory() as scratch:
        facts = gather(
            session,
            raw(session),
            asked["deployment"],
            first=date.fromisoformat(asked["from"]),
            last=date.fromisoformat(asked["to"]),
            as_of=datetime.fromisoformat(asked["as_of"]),
        )
        dossier = compose(asked["kind"], facts, software=_software())
        again = Path(scratch)
        bundle.fill(dossier, again, request=_request(session, asked["kind"], facts))
        found = bundle.compare(folder, again)
    written = bundle.manifest_of(folder).get("software")
    if found.whole or written == _software():
        return found
    return replace(
        found,
        sentence=f"{found.sentence} It was written by {written} and derived again by {_software()}: "
        "to compare to the byte, use the version that wrote it.",
    )


def noted_heads(url: str) -> dict[str, str]:
    """The end of the audit trail by its hash, as each dossier on disk notes it."""
    noted = {}
    for one in filed(url):
        with suppress(NotABundle):
            said = bundle.manifest_of(Path(one.folder)).get("request", {}).get("audit_trail")
            if said:
                noted[said["last_hash"]] = f"dossier {one.id}"
    return noted


def note_download(url: str, identifier: str, name: str, *, by: str) -> None:
    """Write down in the audit trail that somebody took a file of a dossier."""
    with unit_of_work(url, by=by) as session:
        audit.note(
            raw(session),
            by=by,
            event="downloaded",
            subject=f"dossier {identifier}",
            after={"file": name},
        )


def _request(session: Session, kind: str, facts: Facts) -> dict[str, Any]:
    """What is asked for, and the end of the audit trail at the data cut: nothing before it can be cut off unseen."""
    return {**request(kind, facts), "audit_trail": asdict(audit.head(raw(session), at=facts.as_of))}


def _software() -> str:
    return f"catamnesis {version('catamnesis')}"
