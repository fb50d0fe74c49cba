"""The routes of a monitoring plan: worked out while it is edited, tried on the deployment's own history, put in force by signature."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from backend.access import sign_in_names
from backend.clock import now
from backend.database import raw
from backend.web.signing import TOO_OLD, Password, Reason, Token, signed
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.plan import plan_page, written_plan
from register.refusal import Refusal
from register.signature import Signer
from surveillance.monitors.chart_record import LockedReference
from surveillance.plan_activation import PlanNotPossible, activate, answered_for, understood
from surveillance.reference_window import NotTakenAsNormal, take_as_normal
from surveillance.view import view

router = APIRouter()
PLACE = "/deployments/{key}/plan"


@router.get(PLACE)
def look(visit: SignedIn, key: str) -> Response:
    """The plan in force."""
    return _page(visit, key)


@router.post(PLACE)
def go_on(
    visit: SignedIn,
    key: str,
    act: Annotated[Literal["add up", "try", "put in force"], Form()],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Add up a plan, try it, or put it in force."""
    monitoring = written_plan(visit.form, view(visit.session, key).entry.monitoring)
    how: dict[str, Any] = {"monitoring": monitoring, "typed": visit.form, "reason": reason}
    if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
        return _page(visit, key, problem=TOO_OLD, **how)
    try:
        answered_for(
            visit.session,
            view(visit.session, key),
            understood(monitoring),
            sign_in_names(visit.session),
        )
    except PlanNotPossible as refusal:
        return _page(visit, key, problem=str(refusal), **how)
    if act == "add up":
        return _page(visit, key, **how)
    if act == "try":
        return _tried(visit, key, monitoring, how)

    def activating(signer: Signer) -> None:
        activate(
            visit.session, key, monitoring, signer=signer, reason=reason, at=now(), accounts=sign_in_names(visit.session),
        )  # fmt: skip

    problem = signed(visit, activating, password=password, token=token)
    if problem:
        return _tried(visit, key, monitoring, how, problem=problem)
    return RedirectResponse(f"/deployments/{key}/plan", status_code=303)


@router.post("/reference-windows/{number}/signature")
def sign(
    visit: SignedIn,
    number: int,
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Take a locked reference window as normal."""
    window = visit.session.get(LockedReference, number)
    if window is None:
        raise NotTakenAsNormal(f"There is no reference window {number}.")

    def act(signer: Signer) -> None:
        take_as_normal(visit.session, number, signer=signer, reason=reason, at=now())

    problem = signed(visit, act, password=password, token=token)
    if problem:
        return _page(visit, window.deployment, problem=problem, reason=reason)
    return RedirectResponse(f"/deployments/{window.deployment}/plan#windows", status_code=303)


def _tried(
    visit: Visit,
    key: str,
    monitoring: Mapping[str, Any],
    how: Mapping[str, Any],
    *,
    problem: str = "",
) -> Response:
    """The page with what the plan would have done; after a refused signature too, so that nobody signs what is not told."""
    from surveillance.columnar import columns
    from surveillance.material import draw_judged, materials
    from surveillance.monitors.beside_the_plan import budgeted
    from surveillance.monitors.locked import NotCharted
    from surveillance.plan_back_test import back_test

    known, pg = view(visit.session, key), raw(visit.session)
    try:
        plan = budgeted(visit.session, known, understood(monitoring))
        with columns() as duck:
            draw_judged(duck, pg, key)
            tried = [back_test(one, plan) for one in materials(duck, pg, known, as_of=now())]
    except NotCharted as why:
        return _page(visit, key, problem=problem, tried=(), untried=str(why), **how)
    except Refusal as refusal:
        return _page(visit, key, problem=problem or str(refusal), **how)
    return _page(visit, key, problem=problem, tried=tried, **how)


def _page(visit: Visit, key: str, *, problem: str = "", **how: Any) -> Response:
    page = plan_page(visit.session, key, at=now(), role=visit.account.role, problem=problem, **how)
    return visit.show(
        "plan.html", page, title="Monitoring plan", place="watch", status=403 if problem else 200
    )
