"""Which account a person of the identity provider has. The provider says who somebody is, the account what they may do."""

from sqlmodel import Session, col, select

from backend.access import Account, account_of
from register.refusal import Refusal


class NotBound(Refusal):
    """An account cannot be bound to that subject; the sentence says why."""


def bind(
    session: Session, *, key: str, issuer: str, subject: str, without_password: bool = False
) -> Account:
    """Bind an account to a subject of a provider, in place of an earlier one; it may lose its password with that."""
    account, subject = account_of(session, key), subject.strip()
    if not subject:
        raise NotBound("A subject is needed: the page of a refused sign-in shows it.")
    other = bound_to(session, issuer=issuer, subject=subject)
    if other is not None and other.key != key:
        raise NotBound(
            f"Subject {subject} is bound to account '{other.key}'. Unbind that first: catamnesis account unbind {other.key}"
        )
    account.issuer, account.subject = issuer, subject
    if without_password:
        account.password_hash = account.totp_secret = account.totp_used = None
    session.flush()
    return account


def unbind(session: Session, *, key: str) -> Account:
    """Take an account's binding away; without a password nothing opens it from then on."""
    account = account_of(session, key)
    account.issuer = account.subject = None
    session.flush()
    return account


def bound_to(session: Session, *, issuer: str, subject: str) -> Account | None:
    """The account bound to a subject of a provider."""
    return session.exec(
        select(Account).where(col(Account.issuer) == issuer, col(Account.subject) == subject)
    ).one_or_none()
