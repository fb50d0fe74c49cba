"""A moment looked back on, as an address names it: a day, or ISO 8601 with its offset."""

from datetime import UTC, datetime, time

from register.refusal import Refusal

_DAY = len("2026-06-30")


class NotLookedBack(Refusal):
    """A moment that cannot be looked back on: it is not written as one, or has not come yet."""


def moment_asked(text: str, *, at: datetime) -> datetime | None:
    """The moment that an address names; a day means its end, UTC, today means `at`; None where none is named.

    A plus sign that the address did not escape comes as a space and is read as the plus it was.
    """
    written = text.strip()
    if not written:
        return None
    try:
        given = datetime.fromisoformat(written.replace(" ", "+") if "T" in written else written)
    except ValueError:
        raise NotLookedBack(
            f"'{text}' is not a moment; write it as 2026-06-30, or as 2026-06-30T14:05:00+02:00."
        ) from None
    if len(written) == _DAY:
        given = datetime.combine(given, time.max, UTC)
        if given.date() == at.date():
            return at
    elif given.tzinfo is None:
        raise NotLookedBack(
            f"'{text}' does not say in which zone; write its offset as well: {written}+00:00 is UTC."
        )
    if given > at:
        raise NotLookedBack(
            f"{written} lies ahead, and nothing is known as of then. Choose {at.date()} or a day before."
        )
    return given
