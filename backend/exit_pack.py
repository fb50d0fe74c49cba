"""What a site takes with it when it leaves a supplier: everything on record about one algorithm.

Made for the day after the contract, when nobody can be asked any more. Tables whose rows stand for one
patient or study stay at home; their counts are in the measurements.
"""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Table, or_
from sqlmodel import Session, SQLModel, col, select

from backend import audit
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.tables import ACCESS, KEPT, REGISTER
from dashboards.dossiers.bundle import MANIFEST
from dashboards.dossiers.filed import FiledDossier
from register import catalogue
from register.algorithm import Algorithm
from register.clearance import Clearance
from register.columns import Privacy
from register.deployment import Deployment, Site
from register.refusal import Refusal
from register.scope_review import ScopeReview
from register.signature import Signature
from surveillance.signals import Signal
from surveillance.validation.kept import ValidationPlan

OF_A_PATIENT = (Privacy.PSEUDONYM, Privacy.CLINICAL, Privacy.SECRET)


class FolderTaken(Refusal):
    """The folder that a pack should be written to is there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPack:
    """A pack as it was written: rows by table, and how many dossiers are in it."""

    folder: Path
    rows: dict[str, int]
    dossiers: int


def write(url: str, algorithm: str, folder: Path, *, by: str) -> ExitPack:
    """Write the pack of an algorithm to a new folder, all or nothing; `dossier verify` checks it without a database."""
    if folder.exists():
        raise FolderTaken(f"{folder} is there already; name a folder that is not.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.resolve().parent))
    try:
        with unit_of_work(url, by=by) as session:
            pack = _fill(session, algorithm, draft, at=now())
            audit.note(raw(session), by=by, event="exported", subject=f"exit pack of {algorithm}", after={"rows": sum(pack.values())})  # fmt: skip
        copied = len(list((draft / "dossiers").iterdir())) if (draft / "dossiers").exists() else 0
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return ExitPack(folder=folder, rows=pack, dossiers=copied)


def _fill(session: Session, algorithm: str, folder: Path, *, at: datetime) -> dict[str, int]:
    (folder / "entry.yaml").write_text(catalogue.export(session, algorithm), encoding="utf-8")
    (folder / "tables").mkdir()
    counts = {}
    for table, rows in _history(session, algorithm):
        counts[str(table.__tablename__)] = len(rows)
        _write(folder / "tables" / f"{table.__tablename__}.jsonl", table, rows)
        for filed in (row for row in rows if isinstance(row, FiledDossier)):
            if Path(filed.folder).is_dir():
                shutil.copytree(filed.folder, folder / "dossiers" / filed.id)
    _write_dictionary(folder / "data-dictionary.csv", counts)
    manifest = {
        "id": f"EXIT-{algorithm}-{at:%Y-%m-%d}",
        "kind": "exit-pack",
        "software": f"catamnesis {version('catamnesis')}",
        "request": {"algorithm": algorithm, "as_of": at.isoformat()},
        "audit_trail": asdict(audit.head(raw(session), at=at)),
        "rows": {f"tables/{name}.jsonl": count for name, count in counts.items()},
        "files": {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()
        },
    }  # fmt: skip
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")  # fmt: skip
    return counts


def _history(session: Session, algorithm: str) -> Iterator[tuple[type[SQLModel], list[Any]]]:
    """Every table that has rows about the algorithm, each with all of them; signatures last."""
    deployments = _of(session, Deployment.key, Deployment.algorithm, {algorithm})
    about = {
        "algorithm": {algorithm},
        "subject": {algorithm},
        "clearance": _of(session, Clearance.key, Clearance.algorithm, {algorithm}),
        "deployment": deployments,
        "plan": _of(session, ValidationPlan.key, ValidationPlan.deployment, deployments),
        "signal": _of(session, Signal.id, Signal.deployment, deployments),
        "review": _of(session, ScopeReview.id, ScopeReview.deployment, deployments),
    }
    sites = _of(session, Deployment.site, Deployment.algorithm, {algorithm})
    of_itself = {Algorithm: {algorithm}, Site: sites}
    signed: set[str] = set()
    for table in (*REGISTER, *KEPT):
        if table is Signature or _of_a_patient(table):
            continue
        rows = _rows(session, table, {"key": of_itself[table]} if table in of_itself else about)
        name = table.__tablename__
        signed |= {getattr(row, "record", f"{name} {getattr(row, 'id', '')}") for row in rows}
        if rows:
            yield table, rows
    if signatures := _rows(session, Signature, {"record": signed}):
        yield Signature, signatures


def _of(session: Session, wanted: Any, where: Any, values: set[str]) -> set[Any]:
    return set(session.exec(select(wanted).where(col(where).in_(values))))


def _rows(session: Session, table: type[SQLModel], about: dict[str, set[Any]]) -> list[Any]:
    """The rows of a table that have one of the values in one of the columns, in the order of their keys."""
    described = _described(table)
    named = [described.columns[name].in_(values) for name, values in about.items() if name in described.columns]  # fmt: skip
    if not named:
        return []
    return list(session.exec(select(table).where(or_(*named)).order_by(*described.primary_key.columns)))  # fmt: skip


def _described(table: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(table.__tablename__)]


def _of_a_patient(table: type[SQLModel]) -> bool:
    """Whether a row stands for one patient or study, or holds a secret."""
    columns = _described(table).columns
    return table in ACCESS or any(c.info.get("privacy") in OF_A_PATIENT for c in columns)


def _write(path: Path, table: type[SQLModel], rows: list[Any]) -> None:
    lines = (json.dumps(row.model_dump(mode="json"), ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _write_dictionary(path: Path, counts: dict[str, int]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(["table", "column", "meaning"])
        for table in (*REGISTER, *KEPT):
            if table.__tablename__ in counts:
                sheet.writerows(
                    (table.__tablename__, c.name, c.comment) for c in _described(table).columns
                )
