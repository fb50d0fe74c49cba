"""The list of dossiers, and their files: every file that is taken stands in the audit trail."""

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from backend.clock import now
from backend.web.visit import SignedIn
from dashboards.pages.dossiers import dossiers_page, file_of

router = APIRouter()
KINDS = {
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
}


@router.get("/dossiers")
def dossiers(visit: SignedIn) -> Response:
    """Every dossier that was built."""
    page = dossiers_page(visit.session, at=now())
    return visit.show("dossiers.html", page, title="Dossiers", place="dossiers")


@router.get("/dossiers/{identifier}/{name:path}")
def hand_out(visit: SignedIn, identifier: str, name: str) -> Response:
    """One file of a dossier, as its manifest names it."""
    from backend.documents import note_download  # brings pandas: only who downloads waits for it

    path = file_of(visit.session, identifier, name)
    note_download(visit.request.app.state.url, identifier, name, by=visit.account.key)
    return FileResponse(
        path,
        media_type=KINDS.get(path.suffix, "application/octet-stream"),
        filename=f"{identifier}-{path.name}",
    )
