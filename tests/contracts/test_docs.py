"""Documentation that nothing executes, rots: here it is run, derived again and compared."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.commands import evidence, scope
from backend.settings import Settings
from docs.generate import PAGES, all_refusals
from surveillance.cycle import MONITORS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
IN_ORDER = (
    "tutorial.md", "how-to/import-evidence.md", "how-to/read-a-figure.md", "how-to/verify-a-dossier.md",
    "how-to/audit.md", "how-to/hospital-database.md", "how-to/qualify.md", "how-to/random-audit.md",
    "how-to/local-validation.md", "how-to/operating-point.md", "how-to/lifecycle.md",
    "how-to/scope-gate.md", "how-to/register.md", "how-to/obligations.md",
    "how-to/report-text.md", "how-to/annual-scope-review.md", "how-to/procurement.md", "how-to/people.md",
    "how-to/run-by-itself.md",
)  # fmt: skip
"""Pages whose blocks are run, each in the folder the one before left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A file to write, or a command with the output the page shows."""

    page: str
    file: str = ""
    command: str = ""
    text: str = ""


def steps(page: str) -> Iterator[Step]:
    """What a reader of a page would do, in its order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for language, title, block in re.findall(
        r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', text, re.MULTILINE | re.DOTALL
    ):
        if title:
            yield Step(page=page, file=title, text=block)
        elif language == "console":
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                yield Step(page=page, command=command, text=shown)


def as_shown(shown: str, printed: str) -> bool:
    """Whether an output is the one shown: `…` stands for anything, and any blanks are as good as others."""
    parts = [" ".join(part.split()) for part in shown.split("…")]
    pattern = ".*".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, " ".join(printed.split())) is not None


@pytest.fixture
def reader(database_url: str) -> dict[str, str]:
    """The environment of a reader with the installed command and a database."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CATAMNESIS_DATABASE_URL": database_url,
        "CATAMNESIS_HOME": ".catamnesis",
        "COLUMNS": "100",
    }


@pytest.mark.slow
def test_what_the_pages_show_is_what_happens(
    reader: dict[str, str], catamnesis: Path, tmp_path: Path
) -> None:
    """The tutorial and the how-to pages, followed to the letter, print what they show.

    The tutorial by the command as it is installed, the others by one that has imported everything before.
    """
    installed = reader["PATH"]
    for page in IN_ORDER:
        if page != "tutorial.md":
            reader["PATH"] = f"{catamnesis.parent}{os.pathsep}{installed}"
        for step in steps(page):
            if step.file:
                (tmp_path / step.file).parent.mkdir(exist_ok=True)
                (tmp_path / step.file).write_text(step.text, encoding="utf-8")
                continue
            done = subprocess.run(
                ["bash", "-c", step.command], cwd=tmp_path, env=reader, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{page}: {step.command}\n{done.stdout}{done.stderr}"
            assert done.stderr == "", f"{page}: {step.command}\n{done.stderr}"
            assert as_shown(step.text, done.stdout), f"{page}: {step.command}\n{done.stdout}"
    said = subprocess.run(
        ["catamnesis", "performance", "nodule-east", "--by", "month", "--json"],
        cwd=tmp_path, env=reader, capture_output=True, text=True, check=True,
    )  # fmt: skip
    undocumented = _keys(json.loads(said.stdout)) - _named("reference/performance-json.md")
    assert undocumented == set()


def test_every_page_with_commands_is_followed() -> None:
    """No page shows a command that no test runs."""
    shown = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md") if "```console" in p.read_text()}
    assert shown == set(IN_ORDER)


def test_an_output_that_differs_is_noticed() -> None:
    """The comparison itself fails where it should."""
    assert as_shown("a … c\n…", "a b c\nrest\n")
    assert not as_shown("a … c", "a b d\n")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_fresh(name: str) -> None:
    """A page written from the code says what the code says today: python -m docs.generate"""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_link_leads_somewhere() -> None:
    """Links between pages, and from the README into them, end at a file that is there."""
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_page_is_on_the_map() -> None:
    """The index names every page but the decisions."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md") if "decisions" not in p.parts}
    assert {page for page in pages if f"({page})" not in text} == {"index.md"}


def test_every_setting_is_told_with_its_default() -> None:
    """The settings page names each variable and what holds without it."""
    text = (DOCS / "reference/settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        default = "none" if field.default is None else f"`{field.default}`"
        assert f"| `CATAMNESIS_{name.upper()}` | {default} |" in text


def test_every_exit_code_is_told() -> None:
    """The page of exit codes names what each command may end with."""
    text = (DOCS / "reference/exit-codes.md").read_text(encoding="utf-8")
    for code in scope.EXIT_CODES.values():
        assert re.search(rf"^\| {code} \| (`scope check`|every command) \|", text, re.MULTILINE)
    assert f"| {evidence.QUARANTINED} | `evidence import` |" in text


def test_every_audit_event_is_told() -> None:
    """What the trail may say stands on the page about it."""
    text = (DOCS / "how-to/audit.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "backend").rglob("*.py"))
    events = {
        *re.findall(r'\bevent="([^"]+)"', code),
        *re.findall(r'yield "(\w+)", subject_of', code),
    }
    assert {"imported", "added"} <= events
    assert [event for event in sorted(events) if f"`{event}`" not in text] == []


def test_every_monitor_and_refusal_has_its_place() -> None:
    """A monitor or a refusal that nobody described fails here."""
    monitors = (DOCS / "reference/monitors.md").read_text(encoding="utf-8")
    refusals = (DOCS / "reference/refusals.md").read_text(encoding="utf-8")
    assert [name for name in MONITORS if f"## `{name}`" not in monitors] == []
    for kind in all_refusals():
        assert kind.__doc__, kind
        assert f"`{kind.__name__}`" in refusals


def _named(page: str) -> set[str]:
    return set(re.findall(r"`(\w+)(?:\.\w+)?`", (DOCS / page).read_text(encoding="utf-8")))


def _keys(value: Any) -> set[str]:
    """The keys of the contract in a JSON value; names of tiers and readers are values, not keys."""
    open_ended = {"by_tier", "study_readers", "verification", "ai_visible"}
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    if not isinstance(value, dict):
        return set()
    found = set(value)
    for key, inner in value.items():
        inside = list(inner.values()) if key in open_ended else inner
        found |= _keys(inside)
    return found
