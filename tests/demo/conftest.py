"""Batches of the demo, each written once; of published data only where they are at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from demo.sources import SOURCES, Source

ANCHOR = date(2026, 6, 30)
SEED = 7


@dataclass(frozen=True)
class Written:
    """A batch on disk, what it was written with, and its tables as text."""

    source: Source
    folder: Path
    anchor: date
    seed: int
    tables: dict[str, pd.DataFrame]


@pytest.fixture(scope="session")
def batch(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], Written]:
    """Gives the batch of a source by its key."""
    known: dict[str, Written] = {}

    def written(key: str) -> Written:
        if key not in known:
            source = next(source for source in SOURCES if source.key == key)
            folder = tmp_path_factory.mktemp(key)
            given = request.getfixturevalue("data") if source.needs else None
            source.write(folder, given, ANCHOR, SEED)
            tables = {
                path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
                for path in sorted(folder.glob("*.csv"))
            }
            known[key] = Written(source, folder, ANCHOR, SEED, tables)
        return known[key]

    return written
