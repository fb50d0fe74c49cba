"""The state of a deployment as it is shown, since when it stands there, and whether its approval still holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from sqlmodel import Session

from dashboards.pages.shown import shown, words
from dashboards.pages.verdict_shown import Badge, Tone
from register.deployment import Deployment
from register.lifecycle import IN_CARE, State
from register.transition import Transition, state_on
from surveillance.changing_state import what_is_stale
from surveillance.view import DeploymentView, view

_STATES: dict[State, tuple[str, Tone]] = {
    State.PROPOSED: ("ring", Tone.NEUTRAL),
    State.ASSESSED: ("ring", Tone.NEUTRAL),
    State.LOCALLY_VALIDATED: ("half", Tone.NEUTRAL),
    State.SHADOW: ("half", Tone.COMMON),
    State.LIMITED: ("half", Tone.GOOD),
    State.LIVE: ("disc", Tone.GOOD),
    State.SUSPENDED: ("cross", Tone.CONCERN),
    State.RETIRED: ("bar", Tone.COMMON),
}
_STALE = Badge(word="Approval no longer holds", icon="triangle", tone=Tone.CONCERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleShown:
    """An approval that no longer holds."""

    badge: Badge = shown("That it no longer holds")
    why: str = shown("What changed since it was let run")
    href: str = shown("Where it is approved anew")


def state_badge(state: State) -> Badge:
    """A state in a word with its shape."""
    icon, tone = _STATES[state]
    return Badge(word=words(state).capitalize(), icon=icon, tone=tone)


def stands_since(entry: Deployment, changes: Sequence[Transition], on: date) -> str:
    """Since when a deployment stands in the state of a day, and by which decision.

    Where its approval was renewed meanwhile, the last renewal is told as well.
    """
    state = state_on(entry, changes, on)
    past = [change for change in changes if change.effective_from <= on]
    here = list(takewhile(lambda change: change.to_state == state, reversed(past)))
    if here:
        first, last = here[-1], here[0]
        anew = f"; approved anew from {last.effective_from}, by decision {last.id}"
        return f"since {first.effective_from}, by decision {first.id}{anew if first is not last else ''}"
    if state is State.PROPOSED:
        return "as entered in the register; nothing was decided yet"
    start = entry.live_from if state in IN_CARE else entry.shadow_from
    if state is State.RETIRED:
        return (
            f"since the entry stated {entry.live_to} as its last day live; no decision is on file"
        )
    return f"since {start}, taken over from the entry; no decision is on file"


def stale_shown(session: Session, known: DeploymentView, on: date) -> StaleShown | None:
    """What of a running deployment is no longer as it was approved; None where its approval holds."""
    changed = what_is_stale(session, known, on)
    if not changed:
        return None
    return StaleShown(
        badge=_STALE, why="; ".join(changed), href=f"/deployments/{known.key}/lifecycle"
    )


def stale_among(
    session: Session, deployments: Iterable[str], on: date
) -> dict[str, StaleShown | None]:
    """What is stale of each of some deployments, by key, as the register knows them now."""
    return {key: stale_shown(session, view(session, key), on) for key in deployments}
