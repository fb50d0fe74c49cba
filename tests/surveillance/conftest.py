"""A register and helpers to import small batches into a database of the test's own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.database import raw, unit_of_work
from register.lifecycle import State
from surveillance.figures import performance_of
from surveillance.intake.batch import ImportedBatch, import_batch
from tests.surveillance.procured import classified, diligent
from tests.surveillance.standards import register
from tests.surveillance.taken_on import PANEL, READY, moved, trained, validated

FIRST = datetime(2026, 2, 1, tzinfo=UTC)
MUCH_LATER = datetime(2026, 12, 1, tzinfo=UTC)
Take = Callable[..., ImportedBatch]


@pytest.fixture
def take(registered: str) -> Take:
    """Import a folder as a batch."""

    def importing(
        folder: Path, *, at: datetime = FIRST, time_zone: str | None = None
    ) -> ImportedBatch:
        with unit_of_work(registered, by="t") as session:
            return import_batch(
                raw(session), folder, key=b"secret", by="t", at=at, time_zone=time_zone
            )

    return importing


@pytest.fixture
def figures(registered: str) -> Callable[..., dict[str, Any]]:
    """The performance of the head CT deployment as known at a moment."""

    def measuring(as_of: datetime = MUCH_LATER, by: tuple[str, ...] = ()) -> dict[str, Any]:
        with unit_of_work(registered, by="t") as session:
            return performance_of(
                session, raw(session), "ctbrain-north-ed",
                finding=None, first=None, last=None, as_of=as_of, by=by,
            )  # fmt: skip

    return measuring


@pytest.fixture
def entered(registered: str, tmp_path: Path) -> Callable[..., str]:
    """The head CT deployment as the register states it, not yet running, with changes."""

    def entering(at: datetime = datetime(2026, 1, 2, tzinfo=UTC), **change: Any) -> str:
        register(registered, PANEL, tmp_path, {**READY, **change}, at=at)
        return registered

    return entering


@pytest.fixture
def in_shadow(entered, take, tmp_path: Path) -> str:
    """Assessed, in shadow since January, trained and locally validated: ready for care."""
    url = entered()
    with unit_of_work(url, by="t") as session:
        early = datetime(2026, 1, 2, tzinfo=UTC)
        diligent(session)
        classified(session)
        moved(session, State.ASSESSED, at=early)
        moved(session, State.SHADOW, at=early)
        trained(session)
    with unit_of_work(url, by="t") as session:
        validated(session, take, tmp_path)
    return url
