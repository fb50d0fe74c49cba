"""Field safety notices of manufacturers: taken in, acknowledged with a signature, never lost.

Source: Regulation (EU) 2017/745, Article 89(8); MEDDEV 2.12/1 rev. 8, annex on field safety notices.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import JSON, DateTime, UniqueConstraint
from sqlmodel import Session, SQLModel, col, select

from register.algorithm import Algorithm, ProductVersion
from register.columns import Privacy, column
from register.deployment import Deployment
from register.entitlement import entitled
from register.refusal import Refusal
from register.revision import as_known
from register.signature import Signature, Signer, put, under
from register.task import Called, Task, close

ACKNOWLEDGED = "acknowledged"
UNLESS_STATED = timedelta(days=7)
"""Within how many days a notice is answered that sets no day itself."""


class NoticeNotTaken(Refusal):
    """A notice that cannot be taken in or acknowledged; the sentence says why and what would do."""


class SafetyNotice(SQLModel, table=True):
    """One field safety notice; written once, acknowledged by a signature."""

    __tablename__ = "safety_notice"
    __table_args__ = (UniqueConstraint("algorithm", "reference"),)

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    algorithm: str = column("Key of the algorithm", Privacy.PUBLIC, index=True)
    reference: str = column("Reference of the manufacturer", Privacy.PUBLIC)
    versions: list[str] = column("Versions concerned; empty = all", Privacy.PUBLIC, sa_type=JSON)
    issued: date = column("Day it was issued", Privacy.PUBLIC)
    received: date = column("Day it reached the site", Privacy.OPERATIONAL)
    respond_by: date = column("Day by which it is answered", Privacy.OPERATIONAL)
    summary: str = column("What is wrong", Privacy.PUBLIC)
    action: str = column("What the manufacturer asks for", Privacy.PUBLIC)
    recorded_by: str = column("Who entered it", Privacy.PERSON)
    recorded_at: datetime = column(
        "When it was entered", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    @property
    def record(self) -> str:
        """The name under which it is acknowledged."""
        return f"safety notice {self.id}"

    def concerns(self, deployment: Deployment) -> bool:
        """Whether a deployment runs what the notice is about."""
        return deployment.algorithm == self.algorithm and deployment.live_to is None and (
            not self.versions or deployment.version in self.versions
        )  # fmt: skip


def take(
    session: Session,
    algorithm: str,
    *,
    reference: str,
    issued: date,
    received: date,
    summary: str,
    action: str,
    by: str,
    at: datetime,
    versions: tuple[str, ...] = (),
    respond_by: date | None = None,
) -> SafetyNotice:
    """Take a notice in; the next cycle asks for its answer wherever a concerned version runs."""
    if not as_known(session, Algorithm, key=algorithm):
        raise NoticeNotTaken(f"No algorithm '{algorithm}' in the register; import its entry first.")
    known = [v.version for v in as_known(session, ProductVersion, algorithm=algorithm)]
    if unknown := [version for version in versions if version not in known]:
        raise NoticeNotTaken(f"Version {unknown[0]} of {algorithm} is not in the register; there are: {', '.join(known) or 'none'}.")  # fmt: skip
    if not issued <= received <= at.date():
        raise NoticeNotTaken(f"A notice is issued, then received, then entered; not issued {issued} and received {received}.")  # fmt: skip
    for said, name in ((reference, "reference"), (summary, "summary"), (action, "action")):
        if not said.strip():
            raise NoticeNotTaken(f"{name}: it is empty; copy it from the notice.")
    if any(one.reference == reference for one in notices(session, algorithm)):
        raise NoticeNotTaken(f"Notice {reference} of {algorithm} is on file already.")
    row = SafetyNotice(
        algorithm=algorithm, reference=reference, versions=list(versions), issued=issued, received=received,
        respond_by=respond_by or received + UNLESS_STATED, summary=summary.strip(), action=action.strip(), recorded_by=by,
        recorded_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def notices(session: Session, algorithm: str | None = None) -> list[SafetyNotice]:
    """The notices on file, of one algorithm if given, the first first."""
    found = select(SafetyNotice).order_by(col(SafetyNotice.id))
    if algorithm is not None:
        found = found.where(SafetyNotice.algorithm == algorithm)
    return list(session.exec(found))


def acknowledgement(session: Session, notice: SafetyNotice) -> Signature | None:
    """The signature under a notice; None while it is open."""
    return next(iter(under(session, notice.record)), None)


def acknowledge(
    session: Session, number: int, *, signer: Signer, reason: str, at: datetime
) -> SafetyNotice:
    """Acknowledge a notice with what was done; its tasks are closed by it."""
    notice = session.get(SafetyNotice, number)
    if notice is None:
        listed = ", ".join(str(one.id) for one in notices(session)) or "none"
        raise NoticeNotTaken(f"There is no safety notice {number}. On file are: {listed}.")
    entitled(signer.name, signer.role, "acknowledges a safety notice", refusal=NoticeNotTaken)
    if acknowledgement(session, notice) is not None:
        raise NoticeNotTaken(f"Notice {notice.reference} was acknowledged already.")
    put(
        session, record=notice.record, content=notice.model_dump(mode="json"), signer=signer, meaning=ACKNOWLEDGED,
        reason=reason, at=at,
    )  # fmt: skip
    waiting = select(Task).where(col(Task.cause).startswith(f"{notice.record} at "), col(Task.closed_at).is_(None))  # fmt: skip
    for task in session.exec(waiting).all():
        close(session, task.id or 0, by=signer.key, outcome=f"Acknowledged: {reason}", at=at)
    return notice


def unanswered(session: Session) -> Iterator[Called]:
    """A task for every notice without an acknowledgement, at each deployment that runs what it is about."""
    deployments = as_known(session, Deployment)
    for notice in notices(session):
        if acknowledgement(session, notice) is not None:
            continue
        for deployment in deployments:
            if notice.concerns(deployment):
                yield Called(
                    cause=f"{notice.record} at {deployment.key}",
                    kind="safety_notice",
                    deployment=deployment.key,
                    algorithm=notice.algorithm,
                    owner=deployment.oversight.get("clinical_lead"),
                    due=notice.respond_by,
                    sentence=f"Safety notice {notice.reference} of {notice.issued}: {notice.summary} The manufacturer asks: {notice.action} "
                    f"Act, suspend if patients may be harmed, and acknowledge it on the page Records.",
                    insists=True,
                )  # fmt: skip
