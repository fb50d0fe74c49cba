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


def linked(sentence: str) -> Markup:
    """A sentence in which the pages that it names are links.

    >>> linked("Put it on file on the page Records.")
    Markup('Put it on file on the page <a href="/records">Records</a>.')
    """
    return Markup(  # escaped before the links are put in
        re.sub(
            rf"\bpage ({'|'.join(PAGES)})\b",
            lambda named: f'page <a href="{PAGES[named[1]]}">{named[1]}</a>',
            str(escape(sentence)),
        )
    )


def moment(at: datetime) -> str:
    """A time with its zone: 2026-11-24 08:06 UTC."""
    return f"{at:%Y-%m-%d %H:%M} {at.tzname()}"


def count(number: int) -> str:
    """A whole number with thin groups: 9,995."""
    return f"{number:,}"
