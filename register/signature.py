"""Electronic signatures: who, when, what it means and why, bound to the record it stands under.

What is shown of a signature is what 21 CFR 11.50 asks for (printed name, date and time, meaning); the
digest binds it to what was signed (11.70), so that it can stand under nothing else.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime
from sqlmodel import Session, SQLModel, col, func, select

from register.columns import Privacy, column
from register.refusal import Refusal


class NotSigned(Refusal):
    """A signature that cannot be given; the sentence says why and what would do."""


class Signature(SQLModel, table=True):
    """One signature under one record; written once."""

    id: int | None = column("Number", Privacy.OPERATIONAL, default=None, primary_key=True)
    record: str = column("What was signed: kind and number", Privacy.OPERATIONAL, index=True)
    digest: str = column("SHA-256 of what was signed", Privacy.OPERATIONAL)
    signer: str = column("Sign-in name", Privacy.PERSON)
    name: str = column("Printed name", Privacy.PERSON)
    role: str = column("Role of the signer at the time", Privacy.OPERATIONAL)
    meaning: str = column("What the signature means", Privacy.OPERATIONAL)
    reason: str = column("Why", Privacy.OPERATIONAL)
    signed_at: datetime = column(
        "When it was signed", Privacy.OPERATIONAL, sa_type=DateTime(timezone=True)
    )


class Signer(SQLModel):
    """A person who has just proven who they are, by password or at the identity provider, and so may sign."""

    key: str
    name: str
    role: str


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a record's content, whatever the order of its keys."""
    said = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def put(
    session: Session,
    *,
    record: str,
    content: Mapping[str, Any],
    signer: Signer,
    meaning: str,
    reason: str,
    at: datetime,
) -> Signature:
    """Put a signature under a record; it needs a reason."""
    if not reason.strip():
        raise NotSigned("A signature needs a reason; say in a sentence why.")
    signed = Signature(
        record=record, digest=digest_of(content), signer=signer.key, name=signer.name, role=signer.role,
        meaning=meaning, reason=reason.strip(), signed_at=at,
    )  # fmt: skip
    session.add(signed)
    session.flush()
    return signed


def under(session: Session, record: str) -> list[Signature]:
    """The signatures under a record, in order."""
    return list(
        session.exec(
            select(Signature).where(col(Signature.record) == record).order_by(col(Signature.id))
        )
    )


def last_signature(session: Session) -> int:
    """The number of the last signature of all; 0 before the first."""
    return session.exec(select(func.max(Signature.id))).one() or 0


def signed_since(session: Session, number: int, *, by: str) -> list[Signature]:
    """What a person signed after a signature, in order."""
    return list(
        session.exec(
            select(Signature)
            .where(col(Signature.id) > number, Signature.signer == by)
            .order_by(col(Signature.id))
        )
    )
