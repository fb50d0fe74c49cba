"""The head CT entry of the demo with another reference standard or deployment."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue


def register(
    url: str,
    standard: dict[str, Any],
    folder: Path,
    deployment: dict[str, Any] | None = None,
    *,
    at: datetime = datetime(2026, 1, 2, tzinfo=UTC),
) -> None:
    """Put a reference standard, and parts of the deployment, in place of those of the head CT entry."""
    written = yaml.safe_load((REGISTER / "ctbrain-triage.yaml").read_text())
    written["algorithm"]["clearances"][0]["indications"][0]["reference_standard"] = standard
    written["deployments"][0].update(deployment or {})
    if "use_mode" in (deployment or {}):
        scope = written["algorithm"]["clearances"][0]["indications"][0]["scope"]
        scope["use_mode"] = {"in": [deployment["use_mode"], "shadow"]}
    (folder / "entry.yaml").write_text(yaml.safe_dump(written))
    with unit_of_work(url, by="t") as session:
        form = catalogue.read(folder / "entry.yaml")
        catalogue.record(session, form, by="t", at=at)
