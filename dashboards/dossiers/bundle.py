"""A dossier as a bundle on disk: PDF, JSON, CSV, figures, and a manifest that holds the hash of each file.

Nothing in a bundle depends on when or where it is written: the same dossier gives the same bytes.
"""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.dossiers.content import Dossier
from register.refusal import Refusal

MANIFEST = "manifest.json"
TEMPLATE = Path(__file__).parent.parent / "templates" / "dossier.typ"


class NotABundle(Refusal):
    """A folder without a readable manifest is not a dossier bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCheck:
    """Whether every file is the one the manifest names, and which one is not."""

    id: str
    files: int
    whole: bool
    faults: tuple[str, ...]
    sentence: str


def write(
    dossier: Dossier,
    folder: Path,
    *,
    request: dict[str, Any],
    attached: Mapping[str, object] | None = None,
) -> str:
    """Write the bundle at a folder, all or nothing; give back the SHA-256 of its manifest.

    `request` is what was asked for (kind, deployment, period, data cut), by which it is derived again;
    `attached` are further values, each a JSON file under its name.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        for name, value in (attached or {}).items():
            (draft / name).write_text(_json(value), encoding="utf-8")
        fill(dossier, draft, request=request)
        digest = _sha256(draft / MANIFEST)
        if folder.exists():
            shutil.rmtree(folder)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return digest


def fill(dossier: Dossier, folder: Path, *, request: dict[str, Any]) -> None:
    """Put every file of the bundle into an existing folder."""
    (folder / "figures").mkdir()
    (folder / "tables").mkdir()
    for figure in dossier.figures():
        (folder / "figures" / f"{figure.key}.svg").write_text(figure.svg, encoding="utf-8")
    described = []
    for table in dossier.tables():
        columns, rows = table.spread()
        _write_csv(folder / "tables" / f"{table.key}.csv", [c.key for c in columns], rows)
        described += [(table.key, table.caption, c.key, c.head, c.meaning) for c in columns]
    _write_csv(
        folder / "data-dictionary.csv",
        ["table", "caption", "column", "heading", "meaning"],
        described,
    )
    (folder / "dossier.json").write_text(_json(dossier.as_json()), encoding="utf-8")
    _typeset(folder)
    manifest = {
        "id": dossier.id,
        "kind": dossier.kind,
        "software": dossier.software,
        "request": request,
        "rows": {f"tables/{t.key}.csv": len(t.rows) for t in dossier.tables()},
        "files": {str(path.relative_to(folder)): _sha256(path) for path in _files(folder)},
    }
    (folder / MANIFEST).write_text(_json(manifest), encoding="utf-8")


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a bundle."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise NotABundle(f"{folder}: {NotABundle.__doc__}") from wrong
    if not isinstance(found, dict) or "files" not in found:
        raise NotABundle(f"{folder / MANIFEST}: names no files. {NotABundle.__doc__}")
    return found


def verify(folder: Path) -> BundleCheck:
    """Compare each file with the hash its manifest names; needs no database."""
    manifest = manifest_of(folder)
    named: dict[str, str] = manifest["files"]
    there = {str(path.relative_to(folder)) for path in _files(folder)} - {MANIFEST}
    faults = [f"{name} is missing" for name in sorted(set(named) - there)]
    faults += [f"{name} is not named in the manifest" for name in sorted(there - set(named))]
    faults += [
        f"{name} was altered"
        for name in sorted(there & set(named))
        if _sha256(folder / name) != named[name]
    ]
    return check(manifest["id"], len(named), faults, "matches its manifest")


def compare(folder: Path, again: Path) -> BundleCheck:
    """Compare a bundle with one derived again: equal to the byte, or which files differ."""
    first, second = manifest_of(folder), manifest_of(again)
    names = sorted(set(first["files"]) | set(second["files"]))
    faults = [
        f"{name} differs when derived again"
        for name in names
        if first["files"].get(name) != second["files"].get(name)
    ]
    if not faults and (folder / MANIFEST).read_bytes() != (again / MANIFEST).read_bytes():
        faults.append(f"{MANIFEST} differs when derived again")
    return check(
        first["id"], len(names), faults, "matches its manifest and was derived again to the byte"
    )


def check(identifier: str, files: int, faults: list[str], well: str) -> BundleCheck:
    """A finding about a bundle, with its sentence."""
    sentence = (
        f"{identifier}: {files} files, {well}."
        if not faults
        else f"{identifier}: {'; '.join(faults)}."
    )
    return BundleCheck(
        id=identifier, files=files, whole=not faults, faults=tuple(faults), sentence=sentence
    )


def _typeset(folder: Path) -> None:
    import typst

    source = folder / TEMPLATE.name
    shutil.copyfile(TEMPLATE, source)
    try:
        pdf = typst.compile(
            str(source), root=str(folder), pdf_standards=["ua-1", "a-2a"], ignore_system_fonts=True
        )
    finally:
        source.unlink()
    (folder / "document.pdf").write_bytes(pdf)


def _write_csv(path: Path, heads: list[str], rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows([["" if value is None else value for value in row] for row in rows])


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
