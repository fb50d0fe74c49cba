"""The life of a deployment: its states, where each may lead, and what stands in the way.

Pure: what is known goes in, sentences come out. A state is changed by a decision (`register/transition.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """Where a deployment stands."""

    PROPOSED = "proposed"
    ASSESSED = "assessed"
    LOCALLY_VALIDATED = "locally_validated"
    SHADOW = "shadow"
    LIMITED = "limited"
    LIVE = "live"
    SUSPENDED = "suspended"
    RETIRED = "retired"


NEXT: Mapping[State, tuple[State, ...]] = {
    State.PROPOSED: (State.ASSESSED, State.RETIRED),
    State.ASSESSED: (State.SHADOW, State.LOCALLY_VALIDATED, State.RETIRED),
    State.LOCALLY_VALIDATED: (State.SHADOW, State.LIMITED, State.LIVE, State.RETIRED),
    State.SHADOW: (State.LOCALLY_VALIDATED, State.LIMITED, State.LIVE, State.SUSPENDED, State.RETIRED),
    State.LIMITED: (State.LIVE, State.SHADOW, State.SUSPENDED, State.RETIRED),
    State.LIVE: (State.LIMITED, State.SHADOW, State.SUSPENDED, State.RETIRED),
    State.SUSPENDED: (State.SHADOW, State.LIMITED, State.LIVE, State.RETIRED),
    State.RETIRED: (),
}  # fmt: skip
"""A validation may rest on shadow data or on cases read before, so that either of the two comes first."""

IN_CARE = (State.LIMITED, State.LIVE)
"""States in which the output reaches care."""
RUNNING = (State.SHADOW, *IN_CARE)
"""States in which the algorithm runs at all."""
UNDER_LABEL = (State.LOCALLY_VALIDATED, *RUNNING, State.SUSPENDED)
"""States that rest on the label as it is: one person does not change it."""
ON_TERMS = (*IN_CARE, State.SUSPENDED)
"""States that rest on what use in care was let on."""


NEEDED: Mapping[State, tuple[str, ...]] = {
    State.ASSESSED: ("due diligence", "AI Act"),
    State.LOCALLY_VALIDATED: ("acceptance",),
}
"""The conditions that a state outside care needs; use in care needs them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceHeld:
    """A clearance as it counts here: where it holds, and from when to when."""

    jurisdiction: str
    pathway: str
    issued: date | None
    expires: date | None

    def holds(self, jurisdiction: str, on: date) -> bool:
        """Whether it lets something be used in a jurisdiction on a day: a clearance of there, issued and not ended."""
        return (
            self.counts_in(jurisdiction)
            and (self.issued is None or self.issued <= on)
            and (self.expires is None or on <= self.expires)
        )

    def counts_in(self, jurisdiction: str) -> bool:
        """Whether it is a clearance of a jurisdiction at all, and not a pathway to research only."""
        return self.jurisdiction == jurisdiction and self.pathway != "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is known of a deployment on a day, as far as its use in care depends on it.

    `accepted` names the local validations that were met and signed for this version and operating point;
    where it is empty `not_accepted` says what is lacking. `due_diligence` and `ai_act` say what those two lack;
    empty where they are complete. What was in care before its first decision here is `taken_over` as it stands.
    """

    on: date
    jurisdiction: str
    clearances: Sequence[ClearanceHeld]
    due_diligence: str
    ai_act: str
    taken_over: bool
    accepted: str
    not_accepted: str
    oversight: Mapping[str, str]
    monitoring: Mapping[str, object]
    untrained: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition for use in care: whether it holds, and what holds or would remedy it."""

    name: str
    holds: bool
    sentence: str


def conditions(known: Readiness) -> tuple[Condition, ...]:
    """The seven conditions for use in care, each with what is known of it."""
    return (
        cleared(known.clearances, jurisdiction=known.jurisdiction, on=known.on),
        _asked_before("due diligence", known.due_diligence, taken_over=known.taken_over),
        _asked_before("AI Act", known.ai_act, taken_over=known.taken_over),
        Condition(
            name="acceptance",
            holds=bool(known.accepted),
            sentence=known.accepted or known.not_accepted,
        ),
        _named(
            "oversight",
            ", ".join(f"{role.replace('_', ' ')} {person}" for role, person in known.oversight.items()),
            "Nobody is named for oversight. Name them in the entry, on the page Register: `oversight: {clinical_lead: …}`.",
        ),
        _named(
            "monitoring",
            ", ".join(
                f"{name.replace('_', ' ')}{f' {value}' if isinstance(value, str | int | float) else ''}"
                for name, value in known.monitoring.items()
            ),
            "It has no monitoring plan of its own, only the default rules are watched. Look at them and put a plan in force on the page Monitoring plan.",
        ),
        Condition(
            name="training",
            holds=bool(known.oversight) and not known.untrained,
            sentence=f"No current training on this version is on file for {', '.join(known.untrained)}. "
            "Put it on file on the page Records."
            if known.untrained
            else "Everybody named is trained on this version."
            if known.oversight
            else "Nobody is named who could be trained.",
        ),
    )  # fmt: skip


def hindrances(to: State, known: Readiness) -> tuple[str, ...]:
    """Why a deployment cannot enter a state: each condition that is lacking, with its remedy."""
    return tuple(
        c.sentence
        for c in conditions(known)
        if not c.holds and (to in IN_CARE or c.name in NEEDED.get(to, ()))
    )


def cleared(clearances: Sequence[ClearanceHeld], *, jurisdiction: str, on: date) -> Condition:
    """Whether a clearance holds in a jurisdiction on a day."""
    valid = [c for c in clearances if c.holds(jurisdiction, on)]
    if valid:
        ends = [c.expires for c in valid if c.expires is not None]
        until = f" until {max(ends)}" if ends and len(ends) == len(valid) else ""
        return Condition(
            name="clearance",
            holds=True,
            sentence=f"Cleared in {jurisdiction} ({valid[0].pathway.replace('_', ' ')}){until}.",
        )
    ended = [c.expires for c in clearances if c.counts_in(jurisdiction) and c.expires is not None and c.expires < on]  # fmt: skip
    why = (
        f"The clearance in {jurisdiction} ended on {max(ended)}."
        if ended
        else f"There is no clearance in {jurisdiction}, where the site lies."
    )
    return Condition(
        name="clearance", holds=False, sentence=f"{why} Record the one that holds: edit the entry on the page Register."
    )  # fmt: skip


def _asked_before(name: str, lacking: str, *, taken_over: bool) -> Condition:
    """A question that is asked before an algorithm is taken on, and not of one that was in care already."""
    if not lacking:
        return Condition(name=name, holds=True, sentence="Answered completely.")
    if taken_over:
        said = f"Not asked for: it was in care before its first decision here. {lacking}"
        return Condition(name=name, holds=True, sentence=said)
    return Condition(name=name, holds=False, sentence=lacking)


def _named(name: str, found: str, lacking: str) -> Condition:
    return Condition(name=name, holds=bool(found), sentence=f"{found}." if found else lacking)
