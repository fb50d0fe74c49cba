"""Signing without a password here: what was typed is held, the person proves anew at the provider who signs, and signs.

A proof belongs to one session, one form and what was typed into it; it is taken once and soon.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backend import audit
from backend.access import Account
from backend.clock import now
from backend.database import raw, unit_of_work
from backend.identity_provider import Identity, NotProven
from backend.web.kept import Kept
from backend.web.signing_in import sign_in_form
from backend.web.visit import SignedIn, Visit, sessions_of
from backend.web.ways import TOO_OLD, Answer, Way, identity, is_from, provider_of, set_out
from dashboards.pages.shown import sentence_case, shown, words
from register.refusal import Refusal
from register.signature import Signer

router = APIRouter(prefix="/signing")
WAITS = timedelta(minutes=15)
"""How long a form waits for its proof, and then a proof for its signature; each begins anew."""
PROOF = "proof"
_OURS = ("token", "password", PROOF)
_UNPROVEN = (
    "The proof was too old, was used already, or stood for something else. Prove again who you are."
)


class NothingHeld(Refusal):
    """No form waits under that name for that session."""


class ProofWanted(Exception):
    """Who signs proves it first; what was typed waits at `place`."""

    def __init__(self, place: str) -> None:
        """Where the form waits."""
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What somebody typed to sign, held for a session until it is proven who signs."""

    session: str
    action: str
    fields: tuple[tuple[str, str], ...]
    identity: Identity | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPage:
    """Everything the page shows on which a form waits for its signature."""

    provider: str = shown("Name of the identity provider")
    action: str = shown("Where the form goes when it is signed")
    fields: tuple[tuple[str, str], ...] = shown("What was typed, field by field")
    said: tuple[tuple[str, str], ...] = shown("What was typed, as a person reads it")
    prove: str = shown("Where it is proven who signs")
    proof: str = shown("Name of the proof; empty = not proven yet")
    problem: str = shown("Why the last attempt proved nothing; empty at the first")


def proven(visit: Visit) -> Signer:
    """The person who signs, by a proof for this form and what was typed into it; without one it is asked for."""
    given = dict(visit.typed).get(PROOF, "")
    wanted = _of(visit)
    held = _held(visit.request).take(given, at=now()) if given else None
    if held is None or held.identity is None or replace(held, identity=None, problem="") != wanted:
        name = _held(visit.request).put(
            replace(wanted, problem=_UNPROVEN if given else ""), at=now()
        )
        raise ProofWanted(f"{router.prefix}/{name}")
    _note(visit, held, held.identity)
    return Signer(key=visit.account.key, name=visit.account.name, role=visit.account.role)


@router.get("/{name}")
def wait(visit: SignedIn, name: str) -> Response:
    """The form that waits: to be proven, or, when it is, to be signed."""
    held = _waiting(visit, name)
    page = ProofPage(
        provider=provider_of(visit.request).name,
        action=held.action,
        fields=held.fields,
        said=tuple((sentence_case(words(name)), value) for name, value in held.fields if value),
        prove=f"{router.prefix}/{name}/proof",
        proof=name if held.identity else "",
        problem=held.problem,
    )
    return visit.show("signing_elsewhere.html", page, title="Sign", place="")


@router.get("/{name}/proof")
def prove(visit: SignedIn, name: str) -> Response:
    """Off to the provider, which asks anew."""
    _waiting(visit, name)
    return RedirectResponse(
        set_out(visit.request, browser=visit.ticket.id, held=name), status_code=303
    )


def come_back(request: Request, way: Way, answer: Answer) -> Response:
    """Back from the provider with a proof, or with why there is none; what was typed waits on either way."""
    ticket = sessions_of(request).of(request)
    if ticket is None or not is_from(way, ticket.id):
        return sign_in_form(request, TOO_OLD, 400)
    held = _held(request).take(way.held, at=now())
    if held is None:
        raise NothingHeld(_gone())
    try:
        found = identity(request, way, answer)
        _is_the_person(request, ticket.account, found)
        held = replace(held, identity=found, problem="")
    except Refusal as refusal:
        held = replace(held, identity=None, problem=str(refusal))
        with unit_of_work(request.app.state.url, by=ticket.account) as session:
            audit.note(
                raw(session), by=ticket.account, event="identity not proven", subject=f"account {ticket.account}",
                after={"reason": str(refusal), "for": held.action},
            )  # fmt: skip
    return RedirectResponse(f"{router.prefix}/{_held(request).put(held, at=now())}", 303)


def _is_the_person(request: Request, key: str, found: Identity) -> None:
    with unit_of_work(request.app.state.url, by=key) as session:
        account = session.get(Account, key)
    if account is None or (account.issuer, account.subject) != (found.issuer, found.subject):
        raise NotProven(
            f"At {provider_of(request).name} you proved to be subject {found.subject}, who is not the person signed in "
            "here. Prove it as yourself, or sign out here first."
        )


def _of(visit: Visit) -> Held:
    query = f"?{visit.request.url.query}" if visit.request.url.query else ""
    fields = ((name, value.replace("\r\n", "\n")) for name, value in visit.typed)
    return Held(
        session=visit.ticket.id,
        action=f"{visit.request.url.path}{query}",
        fields=tuple((name, value) for name, value in fields if name not in _OURS),
    )


def _waiting(visit: Visit, name: str) -> Held:
    held = _held(visit.request).look(name, at=now())
    if held is None or held.session != visit.ticket.id:
        raise NothingHeld(_gone())
    return held


def _gone() -> str:
    minutes = int(WAITS.total_seconds() // 60)
    return (
        f"Nothing waits here to be signed: it was signed, or waited longer than {minutes} minutes."
    )


def _note(visit: Visit, held: Held, found: Identity) -> None:
    audit.note(
        raw(visit.session), by=visit.account.key, event="identity proven", subject=f"account {visit.account.key}",
        after={
            "issuer": found.issuer, "subject": found.subject, "authenticated_at": found.authenticated_at,
            "for": held.action,
        },
    )  # fmt: skip


def _held(request: Request) -> Kept[Held]:
    found: Kept[Held] = request.app.state.held
    return found
