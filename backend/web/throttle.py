"""Failed sign-ins slow down whoever makes them: per account and per address, in this process."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

FAILURES = 5
WITHIN = timedelta(minutes=15)
MOST_REMEMBERED = 10_000


class Throttle:
    """Counts failures of the last quarter of an hour."""

    def __init__(self) -> None:
        """Begin with a clean slate."""
        self._failed: dict[tuple[str, str], deque[datetime]] = {}
        self._lock = Lock()

    def wait(self, *, account: str, address: str, at: datetime) -> timedelta | None:
        """How long to wait before the next attempt; None when it may be made now."""
        with self._lock:
            waits = [self._wait(key, at) for key in _keys(account, address)]
        longest = max(waits)
        return longest if longest > timedelta(0) else None

    def failed(self, *, account: str, address: str, at: datetime) -> None:
        """Remember a failure."""
        with self._lock:
            if len(self._failed) > MOST_REMEMBERED:
                self._forget(at)
            for key in _keys(account, address):
                self._failed.setdefault(key, deque(maxlen=FAILURES)).append(at)

    def succeeded(self, *, account: str) -> None:
        """Forget the failures of an account that came in; those of the address stand."""
        with self._lock:
            self._failed.pop(("account", account), None)

    def _wait(self, key: tuple[str, str], at: datetime) -> timedelta:
        seen = self._failed.get(key, deque())
        if len(seen) < FAILURES:
            return timedelta(0)
        return seen[0] + WITHIN - at

    def _forget(self, at: datetime) -> None:
        for key in [key for key, seen in self._failed.items() if seen[-1] + WITHIN < at]:
            del self._failed[key]


def _keys(account: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("account", account), ("address", address)
