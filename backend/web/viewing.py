"""The routes of the pages; each shows one declared page and nothing else."""

from fastapi import APIRouter
from starlette.responses import Response

from backend.clock import now
from backend.web.looking_back import moment_asked
from backend.web.visit import SignedIn
from dashboards.pages.analyses import analyses_page
from dashboards.pages.charts import charts_page
from dashboards.pages.deployment import deployment_page
from dashboards.pages.inbox import inbox_page
from dashboards.pages.lifecycle import lifecycle_page
from dashboards.pages.register import register_page
from dashboards.pages.register_entry import register_entry_page
from dashboards.pages.validations import validations_page

router = APIRouter()


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


@router.get("/deployments/{key}/charts")
def charts(
    visit: SignedIn,
    key: str,
    finding: str | None = None,
    watch: str = "",
    by: str = "",
    level: str = "",
) -> Response:
    """The charts of the plan, one of them drawn."""
    asked = (watch, by, level) if watch else None
    page = charts_page(visit.session, key, finding, asked, at=now())
    return visit.show("charts.html", page, title=f"{page.deployment}: charts", place="watch")


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
def register(visit: SignedIn, as_of: str = "") -> Response:
    """Every algorithm, as of a moment if one is given."""
    at = now()
    asked = moment_asked(as_of, at=at) or at
    page = register_page(visit.session, at=asked, looked_back=asked < at)
    return visit.show("register.html", page, title="Register", place="register")


@router.get("/register/{algorithm}")
def entry(visit: SignedIn, algorithm: str, as_of: str = "", since: str = "") -> Response:
    """One algorithm, as of a moment if one is given, compared with another; a day means its end."""
    at = now()
    asked = moment_asked(as_of, at=at) or at
    page = register_entry_page(
        visit.session,
        algorithm,
        at=asked,
        looked_back=asked < at,
        since=moment_asked(since, at=at),
    )
    return visit.show("register_entry.html", page, title=page.name, place="register")
