"""A deployment as the register knew it on a date, with everything that judging its cases needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from register.algorithm import Algorithm
from register.clearance import Clearance
from register.deployment import Deployment, Site
from register.error_rates import ErrorRates
from register.indication import Indication
from register.lifecycle import IN_CARE, State
from register.reference_standard import Protocol, protocol
from register.refusal import Refusal
from register.revision import as_known
from register.scope import Clause, parse
from register.transition import Transition, approved, changes_of, state_on
from surveillance.taking_over import confirmed

NOT_IN_USE = "not_in_use"
"""Mode of a deployment that is proposed, suspended or retired."""


class UnknownDeployment(Refusal):
    """No such deployment in the register as of that moment."""


class UnknownFinding(Refusal):
    """The deployment is not cleared for that finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationView:
    """An indication ready to judge with: parsed scope, parsed protocol, claims, and the clearance it stands under."""

    key: str
    name: str
    finding: str
    statement: str
    clause: str
    scope: tuple[Clause, ...]
    protocol: Protocol
    claims: tuple[dict[str, Any], ...]
    clearance: Clearance = field(repr=False)

    @property
    def certificate(self) -> str:
        """The clearance as its certificate names it."""
        number = self.clearance.number or self.clearance.key.rpartition(":")[2]
        return (
            f"{self.clearance.pathway.replace('_', ' ')} {number} ({self.clearance.jurisdiction})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentView:
    """What runs where, for which indications, with which operating points.

    It is `unconfirmed` where its state rests on its entry alone: nothing was decided about it here, and two people have not confirmed a takeover.
    """

    key: str
    algorithm: str
    name: str
    purpose: str
    site: str
    jurisdiction: str
    time_zone: str
    version: str
    indications: tuple[IndicationView, ...]
    entry: Deployment = field(repr=False)
    changes: tuple[Transition, ...] = field(default=(), repr=False)
    unconfirmed: bool = False

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings it is cleared for, in the order of its indications."""
        return tuple(dict.fromkeys(indication.finding for indication in self.indications))

    def finding(self, asked: str | None) -> str:
        """The finding asked for, by default the first; a refusal that names the others."""
        if asked is not None and asked not in self.findings:
            raise UnknownFinding(
                f"{self.key} is not cleared for '{asked}'. It is cleared for: {', '.join(self.findings)}."
            )
        return asked or self.findings[0]

    def use_mode_on(self, day: date) -> str:
        """How the output was used on a day; *not in use* while it was not let run."""
        if not any(change.effective_from <= day for change in self.changes):
            return self.entry.use_mode_on(day)
        state = self.state_on(day)
        if state in IN_CARE:
            return self.entry.use_mode
        return "shadow" if state is State.SHADOW else NOT_IN_USE

    def state_on(self, day: date) -> State:
        """Where it stood on a day, by what was decided."""
        return state_on(self.entry, self.changes, day)

    def uncovered_on(self, indication: IndicationView, day: date) -> bool:
        """Whether the clearance of an indication does not hold here while the output reaches care: of elsewhere, for research, not issued yet, or ended.

        In shadow nothing reaches care, and no clearance is needed.
        """
        held = indication.clearance.held
        return self.state_on(day) in IN_CARE and not held.holds(self.jurisdiction, day)

    def errors_of(self, finding: str) -> Mapping[str, ErrorRates]:
        """How often each kind of evidence on a finding is itself wrong, where that is known."""
        return next(i.protocol.errors for i in self.indications if i.finding == finding)

    def matures_after_days(self, finding: str) -> int:
        """Days until a case without a known outcome stops being pending."""
        waits = [i.protocol.matures_after_days for i in self.indications if i.finding == finding]
        return max(waits, default=0)


def view(session: Session, key: str, at: datetime | None = None) -> DeploymentView:
    """The deployment with its indications as known at a moment (None = now)."""
    entry = next(iter(as_known(session, Deployment, at, key=key)), None)
    if entry is None:
        known = ", ".join(d.key for d in as_known(session, Deployment, at)) or "none yet"
        raise UnknownDeployment(f"No deployment '{key}' in the register. There are: {known}.")
    algorithm = as_known(session, Algorithm, at, key=entry.algorithm)[0]
    site = next(iter(as_known(session, Site, at, key=entry.site)), None)
    clearances = {c.key: c for c in as_known(session, Clearance, at, algorithm=entry.algorithm)}
    indications = [
        _indication(i, clearances[i.clearance])
        for i in as_known(session, Indication, at)
        if i.clearance in clearances and i.name in entry.indications
    ]
    order = {name: place for place, name in enumerate(entry.indications)}
    changes = tuple(changes_of(session, key, at))
    return DeploymentView(
        key=key,
        algorithm=entry.algorithm,
        name=algorithm.name,
        purpose=algorithm.purpose,
        site=entry.site,
        jurisdiction=site.jurisdiction if site else "EU",
        time_zone=(site.time_zone if site else None) or "UTC",
        version=entry.version,
        indications=tuple(sorted(indications, key=lambda i: (order[i.name], i.key))),
        entry=entry,
        changes=changes,
        unconfirmed=not changes and not confirmed(session, key, at),
    )


def stated_at(session: Session, key: str) -> datetime:
    """When the register last changed anything that a view of the deployment holds, or a change of its state was decided."""
    known = view(session, key)
    rows = [
        known.entry,
        *as_known(session, Algorithm, key=known.algorithm),
        *as_known(session, Site, key=known.site),
        *as_known(session, Clearance, algorithm=known.algorithm),
        *(one for one in as_known(session, Indication) if one.clearance.startswith(f"{known.algorithm}:")),
    ]  # fmt: skip
    decisions = [signed.signed_at for _, signed in approved(session, key)]
    return max([*(row.recorded_at for row in rows), *decisions])


def views(session: Session, at: datetime | None = None) -> Sequence[DeploymentView]:
    """Every deployment of the register as known at a moment."""
    return [view(session, entry.key, at) for entry in as_known(session, Deployment, at)]


def _indication(entry: Indication, clearance: Clearance) -> IndicationView:
    return IndicationView(
        key=entry.key,
        name=entry.name,
        finding=entry.finding,
        statement=entry.statement,
        clause=entry.clause,
        scope=parse(entry.scope),
        protocol=protocol(entry.reference_standard),
        claims=tuple(entry.claims),
        clearance=clearance,
    )
