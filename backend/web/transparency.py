"""The public page, where the site opens it: no sign-in, and nothing but what the page declares."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from backend.clock import now
from backend.database import unit_of_work
from backend.settings import settings
from backend.web.guard import wants_json
from dashboards.pages.rendering import Frame, render
from dashboards.pages.shown import as_json
from dashboards.pages.transparency import transparency_page

router = APIRouter()


@router.get("/transparency")
def told(request: Request) -> Response:
    """Which algorithms read images here, and how well; not found unless the site opened the page."""
    if not settings().transparency:
        raise HTTPException(status_code=404)
    with unit_of_work(request.app.state.url, by="public") as session:
        page = transparency_page(session, at=now())
    if wants_json(request):
        return JSONResponse(as_json(page))
    return HTMLResponse(render("transparency.html", page, Frame(title="Algorithms here", place="")))
