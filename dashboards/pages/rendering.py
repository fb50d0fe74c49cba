"""Pages as HTML: a template may use nothing but the page it is given and the frame around it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from surveillance.monitors.verdict import stated

TEMPLATES = Path(__file__).parent.parent / "templates"
STATIC = Path(__file__).parent.parent / "static"
PAGES = {
    "Register": "/register",
    "Enter": "/enter",
    "Records": "/records",
    "Inbox": "/inbox",
    "Watch": "/",
}
"""The pages that a sentence may name, as the menu does."""
OF_A_DEPLOYMENT = {
    "its validations": "validations",
    "Monitoring plan": "plan",
    "State and decisions": "lifecycle",
    "Scope review": "review",
}
"""The pages of a deployment that a sentence about it may name."""
_OF_A_PAIR = {"Due diligence": "due-diligence", "AI Act": "ai-act"}
_KEY = r"[\w-]+(?:\.[\w-]+)*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page: who is signed in, where one is, whether the places of the menu are open
    to that person, the token of its forms, the identity provider that stands for the person's password, if one does,
    after a refusal what was typed, and after a signature what was signed."""

    title: str
    place: str
    person: str = ""
    role: str = ""
    token: str = ""
    places: bool = True
    signs_at: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    confirmed: str = ""


def render(template: str, page: Any, frame: Frame) -> str:
    """A page as HTML; a name that the page does not declare is an error, not an empty space."""
    return environment().get_template(template).render(page=page, frame=frame)


@lru_cache
def environment() -> Environment:
    """The templates, with the few words they format by."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = moment
    made.filters["count"] = count
    made.filters["stated"] = stated
    made.filters["linked"] = linked
    return made


def linked(sentence: str, place: str = "") -> Markup:
    """A sentence in which the pages that it names are links, and what is to be typed stands apart.

    The pages of a deployment are known by `place`, an address below that deployment.

    >>> linked("Put it on file on the page Records.")
    Markup('Put it on file on the page <a href="/records">Records</a>.')
    >>> linked("Begin it on the page Due diligence of flag at north.")
    Markup('Begin it on the page <a href="/register/flag/north/due-diligence">Due diligence of flag at north</a>.')
    >>> linked("Sign one on the page of its validations.", "/deployments/flag-north/lifecycle")
    Markup('Sign one on the page of <a href="/deployments/flag-north/validations">its validations</a>.')
    """
    here = re.match("/deployments/[^/?]+", place)
    named = PAGES | (
        {name: f"{here[0]}/{part}" for name, part in OF_A_DEPLOYMENT.items()} if here else {}
    )
    said = re.sub(
        rf"\bpage (of )?({'|'.join(named)})\b",
        lambda name: f'page {name[1] or ""}<a href="{named[name[2]]}">{name[2]}</a>',
        str(escape(sentence)),
    )
    said = re.sub(
        rf"\bpage ((Due diligence|AI Act) of ({_KEY}) at ({_KEY}))",
        lambda name: (
            f'page <a href="/register/{name[3]}/{name[4]}/{_OF_A_PAIR[name[2]]}">{name[1]}</a>'
        ),
        said,
    )
    return Markup(
        re.sub("`([^`]+)`", r"<code>\1</code>", said)
    )  # escaped before the links are put in


def moment(at: datetime) -> str:
    """A time with its zone: 2026-11-24 08:06 UTC."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def count(number: int) -> str:
    """A whole number with thin groups: 9,995."""
    return f"{number:,}"
