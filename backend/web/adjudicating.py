"""The routes of an adjudicator: the audits that wait, one case after the other, and its answer."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from backend import audit as trail
from backend.adjudicating import answer
from backend.clock import now
from backend.database import raw
from backend.web.signing import TOO_OLD, Token
from backend.web.visit import ADJUDICATION, SignedIn, sessions_of
from dashboards.pages.adjudication import adjudication_page, audit_page
from register.refusal import Refusal
from surveillance.adjudication import Answer, NotAdjudicated, audit_of, audits

router = APIRouter()
Short = Annotated[str, Form(max_length=100)]


@router.get(ADJUDICATION)
def waiting(visit: SignedIn) -> Response:
    """The audits of the sites of this account."""
    page = adjudication_page(visit.session, audits(visit.session, raw(visit.session)), at=now())
    return visit.show("adjudication.html", page, title="Adjudication", place="adjudication")


@router.get(f"{ADJUDICATION}/{{number}}")
def case(visit: SignedIn, number: int, study: str = "") -> Response:
    """The next case of an audit, or the one that is answered again."""
    return _page(visit, number, study=study)


@router.post(f"{ADJUDICATION}/{{number}}")
def keep(
    visit: SignedIn,
    number: int,
    study: Short,
    value: Short = "",
    evidence: Short = "",
    occurred_on: Short = "",
    laterality: Short = "",
    token: Token = "",
) -> Response:
    """Keep the answer to one case and show the next."""
    given = {
        "value": value,
        "evidence": evidence,
        "occurred_on": occurred_on,
        "laterality": laterality,
    }
    problem = ""
    if not sessions_of(visit.request).token_fits(token, visit.ticket.id):
        problem = TOO_OLD
    else:
        try:
            said = Answer(
                value=value, evidence=evidence, occurred_on=_day(occurred_on), laterality=laterality
            )
            answer(visit.session, number, study, said, by=visit.account.key)
        except Refusal as refusal:
            problem = str(refusal)
    if not problem:
        return RedirectResponse(f"{ADJUDICATION}/{number}", status_code=303)
    return _page(visit, number, study=study, given=given, problem=problem)


def _page(
    visit: SignedIn,
    number: int,
    *,
    study: str,
    given: dict[str, str] | None = None,
    problem: str = "",
) -> Response:
    pg = raw(visit.session)
    opened = audit_of(visit.session, pg, number)
    page = audit_page(
        visit.session, opened, at=now(), account=visit.account.key, study=study, given=given, problem=problem
    )  # fmt: skip
    trail.note_read(
        pg, by=visit.account.key, subject=f"case of random_audit {number}", rows=int(page.case is not None)
    )  # fmt: skip
    return visit.show(
        "adjudication_case.html", page, title=f"Audit {number}", place="adjudication",
        status=403 if problem else 200,
    )  # fmt: skip


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise NotAdjudicated(f"'{said}' is not a day; write it as 2026-05-31.") from None
