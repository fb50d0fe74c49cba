"""The routes of a signal: looked at, and handled by the people who answer for it."""

from datetime import date

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backend.access import sign_in_names
from backend.audit import note_read
from backend.clock import now
from backend.database import raw
from backend.web.signing import TOO_OLD
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.signal import signal_page
from dashboards.pages.signal_cases import signal_cases_page
from register.refusal import Refusal
from surveillance.handling import LINKED, NotHandled, take_step

router = APIRouter()


@router.get("/signals/{number}")
def look_at(visit: SignedIn, number: int) -> Response:
    """A signal with what changed and what was done about it."""
    return _shown(visit, number)


@router.get("/signals/{number}/cases")
def cases(visit: SignedIn, number: int) -> Response:
    """The cases behind a signal; that they were looked at is noted."""
    page = signal_cases_page(visit.session, number, at=now())
    note_read(raw(visit.session), by=visit.account.key, subject=f"cases of signal {number}", rows=page.rows)  # fmt: skip
    return visit.show("signal_cases.html", page, title=f"Cases of signal {number}", place="watch")


@router.post("/signals/{number}")
def handle(visit: SignedIn, number: int) -> Response:
    """Take a step about a signal."""
    form, account = visit.form, visit.account
    step, to = form.get("step", ""), form.get("to", "")
    try:
        if not sessions_of(visit.request).token_fits(form.get("token", ""), visit.ticket.id):
            raise NotHandled(TOO_OLD)
        with visit.session.begin_nested():
            take_step(
                visit.session, number, step, to=f"{form.get('kind', '')}:{to}" if step == LINKED else to,
                until=_day(form.get("until", "")), reason=form.get("reason", ""), by=account.key, name=account.name,
                role=account.role, at=now(), accounts=sign_in_names(visit.session),
            )  # fmt: skip
    except Refusal as refusal:
        return _shown(visit, number, given=form, problem=str(refusal))
    return RedirectResponse(f"/signals/{number}#act", status_code=303)


def _shown(
    visit: Visit, number: int, *, given: dict[str, str] | None = None, problem: str = ""
) -> Response:
    page = signal_page(
        visit.session, number, at=now(), role=visit.account.role, given=given, problem=problem
    )
    return visit.show(
        "signal.html", page, title=f"Signal {number}", place="watch", status=403 if problem else 200
    )


def _day(written: str) -> date | None:
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise NotHandled(f"until: '{written}' is no day; write it as 2026-12-31.") from None
