"""Signing in by the identity provider. It says who somebody is; what the person may do is written here."""

import shlex
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backend import audit
from backend.access import Account
from backend.binding import bound_to
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.identity_provider import Identity
from backend.web import signing_elsewhere
from backend.web.sessions import FORM_COOKIE
from backend.web.signing_in import in_minutes, let_in, sign_in_form
from backend.web.visit import sessions_of
from backend.web.ways import TOO_OLD, Answer, Brought, Way, identity, is_from, set_out, ways_of
from register.refusal import Refusal

router = APIRouter(prefix="/sign-in/provider")
NOT_BOUND = "The provider knows you, but no account here is bound to you. Give this line to whoever runs the installation:"


@router.get("")
def go(request: Request, next: str = "/") -> Response:  # noqa: A002  # the name in the address
    """Off to the provider."""
    sessions = sessions_of(request)
    nonce = sessions.nonce(request)
    try:
        address = set_out(request, browser=nonce, next_place=next)
    except Refusal as refusal:
        return sign_in_form(request, str(refusal), 502, next_place=next)
    response = RedirectResponse(address, status_code=303)
    sessions.keep_nonce(response, nonce, secure=request.url.scheme == "https")
    return response


@router.get("/back")
def come_back(
    request: Request,
    state: Brought = "",
    code: Brought = "",
    error: Brought = "",
    iss: Brought = "",
) -> Response:
    """Back from the provider, to sign in or to prove anew who signs."""
    way = ways_of(request).take(state, at=now())
    answer = Answer(code=code, error=error, issuer=iss)
    if way is None:
        return sign_in_form(request, TOO_OLD, 400)
    if way.held:
        return signing_elsewhere.come_back(request, way, answer)
    if not is_from(way, request.cookies.get(FORM_COOKIE, "")):
        return sign_in_form(request, TOO_OLD, 400)
    return _enter(request, way, answer)


def _enter(request: Request, way: Way, answer: Answer) -> Response:
    wait = _wait(request)
    if wait is not None:
        return sign_in_form(
            request, f"Too many failed attempts. Try again in {in_minutes(wait)}.", 429, next_place=way.next,
        )  # fmt: skip
    try:
        found = identity(request, way, answer)
    except Refusal as refusal:
        _refuse(request, "unknown", "identity provider", {"reason": str(refusal)})
        return sign_in_form(request, str(refusal), 401, next_place=way.next)
    who = {"issuer": found.issuer, "subject": found.subject}
    account = _account(request, found)
    if account is None:
        _refuse(request, "unknown", "identity provider", {**who, "reason": "not bound"})
        return sign_in_form(
            request, NOT_BOUND, 403, next_place=way.next, subject=shlex.quote(found.subject)
        )
    subject = f"account {account.key}"
    if not account.open_on(now().date()):
        _refuse(request, account.key, subject, {**who, "reason": f"ended {account.expires_on}"})
        return sign_in_form(
            request, f"The account of {account.name} ended on {account.expires_on}. Whoever runs the installation can "
            "give it another last day.", 403,
        )  # fmt: skip
    with unit_of_work(request.app.state.url, by=account.key) as session:
        audit.note(raw(session), by=account.key, event="signed in", subject=subject, after=who)
    return let_in(request, account, next_place=way.next)


def _account(request: Request, found: Identity) -> Account | None:
    with unit_of_work(request.app.state.url, by="unknown") as session:
        return bound_to(session, issuer=found.issuer, subject=found.subject)


def _refuse(request: Request, by: str, subject: str, why: dict[str, Any]) -> None:
    """Write a refusal down, and slow down whoever comes from there again."""
    address = _address(request)
    request.app.state.throttle.failed(account=f"at {address}", address=address, at=now())
    with unit_of_work(request.app.state.url, by=by) as session:
        audit.note(
            raw(session), by=by, event="sign-in refused", subject=subject, after={**why, "address": address}
        )  # fmt: skip


def _wait(request: Request) -> timedelta | None:
    address = _address(request)
    found: timedelta | None = request.app.state.throttle.wait(
        account=f"at {address}", address=address, at=now()
    )
    return found


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
