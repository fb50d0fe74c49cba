"""What is wrong with a field of a form, in our words and not in those of the library that reads it."""

from collections.abc import Mapping
from typing import Any

_FIELDS = "needs fields of its own on indented lines below it, such as `key:`"
_DAY = "needs a day, written as 2026-05-31"
_NUMBER = "needs a number, such as 0.9"
_WHOLE = "needs a whole number, such as 30"
_CHOICE = "needs one of {expected}"
_REMEDIES = {
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "dict_type": _FIELDS,
    "list_type": "needs a list: one line that begins with `- ` for each",
    "too_short": "needs {min_length} at least",
    "too_long": "takes {max_length} at most",
    "missing": "is missing; add it",
    "extra_forbidden": "is not known here; remove or rename it",
    "string_type": "needs a text",
    "string_too_short": "needs a text of {min_length} characters at least",
    "string_too_long": "takes a text of {max_length} characters at most",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": "needs true or false",
    "bool_parsing": "needs true or false",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "greater_than": "needs to be above {gt}",
    "greater_than_equal": "needs to be {ge} or more",
    "less_than": "needs to be below {lt}",
    "less_than_equal": "needs to be {le} or less",
    "literal_error": _CHOICE,
    "enum": _CHOICE,
}


def remedy(error: Mapping[str, Any]) -> str:
    """What a field needs, by one error as pydantic lists it; a check of our own speaks for itself.

    >>> remedy({"type": "greater_than", "ctx": {"gt": 0}, "msg": "Input should be greater than 0"})
    'needs to be above 0'
    """
    said = _REMEDIES.get(error["type"])
    if said is None:
        return str(error["msg"]).removeprefix("Value error, ")
    return said.format(**error.get("ctx", {}))


def told(error: Mapping[str, Any], place: str) -> str:
    """One error as a sentence without its full stop: the place as its reader knows it, what it needs, what was given."""
    given = error.get("input")
    shown = f" (given: '{given}')" if isinstance(given, str | int | float) and str(given) else ""
    return f"{place}: {remedy(error)}{shown}"
