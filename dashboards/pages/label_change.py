"""The page of a proposed change of a label: what would differ, which studies it would move, and who decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from register.deployment import Deployment
from register.entitlement import GOVERNING, who
from register.label_change import LabelChange, label_changes
from register.refusal import Refusal
from register.revision import as_known
from register.signature import under
from register.transition import APPROVED, REJECTED, decided


class NoSuchLabelChange(Refusal):
    """No change of a label was proposed under that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMoved:
    """One field of the label that would differ."""

    field: str = shown("The field, by its place in the entry")
    before: str = shown("What the label says")
    after: str = shown("What it would say")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudiesMoved:
    """Studies that one deployment would judge otherwise."""

    deployment: str = shown("Key of the deployment")
    finding: str = shown("What is looked for")
    today: str = shown("The decision by the label in force")
    proposed: str = shown("The decision by the proposed label")
    because: str = shown("The attribute and clause that decide")
    studies: int = shown("How many studies of the last year")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChangePage:
    """Everything the page of a label change shows."""

    at: datetime = shown("When the page was made")
    number: int = shown("Number of the proposal")
    algorithm: str = shown("Key of the algorithm")
    standing: str = shown("Whether it is open, approved or rejected")
    fields: tuple[FieldMoved, ...] = shown("Every field that would differ")
    looked_at: tuple[str, ...] = shown("How many stored studies were judged by both labels")
    moved: tuple[StudiesMoved, ...] = shown("The studies that would be judged otherwise")
    signatures: tuple[SignatureShown, ...] = shown("Who proposed and who decided")
    decide: SigningForm | None = shown("The decision; none once it is taken")


def place_of(row: LabelChange) -> str:
    """Where a proposal is looked at."""
    return f"/label-changes/{row.id}"


def label_change_page(
    session: Session, number: int, *, at: datetime, account: str, role: str, problem: str = ""
) -> LabelChangePage:
    """The page of one proposal as it stands."""
    row = session.get(LabelChange, number)
    if row is None:
        raise NoSuchLabelChange(f"No change of a label was proposed under number {number}.")
    seen = {one.key for one in as_known(session, Deployment)}
    effects = [effect for effect in row.effects if effect["deployment"] in seen]
    signatures = under(session, row.record)
    taken = decided(signatures)
    return LabelChangePage(
        at=at,
        number=number,
        algorithm=row.algorithm,
        standing={None: "open", APPROVED: "approved and recorded", REJECTED: "rejected"}[
            taken.meaning if taken else None
        ],
        fields=tuple(
            FieldMoved(field=f["field"], before=_said(f["before"]), after=_said(f["after"]))
            for f in row.fields
        ),
        looked_at=tuple(
            f"{e['deployment']}, {words(e['finding'])}: {e['studies']:,} stored studies since {e['since']}; "
            f"{sum(m['studies'] for m in e['moved']):,} would be judged otherwise."
            for e in effects
        ),
        moved=tuple(_moved(effect, m) for effect in effects for m in effect["moved"]),
        signatures=tuple(signature_shown(signed) for signed in signatures),
        decide=None if taken else _decision(row, account, role, problem),
    )


def open_places(session: Session, algorithm: str) -> tuple[str, ...]:
    """Where the proposals for an algorithm wait that nobody decided on."""
    return tuple(
        place_of(row)
        for row, signed in label_changes(session, algorithm)
        if decided(signed) is None
    )


def _decision(row: LabelChange, account: str, role: str, problem: str) -> SigningForm:
    hindered = ""
    if role not in GOVERNING:
        hindered = f"{sentence_case(who('decides on a change of the label'))}."
    elif row.proposed_by == account:
        hindered = "You proposed this; someone else decides."
    return SigningForm(
        action=place_of(row),
        question="Decide on the change",
        field="approve",
        choices=(
            Choice(value="yes", label="Approve: record it; what ran under the old label is validated anew"),
            Choice(value="no", label="Reject: nothing changes"),
        ),
        hindered=hindered,
        problem=problem,
    )  # fmt: skip


def _moved(effect: dict[str, Any], moved: dict[str, Any]) -> StudiesMoved:
    attribute = words(moved["attribute"])
    return StudiesMoved(
        deployment=effect["deployment"],
        finding=words(effect["finding"]),
        today=words(moved["today"]),
        proposed=words(moved["proposed"]),
        because=f"{attribute} ({moved['clause']})" if moved["clause"] else attribute,
        studies=moved["studies"],
    )


def _said(value: object) -> str:
    return "–" if value is None else str(value)
