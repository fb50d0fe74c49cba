"""What is installed here: the build, the interpreter and the libraries, each against what is required."""

import hashlib
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

PRODUCT = "catamnesis"
FOLDERS = ("backend", "dashboards", "register", "surveillance", "migrations")
PYTHON = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so, what was found, and whether it is."""

    what: str
    expected: str
    found: str
    passed: bool


def checks() -> tuple[Check, ...]:
    """The interpreter and every library the product requires."""
    required = [Requirement(line) for line in metadata.requires(PRODUCT) or ()]
    return (
        Check(
            what="Python",
            expected=f"{PYTHON[0]}.{PYTHON[1]} or later",
            found=platform.python_version(),
            passed=sys.version_info >= PYTHON,
        ),
        *(
            _library(one)
            for one in sorted(required, key=lambda r: r.name.lower())
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ),
    )


def build() -> dict[str, str]:
    """The build and the machine it runs on, with a SHA-256 over all source files of the product."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    sources = sorted(
        path for name in FOLDERS for path in (root / name).rglob("*") if _is_source(path)
    )
    for path in sources:
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return {
        "Software": f"{PRODUCT} {metadata.version(PRODUCT)}",
        "Source files": f"{len(sources):,}, SHA-256 {digest.hexdigest()}",
        "Operating system": platform.platform(),
        "Machine": f"{platform.machine()}, {sys.byteorder}-endian, {sys.float_info.mant_dig}-bit mantissa",
    }


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _library(required: Requirement) -> Check:
    try:
        found = metadata.version(required.name)
    except metadata.PackageNotFoundError:
        found = ""
    return Check(
        what=required.name,
        expected=str(required.specifier) or "any version",
        found=found or "not installed",
        passed=bool(found) and required.specifier.contains(found, prereleases=True),
    )
