"""What every request meets first: the gate that asks for a sign-in, and the headers that protect a page."""

from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.sessions import Sessions

OPEN = ("/sign-in", "/sign-in/provider", "/sign-in/provider/back", "/healthz", "/transparency")
OPEN_BELOW = "/static/"
BY_TOKEN = "/api/"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Lets through who is signed in, and everyone to the few open places; refuses by default.

    Below /api/ it asks for nothing: there a token counts, and every route checks it itself.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        """Stand before an application."""
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        path = scope["path"]
        is_open = path in OPEN or path.startswith((OPEN_BELOW, BY_TOKEN))

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not path.startswith(OPEN_BELOW):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if is_open or self._sessions.of(request) is not None:
            await self._app(scope, receive, protected)
        else:
            await turned_away(request)(scope, receive, protected)


def turned_away(request: Request) -> Response:
    """To the sign-in page, and back afterwards; a program is told in JSON."""
    if wants_json(request):
        return JSONResponse({"error": "Sign in first.", "sign_in": "/sign-in"}, status_code=401)
    path = request.url.path
    if request.url.query:
        path += f"?{request.url.query}"
    back = f"?next={quote(path)}" if request.method == "GET" and path != "/" else ""
    return RedirectResponse(f"/sign-in{back}", status_code=303)


def wants_json(request: Request) -> bool:
    """Whether the JSON twin of a page is asked for, or a program asks."""
    if request.url.path.startswith(BY_TOKEN):
        return True
    if "format" in request.query_params:
        return request.query_params["format"] == "json"
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
