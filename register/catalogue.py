"""The register as a whole: entries come in and go out as YAML, and are found as of any moment."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from sqlmodel import Session

from register.algorithm import Algorithm, Commitment, ProductVersion
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.entry_form import AlgorithmForm, DeploymentForm, EntryForm
from register.fault import told
from register.indication import Indication
from register.refusal import Refusal
from register.revision import Revised, as_known, revise


class EntryNotUnderstood(Refusal):
    """A register file that cannot be taken; the sentence names the file, the field and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: entries added, revised and left unchanged."""

    added: int = 0
    revised: int = 0
    unchanged: int = 0


def read(path: Path) -> EntryForm:
    """The entry written in a YAML file, checked field by field."""
    try:
        return understood(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as wrong:
        raise EntryNotUnderstood(f"{path}: not UTF-8; save it as UTF-8.") from wrong


def understood(text: str, where: str) -> EntryForm:
    """The entry a text in YAML states; a fault names `where` it was written, the line or the field."""
    try:
        written = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise EntryNotUnderstood(f"{where}{_fault(text, wrong)}") from wrong
    if not isinstance(written, dict):
        raise EntryNotUnderstood(
            f"{where}: expected `algorithm:`, `deployments:` or `sites:` at the top; "
            "docs/reference/register-entry.md shows an entry."
        )
    try:
        return EntryForm.model_validate(written)
    except ValidationError as wrong:
        raise EntryNotUnderstood(f"{where}: {first_error(wrong)}") from wrong


def record(session: Session, form: EntryForm, *, by: str, at: datetime) -> Imported:
    """Add what an entry says to the register, each part under its key; one transaction of the caller."""
    known_sites = {site.key for site in as_known(session, Site)}
    book = {"recorded_by": by, "recorded_at": at}
    counts = Counter(revise(session, entry) for entry in _entries(form, book, known_sites))
    return Imported(added=counts["added"], revised=counts["revised"], unchanged=counts["unchanged"])


def export(session: Session, algorithm: str, at: datetime | None = None) -> str:
    """One algorithm with its deployments as YAML that `read` takes back to the same register."""
    return yaml.safe_dump(
        written(session, algorithm, at), sort_keys=False, allow_unicode=True, width=100
    )


def written(session: Session, algorithm: str, at: datetime | None = None) -> dict[str, Any]:
    """What the register says of one algorithm and its deployments, in the form of a register file."""
    entry = next(iter(as_known(session, Algorithm, at, key=algorithm)), None)
    if entry is None:
        raise EntryNotUnderstood(f"No algorithm '{algorithm}' in the register as of that moment.")
    said: dict[str, Any] = {"algorithm": {"key": entry.key, **_short(entry)}}
    said["algorithm"]["devices"] = [
        _short(version, "algorithm")
        for version in as_known(session, ProductVersion, at, algorithm=algorithm)
    ]
    clearances = said["algorithm"]["clearances"] = []
    for clearance in as_known(session, Clearance, at, algorithm=algorithm):
        indications = as_known(session, Indication, at, clearance=clearance.key)
        clearances.append(
            {
                "key": clearance.key.removeprefix(f"{algorithm}:"),
                **_short(clearance, "algorithm"),
                "indications": [
                    {"key": i.name, **_short(i, "clearance", "name")} for i in indications
                ],
            }
        )
    said["algorithm"]["commitments"] = [
        _short(promise, "algorithm")
        for promise in as_known(session, Commitment, at, algorithm=algorithm)
    ]
    deployments = as_known(session, Deployment, at, algorithm=algorithm)
    said["deployments"] = [_deployment(deployment) for deployment in deployments]
    names = {deployment.site for deployment in deployments}
    said["sites"] = [
        {"key": site.key, **_short(site)}
        for site in as_known(session, Site, at)
        if site.key in names
    ]
    return said


def _entries(form: EntryForm, book: dict[str, Any], known_sites: set[str]) -> Iterator[Revised]:
    since = {**book, "effective_from": form.effective_from, "revision": 0}
    stated = known_sites | {site.key for site in form.sites}
    for site in form.sites:
        yield Site(**site.model_dump(), **since)
    if form.algorithm is None:
        return
    yield from _algorithm(form.algorithm, since)
    for deployment in form.deployments:
        if deployment.site not in stated:
            stated.add(deployment.site)
            yield Site(
                key=deployment.site,
                name=deployment.site,
                jurisdiction="EU",
                time_zone=None,
                **since,
            )
        yield Deployment(algorithm=form.algorithm.key, **_periods(deployment), **since)


def _algorithm(form: AlgorithmForm, since: dict[str, Any]) -> Iterator[Revised]:
    yield Algorithm(**form.model_dump(exclude={"devices", "clearances", "commitments"}), **since)
    for device in form.devices:
        yield ProductVersion(
            key=f"{form.key}:{device.version}", algorithm=form.key, **device.model_dump(), **since
        )
    for clearance in form.clearances:
        key = f"{form.key}:{clearance.key}"
        stated = clearance.model_dump(exclude={"key", "indications"})
        yield Clearance(key=key, algorithm=form.key, **stated, **since)
        for indication in clearance.indications:
            yield Indication(
                key=f"{key}:{indication.key}",
                clearance=key,
                name=indication.key,
                **indication.model_dump(mode="json", exclude={"key"}),
                **since,
            )
    for promise in form.commitments:
        yield Commitment(
            key=f"{form.key}:{promise.kind}", algorithm=form.key, **promise.model_dump(), **since
        )


def _periods(form: DeploymentForm) -> dict[str, Any]:
    stated = form.model_dump(exclude={"shadow", "live"})
    for name, period in (("shadow", form.shadow), ("live", form.live)):
        stated[f"{name}_from"] = period.from_ if period else None
        stated[f"{name}_to"] = period.to if period else None
    return stated


def _deployment(entry: Deployment) -> dict[str, Any]:
    stated = {"key": entry.key, **_short(entry, "algorithm")}
    for name in ("shadow", "live"):
        period = {"from": stated.pop(f"{name}_from", None), "to": stated.pop(f"{name}_to", None)}
        if period["from"]:
            stated[name] = {side: day for side, day in period.items() if day}
    return stated


def _short(entry: Revised, *without: str) -> dict[str, Any]:
    """The facts of an entry without what is empty or stands around it."""
    return {
        name: value
        for name, value in entry.facts().items()
        if name not in {*without, "effective_from"} and value not in (None, {}, [], "")
    }


def _fault(text: str, wrong: yaml.YAMLError) -> str:
    """Where a text stops being YAML, in words: the line, what stands there and what to look at."""
    mark = getattr(wrong, "problem_mark", None)
    if mark is None:
        return (
            ": not readable as YAML: it holds a character that no text has; save it as plain UTF-8."
        )
    lines = text.splitlines()
    if mark.line >= len(lines):
        return f", line {len(lines)}: not readable as YAML: a bracket or quote opened before is not closed."
    return (
        f", line {mark.line + 1}: not readable as YAML from '{lines[mark.line].strip()}' on; mend the "
        "indentation, a colon or quotes there or on the line before."
    )


def first_error(wrong: ValidationError) -> str:
    """The first fault of a form in words: the field, what it needs, and what was given."""
    errors = sorted(wrong.errors(), key=lambda error: error["type"] != "extra_forbidden")
    error = errors[0]
    where = ".".join(str(part) for part in error["loc"]) or "the entry"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{told(error, where)}{more}"
