"""The IQ/OQ record an auditor files."""

import json
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from backend.commands import app
from dashboards.dossiers.bundle import verify

RIGHT = {"id": "zero-of-twenty", "method": "wilson", "inputs": {"successes": 0, "trials": 20},
         "expected": {"upper": 0.1611}, "abs_tol": 0.0001, "source": "Newcombe (1998) Table I"}  # fmt: skip
WRONG = {**RIGHT, "id": "wrong-on-purpose", "expected": {"upper": 0.2}}


@pytest.fixture
def record(tmp_path: Path):
    """Qualify with some cases into a folder; exit code and folder."""

    def recording(*cases: dict[str, object]) -> tuple[int, Path]:
        (tmp_path / "cases.json").write_text(json.dumps(cases))
        folder = tmp_path / "iq-oq"
        result = CliRunner().invoke(
            app, ["qualify", "--cases", str(tmp_path / "cases.json"), "--record", str(folder)]
        )
        return result.exit_code, folder

    return recording


def _text(folder: Path) -> str:
    pages = PdfReader(folder / "document.pdf").pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_record_names_build_cases_and_sources(record) -> None:
    """What is installed, what was computed, and where the expected value comes from."""
    code, folder = record(RIGHT)
    text = _text(folder)
    assert code == 0
    for said in ("Installation and operational qualification record", "catamnesis", "SHA-256", "numpy",
                 "Newcombe (1998) Table I", "The build is qualified"):  # fmt: skip
        assert said in text
    cases = json.loads((folder / "cases.json").read_text())["cases"]
    assert [(c["id"], c["passed"]) for c in cases] == [("zero-of-twenty", True)]
    assert verify(folder).whole


def test_a_failed_case_is_a_deviation_and_an_exit_code(record) -> None:
    """The record says what was expected and what came."""
    code, folder = record(RIGHT, WRONG)
    text = _text(folder)
    assert code == 1
    assert "wrong-on-purpose" in text
    assert "The build is not qualified" in text
    assert "FAILED" in text


def test_a_method_without_a_case_is_not_qualified(record) -> None:
    """One case qualifies one method, and the record says so."""
    _, folder = record(RIGHT)
    assert "A method without a case is not qualified by this record: clopper_pearson" in _text(
        folder
    )


def test_a_record_is_not_written_over_another(record) -> None:
    """The folder must be new."""
    record(RIGHT)
    assert record(RIGHT)[0] != 0
