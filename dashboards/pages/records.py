"""The page *Records*: who was trained on what, and the safety notices of manufacturers with their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from dashboards.pages.shown import shown, words
from dashboards.pages.signing import Choice, SignatureShown, SigningForm, signature_shown
from dashboards.pages.verdict_shown import Badge, Tone
from register.algorithm import Algorithm
from register.deployment import Deployment
from register.entitlement import GOVERNING, who
from register.revision import as_known
from register.safety_notice import ACKNOWLEDGED, SafetyNotice, acknowledgement, notices
from register.training import LITERACY, Training, people_named, trainings, trainings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingShown:
    """One training on file."""

    number: int = shown("Number of the record")
    person: str = shown("Who was trained")
    subject: str = shown("On what, and which version")
    completed: str = shown("When it was completed")
    expires: str = shown("Last day it counts")
    source: str = shown("Certificate, course or trainer")
    badge: Badge = shown("Whether it counts today")
    correct: str = shown("Where it is corrected; empty = not by this person")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """One field safety notice."""

    number: int = shown("Number of the notice")
    reference: str = shown("Reference of the manufacturer")
    algorithm: str = shown("Key of the algorithm, and which versions")
    dates: str = shown("When it was issued, received, and is to be answered")
    summary: str = shown("What is wrong")
    action: str = shown("What the manufacturer asks for")
    badge: Badge = shown("Whether it is answered")
    signature: SignatureShown | None = shown("Who acknowledged it, and with what")
    sign: SigningForm | None = shown("The acknowledgement that is still to be given")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsPage:
    """Everything the page *Records* shows."""

    at: datetime = shown("When the page was made")
    trainings: tuple[TrainingShown, ...] = shown("Trainings on file, the last recorded first")
    notices: tuple[NoticeShown, ...] = shown("Safety notices, the last one first")
    algorithms: tuple[tuple[str, str], ...] = shown("What a record can be about: key and name")
    literacy: str = shown("Key of a training that belongs to no product")
    people: tuple[str, ...] = shown("People whom the register names")
    given: Mapping[str, str] = shown(
        "What stands in a form: as typed before a refusal, or as on file, by field"
    )
    correcting: int = shown("Number of the training that is being corrected; 0 = none")
    refused: str = shown("The form that was refused; empty = none")
    problem: str = shown("Why it was refused")
    hindered: str = shown("Why this person records nothing; empty = can")


def records_page(
    session: Session,
    *,
    at: datetime,
    role: str,
    sites: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
    correct: int = 0,
    refused: str = "",
    problem: str = "",
) -> RecordsPage:
    """The records as of now; `refused` names the form whose sending was refused for `problem`.

    Who is limited to `sites` is shown the trainings of those who oversee a deployment there.
    """
    if correct and given is None:
        given = _as_on_file(session, correct)
    here = {
        person
        for d in as_known(session, Deployment)
        if d.site in sites
        for person in d.oversight.values()
    }
    today = at.date()
    return RecordsPage(
        at=at,
        trainings=tuple(
            _training(one, today, role)
            for one in (trainings_of(session, here) if sites else trainings(session))
        ),
        notices=tuple(
            _notice(session, one, today, role, problem if refused == str(one.id) else "")
            for one in reversed(notices(session))
        ),
        algorithms=tuple((one.key, one.name) for one in as_known(session, Algorithm, at)),
        literacy=LITERACY,
        people=people_named(session),
        given={} if given is None else given,
        correcting=correct,
        refused=refused,
        problem=problem,
        hindered="" if role in GOVERNING else f"{who('records').capitalize()}.",
    )


def _as_on_file(session: Session, number: int) -> dict[str, str]:
    """A training as the form would hold it; nothing of one that is not on file."""
    one = next((t for t in trainings(session) if t.id == number), None)
    if one is None:
        return {}
    said = {
        "person": one.person, "about": one.subject, "version": one.version, "completed": one.completed_on,
        "expires": one.expires_on, "source": one.source,
    }  # fmt: skip
    return {name: "" if value is None else str(value) for name, value in said.items()}


def _training(one: Training, today: date, role: str) -> TrainingShown:
    over = one.expires_on is not None and one.expires_on < today
    soon = one.expires_on is not None and (one.expires_on - today).days <= 30
    return TrainingShown(
        number=one.id or 0,
        person=one.person,
        subject=words(one.subject) if one.subject == LITERACY else f"{one.subject}, version {one.version or 'any'}",
        completed=one.completed_on.isoformat(),
        expires=one.expires_on.isoformat() if one.expires_on else "without end",
        source=one.source,
        correct=f"/records?correct={one.id}#put-on-file" if role in GOVERNING else "",
        badge=Badge(word="Expired", icon="triangle", tone=Tone.CONCERN) if over
        else Badge(word="Ends soon", icon="half", tone=Tone.NEUTRAL) if soon
        else Badge(word="Counts", icon="tick", tone=Tone.GOOD),
    )  # fmt: skip


def _notice(
    session: Session, one: SafetyNotice, today: date, role: str, problem: str
) -> NoticeShown:
    signed = acknowledgement(session, one)
    late = signed is None and one.respond_by < today
    return NoticeShown(
        number=one.id or 0,
        reference=one.reference,
        algorithm=f"{one.algorithm}, {'version ' + ', '.join(one.versions) if one.versions else 'every version'}",
        dates=f"issued {one.issued}, received {one.received}, to be answered by {one.respond_by}",
        summary=one.summary,
        action=one.action,
        badge=Badge(word="Acknowledged", icon="tick", tone=Tone.GOOD) if signed
        else Badge(word="Overdue" if late else "Open", icon="triangle", tone=Tone.CONCERN),
        signature=signature_shown(signed) if signed else None,
        sign=None if signed else SigningForm(
            action=f"/records/notices/{one.id}",
            question=f"Acknowledge {one.reference}",
            field=f"notice-{one.id}",
            choices=(Choice(value=ACKNOWLEDGED, label="acknowledged: what was done stands in the reason"),),
            hindered="" if role in GOVERNING else f"{who('acknowledges a safety notice').capitalize()}.",
            problem=problem,
        ),
    )  # fmt: skip
