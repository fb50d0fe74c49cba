"""Who calls: the token of a request, or a refusal that says what is wrong with it.

A valid token always comes in: failures of others at the same address, such as a reverse proxy's, must not
close the gate to it. Only who fails is made to wait.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from backend import audit
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.tokens import ApiToken, token_of
from backend.web.throttle import Throttle
from register.refusal import Refusal


class NotAdmitted(Refusal):
    """A request without a token that opens the interface."""


class TooManyFailures(Refusal):
    """Requests with tokens that open nothing came too often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program that was let in."""

    account: str
    name: str
    token: int | None
    sites: tuple[str, ...]

    @property
    def by(self) -> str:
        """The author in the audit trail: the account, and the token it came with."""
        return f"{self.account} ({self.name})"


def calling(request: Request) -> Caller:
    """The caller of a request, by its token; cookies count for nothing here."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise NotAdmitted(
            "Send a token: `Authorization: Bearer cat_…`. To make one: catamnesis token add --help"
        )
    throttle: Throttle = request.app.state.token_throttle
    address = request.client.host if request.client else "unknown"
    with unit_of_work(request.app.state.url, by="unknown") as session:
        token = token_of(session, text.strip(), on=now().date())
        state = token.state(now()) if token else "unknown"
        tried = f"token {token.id}" if token else address
        wait = None if state == "valid" else throttle.wait(account=tried, address=address, at=now())
        if token and state != "valid" and wait is None:
            audit.note(raw(session), by=token.account, event="token refused", subject=f"api_token {token.id}",
                       after={"state": state, "address": address})  # fmt: skip
    if token and state == "valid":
        return _caller(token)
    if wait is not None:
        raise TooManyFailures(f"Too many failed attempts. Try again in {wait.seconds // 60 + 1} minutes.")  # fmt: skip
    throttle.failed(account=tried, address=address, at=now())
    raise NotAdmitted(
        f"The token is {state}. A new one: catamnesis token add NAME --account ACCOUNT"
    )


def _caller(token: ApiToken) -> Caller:
    return Caller(account=token.account, name=token.name, token=token.id, sites=tuple(token.sites))


Calling = Annotated[Caller, Depends(calling)]
