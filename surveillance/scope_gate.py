"""The scope gate: may this deployment run on this study? Every answer is kept, and can be derived again.

It fails closed. A deployment that is not let run, that was entered as in care and not confirmed by two people, or that no clearance covers, is out
whatever the study is; a missing attribute is undeterminable; and a question that contradicts the register is refused, with nothing recorded.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, text
from sqlmodel import Session, col, select

from register.indication import Indication
from register.refusal import Refusal
from register.revision import as_known
from register.scope import Scope, ScopeDecision
from register.signature import digest_of
from surveillance.eligibility import covering, judge, not_let_run
from surveillance.scope_decision import RecordedDecision
from surveillance.scope_override import ScopeOverride, use
from surveillance.view import DeploymentView, view


class ContradictsRegister(Refusal):
    """A question states a site that is not the deployment's."""


class NotForThisSite(Refusal):
    """A question about a deployment at a site that whoever asks is not let see."""


class KeyUsedOtherwise(Refusal):
    """An idempotency key came back with another question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question: a study by its attributes, and the deployment that would run on it."""

    deployment: str
    study_instance_uid: str
    attributes: Mapping[str, Any] = field(repr=False)
    finding: str | None = None
    idempotency_key: str | None = field(default=None, repr=False)

    def digest(self) -> str:
        """What makes a question the same one again; its idempotency key is no part of it."""
        return digest_of(
            {"deployment": self.deployment, "finding": self.finding, "study": self.study_instance_uid,
             "attributes": dict(self.attributes)}
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A decision as the register gives it at a moment."""

    finding: str
    decision: ScopeDecision
    indication: str | None
    scope_version: str

    def as_columns(self) -> dict[str, Any]:
        """The part of a record that follows from register and question alone."""
        return {
            "finding": self.finding,
            "scope": str(self.decision.scope),
            "attribute": self.decision.attribute,
            "value": self.decision.value,
            "clause": self.decision.clause,
            "source": self.decision.source,
            "sentence": self.decision.sentence(),
            "indication": self.indication,
            "scope_version": self.scope_version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is told of a decision; `stopped` says why one that was given before holds no more.

    `overridden` is the clinician's override that lets its study through all the same, once.
    """

    record: RecordedDecision
    stopped: str = ""
    overridden: ScopeOverride | None = None

    @property
    def may_run(self) -> bool:
        """True in scope, or overridden, for a deployment that is let run; and never else."""
        return not self.stopped and (self.record.scope == Scope.IN or self.overridden is not None)

    def sentence(self) -> str:
        """The decision in words, and what came after it."""
        said = self.record.sentence
        if self.overridden is not None:
            said = f"{said} Overridden by {self.overridden.overridden_by} (override {self.overridden.id}): abnormal use."
        return f"{said} Since then: {self.stopped}" if self.stopped else said

    def as_json(self) -> dict[str, Any]:
        """The answer as a value."""
        said = self.record
        return {
            "decision_id": said.id,
            "scope": said.scope,
            "may_run": self.may_run,
            "attribute": said.attribute,
            "value": said.value,
            "clause": said.clause,
            "source": said.source,
            "sentence": self.sentence(),
            "override": self.overridden.id if self.overridden else None,
            "finding": said.finding,
            "scope_version": said.scope_version,
            "decided_at": said.decided_at.isoformat(),
        }  # fmt: skip


class Gate:
    """The register as known at a moment; each deployment is looked up once."""

    def __init__(self, session: Session, at: datetime) -> None:
        """Decide as of a moment."""
        self._session = session
        self._at = at
        self._known: dict[str, tuple[DeploymentView, str]] = {}

    @property
    def day(self) -> date:
        """The day of which state and mode of use count."""
        return self._at.date()

    def view(self, deployment: str) -> DeploymentView:
        """The deployment as known."""
        return self._lookup(deployment)[0]

    def derive(self, check: Check) -> Derived:
        """Decide, recording nothing. State and clearance of the deployment come first, then every clause.

        Site and mode of use are what the register says, whatever the question says of them.
        """
        known, version = self._lookup(check.deployment)
        finding = check.finding or known.findings[0]
        decision: ScopeDecision | None = not_let_run(known, finding, self.day)
        indication = None
        if decision is None:
            register = {"site": known.site, "use_mode": known.use_mode_on(self.day)}
            decision, indication = judge(
                covering(known, finding, self.day),
                {**check.attributes, **register, "finding": finding},
            )
        return Derived(
            finding=finding, decision=decision, indication=indication, scope_version=version
        )

    def _lookup(self, deployment: str) -> tuple[DeploymentView, str]:
        if deployment not in self._known:
            known = view(self._session, deployment, self._at)
            self._known[deployment] = (known, self._version(known))
        return self._known[deployment]

    def _version(self, known: DeploymentView) -> str:
        ours = {indication.key for indication in known.indications}
        lapsed = [i.key for i in known.indications if known.uncovered_on(i, self.day)]
        return digest_of(
            {
                "deployment": [known.key, known.entry.revision, str(known.state_on(self.day))],
                "indications": {
                    i.key: [i.revision, i.scope]
                    for i in as_known(self._session, Indication, self._at)
                    if i.key in ours
                },
                **({"lapsed": lapsed} if lapsed else {}),
                **({"unconfirmed": True} if known.unconfirmed else {}),
            }
        )


def ask(
    session: Session,
    checks: Sequence[Check],
    *,
    by: str,
    secret: bytes,
    at: datetime,
    token: int | None = None,
    sites: Collection[str] = (),
) -> list[Answer]:
    """Decide and record, in the order asked, all or nothing: one refusal refuses all.

    A key that comes back with the same question is answered as before; what is recorded stays, and a
    deployment that was stopped meanwhile does not run on it. `sites` limits who asks; empty = all.
    """
    gate = Gate(session, at)
    digests = [_keyed(check.idempotency_key, secret) for check in checks]
    given = _given(session, by, {digest for digest in digests if digest})
    answers, fresh = [], []
    for place, (check, digest) in enumerate(zip(checks, digests, strict=True)):
        try:
            _fits(check, gate.view(check.deployment), sites)
            before = given.get(digest or "")
            if before is not None:
                answers.append(_again(session, before, check, gate, at))
                continue
        except Refusal as refusal:
            where = f"checks.{place}: " if len(checks) > 1 else ""
            raise type(refusal)(f"{where}{refusal}") from refusal
        record = RecordedDecision(
            id=str(uuid4()), deployment=check.deployment, study_instance_uid=check.study_instance_uid,
            attributes=dict(check.attributes), decided_at=at, decided_by=by, token=token, idempotency_key=digest,
            question=check.digest(), signature="", **gate.derive(check).as_columns(),
        )  # fmt: skip
        record.sign(secret)
        if digest:
            given[digest] = record
        fresh.append(record.model_dump())
        answers.append(Answer(record=record, overridden=use(session, record, at=at)))
    if fresh:
        session.execute(insert(RecordedDecision), fresh)
    return answers


def _fits(check: Check, known: DeploymentView, sites: Collection[str]) -> None:
    if sites and known.site not in sites:
        raise NotForThisSite(
            f"{known.key} runs at {known.site}; this token is for {', '.join(sites)} only."
        )
    if check.attributes.get("site") not in (None, "", known.site):
        raise ContradictsRegister(
            f"study.site: {known.key} runs at {known.site}; ask a deployment of the study's site, or leave it out."
        )


def _given(session: Session, by: str, digests: Collection[str]) -> dict[str, RecordedDecision]:
    """What was answered to these keys before; two requests with one key wait for each other."""
    if not digests:
        return {}
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:who))"), {"who": f"catamnesis.scope {by}"}
    )
    found = session.exec(
        select(RecordedDecision).where(
            RecordedDecision.decided_by == by, col(RecordedDecision.idempotency_key).in_(digests)
        )
    )
    return {record.idempotency_key or "": record for record in found}


def _again(
    session: Session, before: RecordedDecision, check: Check, gate: Gate, at: datetime
) -> Answer:
    if before.question != check.digest():
        raise KeyUsedOtherwise(
            f"idempotency_key: it was used for another question (decision {before.id}); ask with a new key."
        )
    stopped = not_let_run(gate.view(check.deployment), before.finding, gate.day)
    if stopped is None:
        return Answer(record=before, overridden=use(session, before, at=at))
    return Answer(record=before, stopped=stopped.sentence() if before.scope == Scope.IN else "")


def _keyed(key: str | None, secret: bytes) -> str | None:
    return None if key is None else hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()
