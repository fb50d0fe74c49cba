"""Signing in and out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backend import audit, second_factor
from backend.access import Account, sign_in
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.identity_provider import Provider
from backend.web.ended import end
from backend.web.sessions import COOKIE, FORM_COOKIE
from backend.web.visit import SIGN_OUT, SignedIn, sessions_of
from dashboards.pages.rendering import Frame, render
from dashboards.pages.shown import shown

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """Everything the sign-in page shows."""

    problem: str = shown("Why the last attempt did not work; empty at the first")
    account: str = shown("The name as it was typed")
    next: str = shown("Where to go afterwards")
    provider: str = shown("Name of the identity provider; empty = none is set")
    subject: str = shown("Who the person is at the provider, if no account here is bound to it")


@router.get("/sign-in")
def ask(request: Request, next: str = "/") -> Response:  # noqa: A002  # the name in the address
    """The sign-in form."""
    return sign_in_form(request, next_place=next)


@router.post("/sign-in")
def enter(
    request: Request,
    account: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  # the name of the field
) -> Response:
    """Check name, password and code; as slow and as silent for a wrong name as for a wrong password or code."""
    sessions, throttle = sessions_of(request), request.app.state.throttle

    def again(problem: str, status: int) -> Response:
        return sign_in_form(request, problem, status, account=account, next_place=next)

    if not sessions.token_fits(token, request.cookies.get(FORM_COOKIE, "")):
        return again("The form was too old or came from elsewhere. Sign in here again.", 403)
    address = request.client.host if request.client else "unknown"
    wait = throttle.wait(account=account, address=address, at=now())
    if wait is not None:
        return again(f"Too many failed attempts. Try again in {in_minutes(wait)}.", 429)
    with unit_of_work(request.app.state.url, by=account or "unknown") as session:
        found = sign_in(session, key=account, password=password)
        if found is not None and not second_factor.passes(session, found, code, at=now()):
            found = None
        if found is not None:
            audit.note(
                raw(session), by=found.key, event="signed in", subject=f"account {found.key}"
            )
        elif session.get(Account, account) is not None:
            audit.note(raw(session), by=account, event="sign-in refused", subject=f"account {account}",
                       after={"address": address})  # fmt: skip
    if found is None:
        throttle.failed(account=account, address=address, at=now())
        return again(
            "Name, password and code do not fit. Check them and try again; a code works once.", 401
        )
    throttle.succeeded(account=account)
    return let_in(request, found, next_place=next)


@router.post(SIGN_OUT)
def leave(visit: SignedIn, token: Annotated[str, Form()] = "") -> Response:
    """End the session."""
    sessions = sessions_of(visit.request)
    if not sessions.token_fits(token, visit.ticket.id):
        return RedirectResponse("/", status_code=303)
    audit.note(
        raw(visit.session),
        by=visit.account.key,
        event="signed out",
        subject=f"account {visit.account.key}",
    )
    response = RedirectResponse("/sign-in", status_code=303)
    end(visit.session, visit.ticket, at=now())
    response.delete_cookie(COOKIE, path="/")
    return response


def let_in(request: Request, account: Account, *, next_place: str) -> Response:
    """Open a new session, whatever the browser brought, and go on to a place of this site."""
    response = RedirectResponse(_local(next_place), status_code=303)
    sessions_of(request).open(response, account, secure=request.url.scheme == "https")
    response.delete_cookie(FORM_COOKIE, path="/")
    return response


def sign_in_form(
    request: Request,
    problem: str = "",
    status: int = 200,
    *,
    account: str = "",
    next_place: str = "/",
    subject: str = "",
) -> Response:
    """The sign-in form, with why the last attempt did not work."""
    sessions = sessions_of(request)
    nonce = sessions.nonce(request)
    provider: Provider | None = request.app.state.provider
    page = SignInPage(
        problem=problem, account=account, next=_local(next_place), provider=provider.name if provider else "",
        subject=subject,
    )  # fmt: skip
    frame = Frame(title="Sign in", place="", token=sessions.token(nonce))
    response = HTMLResponse(render("sign_in.html", page, frame), status_code=status)
    sessions.keep_nonce(response, nonce, secure=request.url.scheme == "https")
    return response


def _local(path: str) -> str:
    """Only a path of this site: a sign-in never sends a person elsewhere."""
    parts = urlsplit(path)
    safe = path.startswith("/") and not parts.netloc and not parts.scheme and "\\" not in path
    return path if safe and not path.startswith("//") else "/"


def in_minutes(wait: timedelta) -> str:
    """A wait as a person says it."""
    minutes = max(1, round(wait.total_seconds() / 60))
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
