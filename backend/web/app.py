"""The application: the routes, the gate before them, and how it refuses."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from backend.api import scope_check
from backend.identity_provider import configured
from backend.settings import settings
from backend.web import (
    accounts,
    adjudicating,
    cycling,
    drifting,
    entering,
    handing_out,
    handling,
    held,
    planning,
    procurement,
    recording,
    refusing,
    reviewing,
    signing,
    signing_elsewhere,
    signing_in,
    single_sign_on,
    static_files,
    transparency,
    validating,
    viewing,
)
from backend.web.guard import Guard
from backend.web.kept import Kept
from backend.web.sessions import Sessions
from backend.web.throttle import Throttle
from backend.web.ways import SET_OUT_FOR


def create_app(url: str) -> FastAPI:
    """The pages over a database."""
    sessions = Sessions(settings().secret("session"))
    app = FastAPI(
        title="Catamnesis",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Guard, sessions=sessions)],
    )
    app.state.url = url
    app.state.sessions = sessions
    app.state.throttle = Throttle()
    app.state.token_throttle = Throttle()
    app.state.provider = configured()
    app.state.ways = Kept(SET_OUT_FOR)
    app.state.signed = {}
    app.state.held = Kept(signing_elsewhere.WAITS)
    for routes in (
        signing_in,
        viewing,
        signing,
        reviewing,
        accounts,
        cycling,
        drifting,
        validating,
        planning,
        recording,
        held,
        adjudicating,
        entering,
        procurement,
        handling,
        handing_out,
        static_files,
        transparency,
        scope_check,
    ):
        app.include_router(routes.router)
    if app.state.provider is not None:
        app.include_router(single_sign_on.router)
        app.include_router(signing_elsewhere.router)
    app.add_api_route("/healthz", healthz)
    refusing.install(app)
    return app


def healthz() -> dict[str, str]:
    """Whether the pages answer; says nothing else."""
    return {"status": "ok"}
