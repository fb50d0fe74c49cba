"""Taking a batch of evidence: one transaction, one line in the audit trail."""

from collections.abc import Callable
from pathlib import Path

import psycopg

from backend import audit
from backend.clock import now
from backend.settings import settings
from surveillance.intake.batch import ImportedBatch, import_batch


def take(
    url: str,
    folder: Path,
    *,
    by: str,
    time_zone: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> ImportedBatch:
    """Import a batch and commit it; a program killed on the way leaves nothing of it behind."""
    with psycopg.connect(url) as pg:
        pg.execute("SELECT pg_advisory_xact_lock(hashtext('catamnesis.evidence'))")
        batch = import_batch(
            pg,
            folder,
            key=settings().secret("pseudonym"),
            by=by,
            at=now(),
            time_zone=time_zone,
            progress=progress,
        )
        said = batch.as_json()
        audit.note(
            pg, by=by, event="imported", subject=f"evidence_batch {batch.number}",
            after={"source": said["source"], "files": said["files"]},
        )  # fmt: skip
    return batch
