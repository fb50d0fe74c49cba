"""The routes that end in a signature: who signs proves it anew, and a refusal is told on the page."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from backend.access import signer
from backend.clock import now
from backend.web.signing_elsewhere import proven
from backend.web.visit import SignedIn, Visit, sessions_of, signs_at
from dashboards.pages.analyses import analyses_page
from dashboards.pages.inbox import inbox_page
from dashboards.pages.lifecycle import lifecycle_page
from dashboards.pages.rendering import moment
from dashboards.pages.shown import words
from dashboards.pages.validations import validations_page
from register.lifecycle import RUNNING, State
from register.refusal import Refusal
from register.signature import NotSigned, Signer, last_signature, signed_since
from surveillance import changing_state, operating_point
from surveillance.settling import settle
from surveillance.taking_over import confirm
from surveillance.validation.kept import plan_of
from surveillance.validation.sign_off import sign
from surveillance.version_switch import switch
from surveillance.view import view

router = APIRouter()
Reason = Annotated[str, Form(max_length=2000)]
Password = Annotated[str, Form(max_length=1000)]
Token = Annotated[str, Form()]
TOO_OLD = "The form was too old or came from elsewhere. Sign again here."


@router.post("/deployments/{key}/operating-point")
def decide(
    visit: SignedIn,
    key: str,
    finding: str,
    threshold: Annotated[float, Form()],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """The clinical lead's decision on an operating point."""

    def act(person: Signer) -> None:
        operating_point.decide(
            visit.session, key, finding, threshold=threshold, signer=person, reason=reason, at=now()
        )

    problem = signed(visit, act, password=password, token=token)
    if not problem:
        return _back(f"/deployments/{key}/analyses?finding={finding}#operating_points")
    page = analyses_page(
        visit.session, key, finding, at=now(), role=visit.account.role, problem=problem
    )
    return visit.show("analyses.html", page, title="Not signed", place="watch", status=403)


@router.post("/validations/{key}/signature")
def sign_off(
    visit: SignedIn,
    key: str,
    meaning: Annotated[str, Form()],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """The signature under the last run of a local validation."""
    plan = plan_of(visit.session, key)

    def act(person: Signer) -> None:
        sign(visit.session, key, signer=person, meaning=meaning, reason=reason, at=now())

    problem = signed(visit, act, password=password, token=token)
    if not problem:
        return _back(f"/deployments/{plan.deployment}/validations#{key}")
    page = validations_page(
        visit.session, plan.deployment, at=now(), account=visit.account.key, role=visit.account.role, refused=key,
        problem=problem,
    )  # fmt: skip
    return visit.show("validations.html", page, title="Not signed", place="watch", status=403)


@router.post("/deployments/{key}/lifecycle")
def propose(
    visit: SignedIn,
    key: str,
    to: Annotated[State, Form()],
    evidence: Reason = "",
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Propose the next state of a deployment."""

    def act(person: Signer) -> None:
        changing_state.propose(
            visit.session, key, to, signer=person, evidence=evidence, reason=reason,
            effective_from=now().date(), at=now(),
        )  # fmt: skip

    return _lifecycle(visit, key, act, form="propose", password=password, token=token)


@router.post("/deployments/{key}/lifecycle/{number}")
def decide_on(
    visit: SignedIn,
    key: str,
    number: int,
    approve: Annotated[Literal["yes", "no"], Form()],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Approve or reject a proposal."""

    def act(person: Signer) -> None:
        changing_state.decide(
            visit.session, number, approve=approve == "yes", signer=person, reason=reason, at=now()
        )

    return _lifecycle(visit, key, act, form="decide", password=password, token=token)


@router.post("/deployments/{key}/lifecycle/{number}/withdrawal")
def withdraw(
    visit: SignedIn,
    key: str,
    number: int,
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Withdraw a proposal of one's own."""

    def act(person: Signer) -> None:
        changing_state.withdraw(visit.session, number, signer=person, reason=reason, at=now())

    return _lifecycle(visit, key, act, form="withdraw", password=password, token=token)


@router.post("/deployments/{key}/version")
def switch_version(
    visit: SignedIn,
    key: str,
    version: Annotated[str, Form(max_length=200)],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Another version in place of the one that runs."""

    def act(person: Signer) -> None:
        switch(visit.session, key, version, signer=person, reason=reason, at=now())

    return _lifecycle(visit, key, act, form="switch", password=password, token=token)


@router.post("/deployments/{key}/takeover")
def take_over(
    visit: SignedIn, key: str, reason: Reason = "", password: Password = "", token: Token = ""
) -> Response:
    """Confirm that it was in care as it was entered."""

    def act(person: Signer) -> None:
        confirm(visit.session, key, signer=person, reason=reason, at=now())

    return _lifecycle(visit, key, act, form="take over", password=password, token=token)


@router.post("/deployments/{key}/suspend")
def suspend(
    visit: SignedIn, key: str, reason: Reason = "", password: Password = "", token: Token = ""
) -> Response:
    """The kill switch."""

    def act(person: Signer) -> None:
        changing_state.suspend(visit.session, key, signer=person, reason=reason, at=now())

    return _lifecycle(visit, key, act, form="suspend", password=password, token=token)


@router.post("/inbox/{number}")
def close(
    visit: SignedIn, number: int, outcome: Reason = "", password: Password = "", token: Token = ""
) -> Response:
    """Close a task, signed with what was done."""

    def act(person: Signer) -> None:
        settle(visit.session, number, signer=person, outcome=outcome, at=now())

    problem = signed(visit, act, password=password, token=token)
    if not problem:
        return _back("/inbox")
    page = inbox_page(visit.session, at=now(), refused=number, problem=problem)
    return visit.show("inbox.html", page, title="Not closed", place="inbox", status=403)


def _lifecycle(
    visit: Visit, key: str, act: Callable[[Signer], None], *, form: str, password: str, token: str
) -> Response:
    problem = signed(visit, act, password=password, token=token)
    if not problem:
        return _back(f"/deployments/{key}/lifecycle")
    if form == "suspend" and view(visit.session, key).state_on(now().date()) in RUNNING:
        problem = f"{problem} Nothing was suspended: {key} still runs."
    page = lifecycle_page(
        visit.session, key, at=now(), account=visit.account.key, role=visit.account.role, refused=form, problem=problem,
    )  # fmt: skip
    return visit.show("lifecycle.html", page, title="Not signed", place="watch", status=403)


def signed(visit: Visit, act: Callable[[Signer], None], *, password: str, token: str) -> str:
    """Do what is signed, all of it or nothing; why not, in a sentence, or nothing when it is done.

    Wrong passwords are counted by account and session, so that nobody's errors keep another from the kill switch.
    """
    throttle = visit.request.app.state.throttle
    address = f"session {visit.ticket.id}"
    if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
        return TOO_OLD
    if throttle.wait(account=visit.account.key, address=address, at=now()) is not None:
        return "Too many wrong passwords. Wait a quarter of an hour and sign again."
    try:
        person = (
            proven(visit)
            if signs_at(visit.request, visit.account)
            else signer(visit.session, key=visit.account.key, password=password)
        )
    except NotSigned as wrong:
        throttle.failed(account=visit.account.key, address=address, at=now())
        return str(wrong)
    before = last_signature(visit.session)
    try:
        with visit.session.begin_nested():
            act(person)
    except Refusal as refusal:
        return str(refusal)
    put = signed_since(visit.session, before, by=person.key)
    if put:
        what = " and ".join(f"{words(one.record)} as {one.meaning}" for one in put)
        visit.request.app.state.signed[visit.ticket.id] = (
            f"Signed {what} by {person.name} at {moment(put[-1].signed_at)}."
        )
    return ""


def _back(path: str) -> Response:
    return RedirectResponse(path, status_code=303)
