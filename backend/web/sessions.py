"""Who is signed in: a signed cookie that ends after a working day, at sign-out, or with the password."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from backend.access import Account

COOKIE = "catamnesis_session"
FORM_COOKIE = "catamnesis_form"
LASTS = timedelta(hours=8)
_MARK = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a session cookie says."""

    id: str
    account: str
    mark: str


class Sessions:
    """Signs cookies and form tokens."""

    def __init__(self, secret: bytes) -> None:
        """Keep the secret of this site; it never leaves the machine."""
        self._cookie = URLSafeTimedSerializer(secret, salt="session")
        self._form = URLSafeTimedSerializer(secret, salt="form")

    def open(self, response: Response, account: Account, *, secure: bool) -> None:
        """Sign an account in."""
        said = {"id": secrets.token_urlsafe(18), "account": account.key, "mark": mark(account)}
        _set(response, COOKIE, self._cookie.dumps(said), secure=secure)

    def of(self, request: Request) -> Ticket | None:
        """The session of a request, if its cookie is ours and young enough; `ended.has_ended` says whether it was signed out."""
        said = self._read(self._cookie, request.cookies.get(COOKIE, ""))
        if not isinstance(said, dict):
            return None
        return Ticket(id=said["id"], account=said["account"], mark=said["mark"])

    def token(self, of: str) -> str:
        """The token that a form must carry, bound to a session or to the nonce of the sign-in form."""
        return str(self._form.dumps(of))

    def token_fits(self, token: str, of: str) -> bool:
        """Whether a form's token was given to that session or nonce."""
        said = self._read(self._form, token)
        return bool(of) and isinstance(said, str) and hmac.compare_digest(said, of)

    def nonce(self, request: Request) -> str:
        """The nonce of a visitor's sign-in form, made at the first visit."""
        return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(18)

    def keep_nonce(self, response: Response, nonce: str, *, secure: bool) -> None:
        """Give the nonce to the visitor to bring back with the form."""
        _set(response, FORM_COOKIE, nonce, secure=secure)

    def _read(self, serializer: URLSafeTimedSerializer, text: str) -> Any:
        try:
            return serializer.loads(text, max_age=int(LASTS.total_seconds()))
        except BadSignature:
            return None


def mark(account: Account) -> str:
    """A mark that changes with password, second factor and binding, so that a new one ends the sessions of the old."""
    ways_in = (account.password_hash, account.totp_secret, account.issuer, account.subject)
    return hashlib.sha256(f"session:{ways_in!r}".encode()).hexdigest()[:_MARK]


def _set(response: Response, name: str, value: str, *, secure: bool) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
    )
