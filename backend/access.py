"""Who may come in and do what: accounts with roles, sites and a last day. Nobody sees anything without signing in."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, UniqueConstraint
from sqlmodel import Session, SQLModel, col, select

from backend.clock import now
from backend.confined import confine
from register.columns import Privacy, column
from register.deployment import Site
from register.refusal import Refusal
from register.revision import as_known
from register.signature import NotSigned, Signer

AUDITOR = "auditor"
ADJUDICATOR = "adjudicator"
ADMINISTRATOR = "administrator"
ROLES = ("compliance_officer", "clinical_lead", ADJUDICATOR, AUDITOR, "integrator", ADMINISTRATOR)
_KEPT_TO = {
    AUDITOR: "an auditor reads and changes nothing",
    ADMINISTRATOR: "an administrator manages accounts, under /accounts, and decides nothing clinical",
    ADJUDICATOR: "an adjudicator sees the cases of random audits, under /adjudication, and nothing else",
}
_ALONE = {
    ADJUDICATOR: "here an adjudicator answers, who does not know what was said of a case",
    ADMINISTRATOR: "an administrator manages accounts",
}
AN_AUDIT = timedelta(days=90)
_ARGON2 = PasswordHasher()
_NOBODY = _ARGON2.hash(secrets.token_hex(16))


class UnknownAccount(Refusal):
    """No account of that name."""


class EndedBefore(Refusal):
    """An account cannot be given that would have ended before."""


class UnknownSite(Refusal):
    """An account cannot be limited to a site that the register does not know."""


class NotForThisRole(Refusal):
    """The role of the account does not allow it; the sentence says what the role is for."""


class NoPageForThisRole(NotForThisRole):
    """No page at all is open to the role of the account."""


class Account(SQLModel, table=True):
    """A person's way in: by password, by an identity provider, or by either."""

    __table_args__ = (
        UniqueConstraint("issuer", "subject", name="account_of_one_subject"),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="account_bound_whole"),
    )

    key: str = column("Sign-in name", Privacy.PERSON, primary_key=True)
    name: str = column("Printed name", Privacy.PERSON)
    role: str = column("What the person may do", Privacy.OPERATIONAL, choices=ROLES)
    password_hash: str | None = column(
        "Argon2id; empty = no password, the identity provider alone", Privacy.SECRET
    )
    created_at: datetime = column(
        "When it was made", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    expires_on: date | None = column(
        "Last day it opens anything; empty = without end", Privacy.OPERATIONAL, default=None
    )
    sites: list[str] = column(
        "Keys of the sites it is limited to; empty = all",
        Privacy.OPERATIONAL,
        sa_type=JSON,
        default_factory=list,
    )
    totp_secret: str | None = column(
        "Secret of the authenticator app; empty = no second factor", Privacy.SECRET, default=None
    )
    totp_used: int | None = column(
        "Half-minute since 1970 of the last code taken; none is taken twice",
        Privacy.OPERATIONAL,
        sa_type=BigInteger,
        default=None,
    )
    issuer: str | None = column(
        "Identity provider that says who the person is; empty = none",
        Privacy.OPERATIONAL,
        default=None,
    )
    subject: str | None = column("Who the person is at that provider", Privacy.PERSON, default=None)

    @property
    def by_provider_alone(self) -> bool:
        """Whether it has no password: the person comes in and signs by the identity provider."""
        return self.password_hash is None and self.subject is not None

    def open_on(self, day: date) -> bool:
        """Whether it opens anything on a day."""
        return self.expires_on is None or day <= self.expires_on


def give_account(
    session: Session,
    *,
    key: str,
    name: str,
    role: str,
    at: datetime,
    expires_on: date | None = None,
    sites: Sequence[str] = (),
) -> str | None:
    """Make an account with a password drawn by chance and give it back, once; None if it exists.

    An auditor's account ends by itself, after 90 days unless another day is given.
    """
    if session.get(Account, key) is not None:
        return None
    known_sites(session, sites)
    if expires_on is not None and expires_on < at.date():
        raise EndedBefore(
            f"The last day of '{key}', {expires_on}, lies in the past; give today or a later day, or none."
        )
    password = secrets.token_urlsafe(12)
    if expires_on is None and role == AUDITOR:
        expires_on = at.date() + AN_AUDIT
    session.add(
        Account(
            key=key, name=name, role=role, password_hash=_ARGON2.hash(password), created_at=at, expires_on=expires_on,
            sites=list(sites),
        )
    )  # fmt: skip
    session.flush()
    return password


def renew_password(session: Session, *, key: str) -> str:
    """Draw a new password for an account and give it back, once."""
    account = account_of(session, key)
    password = secrets.token_urlsafe(12)
    account.password_hash = _ARGON2.hash(password)
    session.flush()
    return password


def end(session: Session, *, key: str, last_day: date | None) -> Account:
    """Set the last day of an account, or none; one that is past closes it at once, whichever way in."""
    account = account_of(session, key)
    account.expires_on = last_day
    session.flush()
    return account


def account_of(session: Session, key: str) -> Account:
    """The account of that name."""
    account = session.get(Account, key)
    if account is None:
        known = ", ".join(sign_in_names(session)) or "none"
        raise UnknownAccount(f"No account '{key}'. There are: {known}.")
    return account


def sign_in_names(session: Session) -> tuple[str, ...]:
    """The sign-in names of all accounts."""
    return tuple(session.exec(select(Account.key).order_by(col(Account.key))).all())


def limit_to(session: Session, *, key: str, sites: Sequence[str]) -> Account:
    """Limit an account to some sites, or to none; it holds from the next page on."""
    account = account_of(session, key)
    known_sites(session, sites)
    account.sites = list(sites)
    session.flush()
    return account


def known_sites(session: Session, sites: Sequence[str]) -> None:
    """Refuse a site that the register does not know."""
    known = [site.key for site in as_known(session, Site)]
    unknown = [site for site in sites if site not in known]
    if unknown:
        raise UnknownSite(
            f"No site '{unknown[0]}' in the register. There are: {', '.join(known) or 'none yet'}."
        )


def admit(account: Account, *, changing: bool, place_of: str = "") -> None:
    """Refuse what the role of an account keeps it from: looking, or changing anything.

    `place_of` is the role whose own pages are asked for. Those of an adjudicator are for adjudicators, who see
    no other: who knows what was said of a case is not blind to it. Those of an administrator are
    where accounts are managed.
    """
    sentence = f"{account.name} is {account.role}: {_KEPT_TO.get(account.role)}."
    if account.role == ADJUDICATOR and place_of != ADJUDICATOR:
        raise NoPageForThisRole(sentence)
    if place_of and account.role != place_of:
        raise NotForThisRole(f"{account.name} is {account.role}; {_ALONE[place_of]}.")
    if changing and account.role in _KEPT_TO and not place_of:
        raise NotForThisRole(sentence)


def sign_in(session: Session, *, key: str, password: str) -> Account | None:
    """The account if name and password fit and it has not ended; as slow for a wrong name as for a wrong password.

    Whether it has a second factor, and the code fits, is asked of `backend.second_factor`.
    """
    account = session.get(Account, key)
    try:
        _ARGON2.verify((account.password_hash if account else None) or _NOBODY, password)
    except VerificationError:
        return None
    return account if account is not None and account.open_on(now().date()) else None


def signer(session: Session, *, key: str, password: str) -> Signer:
    """The person who signs: name and password are given anew for each signature (21 CFR 11.200).

    The session finds nothing of other sites from then on, if the account is limited.
    """
    asked = session.get(Account, key)
    if asked is not None and asked.by_provider_alone:
        raise NotSigned(
            f"{asked.name} has no password here and signs on the pages, by the identity provider: nothing was signed."
        )
    account = sign_in(session, key=key, password=password)
    if account is None:
        raise NotSigned(
            "Name or password is wrong: nothing was signed. A new password: catamnesis account renew NAME"
        )
    admit(account, changing=True)
    confine(session, account.sites)
    return Signer(key=account.key, name=account.name, role=account.role)
