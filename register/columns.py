"""What every stored column must say of itself: its meaning, and what it may reveal."""

from enum import StrEnum
from typing import Any

from sqlmodel import Field


class Privacy(StrEnum):
    """What a column may reveal; an export to outside the site leaves out what it must."""

    PUBLIC = "public"  # about a product or a rule, printed on labels and certificates
    OPERATIONAL = "operational"  # about the work of a site; no person in it
    PERSON = "person"  # names a member of staff
    PSEUDONYM = "pseudonym"  # stands for a patient or a study through a key
    CLINICAL = "clinical"  # about one patient, without naming them
    SECRET = "secret"  # never shown or exported


def column(
    meaning: str,
    privacy: Privacy,
    *,
    choices: tuple[str, ...] = (),
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    **field: Any,
) -> Any:
    """A field of a table with its meaning in the database and its limits for whoever checks input.

    `choices` are the coded values a text may take, `minimum` and `maximum` the limits of a number
    in `unit`. Everything else goes to SQLModel's `Field`.
    """
    info = {
        "privacy": privacy,
        "choices": choices,
        "unit": unit,
        "minimum": minimum,
        "maximum": maximum,
    }
    return Field(sa_column_kwargs={"comment": meaning, "info": info}, **field)
