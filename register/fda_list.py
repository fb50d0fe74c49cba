"""The list of AI-enabled devices that the US FDA publishes, kept as one snapshot after another.

The list holds positive decisions only and lags behind them: a device that is not on it may be cleared all
the same. Source: FDA, Artificial Intelligence-Enabled Medical Devices (list with download).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import yaml
from sqlmodel import Session

from register import identifiers
from register.columns import Privacy, column
from register.refusal import Refusal
from register.revision import Revised, as_known, revise

COLUMNS = {
    "date of final decision": "decided",
    "submission number": "key",
    "device": "device",
    "company": "company",
    "panel (lead)": "panel",
    "primary product code": "product_code",
}
PATHWAY_OF = {"K": "fda_510k", "DEN": "fda_de_novo", "P": "fda_pma"}
"""Pathway by what a submission number begins with."""
PANELS = {
    "Clinical Tcxicology": "Clinical Toxicology",
    "Gastroenterology/Urology": "Gastroenterology-Urology",
    "General & Plastic Surgery": "General and Plastic Surgery",
    "Obstetrics/Gynecology": "Obstetrics and Gynecology",
}
"""Ways the list writes a panel that it writes otherwise elsewhere."""


class ListNotUnderstood(Refusal):
    """A file that is not the FDA's list, or not newer than what is kept; the sentence names place and remedy."""


class FdaListing(Revised, table=True):
    """One device on the list; its key is the submission number."""

    __tablename__ = "fda_listing"

    decided: date = column("Date of final decision", Privacy.PUBLIC)
    device: str = column("Device", Privacy.PUBLIC)
    company: str = column("Company", Privacy.PUBLIC)
    panel: str = column("Lead review panel", Privacy.PUBLIC)
    product_code: str = column("Primary product code", Privacy.PUBLIC)
    listed: bool = column("Whether the last snapshot still has it", Privacy.PUBLIC, default=True)

    @property
    def pathway(self) -> str:
        """The pathway that its number names."""
        return PATHWAY_OF[self.key.rstrip("0123456789/S")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken:
    """What a snapshot changed: devices added, said otherwise than before, gone, and as they were."""

    until: date
    added: tuple[str, ...]
    revised: tuple[str, ...]
    gone: tuple[str, ...]
    unchanged: int


def is_fda_list(path: Path) -> bool:
    """Whether the first line of a file has the columns of the list."""
    return set(COLUMNS) <= {_plain(head).lower() for head in next(_lines(path), [])}


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a snapshot, cleaned of the blanks, spellings and encodings that snapshots are known to have."""
    lines = _lines(path)
    heads = [COLUMNS.get(_plain(head).lower(), "") for head in next(lines, [])]
    if lacking := [name for name, field in COLUMNS.items() if field not in heads]:
        raise ListNotUnderstood(f"{path.name}, line 1: no column '{lacking[0]}'; take the list as the FDA gives it, as CSV.")  # fmt: skip
    found: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(lines, start=2):
        row = {field: _plain(cell) for field, cell in zip(heads, cells, strict=False) if field}
        if not any(row.values()):
            continue
        row = _checked(row, f"{path.name}, row {number}")
        if found.setdefault(row["key"], row) != row:
            raise ListNotUnderstood(f"{path.name}, row {number}: {row['key']} stands in an earlier row with other content; keep the one that is right.")  # fmt: skip
    if not found:
        raise ListNotUnderstood(f"{path.name}: the list has no device; take it anew from the FDA.")
    return list(found.values())


def record(session: Session, rows: list[dict[str, str]], *, by: str, at: datetime) -> SnapshotTaken:
    """Keep a snapshot: what is new or said otherwise as a revision, what is no longer on it as *not listed*."""
    before = {one.key: one for one in as_known(session, FdaListing)}
    until = max(date.fromisoformat(row["decided"]) for row in rows)
    kept = reaches(before.values())
    if kept is not None and until < kept:
        raise ListNotUnderstood(f"This list goes to {until}, but one that goes to {kept} was taken before; take the newer one.")  # fmt: skip
    done: Mapping[str, list[str]] = {"added": [], "revised": [], "unchanged": [], "gone": []}
    book = {"revision": 0, "recorded_by": by, "recorded_at": at}
    for row in rows:
        entry = FdaListing.model_validate({**row, **book})
        done[revise(session, entry)].append(entry.key)
    on_it = {row["key"] for row in rows}
    for key, one in before.items():
        if one.listed and key not in on_it:
            revise(
                session, FdaListing.model_validate({**one.model_dump(), **book, "listed": False})
            )
            done["gone"].append(key)
    return SnapshotTaken(
        until=until, added=tuple(done["added"]), revised=tuple(done["revised"]), gone=tuple(done["gone"]),
        unchanged=len(done["unchanged"]),
    )  # fmt: skip


def drafted(session: Session, number: str) -> str:
    """The beginning of a register entry for a listed device; what the list does not say is left to be filled in."""
    listing = next(iter(as_known(session, FdaListing, key=number)), None)
    if listing is None:
        raise ListNotUnderstood(
            f"'{number}' is not on the list as last taken; look for it: catamnesis register fda TEXT"
        )
    specialty = {"Radiology": "radiology", "Pathology": "pathology", "Ophthalmic": "ophthalmology"}
    entry = {
        "algorithm": {
            "key": re.sub(r"[^a-z0-9]+", "-", listing.device.lower()).strip("-"),
            "name": listing.device,
            "manufacturer": {"name": listing.company},
            "purpose": None,
            "specialty": specialty.get(listing.panel),
            "devices": [{"version": None}],
            "clearances": [
                {"key": "us", "jurisdiction": "US", "pathway": listing.pathway, "number": listing.key,
                 "issued": listing.decided, "indications": []}
            ],
        }
    }  # fmt: skip
    return yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=100)


def reaches(listings: Iterable[FdaListing]) -> date | None:
    """The last decision on the list as it stands; None where none was taken."""
    return max((one.decided for one in listings if one.listed), default=None)


def find(session: Session, text: str, at: datetime | None = None) -> list[FdaListing]:
    """Devices whose number, name, company or product code holds a text, the last decided first."""
    wanted = text.lower()
    found = [
        one for one in as_known(session, FdaListing, at)
        if any(wanted in said.lower() for said in (one.key, one.device, one.company, one.product_code))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.decided, one.key), reverse=True)


def _lines(path: Path) -> Iterator[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return csv.reader(StringIO(text, newline=""))


def _plain(cell: str) -> str:
    return " ".join(cell.split())


def _checked(row: dict[str, str], where: str) -> dict[str, str]:
    for column_, field in COLUMNS.items():
        if not row.get(field):
            raise ListNotUnderstood(
                f"{where}: '{column_}' is empty; look it up by the submission number and fill it in."
            )
    pathway = PATHWAY_OF.get(row["key"].rstrip("0123456789/S"))
    try:
        if pathway is None:
            raise identifiers.IdentifierNotValid(f"'{row['key']}' begins with none of {', '.join(PATHWAY_OF)}")  # fmt: skip
        identifiers.clearance_number(row["key"], pathway)
    except identifiers.IdentifierNotValid as wrong:
        raise ListNotUnderstood(f"{where}, submission number: {wrong}.") from wrong
    return row | {
        "decided": _day(row["decided"], where).isoformat(),
        "panel": PANELS.get(row["panel"], row["panel"]),
    }


def _day(text: str, where: str) -> date:
    try:
        if stated := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            month, day, year = map(int, stated.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ListNotUnderstood(
            f"{where}: '{text}' is no date; the list writes month/day/year."
        ) from wrong
