"""The page *Register*: every algorithm with its standing, clearance, deployments and what its scope leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from dashboards.pages import shown as form
from dashboards.pages.shown import shown, words
from dashboards.pages.state_shown import StaleShown, stale_among, state_badge
from dashboards.pages.verdict_shown import Badge, Tone
from register.algorithm import Algorithm, ProductVersion
from register.clearance import Clearance
from register.deployment import Deployment
from register.indication import Indication
from register.lifecycle import IN_CARE, State
from register.procurement.intended_use import FINDING, ITEMS, lacking
from register.refusal import Refusal
from register.revision import as_known, first_known
from register.scope_review import restricted_to
from register.transition import changes_of, state_on

SOON = timedelta(days=180)
PATHWAYS = {
    "mdr_certificate": "MDR certificate", "mdd_legacy": "MDD legacy device", "in_house_5_5": "in-house, MDR 5(5)",
    "fda_510k": "FDA 510(k)", "fda_de_novo": "FDA De Novo", "fda_pma": "FDA PMA", "ukca": "UKCA",
    "none": "none: research only",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How much of the intended use an indication states in executable form."""

    stated: tuple[str, ...] = shown("Items that every indication states")
    lacking: tuple[str, ...] = shown("Items that at least one indication leaves open")

    @property
    def text(self) -> str:
        """The score: 5 of 6."""
        return f"{len(self.stated)} of {len(self.stated) + len(self.lacking)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one deployment stands."""

    key: str = shown("Key of the deployment")
    state: Badge = shown("Its state")
    stale: StaleShown | None = shown("That its approval no longer holds; empty = it does")
    restriction: str = shown("What a review restricted it to; empty = nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One algorithm."""

    key: str = shown("Key of the algorithm")
    name: str = shown("Trade name")
    manufacturer: str = shown("Legal manufacturer")
    purpose: str = shown("What its output is used for")
    versions: str = shown("Released versions")
    badge: Badge = shown("Its standing")
    clearance: str = shown("Jurisdiction and pathway of each clearance")
    expires: str | None = shown("The clearance that ends first; empty = no expiry recorded")
    deployments: tuple[Standing, ...] = shown("Its deployments, each with its state")
    completeness: Completeness = shown("What of the six intended-use items the scope states")

    @property
    def status(self) -> str:
        """The standing in a word."""
        return self.badge.word

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        said: dict[str, Any] = form.as_json(self)
        return {**said, "status": self.status}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """Everything the page *Register* shows."""

    at: datetime = shown("The moment the register is shown as of")
    asked: str = shown("The past moment asked for, as links keep it; empty = now")
    rows: tuple[RegisterRow, ...] = shown("One row an algorithm")
    next_steps: tuple[str, ...] = shown("What to do next when the register is empty")

    def as_json(self) -> dict[str, Any]:
        """The page as plain values."""
        said: dict[str, Any] = form.as_json(self)
        return {**said, "rows": [row.as_json() for row in self.rows]}


class NothingKnown(Refusal):
    """A moment before the register knew of anything."""


def register_page(session: Session, *, at: datetime, looked_back: bool = False) -> RegisterPage:
    """The register as it was known at a moment.

    Whether approvals still hold is told as of now, not where a past moment is `looked_back` on.
    """
    first = first_known(session, Algorithm)
    if first is not None and at < first:
        raise NothingKnown(before(at, first))
    everything = as_known(session, Indication, at)
    rows = []
    for algorithm in as_known(session, Algorithm, at):
        clearances = as_known(session, Clearance, at, algorithm=algorithm.key)
        keys = {clearance.key for clearance in clearances}
        deployments = as_known(session, Deployment, at, algorithm=algorithm.key)
        versions = as_known(session, ProductVersion, at, algorithm=algorithm.key)
        ends = [c.expires for c in clearances if c.expires is not None]
        states = states_of(session, deployments, at)
        stale = {} if looked_back else stale_among(session, states, at.date())
        rows.append(
            RegisterRow(
                key=algorithm.key,
                name=algorithm.name,
                manufacturer=str(algorithm.manufacturer.get("name", "not recorded")),
                purpose=words(algorithm.purpose),
                versions=", ".join(version.version for version in versions) or "none recorded",
                badge=standing_of(clearances, tuple(states.values()), at.date()),
                clearance="; ".join(clearance_line(c) for c in clearances) or "none recorded",
                expires=min(ends).isoformat() if ends else None,
                deployments=tuple(
                    Standing(
                        key=d.key,
                        state=state_badge(states[d.key]),
                        stale=stale.get(d.key),
                        restriction=restricted_to(
                            session, d, changes_of(session, d.key, at), at.date()
                        ),
                    )
                    for d in deployments
                ),
                completeness=completeness([i for i in everything if i.clearance in keys]),
            )
        )
    steps = () if rows else ("Enter what you run, on the page Enter.",)
    return RegisterPage(
        at=at, asked=as_asked(at) if looked_back else "", rows=tuple(rows), next_steps=steps
    )


def as_asked(at: datetime) -> str:
    """A moment as an address names it: its day where it is the end of one, UTC.

    >>> as_asked(datetime(2026, 6, 30, 12, tzinfo=UTC))
    '2026-06-30T12:00:00Z'
    """
    utc = at.astimezone(UTC)
    whole = utc == datetime.combine(utc.date(), time.max, UTC)
    return str(utc.date()) if whole else utc.isoformat().replace("+00:00", "Z")


def before(at: datetime, first: datetime, what: str = "") -> str:
    """The sentence of a moment at which nothing was known, with the first day on which something was."""
    return (
        f"The register knew nothing{what and f' of {what}'} on {at.astimezone(UTC):%Y-%m-%d}: what was known then is not what "
        f"ran then. It has known since {first.astimezone(UTC):%Y-%m-%d}; choose that day or a later one."
    )


def states_of(
    session: Session, deployments: Sequence[Deployment], at: datetime
) -> dict[str, State]:
    """Where each deployment stood at a moment, by its key."""
    return {d.key: state_on(d, changes_of(session, d.key, at), at.date()) for d in deployments}


def clearance_line(clearance: Clearance) -> str:
    """Where and how a clearance holds: 'EU, MDR certificate, class IIb'."""
    risk = f", class {clearance.device_class}" if clearance.device_class else ""
    return f"{clearance.jurisdiction}, {PATHWAYS.get(clearance.pathway, clearance.pathway)}{risk}"


def standing_of(clearances: Sequence[Clearance], states: Sequence[State], day: date) -> Badge:
    """The standing of an algorithm on a day, by the states of its deployments; what needs a person comes first."""
    in_care = any(state in IN_CARE for state in states)
    concern = clearance_concern(clearances, states, day)
    if State.SUSPENDED in states and not (in_care and concern):
        word = "Suspended in part" if in_care else "Suspended"
        return Badge(word=word, icon="cross", tone=Tone.CONCERN)
    if concern is not None:
        return concern
    if in_care:
        return Badge(word="In use", icon="tick", tone=Tone.GOOD)
    if all(clearance.pathway == "none" for clearance in clearances):
        return Badge(word="Research only", icon="ring", tone=Tone.NEUTRAL)
    if State.SHADOW in states:
        return Badge(word="In shadow", icon="half", tone=Tone.COMMON)
    return Badge(word="Not in use", icon="dots", tone=Tone.COMMON)


def clearance_concern(
    clearances: Sequence[Clearance], states: Sequence[State], day: date
) -> Badge | None:
    """What of the clearances needs a person on a day: ended, lacking while in use, or ending soon; None where nothing does."""
    cleared = [clearance for clearance in clearances if clearance.pathway != "none"]
    ends = [clearance.expires for clearance in cleared if clearance.expires is not None]
    if any(end < day for end in ends):
        return Badge(word="Clearance expired", icon="triangle", tone=Tone.CONCERN)
    if not cleared and any(state in IN_CARE for state in states):
        return Badge(word="In use without clearance", icon="triangle", tone=Tone.CONCERN)
    if any(end - day <= SOON for end in ends):
        return Badge(word="Clearance ends soon", icon="triangle", tone=Tone.CONCERN)
    return None


def completeness(indications: Sequence[Indication]) -> Completeness:
    """What of finding, modality, body part, population, setting and equipment is stated."""
    open_items = {item for one in indications for item in lacking(one)}
    items = (FINDING, *ITEMS)
    return Completeness(
        stated=tuple(item for item in items if indications and item not in open_items),
        lacking=tuple(item for item in items if not indications or item in open_items),
    )
