"""Entering into the register by hand: looked at first, field by field, and then recorded by someone who may."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from register import catalogue, inventory
from register.algorithm import Algorithm
from register.catalogue import EntryNotUnderstood, Imported
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.difference import Changed, Item, Place, difference
from register.entitlement import entitled
from register.entry_form import EntryForm
from register.indication import Indication
from register.lifecycle import ON_TERMS, UNDER_LABEL, State
from register.refusal import Refusal
from register.revision import as_known
from register.transition import changes_of, state_on

BLANK = Path(__file__).parent / "blank_entry.yaml"
TABLE = ".csv"
TERMS = ("acceptance", "oversight", "use_mode", "threshold", "thresholds", "monitoring")
"""What use in care is let on beside the label. Routing, scanners and PACS are facts: whoever sees them change records it, and the approval no longer holds."""
MOMENT = timedelta(microseconds=1)


class NotEntered(Refusal):
    """Something that this person may not enter; the sentence says who may, or why not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """A field of a label, or of what use in care was let on, and the deployment that runs under it."""

    field: str
    deployment: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What entering a text would do: parts added, revised and left unchanged, and each field by algorithm.

    `in_use` names what of it two people decide on, because something runs under it.
    """

    counted: Imported
    algorithms: tuple[str, ...]
    changes: tuple[tuple[str, Changed], ...]
    in_use: tuple[InUse, ...]

    @property
    def digest(self) -> str:
        """What tells this outlook from another: recording is of what was seen."""
        said = [(key, repr(one.path), one.before, one.after) for key, one in self.changes]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who enters: the account, the role, and the sites it is limited to (none = all)."""

    key: str
    name: str
    role: str
    sites: Sequence[str] = ()


def outlook(session: Session, text: str, name: str, *, person: Person, at: datetime) -> Outlook:
    """What entering would change; nothing is kept. `name` is that of the file: a table ends in .csv."""
    with session.begin_nested() as tried:
        found = _entered(session, text, name, person=person, at=at)
        tried.rollback()
    session.expire_all()
    return found


def enter(
    session: Session,
    text: str,
    name: str,
    *,
    person: Person,
    at: datetime,
    seen: str,
    label_decided: bool = False,
) -> Outlook:
    """Record what a text states, all of it or nothing.

    `seen` is the digest of the outlook on which it was decided: if the register or the text has changed since,
    what would be recorded is something else, and is refused. The label under which something runs, and what use in
    care was let on, is recorded only where two people decided on it.
    """
    found = _entered(session, text, name, person=person, at=at)
    if not label_decided:
        _two_decide(found.in_use)
    if seen != found.digest:
        raise NotEntered(
            "This is not what was looked at: the text or the register has changed since. Look again."
        )
    return found


def refuse_what_two_decide(session: Session, algorithm: str | None, at: datetime) -> None:
    """Refuse what was just recorded where it changes the label under which something runs, or what is decided elsewhere.

    What is new may say that it runs already: it is taken over as it stands, but not from a day to come.
    """
    changes = [("", changed) for changed in sites_changed(session, at)]
    if algorithm is not None:
        changes += [(algorithm, one) for one in difference(session, algorithm, at - MOMENT, at)]
    _decided_elsewhere(session, changes, at)
    _two_decide(labels_in_use(session, changes, at))
    for entry in as_known(session, Deployment, at):
        _steps_round_no_decision(session, entry, at)
        for name, day in (("shadow", entry.shadow_from), ("live", entry.live_from)):
            if entry.recorded_at == at and day is not None and day > at.date():
                raise NotEntered(
                    f"deployments.{entry.key}.{name}: {day} is to come; that it runs from then on is decided on its page State and decisions, by two "
                    "people. Take the line out."
                )


def _steps_round_no_decision(session: Session, entry: Deployment, at: datetime) -> None:
    """What was decided about an algorithm at a site is not undone by a second deployment of it that is entered as running."""
    new = entry.recorded_at == at and entry.revision == 1
    if not new or (entry.live_from is None and entry.shadow_from is None):
        return
    for other in as_known(session, Deployment, at, algorithm=entry.algorithm, site=entry.site):
        if other.key != entry.key and changes_of(session, other.key):
            raise NotEntered(
                f"deployments.{entry.key}: {other.key} is the same algorithm at {entry.site}, and its state was decided on here; that another one runs there is decided "
                "as well. Leave out since when it runs, and propose it on its page State and decisions."
            )


def _decided_elsewhere(
    session: Session, changes: Sequence[tuple[str, Changed]], at: datetime
) -> None:
    """No entry says that something runs or has ended, which version runs in care, of what and where it is, or under which law."""
    there = {one.key: one for one in as_known(session, Deployment, at - MOMENT)}
    states = {key: _state(session, one, at) for key, one in there.items()}
    _nothing_moved(session, there, states, at)
    _no_clearance_moved(session, at)
    for _, changed in changes:
        match changed.path:
            case ("deployments", Item(key), str(what), *_) if key in there:
                _state_and_version_stay(changed, key, what, states[key])
            case ("sites", Item(site), "jurisdiction") if changed.before is not None:
                _law_stays(changed, [one.key for one in there.values() if one.site == site], states)


def _nothing_moved(
    session: Session, there: Mapping[str, Deployment], states: Mapping[str, State], at: datetime
) -> None:
    for now in as_known(session, Deployment, at):
        was = there.get(now.key, now)
        for name in ("algorithm", "site"):
            before = getattr(was, name)
            if getattr(now, name) != before and states[now.key] is not State.PROPOSED:
                raise NotEntered(
                    f"deployments.{now.key}.{name}: it is of {before} and stays there; enter another deployment, under a key of its own."
                )


def _no_clearance_moved(session: Session, at: datetime) -> None:
    """With a colon in its key the clearance of one algorithm may read like that of another."""
    there = {one.key: one.algorithm for one in as_known(session, Clearance, at - MOMENT)}
    for now in as_known(session, Clearance, at):
        before = there.get(now.key, now.algorithm)
        if now.algorithm != before:
            raise NotEntered(
                f"clearances.{now.key}: it is of {before} and stays there; enter another clearance, under a key of its own."
            )


def _state_and_version_stay(changed: Changed, key: str, what: str, state: State) -> None:
    if what in ("live", "shadow"):
        raise NotEntered(
            f"{changed.field}: {changed.before or 'nothing'} stands there; whether {key} runs, and since when, is decided on its page State and "
            "decisions, by two people. Leave the line as it was."
        )
    if what == "version" and state in ON_TERMS:
        raise NotEntered(
            f"{changed.field}: {key} is {_word(state)}; another version is put in its place on its page State and decisions, by a signature. Leave the line as it was."
        )


def _law_stays(changed: Changed, keys: Sequence[str], states: Mapping[str, State]) -> None:
    for key in keys:
        if states[key] in ON_TERMS:
            first = "retire it" if states[key] is State.SUSPENDED else "suspend and retire it"
            raise NotEntered(
                f"{changed.field}: {key} is {_word(states[key])} there, cleared in {changed.before}; {first} first, or enter another site."
            )


def _state(session: Session, deployment: Deployment, at: datetime) -> State:
    return state_on(deployment, changes_of(session, deployment.key), at.date())


def _word(state: State) -> str:
    return state.replace("_", " ")


def _two_decide(labels: Sequence[InUse]) -> None:
    for label in labels:
        raise NotEntered(
            f"{label.field}: {label.deployment} is {label.state} under this, and one person does not change it. "
            "Propose the change on the page Enter; someone else decides on it."
        )


def labels_in_use(
    session: Session, changes: Sequence[tuple[str, Changed]], at: datetime
) -> tuple[InUse, ...]:
    """The fields among some changes of an algorithm's label under which a deployment runs today; what its output is used for is part of that.

    An indication counts by its name, under whichever clearance it stands or is added: one more under a name in use widens the label as an edit does.
    Which indications a running deployment is used for is such a field too, and so are, in care, the TERMS on which it was let there.
    """
    known = as_known(session, Indication, at - MOMENT)
    there = as_known(session, Deployment, at - MOMENT)
    return tuple(
        InUse(field=changed.field, deployment=one.key, state=_word(state))
        for algorithm, changed in changes
        for one in there
        if (held := _held_in(changed.path, algorithm, one, known))
        and (state := _state(session, one, at)) in held
    )


def _held_in(
    path: Place, algorithm: str, deployment: Deployment, known: Sequence[Indication]
) -> Sequence[State]:
    """The states in which a deployment holds a field of an algorithm's entry fast; none where it does not run under that."""
    match path:
        case ("deployments", Item(key), "indications", *_):
            return UNDER_LABEL if key == deployment.key else ()
        case ("deployments", Item(key), str(what), *_) if what in TERMS:
            return ON_TERMS if key == deployment.key else ()
        case ("algorithm", "purpose"):
            return UNDER_LABEL if algorithm == deployment.algorithm else ()
        case ("algorithm", "clearances", Item(), "indications", Item(name), *_):
            names = {name}
        case ("algorithm", "clearances", Item(clearance), *_):
            names = {one.name for one in known if one.clearance == f"{algorithm}:{clearance}"}
        case _:
            return ()
    used = algorithm == deployment.algorithm and names & set(deployment.indications)
    return UNDER_LABEL if used else ()


def _entered(session: Session, text: str, name: str, *, person: Person, at: datetime) -> Outlook:
    counted, algorithms = _enter(session, text, name, person, at)
    changes = (
        *((key, one) for key in algorithms for one in difference(session, key, at - MOMENT, at) if one.path[0] != "sites"),
        *(("", one) for one in sites_changed(session, at)),
    )  # fmt: skip
    _decided_elsewhere(session, changes, at)
    _changes_no_clearance_of_others(session, changes, person, at)
    return Outlook(
        counted=counted,
        algorithms=algorithms,
        changes=changes,
        in_use=labels_in_use(session, changes, at),
    )


def sites_changed(session: Session, at: datetime) -> Iterator[Changed]:
    """Every field of a site that a moment changed."""
    before = {one.key: one.facts() for one in as_known(session, Site, at - MOMENT)}
    for site in as_known(session, Site, at):
        was = before.get(site.key, {})
        for name, value in site.facts().items():
            if name != "effective_from" and value != was.get(name):
                yield Changed(
                    path=("sites", Item(site.key), name), before=was.get(name), after=value
                )


def _changes_no_clearance_of_others(
    session: Session, changes: Sequence[tuple[str, Changed]], person: Person, at: datetime
) -> None:
    """Who is limited to sites does not see what runs elsewhere, and changes no clearance that is there."""
    there = {one.key for one in as_known(session, Algorithm, at - MOMENT)}
    for algorithm, changed in changes:
        if person.sites and algorithm in there and "clearances" in changed.path[1:2]:
            raise NotEntered(
                f"{changed.field}: {person.name} is limited to {', '.join(person.sites)} and changes no clearance, under which "
                "other sites may run it; somebody of all sites does."
            )


def draft_of(session: Session, algorithm: str) -> str:
    """The text to begin with: the entry as it stands, or a blank one with what has to be filled in."""
    if as_known(session, Algorithm, key=algorithm):
        return catalogue.export(session, algorithm)
    return BLANK.read_text(encoding="utf-8")


def _enter(
    session: Session, text: str, name: str, person: Person, at: datetime
) -> tuple[Imported, tuple[str, ...]]:
    entitled(person.name, person.role, "enters into the register", refusal=NotEntered)
    if not text.strip():
        raise EntryNotUnderstood("There is nothing to enter: write an entry, or choose a file.")
    forms = (
        [inventory.completed(session, stated) for stated in inventory.understood(text, name)]
        if name.lower().endswith(TABLE)
        else [catalogue.understood(text, name)]
    )
    for form in forms:
        _within(form, person)
        _decides_nothing(session, form)
    try:
        counts = [catalogue.record(session, form, by=person.key, at=at) for form in forms]
    except IntegrityError as taken:
        raise NotEntered(
            f"A key of the entry belongs to another site, which {person.name} does not see; give it another name."
        ) from taken
    return (
        Imported(
            added=sum(one.added for one in counts),
            revised=sum(one.revised for one in counts),
            unchanged=sum(one.unchanged for one in counts),
        ),
        tuple(form.algorithm.key for form in forms if form.algorithm),
    )


def _decides_nothing(session: Session, form: EntryForm) -> None:
    """Entering describes; that something runs is decided by two people on the page of its state.

    What ran before this register was there is taken over on the command line.
    """
    known = {one.key for one in as_known(session, Deployment)}
    sites = {site.key for site in as_known(session, Site)} | {site.key for site in form.sites}
    for stated in form.deployments:
        for name in ("shadow", "live"):
            if stated.key not in known and getattr(stated, name) is not None:
                raise NotEntered(
                    f"deployments.{stated.key}.{name}: whether it runs is decided on the page of its state, by two people; "
                    "take this line out. What ran before it was registered is taken over with: catamnesis register import"
                )
        if stated.site not in sites:
            raise NotEntered(
                f"deployments.{stated.key}.site: '{stated.site}' is not a site of the register; state it under `sites:`, "
                f"with its jurisdiction, or name one of {', '.join(sorted(sites)) or 'those to be stated'}."
            )


def _within(form: EntryForm, person: Person) -> None:
    """An account that is limited to sites enters nothing about others."""
    named = {site.key for site in form.sites} | {d.site for d in form.deployments}
    outside = sorted(named - set(person.sites)) if person.sites else []
    if outside:
        raise NotEntered(
            f"{person.name} is limited to {', '.join(person.sites)} and enters nothing about {outside[0]}."
        )
