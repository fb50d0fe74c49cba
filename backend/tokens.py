"""Tokens for programs: each belongs to an integrator's account, ends by itself and can be revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, SQLModel, col, select

from backend.access import Account, UnknownAccount, known_sites
from register.columns import Privacy, column
from register.refusal import Refusal

PREFIX = "cat_"
MAY_HOLD = "integrator"


class TokenNotGiven(Refusal):
    """A token that cannot be made or revoked; the sentence says why and what would do."""


class ApiToken(SQLModel, table=True):
    """A program's way in; of the token itself only the digest is kept."""

    __tablename__ = "api_token"

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    account: str = column("Account it belongs to", Privacy.PERSON, index=True)
    name: str = column("What it is for", Privacy.OPERATIONAL)
    digest: str = column("SHA-256 of the token", Privacy.SECRET, unique=True, index=True)
    sites: list[str] = column(
        "Keys of the sites it is limited to; empty = all", Privacy.OPERATIONAL, sa_type=JSON
    )
    created_at: datetime = column(
        "When it was made", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    expires_at: datetime = column(
        "From when it is worth nothing", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )
    revoked_at: datetime | None = column(
        "When it was revoked", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True), default=None
    )

    def state(self, at: datetime) -> str:
        """Whether it opens anything at a moment: *valid*, *expired* or *revoked*."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return "revoked"
        return "expired" if self.expires_at <= at else "valid"


def give_token(
    session: Session, *, name: str, account: str, sites: Sequence[str], days: int, at: datetime
) -> tuple[ApiToken, str]:
    """Make a token drawn by chance for an integrator's account, and give its text back, once."""
    holder = session.get(Account, account)
    if holder is None:
        raise UnknownAccount(
            f"No account '{account}'. Make one: catamnesis account add {account} --role {MAY_HOLD}"
        )
    if holder.role != MAY_HOLD:
        raise TokenNotGiven(
            f"{account} is {holder.role.replace('_', ' ')}; only an account with role {MAY_HOLD} holds tokens."
        )
    if days < 1:
        raise TokenNotGiven(f"A token lasts at least one day, not {days}.")
    known_sites(session, sites)
    elsewhere = [site for site in sites if holder.sites and site not in holder.sites]
    if elsewhere:
        raise TokenNotGiven(
            f"{account} is limited to {', '.join(holder.sites)}; its tokens open nothing at {elsewhere[0]}."
        )
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        account=account, name=name, digest=_digest(text), sites=list(sites or holder.sites), created_at=at,
        expires_at=at + timedelta(days=days),
    )  # fmt: skip
    session.add(token)
    session.flush()
    return token, text


def revoke_token(session: Session, number: int, *, at: datetime) -> ApiToken:
    """End a token at once; what was decided with it stays on record."""
    token = session.get(ApiToken, number)
    if token is None:
        raise TokenNotGiven(f"There is no token {number}. See: catamnesis token list")
    if token.revoked_at is None:
        token.revoked_at = at
        session.flush()
    return token


def tokens(session: Session) -> Sequence[ApiToken]:
    """Every token that was ever made, the first first."""
    return session.exec(select(ApiToken).order_by(col(ApiToken.id))).all()


def token_of(session: Session, text: str, *, on: date) -> ApiToken | None:
    """The token with that text, found by its digest, while its account is an integrator's and has not ended."""
    token = session.exec(select(ApiToken).where(ApiToken.digest == _digest(text))).first()
    holder = session.get(Account, token.account) if token else None
    if holder is None or holder.role != MAY_HOLD or not holder.open_on(on):
        return None
    return token


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
