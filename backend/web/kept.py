"""Things kept in this process for a short time, each under a name drawn by chance."""

import secrets
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

MOST = 10_000
"""Things kept at once; one more drops the oldest."""
Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """Keeps things for as long as it says, and gives each out once."""

    def __init__(self, lasts: timedelta) -> None:
        """Begin with nothing."""
        self._lasts = lasts
        self._things: dict[str, tuple[datetime, Thing]] = {}
        self._lock = Lock()

    def put(self, thing: Thing, *, at: datetime, name: str | None = None) -> str:
        """Keep a thing; its name, drawn by chance unless the caller drew it."""
        name = name or secrets.token_urlsafe(32)
        with self._lock:
            while self._things and (len(self._things) >= MOST or self._oldest() <= at):
                del self._things[next(iter(self._things))]
            self._things[name] = (at + self._lasts, thing)
        return name

    def look(self, name: str, *, at: datetime) -> Thing | None:
        """The thing of that name, if it is still kept."""
        until, thing = self._things.get(name, (at, None))
        return thing if until > at else None

    def take(self, name: str, *, at: datetime) -> Thing | None:
        """The thing of that name, which is kept no longer."""
        with self._lock:
            until, thing = self._things.pop(name, (at, None))
        return thing if until > at else None

    def _oldest(self) -> datetime:
        return next(iter(self._things.values()))[0]
