"""The route of a cycle on demand."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.web.signing import TOO_OLD, Token
from backend.web.visit import SignedIn, sessions_of
from dashboards.pages.watch import watch_page
from register.entitlement import entitled
from register.refusal import Refusal

router = APIRouter()


class NotCycled(Refusal):
    """A cycle that this person may not run; the sentence says who may."""


@router.post("/cycle")
def run(visit: SignedIn, token: Token = "") -> Response:
    """Bring figures, verdicts and signals up to now."""
    from backend.cycling import run_now

    problem = ""
    if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
        problem = TOO_OLD
    else:
        try:
            entitled(visit.account.name, visit.account.role, "runs a cycle", refusal=NotCycled)
            run_now(visit.request.app.state.url, by=visit.account.key)
        except Refusal as refusal:
            problem = str(refusal)
    if not problem:
        return RedirectResponse("/", status_code=303)
    page = watch_page(visit.session, at=now(), role=visit.account.role, problem=problem)
    return visit.show("watch.html", page, title="Watch", place="watch", status=403)
