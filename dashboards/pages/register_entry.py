"""One entry of the register: the manufacturer's sentence beside the clauses a machine decides by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from dashboards.pages.label_change import open_places
from dashboards.pages.procured import ProcuredShown, procured
from dashboards.pages.register import (
    PATHWAYS,
    Completeness,
    as_asked,
    before,
    completeness,
    standing_of,
    states_of,
)
from dashboards.pages.register_history import Change, RevisionShown, as_text, history
from dashboards.pages.shown import sentence_case, shown, words
from dashboards.pages.state_shown import StaleShown, stale_among, stands_since, state_badge
from dashboards.pages.verdict_shown import Badge
from register.algorithm import Algorithm, Commitment, ProductVersion
from register.change_plan import ground_of
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.difference import difference
from register.fda_list import FdaListing, reaches
from register.indication import Indication
from register.reference_standard import Protocol, Rule, protocol
from register.refusal import Refusal
from register.revision import as_known, first_known
from register.scope import parse
from register.scope_review import restricted_to
from register.transition import changes_of, state_on

Pairs = tuple[tuple[str, str], ...]


class UnknownAlgorithm(Refusal):
    """No such algorithm in the register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationShown:
    """One cleared indication, as written and as executed."""

    name: str = shown("Key of the indication")
    clearance: str = shown("Key of the clearance it stands under")
    finding: str = shown("What is looked for")
    statement: str = shown("The manufacturer's sentence")
    clause: str = shown("Where it is written")
    scope: tuple[str, ...] = shown("The executable clauses, each as a sentence")
    claims: tuple[dict[str, Any], ...] = shown("Labelled performance")
    protocol: tuple[str, ...] = shown("How the truth of a case is resolved, in words")
    completeness: Completeness = shown("What of the six intended-use items it states")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentShown:
    """One deployment of the algorithm."""

    key: str = shown("Key of the deployment")
    site: str = shown("Name of the site")
    version: str = shown("Installed version")
    state: Badge = shown("Where it stands")
    stale: StaleShown | None = shown(
        "That its approval no longer holds; empty = it does, or a past moment is shown"
    )
    restriction: str = shown("What a review restricted it to; empty = nothing")
    mode: str = shown("How the output is used now")
    indications: tuple[str, ...] = shown("Indications it is used for")
    since: str = shown("Since when it stands there, and by which decision")
    routing: str = shown("Which studies are sent to it")
    threshold: str = shown("Operating point")
    oversight: Pairs = shown("Role and person")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntryPage:
    """Everything one entry of the register shows."""

    at: datetime = shown("The moment the entry is shown as of")
    asked: str = shown("The past moment asked for, as links keep it; empty = now")
    key: str = shown("Key of the algorithm")
    name: str = shown("Trade name")
    badge: Badge = shown("Its standing")
    identity: Pairs = shown("Manufacturer, purpose, versions and identifiers")
    clearances: tuple[Pairs, ...] = shown("Each clearance, item by item")
    indications: tuple[IndicationShown, ...] = shown("Each indication")
    commitments: tuple[Pairs, ...] = shown("What the manufacturer promised the site")
    deployments: tuple[DeploymentShown, ...] = shown("Where it runs")
    procurement: tuple[ProcuredShown, ...] = shown("What was looked at, site by site, as of now")
    label_changes: tuple[str, ...] = shown(
        "Where changes of its label wait for a decision, as of now"
    )
    history: tuple[RevisionShown, ...] = shown("Every revision, newest first")
    since: str = shown(
        "Moment from which it is compared, a day by itself is its end; empty = not asked"
    )
    compared: tuple[Change, ...] = shown("Every field that differs between that day and the moment")


def register_entry_page(
    session: Session,
    key: str,
    *,
    at: datetime,
    looked_back: bool = False,
    since: datetime | None = None,
) -> RegisterEntryPage:
    """An entry as the register knew it at a moment, compared with an earlier one if asked.

    Whether approvals still hold is told as of now, not where a past moment is `looked_back` on.
    """
    algorithm = next(iter(as_known(session, Algorithm, at, key=key)), None)
    if algorithm is None:
        first = first_known(session, Algorithm, key)
        if first is not None:
            raise UnknownAlgorithm(before(at, first, f"'{key}'"))
        known = ", ".join(one.key for one in as_known(session, Algorithm, at)) or "none yet"
        raise UnknownAlgorithm(f"No algorithm '{key}' in the register. There are: {known}.")
    clearances = as_known(session, Clearance, at, algorithm=key)
    deployments = as_known(session, Deployment, at, algorithm=key)
    sites = {site.key: site.name for site in as_known(session, Site, at)}
    states = states_of(session, deployments, at)
    looked_at = procured(session, key, {d.site for d in deployments}, at=at)
    stale = {} if looked_back else stale_among(session, states, at.date())
    under = {clearance.key for clearance in clearances}
    versions = as_known(session, ProductVersion, at, algorithm=key)
    return RegisterEntryPage(
        at=at,
        asked=as_asked(at) if looked_back else "",
        key=key,
        name=algorithm.name,
        badge=standing_of(clearances, tuple(states.values()), at.date()),
        identity=_identity(algorithm, versions, clearances),
        clearances=tuple(
            (*_clearance(clearance), *_on_fda_list(session, clearance, at))
            for clearance in clearances
        ),
        indications=tuple(
            _indication(i) for i in as_known(session, Indication, at) if i.clearance in under
        ),
        commitments=tuple(_commitment(c) for c in as_known(session, Commitment, at, algorithm=key)),
        deployments=tuple(
            _deployment(session, d, sites, stale.get(d.key), at) for d in deployments
        ),
        procurement=looked_at,
        label_changes=open_places(session, key),
        history=history(session, key, {one.site for one in looked_at}, at),
        since=as_asked(since) if since else "",
        compared=tuple(
            Change(field=c.field, before=as_text(c.before), after=as_text(c.after))
            for c in difference(session, key, since, at)
        )
        if since
        else (),
    )


def protocol_in_words(known: Protocol) -> tuple[str, ...]:
    """How the truth of a case is resolved, a sentence each."""
    said = []
    for value in ("positive", "negative"):
        ways = [_rule(rule) for rule in known.rules if rule.value == value]
        if value == "negative" and known.negative_after_days is not None:
            ways.append(f"nothing found in {known.negative_after_days} days of completed follow-up")
        if ways:
            said.append(f"{value.capitalize()} by {', or '.join(ways)}.")
    if known.order:
        said.append(f"Strongest evidence first: {', '.join(words(kind) for kind in known.order)}.")
    if known.same_side:
        said.append("An outcome of the other side does not count.")
    said += [
        f"{sentence_case(words(kind))} is itself held to be right in {e.sensitivity.rate:.1%} of positives and "
        f"{e.specificity.rate:.1%} of negatives ({e.source})."
        for kind, e in known.errors.items()
    ]
    said.append(
        f"A case without a known outcome is pending for {known.matures_after_days} days; after that it "
        "counts as not verified, never as negative."
    )
    said.append(f"Version of this protocol: {known.version}.")
    return tuple(said)


def _rule(rule: Rule) -> str:
    codes = f" ({', '.join(rule.codes)})" if rule.codes else ""
    within = f" within {rule.within_days} days" if rule.within_days is not None else ""
    at_least = f" of {rule.at_least:g} {rule.unit} or more" if rule.at_least is not None else ""
    below = f" below {rule.below:g} {rule.unit}" if rule.below is not None else ""
    return f"{words(rule.evidence)}{codes}{at_least}{below}{within}"


def _identity(
    algorithm: Algorithm, versions: list[ProductVersion], clearances: list[Clearance]
) -> Pairs:
    said = [
        ("Manufacturer", str(algorithm.manufacturer.get("name", "not recorded"))),
        ("SRN", str(algorithm.manufacturer.get("srn", "not recorded"))),
        ("Purpose", words(algorithm.purpose)),
        ("Specialty", algorithm.specialty),
    ]
    for version in versions:
        marks = (
            f"released {version.released}" if version.released else "release date not recorded",
            f"Basic UDI-DI {version.basic_udi_di or 'not recorded'}",
            f"UDI-DI {version.udi_di or 'not recorded'}",
            f"UDI-PI {version.udi_pi or 'not recorded'}",
        )
        said.append((f"Version {version.version}", " · ".join(marks)))
        if version.change:
            said.append((f"Ground of {version.version}", ground_of(version, clearances).sentence))
    return tuple(said)


def _clearance(clearance: Clearance) -> Pairs:
    body = f", notified body {clearance.notified_body}" if clearance.notified_body else ""
    risk = f"{clearance.device_class or 'not recorded'}"
    rule = f", rule {clearance.rule}" if clearance.rule else ""
    act = ", ".join(
        f"{words(name)}: {'yes' if value is True else 'no' if value is False else value}"
        for name, value in (clearance.ai_act or {}).items()
    )
    return (
        ("Clearance", clearance.key.split(":", 1)[1]),
        ("Jurisdiction", clearance.jurisdiction),
        ("Pathway", PATHWAYS.get(clearance.pathway, clearance.pathway) + body),
        ("Number", clearance.number or "none"),
        ("Class", risk + rule),
        ("Issued", str(clearance.issued or "not recorded")),
        ("Expires", str(clearance.expires or "no expiry recorded")),
        ("Conditions", clearance.conditions or "none recorded"),
        ("AI Act", sentence_case(act) if act else "not assessed"),
        *(
            (
                f"Planned change '{item['key']}'",
                f"{item['modification']} Verified by: {item['verification']}",
            )
            for item in clearance.change_plan
        ),
    )


def _on_fda_list(session: Session, clearance: Clearance, at: datetime) -> Pairs:
    """What the FDA's list says of a clearance with a submission number, where a list was taken."""
    if clearance.jurisdiction != "US" or not clearance.number:
        return ()
    listed = {one.key: one for one in as_known(session, FdaListing, at)}
    until = reaches(listed.values())
    if until is None:
        return ()
    found = listed.get(clearance.number)
    if found is None or not found.listed:
        before = "no longer there" if found else "not there"
        return (
            (
                "FDA list",
                f"{before}; the list goes to {until} and lags, so that this alone says nothing",
            ),
        )
    other_day = (
        f", not on {clearance.issued}" if clearance.issued not in (None, found.decided) else ""
    )
    return (
        ("FDA list", f"{found.device}, {found.company}; decided on {found.decided}{other_day}; "
                     f"product code {found.product_code}, panel {found.panel}"),
    )  # fmt: skip


def _commitment(promise: Commitment) -> Pairs:
    within = f"within {promise.within_days} days" if promise.within_days else None
    return (
        ("Commitment", sentence_case(words(promise.kind))),
        ("Due", promise.due or within or "not recorded"),
        ("Next", str(promise.next or "on the event")),
        ("Source", promise.source),
    )


def _indication(entry: Indication) -> IndicationShown:
    return IndicationShown(
        name=entry.name,
        clearance=entry.clearance.split(":", 1)[1],
        finding=words(entry.finding),
        statement=entry.statement,
        clause=entry.clause,
        scope=tuple(clause.sentence() for clause in parse(entry.scope)),
        claims=tuple(entry.claims),
        protocol=protocol_in_words(protocol(entry.reference_standard)),
        completeness=completeness([entry]),
    )


def _deployment(
    session: Session,
    entry: Deployment,
    sites: dict[str, str],
    stale: StaleShown | None,
    at: datetime,
) -> DeploymentShown:
    changes, day = changes_of(session, entry.key, at), at.date()
    points: dict[str, float | None] = {words(f): value for f, value in entry.thresholds.items()}
    points = points or {"": entry.threshold}
    return DeploymentShown(
        key=entry.key,
        site=sites.get(entry.site, entry.site),
        version=entry.version,
        state=state_badge(state_on(entry, changes, day)),
        stale=stale,
        restriction=restricted_to(session, entry, changes, day),
        mode=words(entry.use_mode_on(day)),
        indications=tuple(entry.indications),
        since=stands_since(entry, changes, day),
        routing=entry.routing,
        threshold=", ".join(
            f"{name} {'not recorded' if v is None else f'{v:g}'}".strip()
            for name, v in points.items()
        ),
        oversight=tuple((words(role), person) for role, person in entry.oversight.items()),
    )
