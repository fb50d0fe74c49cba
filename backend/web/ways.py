"""The way to the identity provider and back: only the browser that set out comes back, once, and soon."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from backend.clock import now
from backend.identity_provider import Identity, NotProven, Provider, Question
from backend.web.kept import Kept

SET_OUT_FOR = timedelta(minutes=10)
TOO_OLD = (
    "This sign-in was too old, was used already, or began in another browser. Begin again here."
)
LONGEST = 4096
"""Characters of a parameter that comes back; more is nobody's code."""
Brought = Annotated[str, Query(max_length=LONGEST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What somebody set out with; `browser` is what only that browser can bring back, `held` a form that waits."""

    question: Question
    browser: str
    next: str = "/"
    held: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the browser brought back from the provider."""

    code: str
    error: str
    issuer: str


def set_out(request: Request, *, browser: str, next_place: str = "/", held: str = "") -> str:
    """The address at the provider to which a browser is sent."""
    question = provider_of(request).ask(
        back=str(request.url_for("come_back")), anew=bool(held), at=now()
    )
    way = Way(question=question, browser=browser, next=next_place, held=held)
    ways_of(request).put(way, at=now(), name=question.state)
    return question.address


def is_from(way: Way, browser: str) -> bool:
    """Whether the browser that came back is the one that set out."""
    return hmac.compare_digest(way.browser.encode(), browser.encode())


def identity(request: Request, way: Way, answer: Answer) -> Identity:
    """Who came back, according to the provider."""
    provider = provider_of(request)
    if answer.error:
        raise NotProven(f"{provider.name} ended the sign-in: {answer.error[:100]}. Begin again.")
    if answer.issuer and answer.issuer != provider.issuer:
        raise NotProven("The answer comes from another issuer than the one asked. Begin again.")
    if not answer.code:
        raise NotProven(f"{provider.name} sent you back without a code. Begin again.")
    return provider.identity(way.question, code=answer.code, at=now())


def provider_of(request: Request) -> Provider:
    """The identity provider; asked for only where one is set."""
    found: Provider = request.app.state.provider
    return found


def ways_of(request: Request) -> Kept[Way]:
    """The ways that somebody set out on."""
    found: Kept[Way] = request.app.state.ways
    return found
