"""What is known of a deployment on a day, for the conditions of its use in care."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from register.ai_act.answering import unclassified
from register.deployment import Deployment
from register.lifecycle import (
    IN_CARE,
    ClearanceHeld,
    Condition,
    Readiness,
    State,
    cleared,
    conditions,
)
from register.revision import as_known
from register.signature import Signature
from register.training import untrained
from register.transition import changed_since, changes_of, configuration_at, state_on
from surveillance.procurement.diligence import unfinished
from surveillance.validation.kept import ValidationPlan, ValidationRun, earlier, plans, runs
from surveillance.validation.plan import short_of_label
from surveillance.validation.sign_off import signature_of
from surveillance.view import DeploymentView, view


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the local validations of a deployment come to.

    `earlier` names the runs that came before an accepted one; `judges` are those who ran or signed the accepted ones, whichever run it was.
    """

    plans: tuple[ValidationPlan, ...]
    lacking: tuple[str, ...]
    earlier: tuple[str, ...]
    judges: frozenset[str]

    def sentence(self) -> str:
        """Which were accepted, which runs came before, and where they accept less than the label; empty while one is lacking."""
        if self.lacking or not self.plans:
            return ""
        names = ", ".join(f"'{plan.key}'" for plan in self.plans)
        one = (
            f"Local validation {names} was"
            if len(self.plans) == 1
            else f"Local validations {names} were"
        )
        weaker = [said for plan in self.plans for said in short_of_label(plan)]
        return " ".join((f"{one} met and signed.", *self.earlier, *weaker))


def readiness(session: Session, known: DeploymentView, on: date) -> Readiness:
    """What is known of a deployment on a day, for the conditions of its use in care."""
    validated = acceptance(session, known)
    return Readiness(
        on=on,
        jurisdiction=known.jurisdiction,
        clearances=clearances_relied_on(known),
        due_diligence=unfinished(session, known.algorithm, known.site, on=on),
        ai_act=unclassified(session, known.algorithm, known.site, on=on),
        taken_over=_taken_over(session, known, on),
        accepted=validated.sentence(),
        not_accepted=" ".join(validated.lacking),
        oversight=known.entry.oversight,
        monitoring=known.entry.monitoring,
        untrained=untrained(
            session, known.entry.oversight.values(), subject=known.algorithm, version=known.version, on=on,
        ),
    )  # fmt: skip


def checklist(session: Session, deployment: str, on: date) -> tuple[Condition, ...]:
    """The conditions for use in care of a deployment, with what is known of each."""
    return conditions(readiness(session, view(session, deployment), on))


def clearance_on(known: DeploymentView, on: date) -> Condition:
    """Whether a clearance of its indications holds where a deployment lies, on a day."""
    return cleared(clearances_relied_on(known), jurisdiction=known.jurisdiction, on=on)


def clearances_relied_on(known: DeploymentView) -> list[ClearanceHeld]:
    """The clearances under which the indications in use stand."""
    return [c.held for c in {i.clearance.key: i.clearance for i in known.indications}.values()]


def acceptance(session: Session, known: DeploymentView) -> Acceptance:
    """The validations accepted for this version, operating point and configuration, one for each finding in use, and what is lacking.

    Of several that were signed, the last signature counts: what was rejected after it was accepted is not accepted.
    """
    found = [_last_signed(session, known, finding) for finding in known.findings]
    accepted = [one for one in found if isinstance(one, _Signed)]
    return Acceptance(
        plans=tuple(one.plan for one in accepted),
        lacking=tuple(one for one in found if isinstance(one, str)),
        earlier=tuple(
            f"'{one.plan.key}': {said}" for one in accepted if (said := earlier(one.runs))
        ),
        judges=frozenset(
            name
            for one in accepted
            for name in (one.signature.signer, *(run.run_by for run in one.runs))
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    plan: ValidationPlan
    runs: tuple[ValidationRun, ...]
    signature: Signature


def _last_signed(session: Session, known: DeploymentView, finding: str) -> _Signed | str:
    """The validation of a finding that counts, where it is accepted; else what is lacking."""
    judged = [
        _Signed(plan=plan, runs=tuple(done), signature=signed)
        for plan in plans(session, known.key)
        if plan.finding == finding and (done := runs(session, plan.key))
        if (signed := signature_of(session, done[-1])) is not None
    ]
    now_at = known.entry.threshold_for(finding)
    for one in sorted(
        judged, key=lambda one: (one.signature.signed_at, one.plan.fixed_at), reverse=True
    ):
        plan, signed = one.plan, one.signature
        if (plan.version, plan.threshold) == (known.version, now_at):
            if signed.meaning == "accepted":
                return _still(session, known, one)
            return f"{signed.name} rejected the local validation '{plan.key}' of this version and operating point: {signed.reason}"
        if signed.meaning == "accepted":
            return (
                f"The local validation '{plan.key}' was for version {plan.version} and operating point {plan.threshold}; "
                f"this is version {known.version} at {now_at}. Validate it again on the page of its validations."
            )
    about = f" of {finding.replace('_', ' ')}" if len(known.findings) > 1 else ""
    return (
        f"No local validation{about} was met and signed for version {known.version}. Fix, run and sign one on "
        "the page of its validations."
    )


def _still(session: Session, known: DeploymentView, one: _Signed) -> _Signed | str:
    """An accepted validation, unless what it was fixed for has changed since: then what is lacking."""
    fixed_at = one.plan.fixed_at
    then = configuration_at(session, known.key, fixed_at)
    changed = (
        *(f"{name.replace('_', ' ')} changed" for name in changed_since(then or {}, known.entry)),
        *relabelled(session, known, fixed_at),
    )
    if then is None or not changed:
        return one
    return (
        f"The local validation '{one.plan.key}' was fixed on {fixed_at:%Y-%m-%d} for another configuration: {'; '.join(changed)} since. Validate it again "
        "on the page of its validations, with a protocol of its own."
    )


def relabelled(session: Session, known: DeploymentView, since: datetime) -> Iterator[str]:
    """The names of indications under which the register held another label at a moment, over all clearances that have the name.

    A name that was not in use then is a change of the configuration.
    """
    if not as_known(session, Deployment, since, key=known.key):
        return
    then = view(session, known.key, since).indications
    for name in dict.fromkeys(one.name for one in then):
        before, now = (
            [one for one in labels if one.name == name] for labels in (then, known.indications)
        )
        if now and before != now:
            yield f"label of '{name}' changed"


def _taken_over(session: Session, known: DeploymentView, on: date) -> bool:
    """Whether it was in care before anything was decided about it here."""
    changes = changes_of(session, known.key)
    first = State(changes[0].from_state) if changes else state_on(known.entry, (), on)
    return first in IN_CARE
