"""Who was trained on what, and until when that counts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import DateTime, UniqueConstraint
from sqlmodel import Session, SQLModel, col, select

from register.algorithm import Algorithm, ProductVersion
from register.columns import Privacy, column
from register.contact import Contact
from register.deployment import Deployment
from register.refusal import Refusal
from register.revision import as_known

LITERACY = "ai_literacy"
"""Training that belongs to no product: AI Act, Article 4."""


class NotOnFile(Refusal):
    """A training that cannot be recorded; the sentence says why and what would do."""


class Training(SQLModel, table=True):
    """One person's training on one product and version; written once, and corrected by another that takes its place."""

    __table_args__ = (UniqueConstraint("supersedes", name="training_superseded_once"),)

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    person: str = column("Who was trained, as named in the oversight", Privacy.PERSON, index=True)
    subject: str = column("Key of the algorithm, or ai_literacy", Privacy.PUBLIC)
    version: str | None = column(
        "Version it is about; empty = every version", Privacy.PUBLIC, default=None
    )
    completed_on: date = column("When it was completed", Privacy.OPERATIONAL)
    expires_on: date | None = column(
        "Last day it counts; empty = without end", Privacy.OPERATIONAL, default=None
    )
    source: str = column("Certificate, course or trainer", Privacy.OPERATIONAL)
    supersedes: int | None = column(
        "Number of the record it takes the place of; empty = none",
        Privacy.OPERATIONAL,
        default=None,
    )
    recorded_by: str = column("Who recorded it", Privacy.PERSON)
    recorded_at: datetime = column(
        "When it was recorded", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )

    def counts(self, subject: str, version: str, on: date) -> bool:
        """Whether it covers a version of a product on a day."""
        return (
            self.subject == subject
            and self.version in (None, version)
            and self.completed_on <= on
            and (self.expires_on is None or on <= self.expires_on)
        )


def put_on_file(
    session: Session,
    *,
    person: str,
    subject: str,
    version: str | None,
    completed_on: date,
    expires_on: date | None,
    source: str,
    by: str,
    at: datetime,
    supersedes: int | None = None,
) -> Training:
    """Record a training of a person whom the register names, on a version that it knows or on AI literacy.

    It is written once; `supersedes` is the number of the record on file that it corrects.
    """
    known = [algorithm.key for algorithm in as_known(session, Algorithm)]
    if subject not in (*known, LITERACY):
        raise NotOnFile(
            f"'{subject}' is neither an algorithm of the register nor {LITERACY}. There are: {', '.join(known)}."
        )
    for said, name in ((person, "Who was trained"), (source, "The certificate, course or trainer")):
        if not said.strip():
            raise NotOnFile(f"{name} is empty; write it down.")
    if by == person.strip():
        raise NotOnFile(
            f"{by} puts no training of their own on file; someone else who saw the certificate does."
        )
    _of_somebody_known(session, person.strip())
    _of_a_known_version(session, subject, version)
    if supersedes is not None and supersedes not in {one.id for one in trainings(session)}:
        raise NotOnFile(
            f"There is no training {supersedes} to be corrected, or it was corrected already."
        )
    if completed_on > at.date():
        raise NotOnFile(
            f"{completed_on} lies ahead; a training goes on file once it was completed."
        )
    if expires_on is not None and expires_on < completed_on:
        raise NotOnFile(f"The last day it counts, {expires_on}, lies before its completion on {completed_on}.")  # fmt: skip
    training = Training(
        person=person.strip(), subject=subject, version=version or None, completed_on=completed_on, expires_on=expires_on,
        source=source.strip(), supersedes=supersedes, recorded_by=by, recorded_at=at,
    )  # fmt: skip
    session.add(training)
    session.flush()
    return training


def trainings(session: Session, at: datetime | None = None) -> Sequence[Training]:
    """Every training on file as known at a moment (None = now), the last recorded first; corrected ones are left out."""
    rows = session.exec(select(Training).order_by(col(Training.id).desc())).all()
    recorded = [one for one in rows if at is None or one.recorded_at <= at]
    corrected = {one.supersedes for one in recorded}
    return [one for one in recorded if one.id not in corrected]


def trainings_of(session: Session, people: Iterable[str]) -> Sequence[Training]:
    """The trainings of some people, the last recorded first."""
    named = set(people)
    return [one for one in trainings(session) if one.person in named]


def untrained(
    session: Session, people: Iterable[str], *, subject: str, version: str, on: date
) -> tuple[str, ...]:
    """The people of whom no training on this version is on file that counts on that day."""
    found = trainings(session)
    return tuple(
        person
        for person in dict.fromkeys(people)
        if not any(t.person == person and t.counts(subject, version, on) for t in found)
    )


def people_named(session: Session) -> tuple[str, ...]:
    """The people whom the register names: for oversight of a deployment, or with an address."""
    named = {name for d in as_known(session, Deployment) for name in d.oversight.values()}
    return tuple(sorted(named | {contact.key for contact in as_known(session, Contact)}))


def somebody_known(
    session: Session, person: str, accounts: Collection[str], *, refusal: type[Refusal]
) -> None:
    """Refuse a name that neither the register nor one of the `accounts` (sign-in names) names."""
    known = {*people_named(session), *accounts}
    if person not in known:
        raise refusal(
            f"'{person}' is nobody whom the register or an account names. There are: {', '.join(sorted(known)) or 'none yet'}."
        )


def _of_somebody_known(session: Session, person: str) -> None:
    named = people_named(session)
    if person not in named:
        raise NotOnFile(
            f"'{person}' is nobody whom the register names; name the person in the `oversight:` of a deployment first. "
            f"There are: {', '.join(named) or 'none yet'}."
        )


def _of_a_known_version(session: Session, subject: str, version: str | None) -> None:
    known = [one.version for one in as_known(session, ProductVersion, algorithm=subject)]
    if version and version not in known:
        raise NotOnFile(
            f"Version '{version}' of {subject} is not in the register. There are: {', '.join(known) or 'none'}; or leave it empty."
        )
