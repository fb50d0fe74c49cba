"""The routes of a local validation: fixing its protocol with a signature's password, and running it."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from backend.clock import now
from backend.database import raw
from backend.web.signing import TOO_OLD, signed
from backend.web.visit import SignedIn, Visit, sessions_of
from dashboards.pages.planning import LABELS, METRICS
from dashboards.pages.validations import validations_page
from register.entitlement import entitled
from register.refusal import Refusal
from register.signature import Signer
from surveillance.validation.kept import ValidationNotPossible, plan_of
from surveillance.validation.plan import fix, understood

router = APIRouter()
PLAIN = ("key", "finding", "population", "from", "to", "use_mode", "by", "minimum_positives", "prevalence")  # fmt: skip


@router.post("/deployments/{key}/validations")
def fix_protocol(visit: SignedIn, key: str) -> Response:
    """Fix the protocol of a validation: from then on nothing of it changes."""
    form = visit.form

    def act(person: Signer) -> None:
        said = _protocol(key, form)
        fix(visit.session, understood(said, labels=_labels(said)), author=person, at=now())

    problem = signed(visit, act, password=form.get("password", ""), token=form.get("token", ""))
    if not problem:
        return _back(key, form.get("key", ""))
    given = {name: value for name, value in form.items() if name not in ("password", "token")}
    return _refused(visit, key, given=given, problem=problem)


@router.post("/validations/{key}/run")
def judge(visit: SignedIn, key: str) -> Response:
    """Judge what is known now by a fixed protocol."""
    form = visit.form
    from surveillance.validation.run import run

    plan = plan_of(visit.session, key)
    problem = ""
    if not sessions_of(visit.request).token_fits(form.get("token", ""), visit.ticket.id):
        problem = TOO_OLD
    else:
        try:
            entitled(visit.account.name, visit.account.role, "runs a validation", refusal=ValidationNotPossible)  # fmt: skip
            run(visit.session, raw(visit.session), plan, by=visit.account.key, as_of=now())
        except Refusal as refusal:
            problem = str(refusal)
    if not problem:
        return _back(plan.deployment, key)
    return _refused(visit, plan.deployment, refused=key, problem=problem)


def _protocol(deployment: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The protocol as a site would write it; a metric without a claim is no criterion."""
    criteria = [
        {
            "metric": metric,
            "claim": form[f"claim-{metric}"],
            "margin": form.get(f"margin-{metric}", ""),
            "weaker_because": form.get(f"weaker-{metric}", "").strip(),
        }
        for metric in METRICS
        if form.get(f"claim-{metric}", "").strip()
    ]
    said = {name: form[name].strip() for name in PLAIN if form.get(name, "").strip()}
    return {**said, "deployment": deployment, "criteria": criteria}


def _labels(said: Mapping[str, Any]) -> dict[str, str]:
    """The label of each field by its place in the protocol."""
    criteria = {
        f"criteria.{number}.{part}": f"{criterion['metric'].capitalize()}{words}"
        for number, criterion in enumerate(said["criteria"])
        for part, words in (("claim", " expected"), ("margin", ": no worse than that by more than"))
    }
    return {**LABELS, **criteria}


def _back(deployment: str, key: str) -> Response:
    return RedirectResponse(f"/deployments/{deployment}/validations#{key}", status_code=303)


def _refused(visit: Visit, key: str, **how: Any) -> Response:
    page = validations_page(
        visit.session, key, at=now(), account=visit.account.key, role=visit.account.role, **how
    )
    return visit.show("validations.html", page, title="Not done", place="watch", status=403)
