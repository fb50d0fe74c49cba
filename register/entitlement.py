"""Who may decide: the two roles that govern, and the one sentence by which every other is refused."""

from collections.abc import Sequence

from register.refusal import Refusal

GOVERNING = ("compliance_officer", "clinical_lead")
"""What the law asks and what the clinic sees: one of the two decides, and where it matters the other one too."""


def entitled(
    name: str, role: str, act: str, *, refusal: type[Refusal], roles: Sequence[str] = GOVERNING
) -> None:
    """Refuse a person whose role may not do something, naming the roles that may.

    >>> entitled("Anna", "clinical_lead", "decides", refusal=Refusal)
    >>> entitled("Otto", "auditor", "decides", refusal=Refusal)
    Traceback (most recent call last):
    register.refusal.Refusal: Otto is auditor; a compliance officer or clinical lead decides.
    """
    if role not in roles:
        raise refusal(f"{name} is {_word(role)}; {who(act, roles)}.")


def who(act: str, roles: Sequence[str] = GOVERNING) -> str:
    """Who may do something, as a clause.

    >>> who("decides")
    'a compliance officer or clinical lead decides'
    """
    return f"a {' or '.join(map(_word, roles))} {act}"


def _word(role: str) -> str:
    return role.replace("_", " ")
