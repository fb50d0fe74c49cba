"""The route of a cycle on demand."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.settings import settings
from backend.web.signing import TOO_OLD, Token
from backend.web.visit import SignedIn, Visit, sessions_of
from backend.work.queue import ask
from backend.work.schedule import interval
from dashboards.pages.watch import watch_page
from register.entitlement import entitled
from register.refusal import Refusal
from surveillance.work import Kind

router = APIRouter()


class NotCycled(Refusal):
    """A cycle that this person may not run; the sentence says who may."""


@router.get("/")
def watch(visit: SignedIn) -> Response:
    """Every deployment and finding, what rang, and how the work of the installation stands."""
    return _shown(visit)


@router.post("/cycle")
def run(visit: SignedIn, token: Token = "") -> Response:
    """Ask the worker to bring figures, verdicts and signals up to now."""
    if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
        return _shown(visit, problem=TOO_OLD)
    account = visit.account
    try:
        entitled(account.name, account.role, "runs a cycle", refusal=NotCycled)
    except NotCycled as refusal:
        return _shown(visit, problem=str(refusal))
    ask(visit.session, Kind.CYCLE, by=account.key, at=now())
    return RedirectResponse("/#work", status_code=303)


def _shown(visit: Visit, problem: str = "") -> Response:
    at = now()
    page = watch_page(
        visit.session, at=at, role=visit.account.role, problem=problem, every=interval(settings(), Kind.CYCLE, at)
    )  # fmt: skip
    return visit.show(
        "watch.html", page, title="Watch", place="watch", status=403 if problem else 200
    )
