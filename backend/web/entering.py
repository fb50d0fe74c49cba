"""The routes on which the register is entered: look at what a text would change, then record it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.web.signing import TOO_OLD, Token
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.entering import LONGEST, entering_page
from register.catalogue import EntryNotUnderstood
from register.entering import Outlook, Person, enter, outlook
from register.refusal import Refusal

router = APIRouter()
PLACE = "/enter"


@router.get(PLACE)
def begin(visit: SignedIn, algorithm: str = "") -> Response:
    """A blank entry, or that of an algorithm as it stands."""
    page = entering_page(visit.session, at=now(), role=visit.account.role, algorithm=algorithm)
    return visit.show("entering.html", page, title="Enter", place="register")


@router.post(PLACE)
def go_on(
    visit: SignedIn,
    act: Annotated[Literal["look", "record"], Form()],
    text: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=200)] = "entry.yaml",
    algorithm: Annotated[str, Form(max_length=200)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
    file: UploadFile | None = None,
    token: Token = "",
) -> Response:
    """Show what a text would change, or record it."""
    found: Outlook | None = None
    problem = ""
    try:
        if file is not None and file.filename:
            text, name = _brought(file), file.filename
        if len(text) > LONGEST:
            raise EntryNotUnderstood(f"{name}: longer than {LONGEST:,} characters; enter one algorithm at a time.")  # fmt: skip
        if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
            problem = TOO_OLD
        elif act == "look":
            found = outlook(visit.session, text, name, person=_person(visit), at=now())
        else:
            with visit.session.begin_nested():
                done = enter(visit.session, text, name, person=_person(visit), at=now(), seen=seen)
            to = f"/register/{done.algorithms[0]}" if len(done.algorithms) == 1 else "/register"
            return RedirectResponse(to, status_code=303)
    except Refusal as refusal:
        problem = str(refusal)
    page = entering_page(
        visit.session, at=now(), role=visit.account.role, algorithm=algorithm, text=text, name=name, outlook=found,
        problem=problem,
    )  # fmt: skip
    return visit.show(
        "entering.html", page, title="Enter", place="register", status=403 if problem else 200
    )


def _brought(file: UploadFile) -> str:
    try:
        return file.file.read(4 * LONGEST + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EntryNotUnderstood(f"{file.filename}: not UTF-8; save it as UTF-8.") from None


def _person(visit: Visit) -> Person:
    account = visit.account
    return Person(key=account.key, name=account.name, role=account.role, sites=account.sites)
