"""How far the changes of an Orthanc server were followed, and which studies still wait; kept in a file.

One guard a deployment: the file is locked while one runs.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from register.refusal import Refusal


class GuardRuns(Refusal):
    """A second guard of the same deployment on this machine."""


@dataclass(kw_only=True)
class Position:
    """Where the guard stands, None before its first start; `waiting` is in the order in which studies were announced."""

    file: Path
    reached: int | None = None
    waiting: list[str] = field(default_factory=list)

    def announce(self, studies: Iterable[str], reached: int | None = None) -> None:
        """Keep what was announced, together with the position it was read up to."""
        self.waiting = list(dict.fromkeys([*self.waiting, *studies]))
        self.reached = self.reached if reached is None else reached
        self._keep()

    def settle(self, study: str) -> None:
        """A study that waits no more."""
        self.waiting.remove(study)
        self._keep()

    def _keep(self) -> None:
        draft = self.file.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as writing:
            json.dump({"reached": self.reached, "waiting": self.waiting}, writing)
            writing.flush()
            os.fsync(writing.fileno())
        draft.replace(self.file)


@contextmanager
def kept_in(file: Path) -> Iterator[Position]:
    """The position as it was left, for this process alone."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise GuardRuns(f"A guard runs on {file} already; end it first, or wait.") from taken
        said = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        yield Position(file=file, **said)
