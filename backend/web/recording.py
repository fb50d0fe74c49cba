"""The routes of the records: trainings put on file, safety notices taken in and acknowledged."""

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.web.signing import TOO_OLD, signed
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.records import records_page
from register import safety_notice
from register.entitlement import entitled
from register.refusal import Refusal
from register.signature import Signer
from register.task import open_once
from register.training import put_on_file

router = APIRouter()
PLACE = "/records"


class NotRecorded(Refusal):
    """A record that was not kept; the sentence says why and what would do."""


@router.get(PLACE)
def records(visit: SignedIn, correct: int = 0) -> Response:
    """Trainings and safety notices; `correct` is the number of a training to be corrected."""
    page = records_page(
        visit.session, at=now(), correct=correct, role=visit.account.role, sites=visit.account.sites
    )
    return visit.show("records.html", page, title="Records", place="records")


@router.post(f"{PLACE}/trainings")
def train(visit: SignedIn) -> Response:
    """Put a training on file."""
    form = visit.form

    def keep() -> None:
        put_on_file(
            visit.session, person=form.get("person", ""), subject=form.get("about", ""), version=form.get("version"),
            completed_on=_day(form, "completed"), expires_on=_day(form, "expires") if form.get("expires") else None,
            source=form.get("source", ""), by=visit.account.key, at=now(), supersedes=_number(form, "supersedes"),
        )  # fmt: skip

    return _done(visit, "training", form, _kept(visit, form, keep))


@router.post(f"{PLACE}/notices")
def take(visit: SignedIn) -> Response:
    """Take a safety notice in; whoever runs what it concerns has a task at once."""
    form = visit.form

    def keep() -> None:
        safety_notice.take(
            visit.session, form.get("about", ""), reference=form.get("reference", ""), issued=_day(form, "issued"),
            received=_day(form, "received"), summary=form.get("summary", ""), action=form.get("action", ""),
            versions=tuple(v.strip() for v in form.get("versions", "").split(",") if v.strip()),
            respond_by=_day(form, "respond_by") if form.get("respond_by") else None, by=visit.account.key, at=now(),
        )  # fmt: skip
        for called in safety_notice.unanswered(visit.session):
            open_once(visit.session, called, at=now())

    return _done(visit, "notice", form, _kept(visit, form, keep))


@router.post(f"{PLACE}/notices/{{number}}")
def acknowledge(visit: SignedIn, number: int) -> Response:
    """Acknowledge a notice with what was done."""
    form = visit.form

    def act(person: Signer) -> None:
        safety_notice.acknowledge(
            visit.session, number, signer=person, reason=form.get("reason", ""), at=now()
        )

    problem = signed(visit, act, password=form.get("password", ""), token=form.get("token", ""))
    return _done(visit, str(number), form, problem)


def _kept(visit: Visit, form: dict[str, str], keep: Callable[[], None]) -> str:
    """Keep a record, or say why not."""
    if not sessions_of(visit.request).token_fits(form.get("token", ""), visit.ticket.id):
        return TOO_OLD
    try:
        entitled(visit.account.name, visit.account.role, "records", refusal=NotRecorded)
        with visit.session.begin_nested():
            keep()
    except Refusal as refusal:
        return str(refusal)
    return ""


def _done(visit: Visit, form: str, given: dict[str, str], problem: str) -> Response:
    if not problem:
        return RedirectResponse(PLACE, status_code=303)
    typed = {name: value for name, value in given.items() if name not in ("password", "token")}
    page = records_page(
        visit.session, at=now(), role=visit.account.role, sites=visit.account.sites, given=typed, refused=form, problem=problem,
        correct=int(typed["supersedes"]) if typed.get("supersedes", "").isdecimal() else 0,
    )  # fmt: skip
    return visit.show("records.html", page, title="Not recorded", place="records", status=403)


def _day(form: dict[str, str], name: str) -> date:
    said = form.get(name, "")
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise NotRecorded(f"{name.replace('_', ' ')}: '{said}' is not a day; write it as 2026-05-31.") from None  # fmt: skip


def _number(form: dict[str, str], name: str) -> int | None:
    said = form.get(name, "")
    if said and not said.isdecimal():
        raise NotRecorded(f"{name}: '{said}' is not the number of a record.")
    return int(said) if said else None
