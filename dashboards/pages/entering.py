"""The page on which an entry of the register is written or brought, looked at, and recorded."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.shown import shown
from register.entering import Outlook, draft_of
from register.entitlement import GOVERNING, who

LONGEST = 400_000
"""Characters of an entry; a register file of one algorithm has a few thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShown:
    """One field that would change."""

    field: str = shown("The field, by its place in the entry")
    before: str = shown("What the register says; a dash = nothing")
    after: str = shown("What it would say")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringPage:
    """Everything the page of entering shows."""

    at: datetime = shown("When the page was made")
    algorithm: str = shown("Key of the algorithm that is edited; empty = a new one")
    text: str = shown("The entry as it is written")
    name: str = shown("Name of the file it came from, which says what it is")
    looked: bool = shown("Whether it was looked at, and can be recorded")
    seen: str = shown("Digest of what was looked at: nothing else is recorded")
    summary: str = shown("How many parts would be added, revised and left as they are")
    fields: tuple[FieldShown, ...] = shown("Every field that would change")
    in_use: tuple[str, ...] = shown(
        "What of it is the label under which something runs, so that two decide"
    )
    reason: str = shown("Why the change is proposed, as it was typed")
    problem: str = shown("What is wrong with it, where, and what to do; empty = nothing")
    hindered: str = shown("Why this person cannot enter; empty = can")


def entering_page(
    session: Session,
    *,
    at: datetime,
    role: str,
    algorithm: str = "",
    text: str | None = None,
    name: str = "entry.yaml",
    outlook: Outlook | None = None,
    reason: str = "",
    problem: str = "",
) -> EnteringPage:
    """The page with a text to write in; with an outlook, also what recording it would do."""
    return EnteringPage(
        at=at,
        algorithm=algorithm,
        text=draft_of(session, algorithm) if text is None else text,
        name=name,
        looked=outlook is not None,
        seen=outlook.digest if outlook else "",
        summary=_summary(outlook) if outlook else "",
        fields=tuple(
            FieldShown(
                field=changed.field
                if len(outlook.algorithms) == 1 or not key
                else f"{key}: {changed.field}",
                before=_said(changed.before),
                after=_said(changed.after),
            )
            for key, changed in outlook.changes
        )
        if outlook
        else (),
        in_use=tuple(
            dict.fromkeys(
                f"{one.field}: {one.deployment} is {one.state} under it." for one in outlook.in_use
            )
        )
        if outlook
        else (),
        reason=reason,
        problem=problem,
        hindered="" if role in GOVERNING else f"{who('enters into the register').capitalize()}.",
    )


def _summary(outlook: Outlook) -> str:
    counted = outlook.counted
    if not counted.added and not counted.revised:
        return "The register says all of this already; recording it would change nothing."
    return (
        f"Recording it would add {counted.added:,} parts, revise {counted.revised:,} and leave "
        f"{counted.unchanged:,} as they are."
    )


def _said(value: object) -> str:
    return "–" if value is None else str(value)
