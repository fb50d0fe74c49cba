"""The routes of what is looked at before an algorithm is taken on: intended use, AI Act, due diligence."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.web.signing import TOO_OLD, Password, Reason, Token, signed
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.ai_act import ai_act_page
from dashboards.pages.due_diligence import due_diligence_page
from dashboards.pages.intended_use import intended_use_page
from register.ai_act import answering
from register.ai_act.answering import Said
from register.refusal import Refusal
from register.signature import Signer
from surveillance.procurement import diligence
from surveillance.procurement.diligence import Found

router = APIRouter()


@router.get("/register/{algorithm}/intended-use")
def intended_use(visit: SignedIn, algorithm: str) -> Response:
    """What an intended use states of the six items."""
    page = intended_use_page(visit.session, algorithm, at=now(), sender=visit.account.name)
    return visit.show(
        "intended_use.html", page, title=f"{page.name}: intended use", place="register"
    )


@router.get("/register/{algorithm}/{site}/ai-act")
def ai_act(visit: SignedIn, algorithm: str, site: str) -> Response:
    """The questionnaire of an algorithm at a site."""
    page = ai_act_page(visit.session, algorithm, site, at=now(), role=visit.account.role)
    return visit.show("ai_act.html", page, title=f"{page.name}: AI Act", place="register")


@router.post("/register/{algorithm}/{site}/ai-act")
def answer_ai_act(visit: SignedIn, algorithm: str, site: str) -> Response:
    """Keep the answers of one form, all of them or none."""
    form = visit.form
    keys = [name.removeprefix("reason-") for name in form if name.startswith("reason-")]
    said = {
        key: Said(answer=form.get(f"answer-{key}", ""), reason=form[f"reason-{key}"])
        for key in keys
        if form.get(f"answer-{key}") or form[f"reason-{key}"].strip()
    }
    problem = _refused_token(visit, form.get("token", ""))
    if not problem:
        try:
            answering.answer(
                visit.session, algorithm, site, said, by=visit.account.key, role=visit.account.role, at=now()
            )  # fmt: skip
        except Refusal as refusal:
            problem = str(refusal)
    if not problem:
        return _back(f"/register/{algorithm}/{site}/ai-act#questions")
    page = ai_act_page(
        visit.session, algorithm, site, at=now(), role=visit.account.role, written=said, problem=problem
    )  # fmt: skip
    return visit.show("ai_act.html", page, title="Not answered", place="register", status=403)


@router.get("/register/{algorithm}/{site}/due-diligence")
def due_diligence(visit: SignedIn, algorithm: str, site: str) -> Response:
    """The checklist of an algorithm at a site."""
    page = due_diligence_page(
        visit.session, algorithm, site, at=now(), account=visit.account.key, role=visit.account.role
    )
    return visit.show(
        "due_diligence.html", page, title=f"{page.name}: due diligence", place="register"
    )


@router.post("/register/{algorithm}/{site}/due-diligence/{item}")
def answer_item(
    visit: SignedIn,
    algorithm: str,
    site: str,
    item: str,
    answer: Annotated[str, Form(max_length=100)] = "",
    evidence: Reason = "",
    token: Token = "",
) -> Response:
    """Keep the answer to one item."""
    said = {item: Found(answer=answer, evidence=evidence)}
    problem = _refused_token(visit, token)
    if not problem:
        try:
            diligence.answer(
                visit.session, algorithm, site, said, by=visit.account.key, role=visit.account.role, at=now()
            )  # fmt: skip
        except Refusal as refusal:
            problem = str(refusal)
    return _checklist(visit, algorithm, site, refused=item, problem=problem, written=said)


@router.post("/register/{algorithm}/{site}/due-diligence/{item}/acceptance")
def accept(
    visit: SignedIn,
    algorithm: str,
    site: str,
    item: str,
    reason: Reason = "",
    password: Password = "",
    token: Token = "",
) -> Response:
    """Accept that an item is not met, with a signature."""

    def act(person: Signer) -> None:
        diligence.accept(
            visit.session, algorithm, site, item, signer=person, reason=reason, at=now()
        )

    problem = signed(visit, act, password=password, token=token)
    return _checklist(visit, algorithm, site, refused=f"accept-{item}", problem=problem)


def _checklist(
    visit: Visit,
    algorithm: str,
    site: str,
    *,
    refused: str,
    problem: str,
    written: dict[str, Found] | None = None,
) -> Response:
    if not problem:
        item = refused.removeprefix("accept-")
        return _back(f"/register/{algorithm}/{site}/due-diligence#item-{item}")
    page = due_diligence_page(
        visit.session, algorithm, site, at=now(), account=visit.account.key, role=visit.account.role,
        written=written, refused=refused, problem=problem,
    )  # fmt: skip
    return visit.show("due_diligence.html", page, title="Not kept", place="register", status=403)


def _refused_token(visit: Visit, token: str) -> str:
    return "" if sessions_of(visit.request).token_fits(token, visit.ticket.id) else TOO_OLD


def _back(path: str) -> Response:
    return RedirectResponse(path, status_code=303)
