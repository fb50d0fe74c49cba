"""A form that ends in a signature, and a signature as it is shown."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from dashboards.pages.shown import shown, words
from register.signature import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the things that can be decided."""

    value: str = shown("What is sent")
    label: str = shown("What is read")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningForm:
    """What is decided, where it is sent, and why nothing can be signed here, if so."""

    action: str = shown("Where the form is sent")
    question: str = shown("What is decided")
    field: str = shown("Name of the choice")
    choices: tuple[Choice, ...] = shown("What can be decided")
    hindered: str = shown("Why this person cannot sign; empty = can")
    problem: str = shown("Why the last attempt was refused; empty at the first")
    evidence: str = dataclasses.field(
        default="", metadata={"meaning": "What to write of the evidence; empty = not asked"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureShown:
    """A signature with what 21 CFR 11.50 asks to be shown."""

    name: str = shown("Printed name")
    role: str = shown("Role at the time")
    at: datetime = shown("When it was signed")
    meaning: str = shown("What it means")
    reason: str = shown("Why")


def signature_shown(signed: Signature) -> SignatureShown:
    """A signature in words."""
    return SignatureShown(
        name=signed.name,
        role=words(signed.role),
        at=signed.signed_at,
        meaning=signed.meaning,
        reason=signed.reason,
    )
