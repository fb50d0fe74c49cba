"""What cannot be done is said in a sentence, on a page or in JSON."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg.errors import NumericValueOutOfRange
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from backend.access import NoPageForThisRole, NotForThisRole
from backend.api.calling import NotAdmitted, TooManyFailures
from backend.api.forms import NotUnderstood, TooLarge
from backend.identity_provider import ProviderNotUsable, ProviderUnreachable
from backend.web.guard import turned_away, wants_json
from backend.web.looking_back import NotLookedBack
from backend.web.sessions import COOKIE
from backend.web.signing_elsewhere import ProofWanted
from backend.web.visit import ADJUDICATION, PROOFS, NotSignedIn, sessions_of
from dashboards.dossiers.bundle import NotABundle
from dashboards.pages.rendering import Frame, render
from dashboards.pages.shown import shown, words
from register.fault import told
from register.refusal import Refusal
from surveillance.adjudication import NotAdjudicated
from surveillance.scope_gate import ContradictsRegister, KeyUsedOtherwise, NotForThisSite

_STATUS: dict[type[Refusal], int] = {
    NotABundle: 410, NotAdmitted: 401, TooManyFailures: 429, NotUnderstood: 422, TooLarge: 413,
    ContradictsRegister: 422, NotForThisSite: 403, KeyUsedOtherwise: 409, NotForThisRole: 403,
    NoPageForThisRole: 403, NotLookedBack: 422, ProviderUnreachable: 502, ProviderNotUsable: 502,
}  # fmt: skip
"""The status of a refusal; of one that is not named here, 404."""
_PLAIN = {404: "There is no such page.", 405: "That cannot be done here."}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPage:
    """Everything the page of a refusal shows."""

    sentence: str = shown("What cannot be done, and what to do instead")


def install(app: FastAPI) -> None:
    """Teach an application how to refuse."""
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(ProofWanted, _proof_wanted)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_of_the_form)
    app.add_exception_handler(DataError, _no_such_number)


async def _not_signed_in(request: Request, _: Exception) -> Response:
    response = turned_away(request)
    response.delete_cookie(COOKIE, path="/")
    return response


async def _proof_wanted(request: Request, wanted: Exception) -> Response:
    assert isinstance(wanted, ProofWanted)
    if wants_json(request):
        return _said(request, f"Prove who you are first, at {wanted.place}.", 401)
    return RedirectResponse(wanted.place, status_code=303)


async def _refused(request: Request, refusal: Exception) -> Response:
    if (
        isinstance(refusal, NoPageForThisRole)
        and request.url.path == "/"
        and not wants_json(request)
    ):
        return RedirectResponse(ADJUDICATION, status_code=303)
    response = _said(
        request, str(refusal), _STATUS.get(type(refusal), 404),  # type: ignore[arg-type]
        places=not isinstance(refusal, NoPageForThisRole | NotAdjudicated),
    )  # fmt: skip
    if isinstance(refusal, NotAdmitted):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    sentence = _PLAIN.get(problem.status_code, str(problem.detail))
    return _said(request, sentence, problem.status_code)


async def _not_of_the_form(request: Request, wrong: Exception) -> Response:
    """A field that is missing or of another kind; what proves who somebody is is not repeated."""
    assert isinstance(wrong, RequestValidationError)
    error = wrong.errors()[0]
    name = str(error["loc"][-1])
    sentence = told({**error, "input": None} if name in PROOFS else error, words(name))
    return _said(request, f"{sentence}. Nothing was changed; go back and correct it.", 422)


async def _no_such_number(request: Request, wrong: Exception) -> Response:
    """A number in an address that no record can have."""
    assert isinstance(wrong, DataError)
    if not isinstance(wrong.orig, NumericValueOutOfRange):
        raise wrong
    return _said(request, "There is no record of that number.", 404)


def _said(request: Request, sentence: str, status: int, *, places: bool = True) -> Response:
    if wants_json(request):
        return JSONResponse({"error": sentence}, status_code=status)
    ticket = sessions_of(request).of(request)
    frame = Frame(
        title="Not possible",
        place="",
        person=ticket.account if ticket else "",
        token=sessions_of(request).token(ticket.id) if ticket else "",
        places=places,
    )
    page = RefusedPage(sentence=sentence)
    return HTMLResponse(render("refused.html", page, frame), status_code=status)
