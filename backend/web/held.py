"""The routes of what the scope gate held: its page, and the override of one decision."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.web.signing import Password, Reason, Token, signed
from backend.web.visit import SignedIn
from dashboards.pages.held import held_page
from register.signature import Signer
from surveillance.scope_override import override

router = APIRouter()
PLACE = "/deployments/{key}/held"


@router.get(PLACE)
def held(visit: SignedIn, key: str, decision: str = "") -> Response:
    """What the gate held of one deployment; `decision` is the one about to be overridden."""
    page = held_page(visit.session, key, at=now(), decision=decision, role=visit.account.role)
    return visit.show("held.html", page, title=f"{page.name}: held at the gate", place="watch")


@router.post(f"{PLACE}/{{decision}}")
def let_through(
    visit: SignedIn,
    key: str,
    decision: str,
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """The override of one decision by a named clinician."""

    def act(person: Signer) -> None:
        override(visit.session, decision, signer=person, reason=reason, at=now())

    problem = signed(visit, act, password=password, token=token)
    if not problem:
        return RedirectResponse(f"/deployments/{key}/held", status_code=303)
    page = held_page(
        visit.session, key, at=now(), decision=decision, role=visit.account.role, problem=problem
    )
    return visit.show("held.html", page, title="Not signed", place="watch", status=403)
