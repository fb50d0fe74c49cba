"""An identity provider on a port of this machine: discovery, login form, codes with PKCE, signed tokens.

What a dishonest or broken one would answer is set on `Told`; everything else keeps to OpenID Connect Core 1.0.
"""

import base64
import hashlib
import html
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic, sleep, time
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

from backend.web.serving import listen, server

CLIENT, SECRET = "catamnesis-at-north", "only the two of us know"
BACK = "/sign-in/provider/back"
SIGNED_IN = "provider_session"
Claims = dict[str, Any]


@dataclass(kw_only=True)
class Told:
    """Who is known there, and what the next tokens say instead of the truth."""

    address: str = ""
    people: dict[str, str] = field(default_factory=lambda: {"nora.east": "sub-nora"})
    password: str = "at the provider"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(parameters={"kid": "k1"}))
    signs_with: RSAKey | None = None
    alg: str = "RS256"
    claims: Callable[[Claims], Claims] = lambda claims: claims
    token: Callable[[str], str] = lambda token: token
    asks_anew: bool = True
    codes: dict[str, Claims] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def provided() -> Iterator[Told]:
    """A provider that serves, and what it is told to say."""
    told = Told()
    with listen(0) as listening:
        told.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = server(_app(told))
        thread = Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = monotonic() + 20
        while not serving.started:
            assert monotonic() < deadline, "The provider did not start in time."
            sleep(0.01)
        try:
            yield told
        finally:
            serving.should_exit = True
            thread.join(20)


def _app(told: Told) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def document() -> dict[str, Any]:
        return {
            "issuer": told.address,
            "authorization_endpoint": f"{told.address}/authorize",
            "token_endpoint": f"{told.address}/token",
            "jwks_uri": f"{told.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [told.key.as_dict(private=False, use="sig", alg="RS256")]}

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        told.asked.append(asked)
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"].endswith(BACK)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        known = request.cookies.get(SIGNED_IN, "")
        anew = told.asks_anew and (asked.get("prompt") == "login" or asked.get("max_age") == "0")
        if known and not anew:
            name, since = known.rsplit("|", 1)
            return _back(told, asked, name, int(since))
        return _login_form(request)

    @app.post("/authorize")
    def log_in(
        request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]
    ) -> Response:
        if username not in told.people or password != told.password:
            return _login_form(request, "Unknown here.")
        since = int(time())
        answer = _back(told, dict(request.query_params), username, since)
        answer.set_cookie(SIGNED_IN, f"{username}|{since}", httponly=True)
        return answer

    @app.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
    ) -> Response:
        if request.headers.get("authorization") != f"Basic {_client()}":
            return JSONResponse({"error": "invalid_client"}, 401)
        kept = told.codes.pop(code, None)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if kept is None or kept["redirect_uri"] != redirect_uri or kept["challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = told.claims(kept["claims"])
        header = {"alg": told.alg, "kid": "k1"}
        signed = jwt.encode(header, claims, told.signs_with or told.key, algorithms=[told.alg])
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": told.token(signed)}
        )  # fmt: skip

    return app


def _back(told: Told, asked: dict[str, str], name: str, since: int) -> RedirectResponse:
    now, code = int(time()), secrets.token_urlsafe()
    claims = {
        "iss": told.address, "aud": CLIENT, "sub": told.people[name], "nonce": asked["nonce"], "iat": now,
        "exp": now + 300, "auth_time": since,
    }  # fmt: skip
    told.codes[code] = {
        "claims": claims, "challenge": asked["code_challenge"], "redirect_uri": asked["redirect_uri"],
    }  # fmt: skip
    brought = urlencode({"code": code, "state": asked["state"], "iss": told.address})
    return RedirectResponse(f"{asked['redirect_uri']}?{brought}", 303)


def _login_form(request: Request, problem: str = "") -> HTMLResponse:
    action = html.escape(f"/authorize?{request.url.query}")
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><title>The hospital's sign-in</title><link rel="icon" href="data:,">
        <h1>The hospital's sign-in</h1><p>{problem}</p><form method="post" action="{action}">
        <label>User name <input name="username"></label> <label>Pass phrase <input name="password" type="password"></label>
        <button>Log in</button></form></html>"""
    )


def _client() -> str:
    return base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
