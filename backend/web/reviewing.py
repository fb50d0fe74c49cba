"""The routes of the scope review: its page, and opening, gathering, completing and deciding."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from backend import reviewing
from backend.clock import now
from backend.web.signing import TOO_OLD, Password, Reason, Token, signed
from backend.web.visit import SignedIn, Visit, sessions_of
from backend.work.queue import ask
from dashboards.pages.review import review_page
from register.entitlement import GOVERNING
from register.scope_review import Decision, open_one, reviews
from register.signature import Signer
from surveillance.review_opening import NotReviewed, open_early, withdraw
from surveillance.reviewing import SECTIONS, Answers
from surveillance.work import REVIEW, Kind

router = APIRouter()
Remark = Annotated[str, Form(max_length=2000)]
PLACE = "/deployments/{key}/review"


@router.get(PLACE)
def review(visit: SignedIn, key: str) -> Response:
    """The scope review of one deployment."""
    page = review_page(
        visit.session, key, at=now(), account=visit.account.key, role=visit.account.role
    )
    return visit.show("review.html", page, title=f"{page.name}: scope review", place="watch")


@router.post(PLACE)
def open_now(
    visit: SignedIn, key: str, reason: Reason = "", password: Password = "", token: Token = ""
) -> Response:
    """Open a review before its day."""

    def act(person: Signer) -> None:
        open_early(visit.session, key, signer=person, reason=reason, at=now())

    return _done(visit, key, "open", signed(visit, act, password=password, token=token))


@router.post(f"{PLACE}/withdraw")
def take_back(
    visit: SignedIn, key: str, reason: Reason = "", password: Password = "", token: Token = ""
) -> Response:
    """Withdraw the open review, as who opened it before its day."""

    def act(person: Signer) -> None:
        withdraw(visit.session, _open(visit, key), signer=person, reason=reason, at=now())

    return _done(visit, key, "withdraw", signed(visit, act, password=password, token=token))


@router.post(f"{PLACE}/gather")
def gather(visit: SignedIn, key: str, token: Token = "") -> Response:
    """Ask the worker to gather the sections of the open review up to the last cycle."""
    problem = ""
    if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
        problem = TOO_OLD
    elif visit.account.role not in GOVERNING:
        problem = "Only who completes or approves a review gathers its sections."
    else:
        about = f"{REVIEW}{_open(visit, key)}"
        ask(visit.session, Kind.GATHERING, about=about, by=visit.account.key, at=now())
    return _done(visit, key, "gather", problem)


@router.post(f"{PLACE}/complete")
def complete(
    visit: SignedIn,
    key: str,
    decision: Annotated[str, Form(max_length=50)] = "",
    next_review: Annotated[str, Form(max_length=50)] = "",
    remark: Annotated[list[Remark] | None, Form()] = None,
    conclusion: Reason = "",
    conditions: Reason = "",
    despite: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Complete the open review: remarks in the order of the sections, conclusion, decision, signature."""
    remarks = dict(zip(SECTIONS, remark or (), strict=False))

    def act(person: Signer) -> None:
        answers = Answers(
            remarks=remarks,
            conclusion=conclusion,
            decision=_decision(decision),
            next_review=_day(next_review),
            conditions=conditions,
            despite=despite,
        )
        reviewing.complete(visit.session, _open(visit, key), answers, signer=person, at=now())

    given = {
        "remarks": remarks, "conclusion": conclusion, "decision": decision, "next_review": next_review,
        "conditions": conditions, "despite": despite,
    }  # fmt: skip
    return _done(
        visit, key, "complete", signed(visit, act, password=password, token=token), given=given
    )


@router.post(f"{PLACE}/decide")
def decide(
    visit: SignedIn,
    key: str,
    approve: Annotated[Literal["yes", "no"], Form()],
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Approve the completed review, which carries its decision out, or send it back."""

    def act(person: Signer) -> None:
        reviewing.decide(
            visit.session, _open(visit, key), approve=approve == "yes", signer=person, reason=reason, at=now(),
        )  # fmt: skip

    return _done(visit, key, "decide", signed(visit, act, password=password, token=token))


def _decision(chosen: str) -> Decision:
    if chosen not in tuple(Decision):
        raise NotReviewed(
            f"Decision: '{chosen}' is none; choose one of {', '.join(Decision)}. Nothing was signed."
        )
    return Decision(chosen)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise NotReviewed(
            f"Next review: '{written}' is not a day; write it as 2026-05-31. Nothing was signed."
        ) from None


def _open(visit: Visit, key: str) -> int:
    found = open_one(reviews(visit.session, key))
    if found is None or found.review.id is None:
        raise NotReviewed(f"No review of {key} is open.")
    return found.review.id


def _done(
    visit: Visit, key: str, form: str, problem: str, *, given: dict[str, Any] | None = None
) -> Response:
    if not problem:
        return RedirectResponse(PLACE.format(key=key), status_code=303)
    page = review_page(
        visit.session, key, at=now(), account=visit.account.key, role=visit.account.role, refused=form, problem=problem, given=given,
    )  # fmt: skip
    return visit.show("review.html", page, title="Not signed", place="watch", status=403)
