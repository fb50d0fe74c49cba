"""Where people are reached who answer for a task."""

import re

from sqlmodel import Session

from register.columns import Privacy, column
from register.refusal import Refusal
from register.revision import Revised, as_known


class AddressNotValid(Refusal):
    """A text that no e-mail address is."""


class Contact(Revised, table=True):
    """The e-mail address of a person; the key is the name by which entries and tasks call them."""

    email: str = column("E-mail address", Privacy.PERSON)


def address(text: str) -> str:
    """An e-mail address as one is written.

    >>> address("dr.east@hospital.example")
    'dr.east@hospital.example'
    """
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", text):
        raise AddressNotValid(
            f"'{text}' is no e-mail address; it has the form name@hospital.example."
        )
    return text


def addresses(session: Session) -> dict[str, str]:
    """The address of everybody who has one."""
    return {one.key: one.email for one in as_known(session, Contact)}
