"""The route of Evidently's own report: a page of another maker, shut into a sandbox."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from backend.web.visit import SignedIn

router = APIRouter()
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob:"
)
"""It runs its own scripts, as nobody: it sees no cookie, asks this server for nothing and no other either."""


@router.get("/deployments/{key}/drift-report")
def drift_report(visit: SignedIn, key: str, finding: str) -> Response:
    """The reference months against the last ninety days."""
    from backend.drift import export_drift  # brings pandas: only who opens it waits for it

    html = export_drift(visit.session, key, finding, by=visit.account.key)
    return HTMLResponse(html, headers={"Content-Security-Policy": SANDBOX})
