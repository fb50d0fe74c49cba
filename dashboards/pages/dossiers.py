"""The page *Dossiers*: every document that was built, with its files and hashes."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from dashboards.dossiers.bundle import MANIFEST, NotABundle, manifest_of
from dashboards.dossiers.filed import FiledDossier
from dashboards.pages.shown import sentence_case, shown
from register.refusal import Refusal

_MAIN = {"document.pdf": "PDF", "dossier.json": "JSON", MANIFEST: "Manifest"}
_KINDS = {"pmcf-evidence-pack": "PMCF evidence pack", "annual-scope-review": "Annual scope review"}


class UnknownDossier(Refusal):
    """There is no such dossier."""


class NotInManifest(Refusal):
    """A dossier hands out the files that its manifest names, and no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFile:
    """One file that can be taken."""

    name: str = shown("Its name in the bundle")
    label: str = shown("What to call it")
    href: str = shown("Where it is taken from")
    sha256: str = shown("Hash that the manifest names")


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRow:
    """One dossier."""

    id: str = shown("Identifier printed on every page of it")
    kind: str = shown("Which document")
    title: str = shown("Its title")
    deployment: str = shown("Key of the deployment")
    period_from: date = shown("First day covered")
    period_to: date = shown("Last day covered")
    as_of: datetime = shown("Data cut")
    built_at: datetime = shown("When it was built")
    built_by: str = shown("Who built it")
    state: str = shown("Draft or final; 'not readable' when its files are gone")
    origin: str = shown("Whether its cases are real or simulated")
    sha256: str = shown("Hash of its manifest")
    documents: tuple[DossierFile, ...] = shown("PDF, JSON and manifest")
    annex: tuple[DossierFile, ...] = shown("Tables as CSV, data dictionary and figures")


@dataclass(frozen=True, slots=True, kw_only=True)
class DossiersPage:
    """Everything the page *Dossiers* shows."""

    at: datetime = shown("When the page was made")
    rows: tuple[DossierRow, ...] = shown("The dossiers, newest first")


def dossiers_page(session: Session, *, at: datetime) -> DossiersPage:
    """The dossiers built so far."""
    found = session.exec(
        select(FiledDossier).order_by(col(FiledDossier.built_at).desc(), col(FiledDossier.id))
    ).all()
    return DossiersPage(at=at, rows=tuple(_row(one) for one in found))


def file_of(session: Session, identifier: str, name: str) -> Path:
    """The path of a file of a dossier; only names that the manifest states are looked up."""
    filed = session.get(FiledDossier, identifier)
    if filed is None:
        raise UnknownDossier(f"{UnknownDossier.__doc__} '{identifier}' is not filed.")
    folder = Path(filed.folder)
    if name != MANIFEST and name not in manifest_of(folder)["files"]:
        raise NotInManifest(f"{NotInManifest.__doc__} '{name}' is not among them.")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise NotInManifest(f"'{name}' is named in the manifest and no longer in the bundle.")
    return path


def _row(filed: FiledDossier) -> DossierRow:
    said, hashes = _read(Path(filed.folder))
    names = sorted(name for name in hashes if name not in _MAIN)
    return DossierRow(
        id=filed.id,
        kind=_KINDS.get(filed.kind, filed.kind),
        title=filed.title,
        deployment=filed.deployment,
        period_from=filed.period_from,
        period_to=filed.period_to,
        as_of=filed.as_of,
        built_at=filed.built_at,
        built_by=filed.built_by,
        state=sentence_case(str(said.get("state", "not readable"))),
        origin=str(said.get("origin", "not readable")),
        sha256=filed.manifest_sha256,
        documents=tuple(
            _file(filed, name, label, filed.manifest_sha256 if name == MANIFEST else hashes[name])
            for name, label in _MAIN.items()
            if name in hashes or (name == MANIFEST and hashes)
        ),
        annex=tuple(_file(filed, name, name, hashes[name]) for name in names),
    )


def _file(filed: FiledDossier, name: str, label: str, sha256: str) -> DossierFile:
    return DossierFile(name=name, label=label, href=f"/dossiers/{filed.id}/{name}", sha256=sha256)


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        hashes: dict[str, str] = manifest_of(folder)["files"]
        said: dict[str, Any] = json.loads((folder / "dossier.json").read_text(encoding="utf-8"))
    except (NotABundle, OSError, ValueError):
        return {}, {}
    return said, hashes
