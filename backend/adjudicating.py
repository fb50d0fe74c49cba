"""Keeping an adjudicator's answer: a batch of one row, taken as every other evidence is."""

import csv
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import yaml
from sqlmodel import Session, col, select

from backend import audit as trail
from backend.clock import now
from backend.database import raw
from backend.settings import settings
from surveillance.adjudication import Answer, NotAdjudicated, audit_of, row_of
from surveillance.evidence.recorded import EvidenceBatch
from surveillance.evidence.study import Study


def answer(session: Session, number: int, study: str, given: Answer, *, by: str) -> None:
    """Take the answer to one case of an audit; refused with the reason, and then nothing is kept."""
    from surveillance.intake.batch import import_batch

    pg, at = raw(session), now()
    opened = audit_of(session, pg, number)
    taken, origin = _study(session, study)
    examined = taken.astimezone(ZoneInfo(opened.view.time_zone)).date()
    row = row_of(opened, study, given, examined=examined, at=at)
    with TemporaryDirectory() as folder, session.begin_nested():
        _write(Path(folder), row, origin=origin)
        batch = import_batch(pg, Path(folder), key=settings().secret("pseudonym"), by=by, at=at)
        if batch.problems:
            raise NotAdjudicated(batch.problems[0].sentence())
        trail.note(
            pg, by=by, event="adjudicated", subject=f"random_audit {number}",
            after={"outcome_id": row["outcome_id"], "batch": batch.number},
        )  # fmt: skip


def _write(folder: Path, row: dict[str, str], *, origin: str) -> None:
    said = {"source": "adjudication", "title": "Answers of adjudicators", "origin": origin}
    (folder / "batch.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    with (folder / "outcomes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)


def _study(session: Session, uid: str) -> tuple[datetime, str]:
    """When a study was made, and whether it is real or simulated: an answer is what its study is."""
    asked = (
        select(Study.study_datetime, EvidenceBatch.origin)
        .where(col(Study.batch) == col(EvidenceBatch.id), Study.study_instance_uid == uid)
        .order_by(col(Study.revision).desc())
    )
    found = session.exec(asked).first()
    if found is None:
        raise NotAdjudicated(f"Study {uid} is not on record.")
    return found
