"""The routes of the pages; each shows one declared page and nothing else."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter
from pydantic import BeforeValidator
from starlette.responses import Response

from backend.clock import now
from backend.web.visit import SignedIn
from dashboards.pages.analyses import analyses_page
from dashboards.pages.deployment import deployment_page
from dashboards.pages.inbox import inbox_page
from dashboards.pages.lifecycle import lifecycle_page
from dashboards.pages.register import register_page
from dashboards.pages.register_entry import register_entry_page
from dashboards.pages.validations import validations_page
from register.refusal import Refusal

router = APIRouter()


class DayAhead(Refusal):
    """A day that has not come cannot be looked back on."""


OrNoDay = Annotated[date | None, BeforeValidator(lambda text: text or None)]
"""A day, or the empty field of a form."""


def end_of(day: date) -> datetime:
    """The last moment of a day, UTC."""
    return datetime.combine(day, time.max, UTC)


@router.get("/deployments/{key}")
def deployment(visit: SignedIn, key: str, finding: str | None = None) -> Response:
    """One deployment and finding."""
    page = deployment_page(visit.session, key, finding, at=now())
    return visit.show("deployment.html", page, title=f"{page.name}: {page.finding}", place="watch")


@router.get("/deployments/{key}/analyses")
def analyses(visit: SignedIn, key: str, finding: str | None = None) -> Response:
    """What is asked of one deployment and finding beyond its performance."""
    page = analyses_page(visit.session, key, finding, at=now(), role=visit.account.role)
    return visit.show("analyses.html", page, title=f"{page.name}: analyses", place="watch")


@router.get("/deployments/{key}/validations")
def validations(visit: SignedIn, key: str) -> Response:
    """The local validations of one deployment."""
    page = validations_page(
        visit.session, key, at=now(), account=visit.account.key, role=visit.account.role
    )
    return visit.show(
        "validations.html", page, title=f"{page.name}: local validations", place="watch"
    )


@router.get("/deployments/{key}/lifecycle")
def lifecycle(visit: SignedIn, key: str) -> Response:
    """Where one deployment stands, and who decided what."""
    page = lifecycle_page(
        visit.session, key, at=now(), account=visit.account.key, role=visit.account.role
    )
    return visit.show("lifecycle.html", page, title=f"{page.name}: state", place="watch")


@router.get("/inbox")
def inbox(visit: SignedIn) -> Response:
    """What waits for a person."""
    page = inbox_page(visit.session, at=now())
    return visit.show("inbox.html", page, title="Inbox", place="inbox")


@router.get("/register")
def register(visit: SignedIn) -> Response:
    """Every algorithm."""
    page = register_page(visit.session, at=now())
    return visit.show("register.html", page, title="Register", place="register")


@router.get("/register/{algorithm}")
def entry(
    visit: SignedIn, algorithm: str, as_of: OrNoDay = None, since: OrNoDay = None
) -> Response:
    """One algorithm, as of the end of a day if one is given, compared with the end of another."""
    for day in (as_of, since):
        if day is not None and day > now().date():
            raise DayAhead(
                f"{day} lies ahead, and nothing is known as of then. Choose {now().date()} or a day before."
            )
    page = register_entry_page(
        visit.session,
        algorithm,
        at=min(end_of(as_of), now()) if as_of else now(),
        looked_back=as_of is not None and end_of(as_of) < now(),
        since=end_of(since) if since else None,
    )
    return visit.show("register_entry.html", page, title=page.name, place="register")
