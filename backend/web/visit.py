"""One visit to a page: the person, one transaction to read in, and the page as HTML or JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from backend.access import ADJUDICATOR, ADMINISTRATOR, Account, admit
from backend.clock import now
from backend.confined import confine
from backend.database import unit_of_work
from backend.identity_provider import Provider
from backend.web.ended import has_ended
from backend.web.guard import wants_json
from backend.web.sessions import Sessions, Ticket, mark
from dashboards.pages.rendering import Frame, render
from dashboards.pages.shown import as_json, words

SIGN_OUT = "/sign-out"
ADJUDICATION = "/adjudication"
ACCOUNTS = "/accounts"
_OWN = {ADJUDICATION: ADJUDICATOR, ACCOUNTS: ADMINISTRATOR}
"""Pages of one role alone."""
LONGEST = 2000
"""Characters of a field; the rest is cut off, as the page cuts it."""
READING = ("GET", "HEAD")
REFUSED = 400
PROOFS = ("token", "password", "proof", "code")
"""Fields that are never shown again."""


class NotSignedIn(Exception):
    """Whoever asks is not signed in, or not any more."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A signed-in person's request."""

    request: Request
    session: Session
    account: Account
    ticket: Ticket
    typed: tuple[tuple[str, str], ...] = ()

    @property
    def form(self) -> dict[str, str]:
        """What was typed, by field; the last where one came twice, cut off as the pages cut it."""
        return {name: value[:LONGEST] for name, value in self.typed}

    @property
    def worth_keeping(self) -> dict[str, str]:
        """What was typed, without what proves who typed it."""
        return {name: value for name, value in self.form.items() if name not in PROOFS}

    def show(
        self, template: str, page: Any, *, title: str, place: str, status: int = 200
    ) -> Response:
        """The page, or its twin in JSON if that is asked for."""
        if wants_json(self.request):
            said = page.as_json() if hasattr(page, "as_json") else as_json(page)
            return JSONResponse(said, status_code=status)
        signed = self.request.app.state.signed.pop(self.ticket.id, "")
        frame = Frame(
            title=title,
            confirmed=signed if status < REFUSED else "",
            place=place,
            person=self.account.name,
            role=words(self.account.role),
            token=sessions_of(self.request).token(self.ticket.id),
            places=self.account.role != ADJUDICATOR,
            signs_at=signs_at(self.request, self.account),
            typed={} if status < REFUSED else self.worth_keeping,
        )
        return HTMLResponse(render(template, page, frame), status_code=status)


def sessions_of(request: Request) -> Sessions:
    """The sessions of this application."""
    found: Sessions = request.app.state.sessions
    return found


def signs_at(request: Request, account: Account) -> str:
    """The name of the identity provider at which a person signs; empty = with the password, here."""
    provider: Provider | None = request.app.state.provider
    return provider.name if provider is not None and account.by_provider_alone else ""


async def typed_into(request: Request) -> tuple[tuple[str, str], ...]:
    """What was typed into a form, field by field."""
    form = await request.form()
    return tuple((name, value) for name, value in form.multi_items() if isinstance(value, str))


def visiting(
    request: Request, typed: Annotated[tuple[tuple[str, str], ...], Depends(typed_into)]
) -> Iterator[Visit]:
    """A visit, while the request lasts; an account that is gone, has ended or has a new password is turned away.

    Here and nowhere else its role and its sites are put in force, for every page and its JSON, every document and
    every decision.
    """
    ticket = sessions_of(request).of(request)
    if ticket is None:
        raise NotSignedIn
    with unit_of_work(request.app.state.url, by=ticket.account) as session:
        if has_ended(session, ticket):
            raise NotSignedIn
        account = session.get(Account, ticket.account)
        if account is None or mark(account) != ticket.mark or not account.open_on(now().date()):
            raise NotSignedIn
        if request.url.path != SIGN_OUT:
            admit(
                account,
                changing=request.method not in READING,
                place_of=next(
                    (role for place, role in _OWN.items() if request.url.path.startswith(place)), ""
                ),
            )
        confine(session, account.sites)
        yield Visit(request=request, session=session, account=account, ticket=ticket, typed=typed)


SignedIn = Annotated[Visit, Depends(visiting, scope="function")]
"""Whoever is signed in; what was done stands in the database before the answer says so."""
