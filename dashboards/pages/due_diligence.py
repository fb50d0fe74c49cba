"""The page of due diligence: what is asked before an algorithm is taken on, what is known, and what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dashboards.pages.fit_shown import FitShown, fit_shown
from dashboards.pages.rendering import moment
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from dashboards.pages.verdict_shown import Badge, Tone
from register.entitlement import GOVERNING, who
from register.procurement.due_diligence import Answer, Checked, summary
from register.procurement.facts import deployments_here
from register.procurement.parties import known_pair
from surveillance.procurement.diligence import Found, checklist
from surveillance.procurement.local_fit import latest_fits

_ANSWERED: Mapping[str, Badge] = {
    Answer.MET: Badge(word="Met", icon="tick", tone=Tone.GOOD),
    Answer.NOT_MET: Badge(word="Not met", icon="triangle", tone=Tone.CONCERN),
    Answer.NOT_APPLICABLE: Badge(word="Not applicable", icon="bar", tone=Tone.COMMON),
}
_OPEN = Badge(word="Open", icon="ring", tone=Tone.NEUTRAL)
_OUTDATED = Badge(word="No longer so", icon="triangle", tone=Tone.CONCERN)
_ACCEPTED = Badge(word="Not met, accepted", icon="half", tone=Tone.COMMON)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemShown:
    """One item of the checklist."""

    key: str = shown("Key of the item")
    title: str = shown("What it is about")
    question: str = shown("What is asked")
    source: str = shown("Where the question comes from")
    badge: Badge = shown("Where it stands")
    known: str = shown("What the register and our own evidence say; empty = nothing")
    answer: str = shown("The answer that counts; empty = none yet")
    evidence: str = shown("What the answer rests on")
    said: str = shown("Who answered, and when")
    acceptance: SignatureShown | None = shown("Who accepted that it is not met")
    choices: tuple[Choice, ...] = shown("The answers it takes now")
    not_offered: str = shown("Why it cannot be met; empty = it can")
    accept: SigningForm | None = shown("The acceptance it waits for")
    problem: str = shown("Why the last answer was refused; empty = it was not")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDiligencePage:
    """Everything the page of due diligence shows."""

    at: datetime = shown("When the page was made")
    key: str = shown("Key of the algorithm")
    name: str = shown("Trade name")
    site: str = shown("Key of the site")
    site_name: str = shown("Name of the site")
    badge: Badge = shown("Where it stands as a whole")
    summary: str = shown("What is open and what is not met")
    deployments: tuple[str, ...] = shown("Deployments that it is about")
    items: tuple[ItemShown, ...] = shown("Each item")
    fits: tuple[FitShown, ...] = shown("How the studies of the site fit the cleared scope")
    uncounted: str = shown("What to do while the studies were not counted; empty = they were")
    hindered: str = shown("Why this person cannot answer; empty = can")
    problem: str = shown(
        "Why something was refused that no form is there for any more; empty = nothing was"
    )


def due_diligence_page(
    session: Session,
    algorithm: str,
    site: str,
    *,
    at: datetime,
    account: str = "",
    role: str = "",
    written: Mapping[str, Found] | None = None,
    refused: str = "",
    problem: str = "",
) -> DueDiligencePage:
    """The checklist as of now; `refused` names the item whose form was refused, or `accept-ITEM`."""
    product, place = known_pair(session, algorithm, site)
    items = checklist(session, algorithm, site, on=at.date())
    deployments = deployments_here(session, algorithm, site)
    fits = [fit for d in deployments for fit in latest_fits(session, d.key)]
    shown_items = tuple(
        _item(
            one,
            f"/register/{algorithm}/{site}/due-diligence",
            account,
            role,
            (written or {}).get(one.item.key),
            refused=refused,
            problem=problem,
        )
        for one in items
    )
    told = any(i.problem or (i.accept and i.accept.problem) for i in shown_items)
    return DueDiligencePage(
        at=at,
        key=algorithm,
        name=product.name,
        site=site,
        site_name=place.name,
        badge=whole_badge(items),
        summary=_summary(items),
        deployments=tuple(d.key for d in deployments),
        items=shown_items,
        fits=tuple(fit_shown(fit) for fit in fits),
        uncounted="" if fits else _uncounted(bool(deployments)),
        hindered="" if role in GOVERNING else _roles("answers"),
        problem="" if told else problem,
    )


def whole_badge(items: Sequence[Checked]) -> Badge:
    """Where a due diligence stands, in a word or two."""
    if all(one.answer is None for one in items):
        return Badge(word="Not begun", icon="dots", tone=Tone.COMMON)
    failed, left = sum(one.failed for one in items), sum(one.open for one in items)
    if failed:
        return Badge(word=f"{failed} not met", icon="triangle", tone=Tone.CONCERN)
    if left:
        return Badge(word=f"{left} of {len(items)} open", icon="half", tone=Tone.NEUTRAL)
    return Badge(word="Done", icon="tick", tone=Tone.GOOD)


def _uncounted(entered: bool) -> str:
    if not entered:
        return "The studies of this site are counted against a deployment; enter one as proposed, on the page Register."
    return "The studies of this site were not counted yet. A cycle counts them once any item is answered; run one on the page Watch."


def _summary(items: Sequence[Checked]) -> str:
    if all(one.answer is None for one in items):
        return (
            "Nothing was answered yet. A deployment here becomes assessed only when no item is open and none is not met "
            "without an accepted reason."
        )
    return summary(items) or "No item is open, and none is not met without an accepted reason."


def _item(
    one: Checked,
    action: str,
    account: str,
    role: str,
    written: Found | None,
    *,
    refused: str,
    problem: str,
) -> ItemShown:
    held, key = one.answer, one.item.key
    takes = [a for a in Answer if a not in one.barred]
    return ItemShown(
        key=key,
        title=one.item.title,
        question=one.item.question,
        source=one.item.source,
        badge=_badge(one),
        known=one.known.sentence if one.known else "",
        answer=written.answer if written else held.answer if held else "",
        evidence=written.evidence if written else held.evidence if held else "",
        said=f"{held.answered_by}, {moment(held.answered_at)}" if held else "",
        acceptance=signature_shown(one.acceptance) if one.acceptance else None,
        choices=tuple(Choice(value=a, label=words(a)) for a in takes),
        not_offered=""
        if Answer.MET in takes
        else "Neither met nor not applicable can be chosen while what the register or the studies say, above, is against it.",
        accept=_accepting(
            one, action, account, role, problem if refused == f"accept-{key}" else ""
        ),
        problem=problem if refused == key else "",
    )


def _badge(one: Checked) -> Badge:
    if one.answer is None:
        return _OPEN
    if one.outdated:
        return _OUTDATED
    return _ACCEPTED if one.acceptance else _ANSWERED[one.answer.answer]


def _accepting(
    one: Checked, action: str, account: str, role: str, problem: str
) -> SigningForm | None:
    if one.answer is None or not one.failed:
        return None
    hindered = ""
    if role not in GOVERNING:
        hindered = _roles("accepts that it is not met, with a signature")
    elif account == one.answer.answered_by:
        hindered = f"{account} answered this; someone else accepts that it is not met, or it is mended and answered anew."
    return SigningForm(
        action=f"{action}/{one.item.key}/acceptance",
        question=f"Accept that it is not met: {one.item.title}",
        field=f"accept-{one.item.key}",
        choices=(Choice(value="yes", label="accept it all the same"),),
        hindered=hindered,
        problem=problem,
    )


def _roles(act: str) -> str:
    return f"{sentence_case(who(act))}."
