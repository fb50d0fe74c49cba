"""The routes on which the register is entered: look at what a text would change, then record it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.database import raw
from backend.web.signing import TOO_OLD, Password, Reason, Token, signed
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.entering import LONGEST, entering_page
from dashboards.pages.label_change import label_change_page, place_of
from register.catalogue import EntryNotUnderstood
from register.entering import Outlook, Person, enter, outlook
from register.label_change import LabelChange
from register.refusal import Refusal
from register.signature import Signer

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
    act: Annotated[Literal["look", "record", "propose"], Form()],
    text: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=200)] = "entry.yaml",
    algorithm: Annotated[str, Form(max_length=200)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
    file: UploadFile | None = None,
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Show what a text would change, record it, or propose it where it is the label of something that runs."""
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
        elif act == "propose":
            found = outlook(visit.session, text, name, person=_person(visit), at=now())
            proposed: list[LabelChange] = []

            def propose(signer: Signer) -> None:
                from surveillance import relabelling

                proposed.append(
                    relabelling.propose(
                        visit.session, raw(visit.session), text, name, person=_person(visit), signer=signer,
                        reason=reason, seen=seen, at=now(),
                    )
                )  # fmt: skip

            problem = signed(visit, propose, password=password, token=token)
            if not problem:
                return RedirectResponse(place_of(proposed[0]), status_code=303)
        else:
            with visit.session.begin_nested():
                done = enter(visit.session, text, name, person=_person(visit), at=now(), seen=seen)
            to = f"/register/{done.algorithms[0]}" if len(done.algorithms) == 1 else "/register"
            return RedirectResponse(to, status_code=303)
    except Refusal as refusal:
        problem = str(refusal)
    page = entering_page(
        visit.session, at=now(), role=visit.account.role, algorithm=algorithm, text=text, name=name, outlook=found,
        reason=reason, problem=problem,
    )  # fmt: skip
    return visit.show(
        "entering.html", page, title="Enter", place="register", status=403 if problem else 200
    )


@router.get("/label-changes/{number}")
def look_at(visit: SignedIn, number: int) -> Response:
    """A proposed change of a label, with what it would move, and the decision on it."""
    page = label_change_page(
        visit.session, number, at=now(), account=visit.account.key, role=visit.account.role
    )
    return visit.show("label_change.html", page, title="Label change", place="register")


@router.post("/label-changes/{number}")
def decide(
    visit: SignedIn,
    number: int,
    approve: Annotated[Literal["yes", "no"], Form()],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Approve a change of a label, which records it, or reject it."""

    def act(signer: Signer) -> None:
        from surveillance import relabelling

        relabelling.decide(
            visit.session, number, approve=approve == "yes", person=_person(visit), signer=signer, reason=reason,
            at=now(),
        )  # fmt: skip

    problem = signed(visit, act, password=password, token=token)
    if not problem:
        return RedirectResponse(f"/label-changes/{number}", status_code=303)
    page = label_change_page(
        visit.session, number, at=now(), account=visit.account.key, role=visit.account.role, problem=problem,
    )  # fmt: skip
    return visit.show("label_change.html", page, title="Not signed", place="register", status=403)


def _brought(file: UploadFile) -> str:
    try:
        return file.file.read(4 * LONGEST + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EntryNotUnderstood(f"{file.filename}: not UTF-8; save it as UTF-8.") from None


def _person(visit: Visit) -> Person:
    account = visit.account
    return Person(key=account.key, name=account.name, role=account.role, sites=account.sites)
