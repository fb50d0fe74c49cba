"""The state of a deployment as it is shown."""

from dashboards.pages.shown import words
from dashboards.pages.verdict_shown import Badge, Tone
from register.lifecycle import State

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


def state_badge(state: State) -> Badge:
    """A state in a word with its shape."""
    icon, tone = _STATES[state]
    return Badge(word=words(state).capitalize(), icon=icon, tone=tone)
