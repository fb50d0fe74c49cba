"""What two people decide on is told by its place in the entry, whatever names stand there."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.database import unit_of_work
from demo.sources import REGISTER
from register import catalogue
from tests.backend import test_commands
from tests.backend.test_commands import Run
from tests.backend.web import test_entering
from tests.backend.web.test_entering import Send

run, send = test_commands.run, test_entering.send
NAMES = {"ctbrain-triage": "ct:brain", "ce-2022": "ce:2026 [MDR]", "ich-adult": "ich [adult].all", "ctbrain-north-ed": "br [dep]", "north": "no [ED]"}  # fmt: skip


@pytest.fixture
def oddly_named(database_url: str) -> str:
    """The head CT entry, in care since 2023, with brackets, dots and colons in its keys."""
    text = (REGISTER / "ctbrain-triage.yaml").read_text(encoding="utf-8")
    for name, odd in NAMES.items():
        text = text.replace(f"key: {name}\n", f"key: '{odd}'\n").replace(f"key: {name},", f"key: '{odd}',")  # fmt: skip
        text = text.replace(f"site: {name}\n", f"site: '{odd}'\n").replace(f"[{name}]", f"['{odd}']")  # fmt: skip
    with unit_of_work(database_url, by="t") as session:
        form = catalogue.understood(text, "entry.yaml")
        catalogue.record(session, form, by="t", at=test_entering.now())
    return database_url


@pytest.fixture
def registered(oddly_named: str) -> str:
    """What the pages show."""
    return oddly_named


def widened(entry: dict[str, Any]) -> None:
    entry["algorithm"]["clearances"][0]["indications"][0]["scope"]["patient_age"]["min"] = 0


def prolonged(entry: dict[str, Any]) -> None:
    entry["algorithm"]["clearances"][0]["expires"] = "2099-01-01"


def lowered(entry: dict[str, Any]) -> None:
    entry["deployments"][0]["threshold"] = 0.01


def ended(entry: dict[str, Any]) -> None:
    entry["deployments"][0]["live"]["to"] = "2026-01-01"


def moved(entry: dict[str, Any]) -> None:
    entry["sites"][0]["jurisdiction"] = "US"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (widened, "one person does not change it"),
        (prolonged, "one person does not change it"),
        (lowered, "one person does not change it"),
        (ended, "is decided on its page State and"),
        (moved, "is live there, cleared in EU"),
    ],
)
def test_a_name_steps_round_no_refusal(
    come_as, send: Send, run: Run, oddly_named: str, tmp_path: Path, change: Any, says: str
) -> None:
    """Neither on the page nor on the command line; and the entry stays as it was."""
    come_as("compliance_officer")
    with unit_of_work(oddly_named, by="t") as session:
        before = catalogue.export(session, "ct:brain")
    said = yaml.safe_load(before)
    change(said)
    (file := tmp_path / "entry.yaml").write_text(yaml.safe_dump(said, sort_keys=False))
    assert says in send("record", file.read_text()).text
    refused = run("register", "import", str(file))
    assert (refused.returncode, says in " ".join(refused.stderr.split())) == (1, True)
    with unit_of_work(oddly_named, by="t") as session:
        assert catalogue.export(session, "ct:brain") == before


def test_no_algorithm_takes_the_clearance_of_another(
    run: Run, oddly_named: str, tmp_path: Path
) -> None:
    """A colon in two names reads like the other clearance; what runs under it would have none."""
    with unit_of_work(oddly_named, by="t") as session:
        said = yaml.safe_load(catalogue.export(session, "ct:brain"))
    said = {"algorithm": {**said["algorithm"], "key": "ct"}}
    said["algorithm"]["clearances"][0]["key"] = "brain:ce:2026 [MDR]"
    (file := tmp_path / "entry.yaml").write_text(yaml.safe_dump(said, sort_keys=False))
    refused = run("register", "import", str(file))
    assert refused.returncode == 1
    assert "it is of ct:brain and stays there" in " ".join(refused.stderr.split())
