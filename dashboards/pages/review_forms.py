"""The forms of a scope review: opened before its day, completed, approved or sent back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.pages.shown import shown, words
from dashboards.pages.signing import Choice, SigningForm
from register.entitlement import GOVERNING
from register.scope_review import Completion, Decision, latest_next

_MEANS = {
    Decision.CONTINUE: "continue: nothing changes but the next review",
    Decision.RESTRICT: "restrict: the deployment becomes limited",
    Decision.RETRAIN: "retrain: everybody named in oversight is trained again",
    Decision.SUSPEND: "suspend: nothing is let through from then on",
    Decision.RETIRE: "retire: for good",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletingForm:
    """What completes a review, with what was written before it was refused."""

    action: str = shown("Where the form is sent")
    decisions: tuple[Choice, ...] = shown("What can be decided")
    chosen: str = shown("The decision as it was chosen")
    conclusion: str = shown("The conclusion as it was written")
    conditions: str = shown("The conditions as they were written")
    despite: str = shown("The reason to continue all the same, as it was written")
    next_review: str = shown("Day of the next review as it was given")
    latest: date = shown("Last day it may be set to")
    asks_despite: bool = shown(
        "Whether a claim is breached, so that continuing needs its own reason"
    )
    hindered: str = shown("Why this person cannot complete it; empty = can")
    problem: str = shown("Why the last attempt was refused; empty at the first")


def completing(
    key: str, due: date, *, role: str, on: date, continues: bool, problem: str, given: Mapping[str, Any]
) -> CompletingForm:  # fmt: skip
    """The form that completes the open review of a deployment."""
    latest = latest_next(due, on)
    return CompletingForm(
        action=f"/deployments/{key}/review/complete",
        decisions=tuple(Choice(value=d, label=_MEANS[d]) for d in Decision),
        chosen=str(given.get("decision", "")),
        conclusion=str(given.get("conclusion", "")),
        conditions=str(given.get("conditions", "")),
        despite=str(given.get("despite", "")),
        next_review=str(given.get("next_review", "") or latest),
        latest=latest,
        asks_despite=not continues,
        hindered="" if role in GOVERNING else _roles("completes a review"),
        problem=problem,
    )


def deciding(
    key: str, waiting: Completion, *, account: str, role: str, problem: str
) -> SigningForm:
    """The decision on a completed review; who wrote it sees that someone else decides."""
    author = waiting.signatures[0]
    choices = [Choice(value="no", label="send back, with the reason")]
    if role != author.role:
        choices.insert(0, Choice(value="yes", label=f"approve: {waiting.said.decision}"))
    hindered = ""
    if role not in GOVERNING:
        hindered = _roles("decides on a review")
    elif account == author.signer:
        hindered = f"{author.name} completed this review; someone of the other role decides."
    return SigningForm(
        action=f"/deployments/{key}/review/decide",
        question=f"Approve review {waiting.said.review} or send it back",
        field="approve",
        choices=tuple(choices),
        hindered=hindered,
        problem=problem,
    )


def opening(key: str, due: date | None, *, role: str, problem: str) -> SigningForm:
    """Opening a review before its day, with the reason why it does not wait."""
    return SigningForm(
        action=f"/deployments/{key}/review",
        question="Open a review now",
        field="open",
        choices=(
            Choice(value="yes", label=f"now, before its day ({due})" if due else "now, although none is due"),
        ),
        hindered="" if role in GOVERNING else _roles("opens a review"),
        problem=problem,
    )  # fmt: skip


def withdrawing(key: str, number: int, *, problem: str) -> SigningForm:
    """Withdrawing a review, shown to who opened it before its day, while nobody has completed it."""
    return SigningForm(
        action=f"/deployments/{key}/review/withdraw",
        question=f"Withdraw review {number}",
        field="withdraw",
        choices=(Choice(value="yes", label="withdraw it: nothing is reviewed under it"),),
        hindered="",
        problem=problem,
    )


def _roles(act: str) -> str:
    return f"A {' or '.join(words(role) for role in GOVERNING)} {act}, with a signature."
