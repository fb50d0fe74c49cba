"""Who may come in: local accounts with argon2 hashes. Nobody sees anything without signing in."""

import secrets
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, select

from backend.clock import now
from register.columns import Privacy, column
from register.refusal import Refusal
from register.signature import NotSigned, Signer

ROLES = ("compliance_officer", "clinical_lead", "auditor", "integrator", "administrator")
AUDITOR = "auditor"
AN_AUDIT = timedelta(days=90)
_ARGON2 = PasswordHasher()
_NOBODY = _ARGON2.hash(secrets.token_hex(16))


class UnknownAccount(Refusal):
    """No account of that name."""


class Account(SQLModel, table=True):
    """A person's way in."""

    key: str = column("Sign-in name", Privacy.PERSON, primary_key=True)
    name: str = column("Printed name", Privacy.PERSON)
    role: str = column("What the person may do", Privacy.OPERATIONAL, choices=ROLES)
    password_hash: str = column("Argon2id", Privacy.SECRET)
    created_at: datetime = column(
        "When it was made", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    expires_on: date | None = column(
        "Last day it opens anything; empty = without end", Privacy.OPERATIONAL, default=None
    )

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
) -> str | None:
    """Make an account with a password drawn by chance and give it back, once; None if it exists.

    An auditor's account ends by itself, after 90 days unless another day is given.
    """
    if session.get(Account, key) is not None:
        return None
    password = secrets.token_urlsafe(12)
    if expires_on is None and role == AUDITOR:
        expires_on = at.date() + AN_AUDIT
    session.add(
        Account(
            key=key, name=name, role=role, password_hash=_ARGON2.hash(password), created_at=at, expires_on=expires_on,
        )
    )  # fmt: skip
    session.flush()
    return password


def renew_password(session: Session, *, key: str) -> str:
    """Draw a new password for an account and give it back, once."""
    account = session.get(Account, key)
    if account is None:
        known = ", ".join(session.exec(select(Account.key).order_by(col(Account.key)))) or "none"
        raise UnknownAccount(f"No account '{key}'. There are: {known}.")
    password = secrets.token_urlsafe(12)
    account.password_hash = _ARGON2.hash(password)
    session.flush()
    return password


def sign_in(session: Session, *, key: str, password: str) -> Account | None:
    """The account if name and password fit and it has not ended; as slow for a wrong name as for a wrong password."""
    account = session.get(Account, key)
    try:
        _ARGON2.verify(account.password_hash if account else _NOBODY, password)
    except VerificationError:
        return None
    return account if account is not None and account.open_on(now().date()) else None


def signer(session: Session, *, key: str, password: str) -> Signer:
    """The person who signs: name and password are given anew for each signature (21 CFR 11.200)."""
    account = sign_in(session, key=key, password=password)
    if account is None:
        raise NotSigned(
            "Name or password is wrong: nothing was signed. A new password: catamnesis account renew NAME"
        )
    return Signer(key=account.key, name=account.name, role=account.role)
