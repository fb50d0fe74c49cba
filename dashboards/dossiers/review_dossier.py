"""The sections that were gathered for a scope review: the filed dossier, and what stands in it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from dashboards.dossiers.bundle import MANIFEST, NotABundle, verify
from dashboards.dossiers.filed import FiledDossier
from register.scope_review import ScopeReview
from surveillance.reviewing import Gathered

KIND = "annual-scope-review"


def gathered_for(session: Session, review: ScopeReview) -> FiledDossier | None:
    """The dossier of a review's period with the latest data cut."""
    return session.exec(
        select(FiledDossier)
        .where(
            FiledDossier.kind == KIND,
            FiledDossier.deployment == review.deployment,
            FiledDossier.period_from == review.period_from,
        )
        .order_by(col(FiledDossier.as_of).desc(), col(FiledDossier.id))
    ).first()


def rested_on(filed: FiledDossier) -> Gathered:
    """What a completion keeps of the dossier it rests on."""
    return Gathered(
        dossier=filed.id, sha256=filed.manifest_sha256, period_to=filed.period_to, as_of=filed.as_of
    )


def altered(filed: FiledDossier) -> str:
    """What is no longer as it was filed, in a sentence; empty where every file is."""
    folder = Path(filed.folder)
    try:
        found = verify(folder)
    except NotABundle:
        return f"The files of {filed.id} are not readable."
    if not found.whole:
        return found.sentence
    if hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest() != filed.manifest_sha256:
        return f"{filed.id}: {MANIFEST} was altered."
    return ""


def content_of(filed: FiledDossier) -> dict[str, Any]:
    """The dossier as a value; empty where its files are gone."""
    try:
        found = json.loads((Path(filed.folder) / "dossier.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
