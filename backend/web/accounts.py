"""The administrator's page: who may sign in, with which role, at which sites, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session, col, select
from starlette.responses import RedirectResponse, Response

from backend.access import (
    ROLES,
    Account,
    NotForThisRole,
    UnknownAccount,
    account_of,
    end,
    give_account,
    limit_to,
    renew_password,
)
from backend.clock import now
from backend.web.signing import TOO_OLD, Token
from backend.web.visit import ACCOUNTS, SignedIn, Visit, sessions_of
from dashboards.pages.shown import shown, words
from register.deployment import Site
from register.refusal import Refusal
from register.revision import as_known

router = APIRouter()
Short = Annotated[str, Form(max_length=200)]
Sites = Annotated[list[str] | None, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShown:
    """One account."""

    key: str = shown("Sign-in name")
    name: str = shown("Printed name")
    role: str = shown("What the person may do")
    sites: tuple[str, ...] = shown("Sites it is limited to; none = all")
    ways: str = shown("How the person comes in")
    until: str = shown("Last day; empty = without end")
    open: bool = shown("Whether it opens anything today")
    own: bool = shown(
        "Whether it is the account of who looks at it, which another administrator changes"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsPage:
    """Everything the page of accounts shows."""

    at: datetime = shown("When the page was made")
    accounts: tuple[AccountShown, ...] = shown("Every account, by name")
    roles: tuple[tuple[str, str], ...] = shown("Roles that can be given")
    sites: tuple[tuple[str, str], ...] = shown("Sites of the register: key and name")
    password: str = shown("A password just drawn, shown this once; empty = none")
    whose: str = shown("Whose password it is")
    refused: str = shown("The account whose limits were refused; empty = none, or a new one")
    chosen: tuple[str, ...] = shown("Sites that were ticked in it")
    problem: str = shown("Why something was refused; empty = nothing was")


@router.get(ACCOUNTS)
def accounts(visit: SignedIn) -> Response:
    """Every account."""
    return _page(visit)


@router.post(ACCOUNTS)
def add(
    visit: SignedIn, key: Short = "", name: Short = "", role: Short = "", site: Sites = None, until: Short = "",
    token: Token = "",
) -> Response:  # fmt: skip
    """Make an account; its password is shown once."""
    drawn = ""
    problem = _token_problem(visit, token)
    if not problem:
        try:
            _within(visit, site or ())
            drawn = _made(visit.session, key.strip(), name.strip(), role, site or (), until)
        except Refusal as refusal:
            problem = str(refusal)
    return _page(visit, password=drawn, whose=key, problem=problem)


@router.post(f"{ACCOUNTS}/{{key}}/password")
def renew(visit: SignedIn, key: str, token: Token = "") -> Response:
    """Draw a new password, shown once; open sessions of the account end."""
    drawn = ""
    problem = _token_problem(visit, token)
    if not problem:
        try:
            account = _other(visit, key)
            if account.by_provider_alone:
                raise NotForThisRole(f"{account.name} comes in by the identity provider alone and has no password; unbind it first: catamnesis account unbind {key}")  # fmt: skip
            drawn = renew_password(visit.session, key=account.key)
        except Refusal as refusal:
            problem = str(refusal)
    return _page(visit, password=drawn, whose=key, problem=problem)


@router.post(f"{ACCOUNTS}/{{key}}/limits")
def limit(
    visit: SignedIn, key: str, site: Sites = None, until: Short = "", token: Token = ""
) -> Response:
    """Limit an account to sites and to a last day; both hold from the next page on."""
    problem = _token_problem(visit, token)
    if not problem:
        try:
            account = _other(visit, key)
            _within(visit, site or ())
            with visit.session.begin_nested():
                limit_to(visit.session, key=account.key, sites=site or ())
                end(visit.session, key=account.key, last_day=_day(until))
        except Refusal as refusal:
            problem = str(refusal)
    return (
        _page(visit, refused=key, problem=problem)
        if problem
        else RedirectResponse(ACCOUNTS, status_code=303)
    )


def _made(
    session: Session, key: str, name: str, role: str, sites: Sequence[str], until: str
) -> str:
    if not key or not key.isascii() or not key.replace(".", "").replace("-", "").isalnum():
        raise UnknownAccount(f"'{key}' is no sign-in name; use letters, digits, dots and hyphens.")
    if role not in ROLES:
        raise UnknownAccount(f"No role '{role}'. There are: {', '.join(map(words, ROLES))}.")
    password = give_account(
        session, key=key, name=name or key, role=role, at=now(), expires_on=_day(until), sites=sites
    )
    if password is None:
        raise UnknownAccount(
            f"There is an account '{key}' already. Draw a new password for it below."
        )
    return password


def _other(visit: Visit, key: str) -> Account:
    """The account that is to be changed: never one's own, and of one's own sites."""
    account = account_of(visit.session, key)
    if account.key == visit.account.key:
        raise NotForThisRole("Nobody changes the account they are signed in with; another administrator does.")  # fmt: skip
    if not _seen(visit.account, account):
        raise UnknownAccount(f"No account '{key}' at your sites.")
    return account


def _seen(administrator: Account, account: Account) -> bool:
    limited = set(administrator.sites)
    return not limited or (bool(account.sites) and set(account.sites) <= limited)


def _within(visit: Visit, sites: Sequence[str]) -> None:
    limited = visit.account.sites
    if limited and not (sites and set(sites) <= set(limited)):
        raise NotForThisRole(f"{visit.account.name} gives accounts of {', '.join(limited)} only; choose among them.")  # fmt: skip


def _token_problem(visit: Visit, token: str) -> str:
    return "" if sessions_of(visit.request).token_fits(token, visit.ticket.id) else TOO_OLD


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise UnknownAccount(f"'{said}' is not a day; write it as 2026-05-31.") from None


def _page(
    visit: Visit, *, password: str = "", whose: str = "", refused: str = "", problem: str = ""
) -> Response:
    session, today = visit.session, now().date()
    page = AccountsPage(
        at=now(),
        accounts=tuple(
            AccountShown(
                key=one.key,
                name=one.name,
                role=words(one.role),
                sites=tuple(one.sites),
                ways=_ways(one),
                until=one.expires_on.isoformat() if one.expires_on else "",
                open=one.open_on(today),
                own=one.key == visit.account.key,
            )
            for one in session.exec(select(Account).order_by(col(Account.key)))
            if _seen(visit.account, one) or one.key == visit.account.key
        ),
        roles=tuple((role, words(role)) for role in ROLES),
        sites=tuple((site.key, site.name) for site in as_known(session, Site)),
        password=password,
        whose=whose if password else "",
        refused=refused,
        chosen=tuple(value for name, value in visit.typed if name == "site"),
        problem=problem,
    )
    return visit.show(
        "accounts.html", page, title="Accounts", place="accounts", status=403 if problem else 200
    )


def _ways(account: Account) -> str:
    ways = [
        ("password", account.password_hash is not None),
        ("authenticator app", account.totp_secret is not None),
        ("identity provider", account.subject is not None),
    ]
    return ", ".join(way for way, there in ways if there) or "none"
