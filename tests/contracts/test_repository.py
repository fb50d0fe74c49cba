"""What the source tree promises: small modules, honest locks, light start, words of the field."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = (
    "backend",
    "benchmarks",
    "dashboards",
    "demo",
    "migrations",
    "register",
    "surveillance",
    "tests",
)
MODULES = sorted(path for name in OURS for path in (ROOT / name).rglob("*.py"))
MOST_LINES = 400
BANNED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "manager",
    "service",
    "core",
}
HEAVY = {"evidently", "pandas", "scipy", "matplotlib", "plotly", "sklearn", "duckdb", "pydicom", "typst",
         "sqlalchemy", "fastapi"}  # fmt: skip
ONLY_IN = {
    "evidently": {"surveillance/monitors/drift.py", "surveillance/monitors/drift_report.py"},
    "typst": {"dashboards/dossiers/bundle.py"},
    "matplotlib": {"dashboards/figures/vector.py"},
    "pydicom": {"surveillance/intake/dicom.py", "demo/adapters/dicom_files.py"},
}


def test_no_module_outgrows_a_head() -> None:
    """No module is longer than 400 lines; one that nears it wants to be two."""
    long = {str(p.relative_to(ROOT)): n for p in MODULES if (n := len(p.read_text().splitlines())) > MOST_LINES
            and p.parent.name != "versions"}  # fmt: skip
    assert long == {}


def test_no_module_is_a_drawer() -> None:
    """Names say what is inside."""
    assert [p.name for p in MODULES if p.stem in BANNED_NAMES] == []


def test_lock_files_name_no_registry() -> None:
    """A lock pins versions and hashes and says nothing of where they were fetched."""
    for lock in (ROOT / "locks").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_every_dependency_has_its_reason() -> None:
    """Each dependency in pyproject.toml stands on a line of its own with the reason beside it."""
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for dependency in wanted:
        assert re.search(rf'"{re.escape(dependency)}",\s+# \w', text), dependency


def test_help_imports_nothing_heavy() -> None:
    """`catamnesis --help` answers without the libraries that commands need later."""
    probe = (
        "import sys; from backend.commands import app; "
        f"print(sorted({HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_heavy_library_is_known_in_one_place(library: str) -> None:
    """Each of these libraries is imported in its own modules only, and there inside a function."""
    found = set()
    for path in MODULES:
        name = str(path.relative_to(ROOT))
        if name.startswith(("tests", "benchmarks")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )  # fmt: skip
            if any(one.split(".")[0] == library for one in names):
                found.add(name)
    assert found <= ONLY_IN[library]


def test_the_project_speaks_of_itself_only() -> None:
    """No path of a machine and no address of a registry in what is committed."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for name in listed.stdout.split():
        path = ROOT / name
        if not path.is_file() or path.suffix == ".png" or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        for word in ("/" + "work/", "/" + "root/", "pypi" + ".org", "registry." + "npmjs"):
            assert word not in text, f"{name} names {word}"
