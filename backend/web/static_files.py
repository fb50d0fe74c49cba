"""The few files a page needs; Plotly's script comes straight from its own wheel, nothing from outside."""

from functools import lru_cache
from importlib.metadata import files, version
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboards.pages.rendering import STATIC

router = APIRouter()
PLOTLY = "plotly/package_data/plotly.min.js"
NAMES = {"site.css": "text/css", "pages.js": "text/javascript", "icons.svg": "image/svg+xml"}


@router.get("/static/{name}")
def static(name: str) -> Response:
    """One of the files of the pages."""
    if name == "plotly.min.js":
        return FileResponse(
            plotly_script(),
            media_type="text/javascript",
            headers={"Cache-Control": "max-age=86400", "X-Plotly-Wheel": version("plotly")},
        )
    if name not in NAMES:
        return PlainTextResponse("There is no such file.", status_code=404)
    return FileResponse(
        STATIC / name, media_type=NAMES[name], headers={"Cache-Control": "no-cache"}
    )


@lru_cache
def plotly_script() -> Path:
    """Where the wheel keeps the script, found without importing Plotly."""
    found = [path for path in files("plotly") or [] if path.as_posix() == PLOTLY]
    return Path(str(found[0].locate()))
