"""The state of a deployment as it is shown, and whether its approval still holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dashboards.pages.shown import shown, words
from dashboards.pages.verdict_shown import Badge, Tone
from register.lifecycle import State
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
